"""Moving: records go from one host to another while deposits go on, and a host leaves with proof.

A campaign is a list of records in the portal's database; whoever works on it may die at any moment, and whoever goes on
finds each record in a state from which every step may be done again. Why each step is there: docs/protocol.md, rules
EVER, STANDIN, PLACE, SWITCH, RELEASE, TOMB. Only `store.py` touches the world.
"""

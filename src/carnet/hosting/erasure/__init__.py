"""Erasure at hosts: orders for every host that was ever given anything of a record, and the proof of what came of them.

May import: hosting, journal, errors.
"""

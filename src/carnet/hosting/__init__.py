"""Hosting: who keeps the records, and how two copies are kept equal.

Directory of hosts, the client of a host, two-copy puts with stand-ins, delivery of the outbox, catch-up, collection.
Why each rule is there: docs/protocol.md. May import: journal, people, errors. Only `store.py`, `client.py` and
`tokens.py` touch the world.
"""

"""The audit log: every event as a leaf of one Merkle tree, in the order in which transactions wrote them.

A worker appends (`sequence`), whoever has the database can verify all of it (`verify`), and a holder gets the proof of
an event (`proofs`). What the log promises, and why it is so: docs/decisions/0014-audit-log.md.
"""

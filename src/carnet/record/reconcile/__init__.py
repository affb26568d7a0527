"""Reconcile: a portal that was restored is older than its hosts, and is compared with all of them before it serves.

Rules RECON, ALLHOSTS, EPOCH, KEYS and RIGHTS of docs/protocol.md; docs/decisions/0018-reconcile.md. `guard.py` notices,
`walk.py` compares, `one.py` does what one record needs; decisions are in `found.py`, `settled.py` and `rebuilt.py`.
"""

"""Ledger: every euro, to the cent: who paid whom, for what, and which lines make a figure.

Double entry, in whole cents, only ever appended; each books' entries are a hash chain, whose head is signed when a
period is closed. `entry.py` and its neighbours decide and look nothing up; `store.py` is the SQL.
May import: errors, people, documents, journal. Figures: docs/ledger.md; docs/decisions/0028-ledger.md.
"""

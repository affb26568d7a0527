"""Calls for projects: money for groups of professionals who commit to feed records, paid for what was measured.

A call is a chain of steps that are only ever added to: opened, amended, applied for, scored, decided, measured,
released or cancelled. `steps.py` says what a step holds, `life.py` what they come to, `rules.py` which may come next,
`scoring.py` and `milestones.py` decide; `handling.py` and `granting.py` gather, decide and write, in one transaction
with the ledger where there is money. May import: ledger, record, this room.
"""

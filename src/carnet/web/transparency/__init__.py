"""Transparency: what the programme costs, open to all, down to the line and its hash; and the data to compute it again.

Nobody logs in here, and nothing here names a person: lines are shown in their public form (ledger/chain.py).
"""

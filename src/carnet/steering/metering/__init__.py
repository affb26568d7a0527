"""Metering: what each host keeps and does, counted; what its price list makes of it; whether its invoice says so.

Meters are counts and stay counts: they are priced with a tariff's version only when they are summed.
Decisions are pure; only `store.py` asks the database. May import: ledger, hosting, record and what is below.
What is metered, and the rules: docs/accountants/metering.md; docs/decisions/0031-metering.md.
"""

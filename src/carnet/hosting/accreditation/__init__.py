"""Accreditation: what a host hands in, the steps that others sign, and whether it may be given a record.

`file.py` and `steps.py` decide and look nothing up; `store.py` is the SQL. Law: CSP L1111-8;
docs/decisions/0016-accreditation.md.
"""

"""Schematron: the national rules of CDA beyond the schema, and which of them a document breaks.

`verdict.py` is what is said of a document; the rest runs in a process of its own (`roles/judging.py`), for Saxon reads
what an enemy wrote. May import: the rest of documents, errors.
"""

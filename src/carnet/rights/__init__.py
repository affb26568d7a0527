"""Rights: may this caller do this act on this document, and why not.

This room decides; it never looks anything up. Callers bring the facts. `docs/rights.md` is this room in words,
`decision.py` the place to begin.
May import: documents, people, errors. May not: SQL, HTTP, the clock.
Law: docs/law.md.
"""

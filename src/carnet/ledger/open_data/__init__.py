"""Open data: what is published of books, so that anybody computes every head and every unit cost again.

Lines in their public form (no words: a label may name somebody), counts by place, unit costs, signed periods.
The files and their columns: docs/open-data.md; a script that recomputes everything: docs/recompute.py.
"""

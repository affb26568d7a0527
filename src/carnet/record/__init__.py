"""Record: one file per thing that one can ask of a record.

A use case gathers, decides, then writes, in one transaction; each leaves an audit event, refusals too.
May import: hosting, audit, journal, rights, documents, people, errors. Only `store.py` touches the database.
"""

"""The journal of a record: a chain of sealed entries, that only the portal can open.

`chain` is the arithmetic anyone can check without a key, hosts included; the rest seals, unseals and folds.
May import: people, documents, rights, errors. Pure: no SQL, no HTTP, no clock. `chain` imports only errors.
"""

"""The journal of a record: a chain of sealed entries, that only the portal can open.

`chain` is the arithmetic anyone can check without a key, hosts included; the rest seals, unseals and folds.
May import: people, documents, rights, errors. `chain` imports only errors. Pure, but for `store` (the key store) and
`database` (a pool whose failures are ours).
"""

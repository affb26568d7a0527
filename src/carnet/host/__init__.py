"""Host: the whole program that an accredited operator runs to keep sealed records it cannot read.

It decides nothing: it does what a token signed by the portal orders, no more, and signs what it did.
It knows record ids, hashes, sizes and times; no key, no name, no INS, no clear text ever reaches it.
May import: errors, journal.chain. Every file here may touch the world.

    app        the calls, and the one handler of errors        calls/     each call: believe, do, count, sign
    host       what every call needs                           config     what the operator sets
    tokens     is this really ordered by the portal? (jws: in what form it says so)
    wire       what calls carry, and nothing else (bulk_wire: those about many records)
    bodies     put, read, collect            chains    what an entry is to our copy (decides, looks nothing up)
    append     one entry after the other     settle    store what follows, mend what was lost, under lock
    fill       many records at once          export    the way out
    journals   read what was appended        records   inventory
    verify     read all again, tell damage   damage    what PostgreSQL itself cannot read
    erasure    all goes, up to a ceiling     approvals officers may allow more
    challenge  prove what is held            counts    what was done on a day
    witness    daily roots, for ever         receipts  what this host signs
    outside    large bodies, kept in a body store (objects: what that does; files, bucket: the two there are)
    store      the connection to PostgreSQL, and the epoch of the portal
    errors     what it refuses, and how each is answered
    openapi.json  all of it, for those who call
"""

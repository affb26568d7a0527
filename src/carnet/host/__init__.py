"""Host: the whole program that an accredited operator runs to keep sealed records it cannot read.

It decides nothing: it does what a token signed by the portal orders, no more, and signs what it did.
It knows record ids, hashes, sizes and times; no key, no name, no INS, no clear text ever reaches it.
May import: errors, journal.chain. Every file here may touch the world.

    app        the calls, and the one handler of errors
    tokens     is this really ordered by the portal? (jws: in what form it says so)
    wire       what calls carry, and nothing else
    bodies     put, read, collect           append    compare and set
    journals   read what was appended       records   inventory, erasure
    store      the connection to PostgreSQL, and the epoch of the portal
    receipts   what this host signs         errors    what it refuses, and how each is answered
    config     what the operator sets       openapi.json  all of it, for those who call
"""

"""Host: the whole program that an accredited operator runs to keep sealed records it cannot read.

It decides nothing: it does what a token signed by the portal orders, no more, and signs what it did.
It knows record ids, hashes, sizes and times; no key, no name, no INS, no clear text ever reaches it.
May import: errors, journal.chain. Every file here may touch the world.

    app        the calls, and what answers each error
    tokens     is this really ordered by the portal?
    wire       what calls carry
    bodies     put, read, collect           entries   append, read the journal
    records    inventory, erase             store     the connection, and the portal's epoch
    receipts   what this host signs         errors    what it refuses
    openapi.json  all of it, for those who call
"""

from __future__ import annotations
from uuid import UUID
from tests.host.portal import Portal, chain

async def test_smoke(portal: Portal, record: UUID) -> None:
    a = await portal.put((record, b"one"), (record, b"two"))
    assert a.status == 200, a.raw
    print(portal.receipt(a, "put"))
    e1, e2 = chain(record, [b"one"], [b"two", b"three"])
    a = await portal.append(e1, e2)
    print(a.status, a.content)
    print(portal.receipt(a, "append"))
    a = await portal.append(e1, e2)
    print(a.status, a.content)
    print((await portal.read((record, b"one"), (record, b"three"))).content)
    print((await portal.head(record)).content)
    print((await portal.journal(record)).content)
    print((await portal.inventory()).content)
    print((await portal.unnamed(9)).content)
    print((await portal.collect(record, e2.head, 9)).content)
    print((await portal.erase(record, 1)).content)
    print((await portal.inventory()).content)
    print(await portal.status())

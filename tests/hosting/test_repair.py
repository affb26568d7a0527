"""Repair: a body or an entry lost or altered at one host is detected, and repaired from the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import asyncpg
import pytest

from carnet.documents.submission import SubmittedDocument
from carnet.errors import IntegrityError
from carnet.hosting.catch_up import CatchUp
from carnet.hosting.client import HostClient
from carnet.hosting.store import NOT_LEADING, NOT_PROVEN
from carnet.journal.chain import genesis, next_head
from tests.hosting.faults import Call, as_it_is, lie, no_answer
from tests.hosting.ground import Ground, Kept
from tests.hosting.losses import back_to, lose_all

pytestmark = pytest.mark.asyncio(loop_scope="module")

Loss = Callable[[asyncpg.Pool, Kept], Awaitable[object]]


def _sql(statement: str) -> Loss:
    async def lose(pool: asyncpg.Pool, kept: Kept) -> None:
        assert not (await pool.execute(f"{statement} and record_id = $1", kept.record)).endswith(" 0")

    return lose


_BODY = "(select body_id from named_body n where n.record_id = body.record_id order by body_id limit 1)"
_ALTERED = "set sealed = set_byte(sealed, 9, 255 - get_byte(sealed, 9))"
_OF_BODIES: dict[str, Loss] = {
    "body lost": _sql(f"delete from body where body_id = {_BODY}"),
    "body altered": _sql(f"update body {_ALTERED} where body_id = {_BODY}"),
    "body short": _sql(f"update body set sealed = substr(sealed, 2) where body_id = {_BODY}"),
}
_OF_ENTRIES: dict[str, Loss] = {
    "entry lost": _sql("delete from entry where place = 3"),
    "first entry lost": _sql("delete from entry where place = 1"),
    "entry altered": _sql(f"update entry {_ALTERED} where place = 3"),
    "header altered": _sql("update entry set header = header || ' ' where place = 2"),
    "last entries lost": _sql("delete from entry where place > 2"),
    "all entries lost": _sql("delete from entry where place > 0"),
}
_OF_RECORDS: dict[str, Loss] = {
    "an old backup": lambda pool, kept: back_to(pool, kept.record, place=2),
    "record lost": lambda pool, kept: lose_all(pool, kept.record),
}
_UNREAD: dict[str, Loss] = {"another head": _sql("update entry set head = sha256('other') where place = 3")}
each_host = pytest.mark.parametrize("at", ["home", "reference"])


@each_host
async def test_what_a_host_could_not_prove_is_repaired(ground: Ground, at: str) -> None:
    damaged = await _damaged(ground, at, _OF_BODIES | _OF_ENTRIES | _OF_RECORDS | _UNREAD)
    for kept, _ in damaged.values():
        await ground.stores.hosting.note_lack(kept.record, getattr(kept, at), NOT_PROVEN)
    await _is_repaired(ground, damaged)


async def test_what_reading_finds_lost_or_altered_at_home_is_repaired(ground: Ground) -> None:
    damaged = await _damaged(ground, "home", _OF_BODIES | _OF_ENTRIES | _OF_RECORDS)
    for kept, documents in damaged.values():
        await ground.read_back(kept, *documents)
    await _is_repaired(ground, damaged)


@each_host
async def test_what_an_inventory_shows_is_repaired(ground: Ground, at: str) -> None:
    damaged = await _damaged(ground, at, {"body lost": _OF_BODIES["body lost"]} | _OF_RECORDS)
    found = [
        await ground.platform.worker._survey.compare(_client(ground, host), "a boot")
        for host in {getattr(kept, at) for kept, _ in damaged.values()}]
    assert sum(found) == 3
    await _is_repaired(ground, damaged)


@pytest.mark.parametrize(("at_home", "at_reference"), [
    ("update entry set sealed = 'other' where place = 1", "update entry set sealed = 'other' where place = 3"),
    ("delete from entry where place = 2", "update entry set sealed = 'other' where place = 3"),
    ("update entry set sealed = 'other' where place = 3", "delete from entry where place = 2"),
    ("delete from entry where place = 2", "delete from entry where place = 3"),
])
async def test_copies_that_are_damaged_in_different_places_repair_each_other(
    ground: Ground, kept: Kept, at_home: str, at_reference: str,
) -> None:
    documents = await _settled(ground, kept)
    home, reference = (ground.platform.hosts[host].pool for host in kept.placement.both)
    await home.execute(f"{at_home} and record_id = $1", kept.record)
    await reference.execute(f"{at_reference} and record_id = $1", kept.record)
    await home.execute(
        "delete from body where (record_id, body_id) in"
        " (select record_id, body_id from body where record_id = $1 order by body_id limit 1)", kept.record)
    await reference.execute(
        "delete from body where (record_id, body_id) in"
        " (select record_id, body_id from body where record_id = $1 order by body_id desc limit 1)", kept.record)
    await ground.stores.hosting.note_lack(kept.record, kept.home, NOT_PROVEN)
    await ground.platform.quiet()
    await _all_is_well(ground, kept, documents)


async def test_an_entry_damaged_at_both_is_an_integrity_error_and_the_rest_is_mended(
    ground: Ground, kept: Kept,
) -> None:
    await _settled(ground, kept)
    for host in kept.placement.both:
        pool = ground.platform.hosts[host].pool
        await pool.execute("update entry set sealed = 'other' where record_id = $1 and place = 3", kept.record)
        await ground.stores.hosting.note_lack(kept.record, host, NOT_PROVEN)
    with pytest.raises(IntegrityError):
        await _catch_up(ground).settle(kept.record)
    assert await ground.stores.hosting.suspected(kept.record) == set(kept.placement.both)
    await ground.platform.portal.execute("delete from catch_up where record_id = $1", kept.record)


async def test_a_long_run_of_lost_entries_is_mended_from_its_end(
    ground: Ground, kept: Kept, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In many calls, of which only the last entries' leads to something the host still knows."""
    monkeypatch.setattr("carnet.hosting.mend._AT_ONCE", 2)
    documents = [await ground.deposit(kept, f"Lettre {number}.") for number in range(7)]
    await ground.platform.quiet()
    await ground.platform.hosts[kept.home].pool.execute(
        "delete from entry where record_id = $1 and place between 2 and 8", kept.record)
    await ground.stores.hosting.note_lack(kept.record, kept.home, NOT_PROVEN)
    assert await _catch_up(ground).settle(kept.record)
    await _all_is_well(ground, kept, documents)


async def test_what_waits_in_the_outbox_is_mended_from_there(ground: Ground, kept: Kept) -> None:
    documents = await _settled(ground, kept)
    ground.faults[kept.reference].always("append", no_answer)
    documents.append(await ground.deposit(kept))
    await ground.stores.delivery.settle()
    await ground.platform.hosts[kept.home].pool.execute(
        "update entry set sealed = 'other' where record_id = $1 and place in (2, 5)", kept.record)
    await ground.stores.hosting.note_lack(kept.record, kept.home, NOT_PROVEN)
    ground.faults[kept.reference].none()
    ground.probe()
    assert await _catch_up(ground).settle(kept.record)
    await _all_is_well(ground, kept, documents)


async def test_what_waits_with_gaps_is_mended_from_both(ground: Ground, kept: Kept) -> None:
    """An entry left the outbox while one before it waits for a body: found by the run under faults."""
    ground.faults[kept.home].next("put", no_answer)
    documents = [await ground.deposit(kept)]
    await ground.stores.delivery.settle()
    documents.append(await ground.deposit(kept))
    await ground.stores.delivery.settle()
    assert [row.place for row in await ground.stores.hosting.tail(kept.record)] == [3]
    await _sql(f"update entry {_ALTERED} where place in (2, 3, 4)")(ground.platform.hosts[kept.home].pool, kept)
    await ground.stores.hosting.note_lack(kept.record, kept.home, NOT_LEADING)
    assert await _catch_up(ground).settle(kept.record)
    assert await _is_whole(ground, kept, kept.home)
    await _all_is_well(ground, kept, documents)


async def test_a_false_journal_of_the_other_copy_mends_nothing(ground: Ground, kept: Kept) -> None:
    documents = await _settled(ground, kept)
    pool = ground.platform.hosts[kept.home].pool
    await pool.execute("delete from entry where record_id = $1 and place = 3", kept.record)
    await ground.stores.hosting.note_lack(kept.record, kept.home, NOT_PROVEN)

    def alter(page: dict[str, Any]) -> dict[str, Any]:
        return {**page, "entries": [{**each, "sealed": each["sealed"] + b"!"} for each in page["entries"]]}

    ground.faults[kept.reference].next("journal", lie(alter))
    with pytest.raises(IntegrityError):
        await _catch_up(ground).settle(kept.record)
    assert await pool.fetchval("select count(*) from entry where record_id = $1", kept.record) == 3
    assert await _catch_up(ground).settle(kept.record)
    await _all_is_well(ground, kept, documents)


async def test_a_host_that_does_not_take_its_own_entries_again_stays_suspected(ground: Ground, kept: Kept) -> None:
    await _settled(ground, kept)
    await ground.platform.hosts[kept.home].pool.execute(
        "delete from entry where record_id = $1 and place = 3", kept.record)
    await ground.stores.hosting.note_lack(kept.record, kept.home, NOT_PROVEN)

    async def lose_all_before(call: Call) -> None:
        await lose_all(ground.platform.hosts[kept.home].pool, kept.record)
        await as_it_is(call)

    ground.faults[kept.home].next("append", lose_all_before)
    with pytest.raises(IntegrityError):
        await _catch_up(ground).settle(kept.record)
    assert kept.home in await ground.stores.hosting.suspected(kept.record)
    assert await _catch_up(ground).settle(kept.record)


async def test_after_an_integrity_error_both_hosts_are_suspected(ground: Ground, kept: Kept) -> None:
    documents = await _settled(ground, kept)
    await lose_all(ground.platform.hosts[kept.home].pool, kept.record)
    ground.faults[kept.reference].next("journal", lie(lambda page: {**page, "entries": page["entries"][1:]}))
    with pytest.raises(IntegrityError):
        await _catch_up(ground).settle(kept.record)
    assert await ground.stores.hosting.suspected(kept.record) == set(kept.placement.both)
    assert await _catch_up(ground).settle(kept.record)
    await _all_is_well(ground, kept, documents)


async def test_what_an_inventory_finds_later_hides_no_suspicion(ground: Ground, kept: Kept) -> None:
    store = ground.stores.hosting
    await store.note_lack(kept.record, kept.home, "found by inventory")
    assert await store.suspected(kept.record) == set()
    await store.note_lack(kept.record, kept.home, NOT_LEADING)
    await store.note_lack(kept.record, kept.home, "found by inventory")
    assert await store.suspected(kept.record) == {kept.home}
    await store.caught_up(kept.record, await store.now())


async def _damaged(
    ground: Ground, at: str, losses: dict[str, Loss],
) -> dict[str, tuple[Kept, list[SubmittedDocument]]]:
    """A record for each loss, which one of its hosts then suffers."""
    damaged = {}
    for name in losses:
        kept = await ground.opened()
        damaged[name] = kept, [await ground.deposit(kept, f"Lettre {number}.") for number in range(2)]
    await ground.platform.quiet()
    for name, lose in losses.items():
        kept, _ = damaged[name]
        assert await _is_whole(ground, kept, getattr(kept, at)), name
        await lose(ground.platform.hosts[getattr(kept, at)].pool, kept)
        assert not await _is_whole(ground, kept, getattr(kept, at)), name
    return damaged


async def _is_repaired(ground: Ground, damaged: dict[str, tuple[Kept, list[SubmittedDocument]]]) -> None:
    await ground.platform.quiet()
    for name, (kept, _) in damaged.items():
        for host in kept.placement.both:
            assert await _is_whole(ground, kept, host), name
    await _all_is_well(ground, *damaged["body lost"])


def _catch_up(ground: Ground) -> CatchUp:
    return CatchUp(ground.stores.copies, ground.stores.hosting)


def _client(ground: Ground, host: str) -> HostClient:
    return ground.stores.copies.clients[host]


async def _settled(ground: Ground, kept: Kept) -> list[SubmittedDocument]:
    """Two letters, delivered to both hosts: four entries."""
    documents = [await ground.deposit(kept, f"Lettre {number}.") for number in range(2)]
    await ground.platform.quiet()
    for host in kept.placement.both:
        assert await _is_whole(ground, kept, host)
    return documents


async def _is_whole(ground: Ground, kept: Kept, host: str) -> bool:
    """Looked at without the host: do its entries lead to the portal's head, and are all bodies there and right?"""
    pool = ground.platform.hosts[host].pool
    known = await ground.known(kept)
    rows = await pool.fetch(
        "select place, head, header, sealed from entry where record_id = $1 order by place", kept.record)
    reached = genesis(kept.record)
    for row in rows:
        reached = next_head(reached, row["header"], row["sealed"])
        if reached != row["head"]:
            return False
    bodies = await pool.fetch("select body_id, sealed, damaged_at from body where record_id = $1", kept.record)
    named = await pool.fetch("select body_id from named_body where record_id = $1", kept.record)
    right = {row["body_id"] for row in bodies if sha256(row["sealed"]).digest() == row["body_id"]}
    own = await pool.fetchrow("select place, head from record where record_id = $1", kept.record)
    return own is not None and (
        (len(rows), reached) == (known.place, known.head) == (own["place"], own["head"])
        and all(row["damaged_at"] is None for row in bodies) and len(named) > 0
        and {row["body_id"] for row in named} <= right)


async def _all_is_well(ground: Ground, kept: Kept, documents: list[SubmittedDocument]) -> None:
    """Both copies are whole, nothing is noted any more, and all is readable from either host."""
    for host in kept.placement.both:
        assert await _is_whole(ground, kept, host), host
    assert await ground.platform.portal.fetchval(
        "select count(*) from catch_up where record_id = $1", kept.record) == 0
    for host in kept.placement.both:
        ground.faults[host].is_down = True
        await ground.read_back(kept, *documents)
        ground.faults[host].is_down = False
        ground.probe()

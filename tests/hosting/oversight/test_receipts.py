"""Receipts: what hosts signed is kept, and a host that says less later is caught by its own word."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import pytest

from carnet.errors import Unavailable
from carnet.hosting.oversight.store import OversightStore
from carnet.hosting.tokens import verify_receipt
from carnet.roles.overseeing import Overseer, OversightRules
from tests.hosting.ground import Ground, Kept
from tests.hosting.losses import back_to, lose_all
from tests.hosting.oversight.day import AUDIT_KEY, kept_until_now

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def receipts_of(ground: Ground, kept: Kept) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await ground.platform.portal.fetch(
        "select r.*, s.receipt from receipt r join signed_receipt s on s.digest = r.signed"
        " where record_id = $1 order by r.host_id, r.says", kept.record)
    return rows


async def offences_of(ground: Ground, kept: Kept, host: str) -> list[tuple[int, int, str]]:
    found = await ground.stores.hosting.oversight.offences(host)
    return [(each.place, each.later_place, each.how) for each in found if each.record == kept.record]


async def signed_long_ago(ground: Ground, record: UUID) -> None:
    await kept_until_now(ground)
    await ground.platform.portal.execute(
        "update receipt set heard_at = heard_at - interval '1 minute' where record_id = $1", record)


async def test_the_last_word_of_each_host_on_a_record_is_kept_as_it_was_signed(ground: Ground, kept: Kept) -> None:
    for _ in range(3):
        await ground.deposit(kept)
        await ground.platform.quiet()
        await kept_until_now(ground)
    known = await ground.known(kept)
    rows = await receipts_of(ground, kept)
    assert [(row["host_id"], row["says"], row["place"], row["head"]) for row in rows] == [
        (host, "holds", known.place, known.head) for host in sorted(kept.placement.both)]
    for row in rows:
        key = ground.platform.hosts[row["host_id"]].host.receipt_key
        said = verify_receipt(row["receipt"], row["host_id"], key)
        assert [str(kept.record), known.place, known.head.hex()] in [item[:3] for item in said.items]


async def test_a_host_that_lost_an_entry_is_caught_by_its_own_receipt(ground: Ground, kept: Kept) -> None:
    await ground.deposit(kept)
    await ground.platform.quiet()
    await signed_long_ago(ground, kept.record)
    place = (await ground.known(kept)).place
    await back_to(ground.platform.hosts[kept.home].pool, kept.record, place=place - 1)
    for _ in range(2):      # an offence is one, however often it is seen
        await ground.stores.hosting.note_lack(kept.record, kept.home, "a test says so")
        await ground.stores.copies.clients[kept.home].head(kept.record, kept.placement.version)
        await kept_until_now(ground)
    assert await offences_of(ground, kept, kept.home) == [(place, place - 1, "head")]
    assert await offences_of(ground, kept, kept.reference) == []
    [offence] = [each for each in await ground.stores.hosting.oversight.offences(kept.home)
                 if each.record == kept.record]
    [signed] = [row["receipt"] for row in await receipts_of(ground, kept) if row["host_id"] == kept.home]
    assert offence.receipt == signed
    await ground.platform.quiet()


async def test_another_chain_of_the_same_length_is_an_offence(ground: Ground, kept: Kept) -> None:
    await signed_long_ago(ground, kept.record)
    pool = ground.platform.hosts[kept.home].pool
    head = await pool.fetchval("select head from record where record_id = $1", kept.record)
    await pool.execute("update record set head = sha256(head) where record_id = $1", kept.record)
    await ground.stores.copies.clients[kept.home].head(kept.record, kept.placement.version)
    await kept_until_now(ground)
    await pool.execute("update record set head = $2 where record_id = $1", kept.record, head)
    place = (await ground.known(kept)).place
    assert await offences_of(ground, kept, kept.home) == [(place, place, "head")]


async def test_a_record_missing_in_an_inventory_is_an_offence_and_is_traced_once(ground: Ground, kept: Kept) -> None:
    await signed_long_ago(ground, kept.record)
    overseer = Overseer(ground.stores, AUDIT_KEY, OversightRules())
    await overseer.trace_offences()
    await lose_all(ground.platform.hosts[kept.reference].pool, kept.record)
    await ground.platform.worker._survey.compare(ground.stores.copies.clients[kept.reference], "a boot")
    await kept_until_now(ground)
    place = (await ground.known(kept)).place
    assert await offences_of(ground, kept, kept.reference) == [(place, 0, "inventory")]
    assert await overseer.trace_offences() == 1
    assert await overseer.trace_offences() == 0
    traced = await ground.platform.portal.fetch(
        "select detail ->> 'host' from audit_event where act = 'receipt_contradicted' and detail ->> 'about' = $1",
        str(kept.record))
    assert [row[0] for row in traced] == [kept.reference]
    await ground.platform.quiet()


async def test_a_host_that_erased_by_our_order_contradicts_nothing(ground: Ground, kept: Kept) -> None:
    await signed_long_ago(ground, kept.record)
    await ground.stores.copies.clients[kept.home].erase(kept.record, kept.placement.version)
    await kept_until_now(ground)
    await ground.platform.worker._survey.compare(ground.stores.copies.clients[kept.home], "a boot")
    await kept_until_now(ground)
    assert await offences_of(ground, kept, kept.home) == []
    assert {row["says"] for row in await receipts_of(ground, kept)} == {"holds", "erased"}
    await ground.platform.portal.execute("delete from catch_up where record_id = $1", kept.record)
    await ground.platform.portal.execute("update record set state = 'erased' where record_id = $1", kept.record)


async def test_an_answer_that_may_be_older_than_the_receipt_contradicts_nothing(ground: Ground, kept: Kept) -> None:
    await ground.deposit(kept)
    await ground.platform.quiet()
    await kept_until_now(ground)        # signed a moment ago
    place = (await ground.known(kept)).place
    await back_to(ground.platform.hosts[kept.home].pool, kept.record, place=place - 1)
    await ground.stores.copies.clients[kept.home].head(kept.record, kept.placement.version)
    await kept_until_now(ground)
    assert await offences_of(ground, kept, kept.home) == []
    await ground.stores.hosting.note_lack(kept.record, kept.home, "a test says so")
    await ground.platform.quiet()


async def test_what_cannot_be_kept_now_is_kept_when_the_database_is_back(
    ground: Ground, kept: Kept, monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def away(*_: Sequence[object]) -> None:
        raise Unavailable("away")

    await kept_until_now(ground)
    with monkeypatch.context() as patch:
        patch.setattr(OversightStore, "keep_receipts", away)
        await ground.deposit(kept)
        await ground.platform.quiet()
        with pytest.raises(Unavailable):
            await kept_until_now(ground)
    await kept_until_now(ground)
    place = (await ground.known(kept)).place
    assert {row["place"] for row in await receipts_of(ground, kept)} == {place}


async def test_an_inventory_is_kept_with_what_the_host_was_never_given(ground: Ground, kept: Kept) -> None:
    store = ground.stores.hosting.oversight
    strangers = [(await ground.opened()).record for _ in range(5)]      # before, between and after those it was given
    await ground.platform.portal.execute("delete from placement where record_id = any($1)", strangers)
    await ground.platform.portal.execute("update record set state = 'erased' where record_id = any($1)", strangers)
    await back_to(ground.platform.hosts[kept.reference].pool, kept.record, place=0)
    await ground.platform.worker._survey.compare(ground.stores.copies.clients[kept.reference], "a boot")
    [found] = await store.figures(await store.today(), host="reference")
    placed = await ground.platform.portal.fetchval(
        "select count(*) from record where state <> 'erased' and 'reference' in (home, reference)")
    assert (found.compared, found.lacking, found.unknown_records, found.ahead) == (placed, 1, len(strangers), 0)
    assert found.compared_at is not None
    await ground.platform.quiet()

"""Orders of erasure: every host that was ever given anything of the record deletes it, days later, and signs that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.errors import Gone, NotFound
from carnet.hosting.erasure.orders import CEILING, Orders
from carnet.hosting.tokens import approval_of_erasures, verify_receipt
from carnet.record.criteria import Criteria
from carnet.record.due import act_on_due
from carnet.record.find import find
from carnet.record.open_record import open_record
from tests.hosting.erasure.erased import days_pass, erased
from tests.hosting.faults import no_answer
from tests.hosting.ground import Ground, Kept
from tests.running import CONSENT, patient, professional

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIGRATION = Path(__file__).parents[3] / "src/carnet/roles/migrations/portal/0012.before.oversight.sql"


async def orders_of(ground: Ground, kept: Kept) -> dict[str, asyncpg.Record]:
    rows = await ground.platform.portal.fetch("select * from erasure_order where record_id = $1", kept.record)
    return {row["host_id"]: row for row in rows}


async def carried_out(ground: Ground) -> int:
    orders = Orders(ground.stores.copies, ground.stores.hosting)
    return sum([await orders.carry_out(host) for host in ground.platform.hosts])


async def left_at(ground: Ground, kept: Kept) -> dict[str, int]:
    """How many entries and bodies each host has of the record."""
    return {
        name: await host.pool.fetchval(
            "select (select count(*) from entry where record_id = $1)"
            " + (select count(*) from body where record_id = $1)", kept.record)
        for name, host in ground.platform.hosts.items()}


async def test_trace_16_an_erased_record_does_not_stay_at_a_stand_in(ground: Ground, kept: Kept) -> None:
    """EVER: a deposit died after a stand-in had its body; all three hosts are ordered, and nothing is left anywhere."""
    await ground.deposit(kept)
    await ground.platform.quiet()
    ground.faults[kept.home].next("put", no_answer)
    await ground.frozen(kept)
    assert (await left_at(ground, kept))[kept.third] == 1
    await erased(ground, kept)
    orders = await orders_of(ground, kept)
    assert set(orders) == {kept.home, kept.reference, kept.third}
    assert {row["due_at"] - row["ordered_at"] > timedelta(days=6.9) for row in orders.values()} == {True}
    assert await carried_out(ground) == 0                   # what the key did at once, hosts do in a week
    assert min((await left_at(ground, kept)).values()) > 0
    await days_pass(ground, kept)
    assert await carried_out(ground) == 3
    assert set((await left_at(ground, kept)).values()) == {0}
    for host, row in (await orders_of(ground, kept)).items():
        said = verify_receipt(row["receipt"], host, ground.platform.hosts[host].host.receipt_key)
        assert [str(kept.record), kept.placement.version, row["entries"], row["bodies"]] in said.items
    placed = await ground.platform.portal.fetch("select receipt from placement where record_id = $1", kept.record)
    assert all(row[0] for row in placed)
    assert await carried_out(ground) == 0


async def test_a_host_that_was_given_something_after_the_orders_is_ordered_too(ground: Ground, kept: Kept) -> None:
    await erased(ground, kept)
    await ground.stores.hosting.note_stand_in(kept.record, kept.third)
    assert set(await orders_of(ground, kept)) == {kept.home, kept.reference}
    await days_pass(ground, kept)
    await carried_out(ground)
    await carried_out(ground)
    assert {host for host, row in (await orders_of(ground, kept)).items() if row["receipt"]} == {
        kept.home, kept.reference, kept.third}


async def test_a_host_that_is_away_is_asked_again(ground: Ground, kept: Kept) -> None:
    await erased(ground, kept)
    await days_pass(ground, kept)
    ground.faults[kept.home].is_down = True
    assert await carried_out(ground) == 1
    order = (await orders_of(ground, kept))[kept.home]
    assert (order["receipt"], order["waits_for"]) == (None, "the host did not answer")
    ground.faults[kept.home].calm()
    ground.probe()
    await days_pass(ground, kept)
    assert await carried_out(ground) == 1
    assert set((await left_at(ground, kept)).values()) == {0}


async def test_beyond_a_hosts_ceiling_it_waits_for_an_officer(ground: Ground) -> None:
    kept = [await ground.opened() for _ in range(3)]
    for each in kept:
        await erased(ground, each)
        await days_pass(ground, each)
    officer = Ed25519PrivateKey.generate()
    host = ground.platform.hosts["reference"]
    done_today = await host.pool.fetchval("select coalesce(max(executed), 0) from erasure_day")
    was, host.config = host.config, replace(
        host.config, erasures_a_day=done_today + 1, officer_public_key=officer.public_key().public_bytes_raw())
    await host.stop()
    await host.start()
    orders = Orders(ground.stores.copies, ground.stores.hosting)
    assert await orders.carry_out("reference") == 1
    assert await orders.carry_out("reference") == 0
    waiting = [(await orders_of(ground, each))["reference"]["waits_for"] for each in kept]
    assert sorted(waiting) == ["", CEILING, CEILING]
    assert await approved(ground, Ed25519PrivateKey.generate(), most=10) == 0       # nobody that the host knows
    assert await approved(ground, officer, most=1) == 1
    assert await approved(ground, officer, most=10) == 1
    host.config = was
    await host.stop()
    await host.start()
    await carried_out(ground)


async def approved(ground: Ground, key: Ed25519PrivateKey, *, most: int) -> int:
    """This key's owner approves; how many records went."""
    store = ground.stores.hosting.erasure
    ends_at = await store.ends_in(1)
    approval = approval_of_erasures("reference", most, ends_at=int(ends_at.timestamp()), reason="a test", key=key)
    await store.approve("reference", approval, most=most, ends_at=ends_at, said=("a test", "agent-1"))
    return await Orders(ground.stores.copies, ground.stores.hosting).carry_out("reference")


async def test_nothing_of_an_erased_record_is_brought_anywhere_any_more(ground: Ground, kept: Kept) -> None:
    ground.faults[kept.home].always("append", no_answer)
    await ground.deposit(kept)
    await ground.stores.delivery.settle()
    await erased(ground, kept)
    await days_pass(ground, kept)
    ground.faults[kept.home].none()
    ground.probe()
    await carried_out(ground)
    portal = ground.platform.portal
    for table in ("outbox", "catch_up"):
        assert await portal.fetchval(f"select count(*) from {table} where record_id = $1", kept.record) == 0
    for host in kept.placement.both:
        await ground.platform.worker._survey.compare(ground.stores.copies.clients[host], "a boot")
    assert await portal.fetchval("select count(*) from catch_up where record_id = $1", kept.record) == 0
    assert set((await left_at(ground, kept)).values()) == {0}


async def test_records_erased_before_there_were_orders_have_theirs_by_the_migration(
    ground: Ground, kept: Kept,
) -> None:
    await erased(ground, kept)
    for table in ("erasure", "erasure_order"):
        await ground.platform.portal.execute(f"delete from {table}")
    tail = MIGRATION.read_text(encoding="utf-8").partition("-- Records that were erased before there were orders.")[2]
    await ground.platform.portal.execute("--" + tail)
    assert set(await orders_of(ground, kept)) == set(kept.placement.both)
    await carried_out(ground)
    assert set((await left_at(ground, kept)).values()) == {0}


async def test_a_record_whose_key_was_destroyed_is_erased_also_by_a_portal_that_forgot_it(
    ground: Ground, kept: Kept,
) -> None:
    """The portal's database is an old one: the record is open there. Found by who asks for it, and erased once."""
    await ground.deposit(kept)
    await ground.platform.quiet()
    await ground.stores.keys.destroy(kept.record)
    assert await act_on_due(ground.stores) == 0
    await ground.new_portal()
    with pytest.raises(Gone):
        await find(patient(kept.patient), kept.patient.ins, Criteria(), ground.stores)
    assert [await act_on_due(ground.stores) for _ in range(2)] == [1, 0]
    with pytest.raises(NotFound):
        await find(patient(kept.patient), kept.patient.ins, Criteria(), ground.stores)
    assert set(await orders_of(ground, kept)) == set(kept.placement.both)
    traced = await ground.platform.portal.fetch(
        "select detail ->> 'because' from audit_event where record_id = $1 and act = 'erase'", kept.record)
    assert [row[0] for row in traced] == ["key_destroyed"]
    await open_record(professional(), kept.patient, CONSENT, ground.stores)


async def test_a_record_without_any_key_is_nobodys_to_erase(ground: Ground, kept: Kept) -> None:
    """Its key is not there, and was not destroyed: perhaps the wrong key store. Nothing is guessed."""
    await ground.platform.keys.execute("delete from wrapped_key where record_id = $1", kept.record)
    await ground.new_portal()
    with pytest.raises(Gone):
        await find(patient(kept.patient), kept.patient.ins, Criteria(), ground.stores)
    assert await act_on_due(ground.stores) == 0
    state = await ground.platform.portal.fetchval("select state from record where record_id = $1", kept.record)
    assert state == "active"
    assert await orders_of(ground, kept) == {}

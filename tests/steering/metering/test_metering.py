"""Meters of a real platform: what is metered is what hosts hold, byte for byte, whatever happens to a record."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date, timedelta
from uuid import UUID

import pytest

from carnet.errors import NotPermitted
from carnet.hosting.erasure.orders import Orders
from carnet.hosting.moving.campaign import Plan
from carnet.journal.database import Database
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.retrieve import retrieve
from carnet.record.submit import submit
from carnet.steering.metering.holding import NOTHING, WHOLE, Held, Role, Size
from carnet.steering.metering.keeping import meter_what_happened, recount_some
from carnet.steering.metering.store import MeterStore
from carnet.steering.metering.support import Contacts
from tests.hosting.erasure.erased import days_pass, erased
from tests.hosting.faults import no_answer
from tests.hosting.ground import Ground, Kept
from tests.hosting.moves import Moves
from tests.running import LABORATORY, letter, lot, patient, professional

pytestmark = pytest.mark.asyncio(loop_scope="module")


def meters(ground: Ground) -> MeterStore:
    return MeterStore(Database(ground.platform.portal))


async def metered(ground: Ground, record: UUID) -> dict[str, Held]:
    await ground.platform.quiet()
    store = meters(ground)
    await meter_what_happened(store)
    return dict(await store.held(record))


async def there(ground: Ground, host: str, record: UUID) -> Size:
    """What is in the host's own database; of bodies, those that an entry names: nobody pays for others."""
    pool = ground.platform.hosts[host].pool
    bodies = await pool.fetchrow(
        "select count(*), coalesce(sum(octet_length(sealed)), 0)::bigint from body"
        " join named_body using (record_id, body_id) where record_id = $1", record)
    journal = await pool.fetchval(
        "select coalesce(sum(octet_length(header) + octet_length(sealed)), 0)::bigint from entry where record_id = $1",
        record)
    return Size(bodies[0], bodies[1], journal)


async def agree(ground: Ground, record: UUID) -> dict[str, Held]:
    """What is metered is what each host holds now."""
    found = await metered(ground, record)
    for host in ground.platform.hosts:
        assert found.get(host, Held()).size == await there(ground, host, record), host
    return found


async def ago(ground: Ground, days: int) -> None:
    """What waits to be metered happened so many days ago."""
    portal, passed = ground.platform.portal, timedelta(days)
    await portal.execute("update placement_to_meter set at = at - $1::interval", passed)
    await portal.execute(
        "update entry_to_meter set committed_at = committed_at - $1::interval, delivered_at = delivered_at"
        " - $1::interval", passed)


async def test_what_is_metered_is_what_hosts_hold(ground: Ground, kept: Kept) -> None:
    first = letter(of=kept.patient)
    await submit(professional(), lot(first), ground.stores)
    await ground.deposit(kept, "Une lettre plus longue." * 200)
    found = await agree(ground, kept.record)
    assert (found[WHOLE].size.bodies, found[kept.home].role) == (2, Role.KEEPS)
    assert kept.third not in found


async def test_a_moved_record_is_metered_where_it_is_and_no_more_where_it_was(ground: Ground, kept: Kept) -> None:
    await ground.deposit(kept)
    await ground.platform.quiet()
    await ago(ground, 5)
    await metered(ground, kept.record)
    moves = Moves(ground)
    assert (await moves.run(await moves.begun(Plan("migrate", kept.home, kept.third), kept))).released == 1
    await ground.deposit(kept)
    found = await agree(ground, kept.record)
    assert {host: held.role for host, held in found.items() if host} == {
        kept.home: Role.GONE, kept.third: Role.KEEPS, kept.reference: Role.KEEPS}
    today = await meters(ground).today()
    before = found[kept.reference].byte_days(today)
    assert found[kept.home].byte_days(today + timedelta(9)) == before > 0


async def test_a_stand_in_is_metered_while_it_stands_in(ground: Ground, kept: Kept) -> None:
    ground.faults[kept.home].next("put", no_answer)
    await ground.deposit(kept)
    await ground.platform.quiet()
    await ground.platform.portal.execute(
        "update entry_to_meter set committed_at = committed_at - interval '3 days' where record_id = $1", kept.record)
    found = await metered(ground, kept.record)
    assert found[kept.third].size == NOTHING
    today = await meters(ground).today()
    body = (await there(ground, kept.reference, kept.record)).body_bytes
    assert found[kept.third].byte_days(today + timedelta(9)) == 3 * body


async def test_an_erased_record_is_metered_nowhere_once_hosts_signed(ground: Ground, kept: Kept) -> None:
    await ground.deposit(kept)
    await metered(ground, kept.record)
    await erased(ground, kept)
    await metered(ground, kept.record)      # the hosts' receipts are then all that is left to be metered
    await days_pass(ground, kept)
    orders = Orders(ground.stores.copies, ground.stores.hosting)
    for host in ground.platform.hosts:
        await orders.carry_out(host)
    found = await agree(ground, kept.record)
    assert {held.role for host, held in found.items() if host} == {Role.GONE}


async def test_days_of_a_host_are_the_sums_of_its_records(ground: Ground, kept: Kept) -> None:
    await ground.deposit(kept)
    await ground.platform.quiet()
    await ago(ground, 2)
    await metered(ground, kept.record)
    store, today = meters(ground), await meters(ground).today()
    for host in ground.platform.hosts:
        days = await store.days_of(host, today - timedelta(60), today + timedelta(5))
        assert [each.day for each in days] == [today - timedelta(60 - number) for number in range(60)]
        rows = await ground.platform.portal.fetch("select distinct record_id from meter where host_id = $1", host)
        each_record = [(await store.held(row[0]))[host] for row in rows]
        assert sum(each.size.bytes for each in days) == sum(held.byte_days(today) for held in each_record)
    assert days[-2].entries >= 2        # the opening, and the letter


async def test_a_worker_that_dies_while_it_meters_has_metered_nothing(ground: Ground, kept: Kept) -> None:
    await ground.deposit(kept)
    await ground.platform.quiet()
    store, pool = meters(ground), ground.platform.portal
    await pool.execute("alter table meter_day add constraint no_more check (deposits < 0) not valid")
    with pytest.raises(Exception, match="no_more"):
        await store.meter(1000)
    await pool.execute("alter table meter_day drop constraint no_more")
    assert WHOLE not in await store.held(kept.record)
    await asyncio.gather(*(meter_what_happened(store) for _ in range(3)))       # and however many do it at once
    await agree(ground, kept.record)


async def test_a_record_from_before_there_were_meters_is_counted_from_its_journal(ground: Ground, kept: Kept) -> None:
    await ground.deposit(kept)
    await metered(ground, kept.record)
    await ground.platform.portal.execute("delete from meter where record_id = $1", kept.record)
    await ground.platform.portal.execute(
        "insert into placement_to_meter (record_id, host_id, role) select record_id, host_id, 'keeps' from placement"
        " where record_id = $1", kept.record)
    await ground.platform.portal.execute("insert into meter_recount (record_id) values ($1)", kept.record)
    await ground.deposit(kept)      # what waits in the outbox is counted too, and not once more when it is delivered
    await recount_some(meters(ground), ground.stores, 50)
    found = await agree(ground, kept.record)
    assert found[WHOLE].size.bodies == 2
    assert await meters(ground).left() == 0


async def test_a_journal_that_does_not_lead_to_the_head_is_not_counted(ground: Ground, kept: Kept) -> None:
    before = await metered(ground, kept.record)
    pool = ground.platform.portal
    await pool.execute("insert into meter_recount (record_id) values ($1)", kept.record)
    for host in kept.placement.both:
        await ground.platform.hosts[host].pool.execute(
            "update entry set sealed = sealed || sealed where record_id = $1", kept.record)
    assert await recount_some(meters(ground), ground.stores, 50) == 1
    assert await pool.fetchval("select count(*) from meter_recount") == 1       # another time
    assert await metered(ground, kept.record) == before
    await pool.execute("delete from meter_recount")


async def test_what_the_platform_and_each_host_are_asked_is_counted(ground: Ground, kept: Kept) -> None:
    until = await meters(ground).today() + timedelta(1)
    assert ground.stores.heard is not None
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    before = await _asked(ground, until)
    await find(patient(kept.patient), kept.patient.ins, Criteria(), ground.stores)
    await retrieve(patient(kept.patient), document.entry.unique_id, ground.stores)
    with pytest.raises(NotPermitted):
        await find(professional(LABORATORY), kept.patient.ins, Criteria(), ground.stores)
    after = await _asked(ground, until)
    assert after - before == Counter({"list": 1, "read": 1, kept.home: 1})
    for purpose in ("catch_up", "challenge", "move", "export_unanswered"):      # what the platform reads for itself
        ground.stores.heard.asked(kept.home, purpose, 5)
    assert await _asked(ground, until) == after


async def _asked(ground: Ground, until: date) -> Counter[str]:
    """What was asked until now of the platform, by act, and of each host for people."""
    assert ground.stores.heard is not None
    await ground.stores.heard.keep(ground.stores.hosting.oversight)
    counted = Counter(await meters(ground).asked(until - timedelta(1), until))
    for host in ground.platform.hosts:
        told = await ground.stores.hosting.oversight.read_for_people(host, until - timedelta(1), until)
        counted[host] = sum(told.values())
    return counted


async def test_support_is_entered_by_the_day_and_corrected_by_what_is_below_0(ground: Ground) -> None:
    store, day = meters(ground), date(2026, 3, 2)
    assert await store.add_contacts(day, Contacts("telephone", "", 12, 90), "", "C")
    assert await store.add_contacts(day, Contacts("telephone", "", -2, -10), "compté deux fois", "C")
    assert not await store.add_contacts(day, Contacts("telephone", "", -11), "", "C")
    assert not await store.add_contacts(date(2999, 1, 1), Contacts("mail", "", 1), "", "C")
    assert await store.contacts(date(2026, 3, 1), date(2026, 4, 1)) == [Contacts("telephone", "", 10, 80)]

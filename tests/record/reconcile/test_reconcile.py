"""A restored portal serves nothing that was not compared, and then says what differed, record by record."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.audit.events import NO_RECORD, Event
from carnet.errors import Unavailable
from carnet.hosting.tokens import verify_receipt
from carnet.journal.content import Actor, Snapshot
from carnet.record.authorise import authorise, block
from carnet.record.change import sealed_commit
from carnet.record.close_record import close_record
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.reconcile.guard import Suspicions
from carnet.record.reconcile.walk import Progress, Walk
from carnet.record.snapshot import take_snapshot
from carnet.record.submit import submit
from carnet.rights.access import Asker
from carnet.rights.held import RecordState
from carnet.roles.wiring import looking_first, open_pool
from tests.conftest import CreateDatabase
from tests.hosting.losses import lose_last_entry
from tests.record.reconcile.restored import backed_up, restored
from tests.running import (
    DOCTOR,
    OTHER_DOCTOR,
    PATIENT,
    Platform,
    another_patient,
    letter,
    lot,
    patient,
    professional,
)

_SAID_NOTHING = Snapshot(
    at=datetime(2026, 5, 1, tzinfo=UTC), documents=(), submission_sets=(), folders=(), associations=())
_BY = Actor("officer", "1", "Une agente")


def _said(record: UUID = NO_RECORD) -> Event:
    return Event(record, "restore_accept", "done", "test", "", _BY)


async def _deposit(platform: Platform, asker: Asker | None = None) -> str:
    document = letter()
    await submit(asker or professional(), lot(document), platform.stores)
    return document.entry.unique_id


async def _found(platform: Platform) -> list[str]:
    found = await find(patient(), PATIENT.ins, Criteria(), platform.stores)
    return sorted(entry.unique_id for entry in found.entries)


def _up(platform: Platform) -> None:
    """Hosts that were stopped are asked again at once."""
    for client in platform.stores.copies.clients.values():
        for circuit in (client.puts, client.reads, client.writes):
            circuit.succeeded(0)


async def test_until_it_is_compared_it_serves_nothing_and_nobody_is_logged_in(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    record = await platform.opened()
    await platform.portal.execute(
        "insert into second_person (record_id, professional, code, asked_at) values ($1, 'x', 'y', now())", record)
    await platform.portal.execute("insert into web_session (id_hash, caller, ends_at) values ('x', '{}', 'infinity')")
    await platform.quiet()
    backup = await backed_up(platform, create_database)
    await _deposit(platform)
    async with restored(platform, backup) as portal:
        for asked in (_found(platform), _deposit(platform), platform.opened(another_patient(7))):
            with pytest.raises(Unavailable) as refused:
                await asked
            assert refused.value.retry_after_seconds > 0
        assert await platform.portal.fetchval("select count(*) from second_person") == 0
        assert await platform.portal.fetchval("select count(*) from web_session") == 0
        assert await platform.worker.collect() == await platform.worker.round() == 0
        assert await portal.walk()
        assert not await portal.walk()                  # there is nothing left to compare
        assert len(await _found(platform)) == 1
        await platform.opened(another_patient(7))


async def test_what_was_decided_before_has_no_effect_while_it_is_compared_nor_in_the_new_life(
    platform: Platform,
) -> None:
    record = await platform.opened()
    known = await platform.stores.known(record, fresh=True)
    commit = sealed_commit(known, await platform.stores.keys.keys_of(record), _SAID_NOTHING, commutes=True)
    assert await platform.stores.records.trace((_said(record), known))
    await platform.stores.guard.distrust("a test says so")
    with pytest.raises(Unavailable):
        await platform.stores.known(record, fresh=True)
    assert await platform.stores.records.commit((commit, _said(record))) is None
    assert not await platform.stores.records.trace((_said(record), known))
    await Walk(platform.stores, platform.stores.guard, Ed25519PrivateKey.generate()).run()
    # The row is as it was: only the epoch tells that all this was of the life that ended.
    assert await platform.stores.records.commit((commit, _said(record))) is None
    assert not await platform.stores.records.trace((_said(record), known))
    fresh = await platform.stores.known(record, fresh=True)
    assert (fresh.head, fresh.rights_version) == (known.head, known.rights_version)
    assert await platform.stores.records.trace((_said(record), fresh))


async def test_adopted_rows_are_those_that_were_lost(platform: Platform, create_database: CreateDatabase) -> None:
    known = await platform.opened()
    await _deposit(platform)
    await platform.quiet()
    backup = await backed_up(platform, create_database)
    since = await platform.opened(another_patient(8))
    await block(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    await _deposit(platform)
    await take_snapshot(known, platform.stores)
    await _deposit(platform)
    other = another_patient(8)
    await authorise(patient(other), other.ins, OTHER_DOCTOR.ps_id, platform.stores, days=3)
    await submit(professional(), lot(letter(of=other)), platform.stores)
    await close_record(patient(other), other.ins, motive="patient-demande", stores=platform.stores)
    await platform.quiet()
    lost = await _rows(platform)
    async with restored(platform, backup) as portal:
        await portal.walk()
        assert await _rows(platform) == lost
        assert (await platform.stores.known(since)).rights.state is RecordState.CLOSED
        assert {("adopted", known, ""), ("rebuilt", since, "")} == await portal.differed()
        audited = await platform.portal.fetch("select record_id from audit_event where act = 'reconcile'")
        assert {row[0] for row in audited} == {known, since, NO_RECORD}
        receipts = await platform.portal.fetchval(      # what hosts signed of the days whose traces are lost
            "select detail #>> '{host_counts,beta,0}' from audit_event where act = 'reconcile' and record_id = $1",
            NO_RECORD)
        beta = platform.hosts["beta"].host
        assert verify_receipt(receipts, beta.id, beta.receipt_key).method == "counts"


async def _rows(platform: Platform) -> list[object]:
    records = await platform.portal.fetch(
        "select record_id, ins_value, ins_oid, traits, state, opened_at, home, reference, placement_version, place,"
        " head, previous_head, snapshot_place, documents, rights, next_due, awaits from record order by 1")
    locators = await platform.portal.fetch("select identifier, record_id, entry_uuid from locator order by 1")
    placed = await platform.portal.fetch("select record_id, host_id, role from placement order by 1, 2")
    return [tuple(row) for rows in (records, locators, placed) for row in rows]


async def test_bodies_that_no_entry_names_are_listed_and_kept_until_officers_say_so(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    record = await platform.opened()
    await platform.quiet()
    known = await platform.stores.known(record, fresh=True)
    backup = await backed_up(platform, create_database)
    await _deposit(platform)
    await platform.quiet()
    for host in known.placement.both:       # its entry was only in the outbox that is lost
        await lose_last_entry(platform.hosts[host].pool, record)
    async with restored(platform, backup) as portal:
        await portal.walk()
        assert await portal.differed() == {("unnamed", record, host) for host in known.placement.both}
        assert await platform.worker.collect() == 0
        await portal.stores.guard.store.let_go((await portal.now()).reconcile_id, _said())
        assert await platform.worker.collect() == 2


async def test_a_fork_is_listed_and_nothing_is_overwritten(platform: Platform, create_database: CreateDatabase) -> None:
    record = await platform.opened()
    await platform.quiet()
    known = await platform.stores.known(record, fresh=True)
    backup = await backed_up(platform, create_database)
    await _deposit(platform)
    await platform.quiet()
    await lose_last_entry(platform.hosts[known.placement.reference].pool, record)
    async with restored(platform, backup) as portal:
        # A portal that was let loose, as if nobody had noticed, gives the same place again.
        await platform.portal.execute(
            "update platform set reconciling = null, reconciled_upto = 'ffffffff-ffff-ffff-ffff-ffffffffffff'")
        second = await _deposit(platform)
        await platform.stores.delivery.settle()
        before = await _chains(platform, record)
        await portal.stores.guard.distrust("a test says so")
        await portal.walk()
        assert {("fork", record, host) for host in known.placement.both} <= await portal.differed()
        with pytest.raises(Unavailable):
            await _found(platform)
        with pytest.raises(Unavailable):
            await _deposit(platform)
        assert await _chains(platform, record) == before
        assert await portal.stores.guard.store.accept(record, _said(record))
        assert await _found(platform) == [second]
        assert not await portal.stores.guard.store.accept(record, _said(record))


async def test_two_hosts_that_are_ahead_with_different_entries_are_a_fork(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    record = await platform.opened()
    await platform.quiet()
    known = await platform.stores.known(record, fresh=True)
    backup = await backed_up(platform, create_database)
    await _deposit(platform)
    await platform.quiet()
    await lose_last_entry(platform.hosts[known.placement.reference].pool, record)
    # A portal that was let loose once before gives the place again, and the reference alone gets that entry.
    await platform.portal.execute(
        "update record set place = $2, head = $3 where record_id = $1", record, known.place, known.head)
    platform.stores.last_known.clear()
    await _deposit(platform)
    await platform.stores.delivery.settle()
    async with restored(platform, backup) as portal:
        await portal.walk()
        assert {("fork", record, host) for host in known.placement.both} <= await portal.differed()
        row = await platform.portal.fetchrow("select place, awaits from record where record_id = $1", record)
        assert tuple(row) == (known.place, "fork")


async def test_a_host_that_tells_another_head_than_its_entries_lead_to_is_not_believed(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    record = await platform.opened()
    await platform.quiet()
    known = await platform.stores.known(record, fresh=True)
    backup = await backed_up(platform, create_database)
    await _deposit(platform)
    await platform.quiet()
    home = platform.hosts[known.placement.home].pool
    await home.execute("update record set head = sha256('x') where record_id = $1", record)
    async with restored(platform, backup) as portal:
        await portal.walk()
        assert ("unreadable", record, known.placement.home) in await portal.differed()
        row = await platform.portal.fetchrow("select place, awaits from record where record_id = $1", record)
        assert tuple(row) == (known.place + 1, "unreadable")        # adopted from the other, and looked at first


async def _chains(platform: Platform, record: UUID) -> list[object]:
    return [
        [tuple(row) for row in await pool.fetch(
            "select place, head from " + table + " where record_id = $1 order by place", record)]
        for table, pool in [("record", platform.portal), *(("entry", host.pool) for host in platform.hosts.values())]]


async def test_a_longer_chain_that_does_not_open_is_not_adopted_and_the_record_waits(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    record = await platform.opened()
    await platform.quiet()
    known = await platform.stores.known(record, fresh=True)
    backup = await backed_up(platform, create_database)
    await _deposit(platform)
    await platform.quiet()
    home = platform.hosts[known.placement.home].pool
    await lose_last_entry(platform.hosts[known.placement.reference].pool, record)
    await home.execute(
        "update entry set sealed = set_byte(sealed, 20, 255 - get_byte(sealed, 20)) where record_id = $1"
        " and place = (select max(place) from entry where record_id = $1)", record)
    async with restored(platform, backup) as portal:
        await portal.walk()
        assert ("unreadable", record, known.placement.home) in await portal.differed()
        with pytest.raises(Unavailable):
            await _found(platform)
        row = await platform.portal.fetchrow("select place, awaits from record where record_id = $1", record)
        assert tuple(row) == (known.place, "unreadable")


async def test_a_person_whose_record_was_erased_and_who_has_another_has_that_one(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    first = await platform.opened()
    await platform.quiet()
    backup = await backed_up(platform, create_database)
    await close_record(patient(), PATIENT.ins, motive="patient-demande", stores=platform.stores)
    await platform.quiet()
    await platform.portal.execute("delete from locator where identifier like 'ins|%'")      # what an erasure leaves
    await platform.portal.execute("update record set ins_value = '', state = 'erased' where record_id = $1", first)
    await platform.stores.keys.destroy(first)
    platform.stores.last_known.clear()
    platform.stores.records.forget()
    second = await platform.opened()
    mine = await _deposit(platform)
    await platform.quiet()
    async with restored(platform, backup) as portal:
        await portal.walk()
        assert await platform.stores.record_of(PATIENT.ins) == second
        assert await _found(platform) == [mine]
        row = await platform.portal.fetchrow("select ins_value, state from record where record_id = $1", first)
        assert tuple(row) == ("", "erased")


async def test_a_walk_that_is_cut_off_goes_on_where_it_was(platform: Platform, create_database: CreateDatabase) -> None:
    people = [another_patient(number) for number in range(20, 24)]
    backup = await backed_up(platform, create_database)
    records = {await platform.opened(each): each for each in people}
    await platform.quiet()
    async with restored(platform, backup) as portal:
        def cut(progress: Progress) -> None:
            if progress.seen == 2:
                raise KeyboardInterrupt

        walk = Walk(portal.stores, portal.stores.guard, portal.audit_key, page=1)
        with pytest.raises(KeyboardInterrupt):
            await walk.run(cut)
        first, second, third, _ = sorted(records)
        for record in (first, second):      # what is compared is served already
            assert await platform.stores.record_of(records[record].ins) == record
            await find(patient(records[record]), records[record].ins, Criteria(), platform.stores)
        with pytest.raises(Unavailable):
            await platform.stores.record_of(records[third].ins)
        with pytest.raises(Unavailable):    # a record that begins might be one that hosts have
            await platform.opened(another_patient(30))
        epoch = (await portal.now()).epoch
        assert await walk.run()
        assert (await portal.now()).epoch == epoch
        assert (await portal.now()).seen == 4
        assert await portal.differed() == {("rebuilt", record, "") for record in records}


async def test_two_officers_may_go_on_without_a_host(platform: Platform, create_database: CreateDatabase) -> None:
    record = await platform.opened()
    await platform.quiet()
    known = await platform.stores.known(record, fresh=True)
    backup = await backed_up(platform, create_database)
    await _deposit(platform)
    await platform.quiet()
    third = ({"alpha", "beta"} - {known.placement.home}).pop()
    async with restored(platform, backup) as portal:
        for host in (third, known.placement.home):
            await platform.hosts[host].stop()
        with pytest.raises(Unavailable):
            await portal.walk()
        reconcile = await portal.now()
        await portal.stores.guard.store.go_on_without(reconcile.reconcile_id, [third, known.placement.home], _said())
        assert await portal.walk()
        assert {("adopted", record, ""), ("behind", record, known.placement.home)} == await portal.differed()
        assert len(await _found(platform)) == 1
        for host in (third, known.placement.home):
            await platform.hosts[host].start()
        _up(platform)
        await platform.quiet()
        assert len(await platform.heads(record)) == 1


async def test_a_host_that_was_configured_once_is_waited_for_too(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    await platform.opened()
    await platform.quiet()
    backup = await backed_up(platform, create_database)
    await _deposit(platform)
    async with restored(platform, backup) as portal:
        assert (await portal.now()).former.hosts == ("alpha", "beta", "reference")      # type: ignore[union-attr]
        await platform.portal.execute(
            "update reconcile set former = jsonb_set(former, '{hosts}', former -> 'hosts' || '\"gamma\"')")
        with pytest.raises(Unavailable):
            await portal.walk()


async def test_a_host_that_is_ahead_with_our_own_entries_is_believed_and_one_with_others_is_not(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    record = await platform.opened()
    await platform.quiet()
    known = await platform.stores.known(record, fresh=True)
    home = platform.hosts[known.placement.home].pool
    backup = await backed_up(platform, create_database)
    await _deposit(platform)
    await platform.quiet()
    async with restored(platform, backup) as portal:
        await _as_if_unnoticed(platform)
        guard = portal.stores.guard
        suspicions = Suspicions(guard, portal.stores.copies, portal.stores.keys)
        assert await suspicions.look() == ""
        await home.execute(
            "update entry set sealed = set_byte(sealed, 20, 255 - get_byte(sealed, 20)) where record_id = $1"
            " and place > $2", record, known.place)
        await portal.stores.hosting.note_ahead(known.placement.home, {record: known.place + 1})
        assert await suspicions.look() == ""
        await portal.stores.hosting.note_ahead(known.placement.reference, {record: known.place + 1})
        assert "follow the portal's" in await suspicions.look()
        with pytest.raises(Unavailable):
            await _found(platform)


async def test_a_host_that_saw_a_greater_epoch_is_believed(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    await platform.opened()
    await platform.quiet()
    suspicions = Suspicions(platform.stores.guard, platform.stores.copies, platform.stores.keys)
    assert await suspicions.look() == ""
    await platform.hosts["beta"].pool.execute("update portal set epoch = 7")
    assert "epoch 7" in await suspicions.look()
    with pytest.raises(Unavailable):
        await _found(platform)
    assert await Walk(platform.stores, platform.stores.guard, Ed25519PrivateKey.generate()).run()
    assert (await platform.hosts["reference"].pool.fetchval("select epoch from portal")) == 8
    assert await _found(platform) == []


async def test_a_restore_that_our_command_made_is_noticed_though_nothing_was_lost(platform: Platform) -> None:
    await platform.opened()
    assert await platform.stores.guard.look()
    async with platform.portal.acquire() as connection:
        name = await connection.fetchval("select current_database()")
        await connection.execute(f"alter database \"{name}\" set carnet.restored = 'once'")
    await platform.portal.expire_connections()
    assert not await platform.stores.guard.look()
    assert await Walk(platform.stores, platform.stores.guard, Ed25519PrivateKey.generate()).run()
    assert await platform.stores.guard.look()       # that restore is dealt with


async def test_a_process_that_lives_through_a_restore_uses_no_connection_before_it_is_noticed(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    await platform.opened()
    backup = await backed_up(platform, create_database)
    await _deposit(platform)
    await platform.stores.guard.look()
    first = looking_first(platform.keys)
    for url, is_serving in ((backup, False), (await backed_up(platform, create_database), True)):
        async with open_pool(url, 1, first=first) as pool:
            assert await pool.fetchval("select reconciling is null from platform") is is_serving
    async with open_pool(await create_database("empty"), 1, first=first) as pool:
        assert await pool.fetchval("select 1")


async def _as_if_unnoticed(platform: Platform) -> None:
    await platform.portal.execute(
        "update platform set reconciling = null, reconciled_upto = 'ffffffff-ffff-ffff-ffff-ffffffffffff'")
    await platform.keys.execute("delete from portal_mark")


async def test_what_the_doctor_may_not_read_after_a_restore_is_what_he_could_not_before(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    backup = await backed_up(platform, create_database)
    await platform.opened(by=OTHER_DOCTOR)
    await block(patient(), PATIENT.ins, DOCTOR.ps_id, platform.stores)
    await platform.quiet()
    async with restored(platform, backup) as portal:
        await portal.walk()
        known = await platform.stores.known(await platform.stores.record_of(PATIENT.ins))
        assert known.rights.authorisations[DOCTOR.ps_id].is_forbidden
        assert known.rights.authorisations[OTHER_DOCTOR.ps_id].valid_until is not None

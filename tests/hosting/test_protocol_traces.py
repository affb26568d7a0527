"""The traces of docs/protocol.md, by number, on the real code: each fails when the rule it names is removed.

The docstring of each says which line carries the rule. They were checked once by removing it.
"""

from __future__ import annotations

import asyncio

import pytest

from carnet.errors import Conflict, Gone, NotFound, NotPermitted, TooFewCopies, Unavailable
from carnet.hosting.catch_up import CatchUp
from carnet.journal.chain import SealedEntry, genesis
from carnet.journal.content import RightsChanged, decode
from carnet.journal.seal import unseal_entry
from carnet.record.authorise import block
from carnet.record.close_record import close_record
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.retrieve import retrieve
from carnet.record.submit import submit
from carnet.rights.changes import AuthorisationSet
from tests.hosting.faults import Call, answer_lost, as_it_is, no_answer
from tests.hosting.ground import Ground, Kept
from tests.running import DOCTOR, letter, lot, patient, professional

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_trace_1_acknowledged_and_lost(ground: Ground, kept: Kept) -> None:
    """TWO: hosting/copies.py, `while len(holders) < 2`. One copy is not enough, whichever host dies then."""
    for host in (kept.reference, kept.third):
        ground.faults[host].always("put", no_answer)
    lost = letter(of=kept.patient)
    with pytest.raises(TooFewCopies):
        await submit(professional(), lot(lost), ground.stores)
    for host in (kept.reference, kept.third):
        ground.faults[host].none()
    await ground.read_back(kept)
    ground.faults[kept.reference].always("put", no_answer)
    document = await ground.deposit(kept)
    await ground.stores.delivery.settle()
    await ground.platform.hosts[kept.home].forget(kept.record)      # the home dies, and comes back with nothing
    ground.faults[kept.reference].none()
    ground.probe()
    await ground.read_back(kept, document)
    assert await CatchUp(ground.stores.copies, ground.stores.hosting).settle(kept.record)
    await ground.read_back(kept, document)


async def test_trace_2_collected_though_committed(ground: Ground, kept: Kept) -> None:
    """FENCE, second half: hosting/collection.py orders with `locked_head`'s head, host/bodies.py refuses another."""
    frozen = await ground.frozen(kept)
    assert await ground.commit(frozen) is not None
    await ground.end_tickets(kept)          # the worker is slow: the entry is only in the outbox
    assert await ground.collect(kept) == 0
    await ground.platform.quiet()
    await ground.read_back(kept, frozen.document)


async def test_trace_3_committed_after_collection(ground: Ground, kept: Kept) -> None:
    """FENCE, first half: the outbox's check `ticket_not_expired` (roles/migrations/portal)."""
    frozen = await ground.frozen(kept)
    await ground.end_tickets(kept)
    assert await ground.collect(kept) == 2
    with pytest.raises(Conflict):
        await ground.commit(frozen.with_ticket_ended())
    await ground.platform.quiet()
    await ground.read_back(kept)
    assert len(await ground.platform.heads(kept.record)) == 1


async def test_trace_4_a_copy_thin_for_ever(ground: Ground, kept: Kept) -> None:
    """BODIES: hosting/survey.py `line.lacking > 0`, hosting/catch_up.py `there.lacking`."""
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    await ground.platform.worker.watch_hosts()
    home = ground.platform.hosts[kept.home]
    await home.pool.execute("delete from body where record_id = $1", kept.record)
    await home.stop()
    await home.start()
    heads = {host: (await ground.entries_at(host, kept))[-1] for host in kept.placement.both}
    assert len(set(heads.values())) == 1        # nothing to see in the heads
    await ground.platform.worker.watch_hosts()
    await ground.platform.quiet()
    assert len(await ground.bodies_at(kept.home, kept)) == 1
    await ground.platform.hosts[kept.reference].forget(kept.record)
    await ground.read_back(kept, document)


async def test_trace_5_a_journal_doubled(ground: Ground, kept: Kept) -> None:
    """CAS: host/append.py, the comparison in `_SETTLE` and `_Copy.take`. By memory, by worker, again, and late."""
    ground.faults[kept.reference].late("append")
    ground.faults[kept.home].next("append", answer_lost)
    document = await ground.deposit(kept)
    await ground.stores.delivery.settle()
    worker = CatchUp(ground.stores.copies, ground.stores.hosting)
    await asyncio.gather(*(worker.settle(kept.record) for _ in range(3)), return_exceptions=True)
    assert await ground.faults[kept.reference].land() == [200]
    await ground.platform.quiet()
    for host in kept.placement.both:
        heads = await ground.entries_at(host, kept)
        assert len(heads) == 3
        assert heads[-1] == (await ground.known(kept)).head
    await ground.read_back(kept, document)


async def test_trace_6_an_old_journal_is_not_read(ground: Ground, kept: Kept) -> None:
    """HEAD: journal/view.py, `verify_suffix(..., head=head)`. The home is back from its backup, the outbox empty."""
    first = await ground.deposit(kept)
    second = await ground.deposit(kept)
    await ground.platform.quiet()
    pool = ground.platform.hosts[kept.home].pool
    await pool.execute("delete from entry where record_id = $1 and place = 4", kept.record)
    await pool.execute(
        "update record set place = 3, head = (select head from entry where record_id = $1 and place = 3)"
        " where record_id = $1", kept.record)
    await ground.read_back(kept, first, second)
    noted = await ground.platform.portal.fetch("select host_id from catch_up where record_id = $1", kept.record)
    assert [row[0] for row in noted] == [kept.home]         # and it is marked behind
    ground.faults[kept.reference].is_down = True
    await ground.new_portal()
    with pytest.raises(Unavailable):
        await find(patient(kept.patient), kept.patient.ins, Criteria(), ground.stores)


async def test_trace_6_an_entry_delivered_while_it_is_read_is_not_missed(ground: Ground, kept: Kept) -> None:
    """HEAD: record/views.py reads the outbox before any host. The other order finds the entry in neither."""
    for host in kept.placement.both:
        ground.faults[host].next("append", no_answer)
    document = await ground.deposit(kept)
    await ground.stores.delivery.settle()

    async def delivered_meanwhile(call: Call) -> None:
        old = await call.do()
        ground.faults[kept.home].is_down = False
        ground.probe()
        await ground.platform.quiet()
        assert await ground.stores.hosting.tail(kept.record) == []
        ground.faults[kept.home].is_down = True
        await call.answer(*old)

    await ground.new_portal()
    ground.faults[kept.home].is_down = True
    for fault in (as_it_is, delivered_meanwhile):     # what it has, then that there is no more
        ground.faults[kept.reference].next("journal", fault)
    back = await retrieve(patient(kept.patient), document.entry.unique_id, ground.stores)
    assert back.content == document.content


async def test_trace_7_bodies_put_before_a_switch_do_not_count_after_it(ground: Ground, kept: Kept) -> None:
    """PLACE: record/sql.py, COMMIT, `r.placement_version = i.placement_version`."""
    frozen = await ground.frozen(kept)
    await _move(ground, kept)
    assert await ground.commit(frozen) is None
    document = letter(of=kept.patient)
    await submit(professional(), lot(document), ground.stores)      # this process still believed the old home
    assert len(await ground.bodies_at(kept.third, kept)) == 1
    await ground.platform.quiet()
    for lost in (kept.home, kept.reference):        # the old home erases, and then the reference dies
        await ground.platform.hosts[lost].forget(kept.record)
    await ground.read_back(kept, document)


async def test_trace_15_erased_stays_erased_for_a_portal_that_forgot(ground: Ground, kept: Kept) -> None:
    """KEYS: journal/store.py asks the key store, which no backup of the portal brings back."""
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    await ground.stores.keys.destroy(kept.record)
    await ground.new_portal()                               # its database does not know of any erasure
    with pytest.raises(Gone):
        await find(patient(kept.patient), kept.patient.ins, Criteria(), ground.stores)
    with pytest.raises(NotFound):
        await retrieve(patient(kept.patient), document.entry.unique_id, ground.stores)


async def test_trace_16_every_host_that_may_hold_something_is_known(ground: Ground, kept: Kept) -> None:
    """EVER: hosting/copies.py, `note_stand_in` before the put; the row stays though the deposit died."""
    ground.faults[kept.home].next("put", no_answer)
    await ground.frozen(kept)
    assert await ground.bodies_at(kept.third, kept)
    await ground.end_tickets(kept)
    assert await ground.collect(kept) == 2
    holders = await ground.holders(kept)
    assert holders == {kept.home, kept.reference, kept.third}
    placed = await ground.platform.portal.fetch("select host_id from placement where record_id = $1", kept.record)
    assert {row[0] for row in placed} == holders


async def test_trace_18_hosts_give_back_a_block_that_a_restored_portal_forgot(ground: Ground, kept: Kept) -> None:
    """RIGHTS: record/authorise.py seals the change into the journal, in the commit that puts the row in force."""
    await block(patient(kept.patient), kept.patient.ins, DOCTOR.ps_id, ground.stores)
    await ground.platform.quiet()
    keys = await ground.stores.keys.keys_of(kept.record)
    page = await ground.stores.copies.clients[kept.reference].journal(kept.record, 1, after=0)
    assert page.head == genesis(kept.record)
    said = [decode(unseal_entry(keys, SealedEntry(each.header, each.sealed))) for each in page.entries]
    last = said[-1]
    assert isinstance(last, RightsChanged)
    [change] = last.changes
    assert isinstance(change, AuthorisationSet)
    assert (change.authorisation.professional, change.authorisation.is_forbidden) == (DOCTOR.ps_id, True)


async def test_trace_19_a_deposit_decided_before_a_block_is_not_committed_after_it(ground: Ground, kept: Kept) -> None:
    """RIGHTS: record/sql.py, COMMIT, `r.rights_version = i.rights_version`: the head alone does not stop a deposit."""
    frozen = await ground.frozen(kept)
    await block(patient(kept.patient), kept.patient.ins, DOCTOR.ps_id, ground.stores)
    assert await ground.commit(frozen) is None
    with pytest.raises(NotPermitted):
        await submit(frozen.asker, lot(frozen.document), ground.stores)
    await ground.platform.quiet()
    await ground.read_back(kept)


async def test_trace_19_a_deposit_decided_before_a_closing_is_not_committed_after_it(
    ground: Ground, kept: Kept,
) -> None:
    """RIGHTS: the same line; closing moves the version of rights."""
    frozen = await ground.frozen(kept)
    await close_record(patient(kept.patient), kept.patient.ins, motive="patient-demande", stores=ground.stores)
    assert await ground.commit(frozen) is None


async def test_trace_19_a_block_that_waits_for_the_same_row_still_stops_the_deposit(ground: Ground, kept: Kept) -> None:
    """RIGHTS: the version is compared again once the row's lock is had, not on what the statement saw first."""
    frozen = await ground.frozen(kept)
    async with ground.platform.portal.acquire() as connection, connection.transaction():
        await connection.execute("select from record where record_id = $1 for update", kept.record)
        committing = asyncio.ensure_future(ground.commit(frozen))
        while not await ground.platform.portal.fetchval(        # noqa: ASYNC110 nobody tells when PostgreSQL waits
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
        ):
            await asyncio.sleep(0.01)
        await connection.execute(
            "update record set rights_version = rights_version + 1 where record_id = $1", kept.record)
    assert await committing is None


async def test_deposits_of_two_processes_at_once_never_conflict(ground: Ground, kept: Kept) -> None:
    """They commute: the place and head are computed under the row's lock, whatever head each had read."""
    first, second = await ground.frozen(kept), await ground.frozen(kept)
    one = ground.stores
    other = await ground.new_portal()
    results = await asyncio.gather(
        one.records.commit((first.commit, first.event)), other.records.commit((second.commit, second.event)))  # type: ignore[arg-type]
    assert {result.place for result in results if result is not None} == {3, 4}
    await ground.platform.quiet()
    await ground.read_back(kept, first.document, second.document)


async def _move(ground: Ground, kept: Kept) -> None:
    """The home becomes the third host, as a migration's last transaction will do, with no outbox row waiting."""
    await ground.platform.portal.execute(
        "update record set home = $2, placement_version = placement_version + 1 where record_id = $1", kept.record,
        kept.third)
    await ground.platform.portal.execute(
        "insert into placement (record_id, host_id, role) values ($1, $2, 'home') on conflict do nothing", kept.record,
        kept.third)


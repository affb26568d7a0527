"""What time itself changes, and erasure: rule 14's end. Time passes by moving a record's times back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from carnet.errors import Conflict, DuplicateUniqueId, Gone, NotFound, NotPermitted, Unavailable
from carnet.journal.content import RightsChanged
from carnet.people.ins import Ins
from carnet.record.announce_record import announce_record
from carnet.record.ask_erasure import ask_erasure, cancel_erasure
from carnet.record.authorise import authorise
from carnet.record.close_record import close_record
from carnet.record.criteria import Criteria
from carnet.record.due import _move, act_on_due
from carnet.record.find import find
from carnet.record.history import history
from carnet.record.open_record import open_record
from carnet.record.proxies import list_proxies, people_i_act_for
from carnet.record.refuse_record import refuse_record
from carnet.record.reopen_record import reopen_record
from carnet.record.retrieve import retrieve
from carnet.record.status import record_status
from carnet.record.submit import submit
from carnet.record.suspend_record import resume_record, suspend_record
from carnet.rights.access import Act
from carnet.rights.changes import StateChanged
from carnet.rights.due import ERASURE, NOTICE, SUSPENSION, retention_ends
from carnet.rights.held import RecordRights, RecordState
from carnet.roles.wiring import assembled
from tests.record.inbox.ground import Ground
from tests.record.life import (
    AGAIN,
    MOTHER,
    OFFICER,
    child,
    journal_of,
    known_rights,
    let_pass,
    opened_for_child,
    represented,
    told,
)
from tests.running import CONSENT, PATIENT, Platform, letter, lot, patient, professional

DAY = timedelta(days=1)
TEN_YEARS = timedelta(days=3653)


async def work(platform: Platform) -> int:
    """One round of a worker, as if no other had claimed anything."""
    return await act_on_due(platform.stores)


async def closed(platform: Platform) -> UUID:
    await close_record(patient(), PATIENT.ins, motive="patient-demande", stores=platform.stores)
    return await platform.stores.record_of(PATIENT.ins)


async def due_to_erase(platform: Platform, record: UUID | None = None) -> UUID:
    """A record with a document, closed, whose erasure is due."""
    record = record or await platform.opened()
    await submit(professional(), lot(letter("Un secret.", unique_id="1.2.3.4.5")), platform.stores)
    await closed(platform)
    await ask_erasure(patient(), PATIENT.ins, platform.stores)
    await let_pass(platform, record, ERASURE)
    return record


async def state_of(platform: Platform, record: UUID) -> str:
    state: str = await platform.portal.fetchval("select state from record where record_id = $1", record)
    return state


async def test_nothing_is_due_before_its_time(platform: Platform) -> None:
    await announce_record(OFFICER, PATIENT, platform.stores)
    await let_pass(platform, await platform.stores.record_of(PATIENT.ins), NOTICE - DAY)
    assert await work(platform) == 0
    assert (await known_rights(platform, PATIENT.ins)).state is RecordState.NOTICE


async def test_a_record_that_nobody_objects_to_opens_after_six_weeks(platform: Platform) -> None:
    await announce_record(OFFICER, PATIENT, platform.stores)
    record = await platform.stores.record_of(PATIENT.ins)
    await let_pass(platform, record, NOTICE)
    assert await work(platform) == 1
    assert await work(platform) == 0
    await submit(professional(), lot(letter()), platform.stores)
    assert await told(platform, PATIENT) == ["announce_record", "open_record"]
    opened = (await journal_of(platform, record))[1]
    assert isinstance(opened, RightsChanged)
    assert (opened.by.kind, opened.reason) == ("system", "no_objection")
    [line] = [each for each in await history(patient(), PATIENT.ins, platform.stores) if each.act == "open_record"]
    assert (line.actor_kind, line.detail["because"]) == ("system", "no_objection")


async def test_a_record_that_was_refused_never_opens_by_itself(platform: Platform) -> None:
    await announce_record(OFFICER, PATIENT, platform.stores)
    record = await platform.stores.record_of(PATIENT.ins)
    await refuse_record(patient(), PATIENT.ins, platform.stores)
    await let_pass(platform, record, TEN_YEARS)
    assert await work(platform) == 0
    assert await state_of(platform, record) == "refused"


async def test_a_suspension_without_objection_closes_the_record(platform: Platform) -> None:
    record = await platform.opened()
    await suspend_record(OFFICER, PATIENT.ins, platform.stores, motive="fraude")
    await let_pass(platform, record, SUSPENSION)
    assert await work(platform) == 1
    status = await record_status(patient(), PATIENT.ins, platform.stores)
    assert (status.state, status.closing_motive) == (RecordState.CLOSED, "suspension-sans-opposition")


async def test_a_suspension_that_ended_closes_nothing(platform: Platform) -> None:
    record = await platform.opened()
    await suspend_record(OFFICER, PATIENT.ins, platform.stores, motive="fraude")
    await resume_record(OFFICER, PATIENT.ins, platform.stores)
    await let_pass(platform, record, SUSPENSION)
    assert await work(platform) == 0
    assert await state_of(platform, record) == "active"


async def test_what_a_person_said_after_it_was_found_due_comes_first(platform: Platform) -> None:
    record = await due_to_erase(platform)
    await cancel_erasure(patient(), PATIENT.ins, platform.stores)
    await platform.portal.execute("update record set next_due = clock_timestamp() where record_id = $1", record)
    assert await work(platform) == 0
    assert await state_of(platform, record) == "closed"
    due = await platform.portal.fetchval("select next_due from record where record_id = $1", record)
    assert due == retention_ends((await known_rights(platform, PATIENT.ins)).since)


async def test_rule_14_a_record_is_erased_thirty_days_after_it_was_asked(platform: Platform) -> None:
    record = await due_to_erase(platform)
    assert await work(platform) == 1
    assert await state_of(platform, record) == "erased"
    assert (await told(platform, PATIENT))[-1] == "erase"


async def test_rule_14_a_record_is_erased_ten_years_after_it_was_closed(platform: Platform) -> None:
    record = await platform.opened()
    await closed(platform)
    await let_pass(platform, record, TEN_YEARS - 2 * DAY)
    assert await work(platform) == 0
    await let_pass(platform, record, 2 * DAY)
    assert await work(platform) == 1
    assert await state_of(platform, record) == "erased"


async def test_what_is_erased_is_there_for_nobody_and_its_key_is_no_more(platform: Platform) -> None:
    record = await due_to_erase(platform)
    entry = await platform.portal.fetchval("select identifier from locator where identifier like 'uuid|%'")
    await work(platform)
    for asker in (patient(), professional()):
        for identifier in ("1.2.3.4.5", entry.removeprefix("uuid|")):
            with pytest.raises(NotFound):
                await retrieve(asker, identifier, platform.stores)
        for attempt in (
            find(asker, PATIENT.ins, Criteria(), platform.stores), history(asker, PATIENT.ins, platform.stores),
            record_status(asker, PATIENT.ins, platform.stores),
            reopen_record(asker, PATIENT.ins, AGAIN, platform.stores),
            submit(asker, lot(letter()), platform.stores),
        ):
            with pytest.raises(NotFound):
                await attempt
    with pytest.raises(Gone):
        await platform.stores.keys.keys_of(record)
    assert await platform.keys.fetchval("select count(*) from wrapped_key where wrapped is not null") == 0


async def test_no_row_says_whose_the_erased_record_was(platform: Platform) -> None:
    record = await platform.opened()
    await Ground(platform).send(letter("Par un dossier surveillé.").content)
    await due_to_erase(platform, record)
    await work(platform)
    row = await platform.portal.fetchrow("select * from record where record_id = $1", record)
    told_apart = PATIENT.ins.value, PATIENT.traits.birth_family, PATIENT.traits.birth_given, "899700218896"
    assert not [part for part in told_apart if part in str(dict(row))]
    for table in ("proxy", "emergency", "second_person", "locator", "outbox", "message"):
        rows = await platform.portal.fetch(f"select * from {table}")
        assert not [part for part in told_apart if part in str([dict(each) for each in rows])]
    kept = await platform.portal.fetch("select act from notification")
    assert [each["act"] for each in kept] == ["erase"]


async def test_hosts_that_still_hold_an_erased_record_are_known_and_ordered(platform: Platform) -> None:
    record = await due_to_erase(platform)
    placement = (await platform.stores.known(record)).placement
    erasure = platform.stores.hosting.erasure
    assert await erasure.listed(all_of_them=True) == []
    await work(platform)
    [line] = await erasure.listed(all_of_them=False)
    assert (line.record, line.ordered, line.done, line.waiting) == (record, 2, 0, ", ".join(sorted(placement.both)))
    found = await erasure.of(record)
    assert found is not None
    assert found.key_destroyed_at == await platform.keys.fetchval("select destroyed_at from wrapped_key")
    assert {order.due_at - order.ordered_at > timedelta(days=6.9) for order in found.orders} == {True}


async def test_another_process_that_had_it_all_in_memory_reads_nothing_of_it(platform: Platform) -> None:
    async with assembled(platform.parts, platform.portal, platform.keys) as other:
        record = await platform.opened()
        await submit(professional(), lot(letter(unique_id="1.2.3.4.5")), platform.stores)
        assert (await find(patient(), PATIENT.ins, Criteria(), other)).entries
        await retrieve(patient(), "1.2.3.4.5", other)
        await closed(platform)
        await ask_erasure(patient(), PATIENT.ins, platform.stores)
        await let_pass(platform, record, ERASURE)
        await work(platform)
        for attempt in (retrieve(patient(), "1.2.3.4.5", other), find(patient(), PATIENT.ins, Criteria(), other)):
            with pytest.raises(NotFound):
                await attempt
        with pytest.raises(Gone):
            await other.keys.keys_of(record)
        assert record not in other.views._kept


async def test_who_was_erased_may_open_another_record_that_everyone_finds(platform: Platform) -> None:
    async with assembled(platform.parts, platform.portal, platform.keys) as other:
        erased = await due_to_erase(platform)
        with pytest.raises(NotPermitted):       # this process knows the closed record
            await find(patient(), PATIENT.ins, Criteria(), other)
        await work(platform)
        await open_record(professional(), PATIENT, CONSENT, platform.stores)
        assert await platform.stores.record_of(PATIENT.ins) != erased
        document = letter()
        await submit(professional(), lot(document), other)
        assert (await retrieve(patient(), document.entry.unique_id, platform.stores)).content == document.content
        assert [each.unique_id for each in (await find(patient(), PATIENT.ins, Criteria(), other)).entries] == [
            document.entry.unique_id]


async def test_identifiers_of_an_erased_record_name_nothing_else(platform: Platform) -> None:
    await due_to_erase(platform)
    await work(platform)
    await open_record(professional(), PATIENT, CONSENT, platform.stores)
    with pytest.raises(DuplicateUniqueId):
        await submit(professional(), lot(letter(unique_id="1.2.3.4.5")), platform.stores)


async def test_two_workers_at_once_do_each_thing_once(platform: Platform) -> None:
    record = await due_to_erase(platform)
    async with assembled(platform.parts, platform.portal, platform.keys) as other:
        done = await asyncio.gather(*(act_on_due(stores) for stores in (platform.stores, other) * 3))
    assert sum(done) == 1
    acts = await platform.portal.fetch("select outcome from audit_event where record_id = $1 and act = 'erase'", record)
    assert [row["outcome"] for row in acts] == ["done"]


async def test_an_erasure_under_way_is_one_workers_alone(
    platform: Platform, monkeypatch: pytest.MonkeyPatch,
) -> None:
    await due_to_erase(platform)
    due = platform.stores.records.due
    claimed, empty = [], due.empty

    async def claimed_meanwhile(record: UUID, rights: RecordRights, *, orders_due_in: timedelta) -> None:
        claimed.append(await due.claim(10))
        await empty(record, rights, orders_due_in=orders_due_in)

    monkeypatch.setattr(due, "empty", claimed_meanwhile)
    assert await work(platform) == 1
    assert claimed == [[]]


async def test_a_worker_that_lost_its_claim_changes_nothing_twice(platform: Platform) -> None:
    await announce_record(OFFICER, PATIENT, platform.stores)
    record = await platform.stores.record_of(PATIENT.ins)
    await let_pass(platform, record, NOTICE)
    [mine] = await platform.stores.records.due.claim(10)
    assert mine == record
    assert await platform.stores.records.due.claim(10) == []
    await platform.portal.execute("update record set next_due = clock_timestamp()")     # a minute later
    assert await work(platform) == 1
    place = (await platform.stores.known(record, fresh=True)).place
    await platform.portal.execute("update record set next_due = clock_timestamp()")
    assert await work(platform) == 0
    assert (await platform.stores.known(record, fresh=True)).place == place


class Died(Unavailable):
    """The worker's process ends here."""


@pytest.mark.parametrize("step", ["emptied", "key destroyed", "no more due"])
async def test_an_erasure_that_was_cut_off_is_finished_by_the_next_worker(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, step: str,
) -> None:
    record = await due_to_erase(platform)

    async def dies(*_: object, **__: object) -> None:
        raise Died("cut off")

    due, keys = platform.stores.records.due, platform.stores.keys
    owner, name = {"emptied": (due, "empty"), "key destroyed": (keys, "destroy"), "no more due": (due, "put_off")}[step]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, dies)
        with pytest.raises(Died):
            await work(platform)
    assert await state_of(platform, record) == "erased"
    with pytest.raises(NotFound):
        await find(patient(), PATIENT.ins, Criteria(), platform.stores)
    await platform.portal.execute("update record set next_due = clock_timestamp() where next_due is not null")
    assert await work(platform) == 1
    with pytest.raises(Gone):
        await keys.keys_of(record)
    assert await platform.portal.fetchval("select ins_value || coalesce(next_due::text, '') from record") == ""
    assert await work(platform) == 0
    await open_record(professional(), PATIENT, CONSENT, platform.stores)


async def test_an_opening_while_the_former_record_is_being_erased_is_asked_to_wait(
    platform: Platform, monkeypatch: pytest.MonkeyPatch,
) -> None:
    await due_to_erase(platform)

    async def dies(*_: object, **__: object) -> None:
        raise Died("cut off")

    monkeypatch.setattr(platform.stores.records.due, "empty", dies)
    with pytest.raises(Died):
        await work(platform)
    with pytest.raises(Unavailable):
        await open_record(professional(), PATIENT, CONSENT, platform.stores)


async def test_one_record_that_cannot_be_changed_keeps_no_other_from_its_turn(platform: Platform) -> None:
    stuck = await due_to_erase(platform)
    await platform.keys.execute("delete from wrapped_key where record_id = $1", stuck)      # nothing can be sealed
    platform.stores.keys.forget(stuck)
    other = child()
    await announce_record(OFFICER, other, platform.stores)
    await let_pass(platform, await platform.stores.record_of(other.ins), NOTICE)
    assert await work(platform) == 1
    assert (await known_rights(platform, other.ins)).state is RecordState.ACTIVE


async def test_on_the_day_of_majority_powers_end_and_those_concerned_are_told_once(platform: Platform) -> None:
    young = child(born=str(datetime.now(UTC).date() - timedelta(days=365 * 17)))
    record = await opened_for_child(platform, young)
    await represented(platform, young)
    assert [each.ins for each in await people_i_act_for(patient(MOTHER), platform.stores)] == [young.ins]
    assert await work(platform) == 0
    await of_age(platform, young.ins)
    assert await people_i_act_for(patient(MOTHER), platform.stores) == []
    with pytest.raises(NotFound):
        await find(patient(MOTHER), young.ins, Criteria(), platform.stores)
    place = (await platform.stores.known(record, fresh=True)).place
    assert await work(platform) == 1
    assert (await platform.stores.known(record, fresh=True)).place == place      # nothing had to change
    for person in (young, MOTHER):
        assert (await told(platform, person))[-1] == "revoke_proxy"
    await authorise(patient(young), young.ins, "810000000017", platform.stores)      # makes it due again, and told
    assert await work(platform) == 1
    assert await work(platform) == 0
    assert (await told(platform, MOTHER)).count("revoke_proxy") == 1
    traced = await platform.portal.fetchval("select count(*) from audit_event where act = 'revoke_proxy'")
    assert traced == 1
    assert await list_proxies(patient(young), young.ins, platform.stores) == []


async def of_age(platform: Platform, ins: Ins) -> None:
    """Let two years pass: the holder was born earlier, and all else happened earlier."""
    record = await platform.stores.record_of(ins)
    await platform.portal.execute(
        "update record set traits = jsonb_set(traits, '{birth_date}', to_jsonb("
        "((traits->>'birth_date')::date - 730)::text)) where record_id = $1", record)
    await let_pass(platform, record, timedelta(days=730))


async def test_a_worker_waits_for_a_database_that_is_away(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> list[asyncpg.Record]:
        raise Unavailable("away")

    monkeypatch.setattr(platform.stores.records.due, "claim", away)
    with pytest.raises(Unavailable):
        await work(platform)


async def test_a_change_of_rights_between_decision_and_commit_is_a_conflict_not_an_erasure(platform: Platform) -> None:
    record = await due_to_erase(platform)
    stale = await platform.stores.known(record, fresh=True)
    await cancel_erasure(patient(), PATIENT.ins, platform.stores)
    with pytest.raises(Conflict):
        await _move(stale, Act.ERASE, StateChanged(state=RecordState.ERASED), platform.stores, because="asked")

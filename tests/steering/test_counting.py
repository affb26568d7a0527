"""Exact counts: whatever the channel, however often it was sent, whoever died while counting."""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import UUID

import asyncpg
import pytest

from carnet.documents.entry import Visibility
from carnet.errors import Unavailable
from carnet.record.inbox.message import MessageState
from carnet.record.inbox.operate import correct
from carnet.record.inbox.take import take_again
from carnet.record.submit import submit
from carnet.record.visibility import change_visibility
from carnet.rights.access import Act
from carnet.steering import sql
from carnet.steering.counting import count_what_came
from carnet.steering.figure import By, Line, Only
from tests.record.inbox.ground import PARTNER
from tests.running import DOCTOR, PATIENT, another_patient, letter, lot, patient, professional, with_entry
from tests.steering.ground import OTHER_PARTNER, Ground

BROKEN = b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>"


async def test_a_mix_of_channels_refusals_and_replays_is_counted_exactly(ground: Ground) -> None:
    await ground.platform.opened()
    await ground.platform.opened(another_patient(1))
    sent, by_hand = letter(), letter(of=another_patient(1))
    for raw in (sent.content, sent.content, letter(of=another_patient(9)).content, BROKEN, BROKEN):
        await ground.send(raw)
    await ground.send(sent.content, OTHER_PARTNER)      # the same document by another laboratory: not a second one
    await ground.deposit(by_hand)
    await ground.deposit(letter())
    await ground.deposit(by_hand)                       # nothing new
    found = {each.line: each for each in await ground.figures((By.ORGANISATION, By.CHANNEL))}
    ours = found[Line(organisation=PARTNER.organisation, channel="folder")]
    other = found[Line(organisation=OTHER_PARTNER.organisation, channel="folder")]
    direct = found[Line(organisation=DOCTOR.organisation or "", channel="fhir")]
    assert (ours.received, ours.deposited, ours.waiting, ours.refused) == (3, 1, 1, 1)
    assert (ours.documents, ours.structured, ours.records, ours.organisation_name) == (1, 1, 1, PARTNER.name)
    assert sum(ours.reasons.values()) >= 1
    assert (other.received, other.deposited, other.documents, other.records) == (1, 1, 0, 0)
    assert (direct.received, direct.documents, direct.structured, direct.records) == (0, 2, 2, 2)


async def test_figures_are_told_apart_by_what_is_asked(ground: Ground) -> None:
    await ground.platform.opened()
    await ground.send(letter().content)
    await ground.deposit(letter())
    lines = {each.line for each in await ground.figures()}
    assert lines == {
        Line(PARTNER.organisation, PARTNER.software, "folder", "CDA", "11488-4"),
        Line(DOCTOR.organisation or "", "", "fhir", "ITI-65", "11488-4")}
    whole = await ground.figure()
    assert (whole.line, whole.documents, whole.records) == (Line(), 2, 1)      # the record is one, whoever fed it
    only = await ground.figure(only=Only(organisations=[PARTNER.organisation], type_codes=["11488-4"]))
    assert only.documents == 1
    assert await ground.figures((), Only(type_codes=["REMB"])) == []


async def test_a_message_moves_from_state_to_state_and_is_one(ground: Ground) -> None:
    first = letter(of=another_patient(2))
    taken = await ground.send(first.content)
    assert (await ground.figure()).states == {MessageState.WAITING: 1}
    await ground.platform.opened(another_patient(2))
    held = await ground.inbox.stores.messages.held(taken.message_id)
    assert held is not None
    await take_again(held, ground.inbox)
    assert (await ground.figure()).states == {MessageState.DEPOSITED: 1}
    refused = await ground.send(BROKEN)
    await correct(professional(), refused.message_id, letter(of=another_patient(2)).content, ground.inbox)
    figure = await ground.figure()
    assert figure.states == {MessageState.DEPOSITED: 2, MessageState.REFUSED: 1}


async def test_a_message_that_is_over_is_no_more_counted_as_waiting(ground: Ground) -> None:
    late, wrong = letter(of=another_patient(2)), letter(of=another_patient(3))
    await ground.send(late.content)
    corrected = await ground.send(wrong.content)
    assert (await ground.figure()).states == {MessageState.WAITING: 2}
    await correct(professional(), corrected.message_id, letter(of=another_patient(3)).content, ground.inbox)
    figure = await ground.figure()
    assert (figure.waiting, figure.refused, figure.reasons) == (2, 1, {"corrected": 1})
    await ground.inbox.stores.messages.end_before(date(2100, 1, 1))
    figure = await ground.figure()
    assert (figure.waiting, figure.refused, figure.reasons) == (0, 3, {"corrected": 1, "waited_too_long": 2})


async def test_a_replacement_makes_the_first_message_replaced(ground: Ground) -> None:
    await ground.platform.opened()
    first = letter()
    await ground.send(first.content)
    assert (await ground.figure()).states == {MessageState.DEPOSITED: 1}
    link = f'<relatedDocument typeCode="RPLC"><parentDocument><id root="{first.entry.unique_id}"/></parentDocument>'
    second = letter("Toux depuis quatre jours.").content.replace(
        b"<componentOf>", f"{link}</relatedDocument><componentOf>".encode(), 1)
    await ground.send(second)
    figure = await ground.figure()
    assert (figure.states, figure.documents, figure.replacing) == (
        {MessageState.REPLACED: 1, MessageState.DEPOSITED: 1}, 2, 1)
    assert (figure.deposited, figure.replaced) == (2, 1)


async def test_a_worker_that_dies_while_it_counts_leaves_all_to_the_next(
    ground: Ground, monkeypatch: pytest.MonkeyPatch,
) -> None:
    await ground.platform.opened()
    await ground.send(letter().content)
    await ground.deposit(letter())
    monkeypatch.setattr(sql, "COUNT_MESSAGES", sql.COUNT_MESSAGES + "; select")     # after documents, before the end
    with pytest.raises(asyncpg.PostgresError):
        await ground.store.count(100)
    monkeypatch.undo()
    assert await ground.platform.portal.fetchval("select count(*) from feed_document") == 0
    figure = await ground.figure()
    assert (figure.received, figure.documents) == (1, 2)
    assert await ground.store.count(100) == 0


async def test_workers_at_once_count_everything_once(ground: Ground) -> None:
    await ground.platform.opened()
    for _ in range(6):
        await ground.send(letter().content)

    async def count() -> None:
        for _ in range(20):
            await ground.store.count(1)

    await asyncio.gather(*(count() for _ in range(3)))
    figure = await ground.figure()
    assert (figure.received, figure.documents, figure.records) == (6, 6, 1)


async def test_counting_reads_what_is_to_be_counted_and_nothing_else(ground: Ground) -> None:
    async with ground.platform.portal.acquire() as connection:
        await connection.execute("set enable_seqscan = off")
        try:
            plan = "\n".join(row[0] for row in await connection.fetch(
                "explain " + sql.COUNT_MESSAGES.replace("$1", "100")))
        finally:
            await connection.execute("reset all")
    assert "message_to_count" in plan
    assert ("Seq Scan on message" in plan, "Filter: to_count" in plan) == (False, False)


async def test_the_delay_goes_from_the_act_to_the_deposit(ground: Ground) -> None:
    await ground.platform.opened()
    await ground.deposit(letter())
    figure = await ground.figure()
    acted_at = letter().entry.service_stop_time or letter().entry.service_start_time
    at = await ground.platform.portal.fetchval("select max(last_at) from feed_line")
    whole_days = (at - acted_at.utc).days
    assert figure.median_minutes == figure.ninety_minutes == whole_days * 1440


async def test_a_hidden_document_is_counted_as_any_other(ground: Ground) -> None:
    await ground.platform.opened()
    hidden = with_entry(letter(), visibility=frozenset({Visibility.MASQUE_PS}))
    await ground.deposit(hidden)
    before = await ground.figures()
    await change_visibility(patient(), hidden.entry.unique_id, Act.UNMASK, ground.platform.stores)
    assert await ground.figures() == before


async def test_no_count_is_lost_while_the_database_is_away(
    ground: Ground, monkeypatch: pytest.MonkeyPatch,
) -> None:
    await ground.platform.opened()
    await submit(professional(), lot(letter()), ground.platform.stores)

    async def away(_limit: int) -> int:
        raise Unavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(ground.store, "count", away)
        with pytest.raises(Unavailable):
            await count_what_came(ground.store)
    assert (await ground.figure()).documents == 1


async def test_what_is_counted_of_a_record_names_no_person(ground: Ground) -> None:
    await ground.platform.opened()
    document = letter()
    await ground.deposit(document)
    [row] = await ground.platform.portal.fetch("select record_id, said::text from to_count")
    assert isinstance(row["record_id"], UUID)
    assert not [word for word in (PATIENT.ins.value, "INVENTEE", document.entry.title, document.entry.unique_id)
                if word in row["said"]]

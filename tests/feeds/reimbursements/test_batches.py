"""Batches on a real platform: one live document a person, replaced at each batch; nothing of who said no."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from carnet.documents.codes import CodeList, code
from carnet.documents.compose_care import TYPE
from carnet.documents.content import read_content
from carnet.documents.entry import AvailabilityStatus, DocumentEntry
from carnet.errors import InvalidInput
from carnet.feeds.reimbursements.batch import WAVE_LINES, WAVE_PERSONS, Summary, bring_file, waves
from carnet.feeds.reimbursements.deposit import Fate
from carnet.feeds.reimbursements.form import FORMAT, ReimbursementForm
from carnet.feeds.reimbursements.persons import PersonLines
from carnet.feeds.reimbursements.source import Mark
from carnet.people.identifiers import PRODUCTION, PsId, PsIdKind
from carnet.people.patient import Patient
from carnet.record.contents import About, contents
from carnet.record.criteria import Criteria, Token
from carnet.record.find import find
from carnet.record.inbox.message import Channel, MessageState, Opposition, Taken
from carnet.record.inbox.take import Arrived, Inbox, take
from carnet.record.organisations import said_to_organisation
from carnet.record.retrieve import retrieve
from carnet.rights.access import Asker
from tests.feeds.reimbursements.batches import INSURER, as_csv, as_parquet, every_kind, line, sorted_by_person
from tests.running import PATIENT, Platform, another_patient, patient

ANNE, BOB, CLEO, DAN = (another_patient(number) for number in (51, 52, 53, 54))
_STATUSES = (AvailabilityStatus.APPROVED, AvailabilityStatus.DEPRECATED)
SAMPLE = "cda-fr/CNAM-HR_2021.01.xml"


async def brought(platform: Platform, file: Path) -> Summary:
    return await bring_file(file, INSURER, platform.stores)


async def histories(platform: Platform, of: Patient) -> list[DocumentEntry]:
    """Every history of this person, in force or not, newest first."""
    criteria = Criteria(statuses=_STATUSES, types=(Token(TYPE),))
    return list((await find(patient(of), of.ins, criteria, platform.stores)).entries)


async def shown(platform: Platform, of: Patient) -> list[str]:
    """The labels that the person reads."""
    found = await contents(patient(of), of.ins, About.CARE, platform.stores)
    return [each.label for document in found.documents for each in document.content.reimbursed]


async def test_a_batch_makes_one_document_that_the_next_one_replaces(platform: Platform, tmp_path: Path) -> None:
    await platform.opened()
    first = as_csv(tmp_path / "1.csv", every_kind())
    assert (await brought(platform, first)).counts == {Fate.DEPOSITED: 1}
    [entry] = await histories(platform, PATIENT)
    assert (entry.class_code.code, entry.format_code.code, entry.type_code.code) == ("60", FORMAT, TYPE)
    assert entry.authors[0].specialties[0].code == code(CodeList.SPECIALTY, "ALIM_AM").code
    body = await retrieve(patient(), entry.unique_id, platform.stores)
    assert len(read_content(body.content).reimbursed) == 8

    assert (await brought(platform, first)).counts == {Fate.UNCHANGED: 1}
    assert (await brought(platform, as_parquet(tmp_path / "1.parquet", every_kind()))).counts == {Fate.UNCHANGED: 1}
    same = [each._replace(batch="2026-12", batch_date="2026-12-21") for each in every_kind()]
    assert (await brought(platform, as_csv(tmp_path / "same.csv", same))).counts == {Fate.UNCHANGED: 1}
    assert len(await histories(platform, PATIENT)) == 1

    more = [*same, line(batch="2026-12", batch_date="2026-12-21", label="CRESTOR", code="3400939169002", atc="C10")]
    assert (await brought(platform, as_csv(tmp_path / "2.csv", more))).counts == {Fate.REPLACED: 1}
    entries = {each.availability_status: each for each in await histories(platform, PATIENT)}
    assert {status: each.creation_time.text for status, each in entries.items()} == {
        AvailabilityStatus.APPROVED: "20261221", AvailabilityStatus.DEPRECATED: "20261121"}
    assert "CRESTOR" in await shown(platform, PATIENT)
    assert len(await shown(platform, PATIENT)) == 9

    late = as_csv(tmp_path / "late.csv", every_kind()[:2])
    assert (await brought(platform, late)).counts == {Fate.REFUSED: 1}, "an older batch takes nothing back"
    assert (await brought(platform, first)).counts == {Fate.UNCHANGED: 1}, "nor does the first one, sent again"
    assert len(await shown(platform, PATIENT)) == 9


def test_persons_begin_in_waves_that_are_short_where_they_have_many_lines() -> None:
    few = [PersonLines(Mark(place), None, count=5) for place in range(WAVE_PERSONS + 1)]
    many = [PersonLines(Mark(place), None, count=WAVE_LINES - 1) for place in range(3)]
    assert list(waves([*few, *many])) == [few[:-1], [few[-1], many[0]], many[1:]]
    assert not list(waves([]))


async def test_nothing_is_kept_of_who_has_no_record_or_said_no(platform: Platform, tmp_path: Path) -> None:
    for who in (ANNE, BOB, DAN):
        await platform.opened(who)
    said_at = platform.stores.clock.now()
    await said_to_organisation(
        Asker(INSURER.caller, door="test"), Opposition(BOB.ins, True, None, said_at), platform.stores)
    kept_back = [each._replace(no_transfer="1") for each in every_kind(DAN)]
    file = as_csv(tmp_path / "all.csv", sorted_by_person(*map(every_kind, (ANNE, BOB, CLEO)), kept_back))
    bodies = await kept_bytes(platform)
    summary = await brought(platform, file)
    assert summary.counts == {Fate.DEPOSITED: 1, Fate.OPPOSED: 1, Fate.NO_RECORD: 1, Fate.KEPT_BACK: 1}
    assert (summary.lines, summary.is_whole, summary.errors_file) == (32, True, None)
    assert [len(await histories(platform, who)) for who in (ANNE, BOB, DAN)] == [1, 0, 0]
    assert await kept_bytes(platform) - bodies == 1
    assert await platform.portal.fetchval("select count(*) from message") == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["all.csv"]
    refusal = await platform.portal.fetchval(
        "select detail->'reasons'->>0 from audit_event where door = 'reimbursement' and outcome = 'refused'")
    assert refusal == "feeding_opposed_there"


async def kept_bytes(platform: Platform) -> int:
    """How many entries were given a place."""
    return int(await platform.portal.fetchval("select sum(documents) from record") or 0)


async def test_what_a_minor_keeps_back_never_reaches_the_record(platform: Platform, tmp_path: Path) -> None:
    await platform.opened()
    lines = every_kind()
    lines[0] = lines[0]._replace(no_transfer="1", label="PILULE SECRETE")
    await brought(platform, as_csv(tmp_path / "1.csv", lines))
    assert (len(await shown(platform, PATIENT)), "PILULE SECRETE" in await shown(platform, PATIENT)) == (7, False)
    later = [each._replace(no_transfer="1", batch="2026-12", batch_date="2026-12-01") for each in lines]
    assert (await brought(platform, as_csv(tmp_path / "2.csv", later))).counts == {Fate.REPLACED: 1}
    assert await shown(platform, PATIENT) == []


async def test_a_bad_line_refuses_its_person_and_the_list_beside_says_where(
    platform: Platform, tmp_path: Path,
) -> None:
    for who in (ANNE, BOB):
        await platform.opened(who)
    lines = sorted_by_person(every_kind(ANNE), every_kind(BOB), every_kind(CLEO))
    lines[2] = lines[2]._replace(code="12", quantity="-1")
    summary = await brought(platform, as_csv(tmp_path / "a.csv", lines))
    assert summary.counts == {Fate.REFUSED: 1, Fate.DEPOSITED: 1, Fate.NO_RECORD: 1}
    assert summary.errors_file == tmp_path / "a.csv.errors.csv"
    told = list(csv.reader(summary.errors_file.read_text(encoding="utf-8").splitlines(), delimiter=";"))
    assert told == [
        ["line", "column", "message"], ["4", "code", "not a code of LPP: 7 digits"],
        ["4", "quantity", "not a number from 1 to 999999"]]
    assert (await histories(platform, ANNE), len(await histories(platform, BOB))) == ([], 1)
    corrected = as_csv(tmp_path / "a.csv", sorted_by_person(every_kind(ANNE), every_kind(BOB)))
    assert (await brought(platform, corrected)).counts == {Fate.DEPOSITED: 1, Fate.UNCHANGED: 1}
    assert not summary.errors_file.exists()


async def test_nothing_is_brought_of_a_file_that_is_not_sorted(platform: Platform, tmp_path: Path) -> None:
    for who in (ANNE, BOB):
        await platform.opened(who)
    file = as_csv(tmp_path / "a.csv", [*every_kind(ANNE), *every_kind(BOB), *every_kind(ANNE)])
    with pytest.raises(InvalidInput, match="not sorted by person"):
        await brought(platform, file)
    assert [await histories(platform, who) for who in (ANNE, BOB)] == [[], []]


async def test_an_import_that_was_stopped_goes_on_where_it_was(platform: Platform, tmp_path: Path) -> None:
    people = [another_patient(number) for number in range(60, 72)]
    for who in people[1:]:
        await platform.opened(who)
    file = as_csv(tmp_path / "a.csv", sorted_by_person(*map(every_kind, people)))

    class StoppedError(Exception):
        """The operator."""

    def stop(told: object) -> None:
        if getattr(told, "lines", 0) > 40:
            raise StoppedError

    with pytest.raises(StoppedError):
        await bring_file(file, INSURER, platform.stores, stop)
    assert (tmp_path / "a.csv.progress").is_file()
    assert not any(who.ins.value in (tmp_path / "a.csv.progress").read_text() for who in people)
    begun: list[int] = []
    summary = await bring_file(file, INSURER, platform.stores, lambda told: begun.append(told.lines))
    assert begun[0] > 40
    assert Counter(summary.counts)[Fate.NO_RECORD] == 1
    assert sum(summary.counts.values()) == 12
    assert [len(await histories(platform, who)) for who in people[1:]] == [1] * 11
    assert not (tmp_path / "a.csv.progress").exists()


async def test_the_national_sample_is_a_live_document_too(
    platform: Platform, tmp_path: Path, shared_data: Path,
) -> None:
    raw = (shared_data / SAMPLE).read_bytes()
    assert (await taken(platform, raw)).state is MessageState.WAITING
    inbox = Inbox(platform.stores, {Channel.REIMBURSEMENT: ReimbursementForm()})
    read = ReimbursementForm().read(raw, INSURER, inbox.reading)
    assert read.ins is not None
    of = Patient(read.ins, PATIENT.traits)
    await platform.opened(of)
    assert (await taken(platform, raw)).state is MessageState.DEPOSITED
    assert len(await shown(platform, of)) == 25
    later = raw.replace(b"2021.1.1", b"2021.1.2").replace(b"20190701164900", b"20200701164900")
    assert (await taken(platform, later)).state is MessageState.DEPOSITED
    assert (await brought(platform, as_csv(tmp_path / "1.csv", every_kind(of)))).counts == {Fate.REPLACED: 1}
    entries = await histories(platform, of)
    assert Counter(each.availability_status for each in entries) == {
        AvailabilityStatus.APPROVED: 1, AvailabilityStatus.DEPRECATED: 2}
    assert (await taken(platform, raw)).is_new is False
    older = raw.replace(b"2021.1.1", b"2021.1.3")
    refused = await taken(platform, older)
    assert (refused.state, refused.issues[0].message) == (MessageState.REFUSED, "a later one is in force")
    letter = raw.replace(b'code="REMB"', b'code="11488-4"')
    assert (await taken(platform, letter)).state is MessageState.REFUSED


async def taken(platform: Platform, raw: bytes) -> Taken:
    inbox = Inbox(platform.stores, {Channel.REIMBURSEMENT: ReimbursementForm()})
    return await take(Arrived(raw, Channel.REIMBURSEMENT, INSURER), inbox)


async def test_who_answers_for_a_history_has_an_identifier_that_production_takes(
    platform: Platform, tmp_path: Path,
) -> None:
    await platform.opened()
    await brought(platform, as_csv(tmp_path / "1.csv", every_kind()))
    [entry] = await histories(platform, PATIENT)
    assert entry.legal_authenticator is not None
    assert entry.legal_authenticator.identifier == "518003502400041/assurance-maladie"
    assert PsId.parse(entry.legal_authenticator.identifier, PRODUCTION).kind is PsIdKind.SIRET_INTERNAL

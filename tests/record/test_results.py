"""Results over time: from every laboratory whose reports may be read, of nothing else, and never without a trace."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import msgspec
import pytest

from carnet.documents.content import Content, Result
from carnet.documents.entry import Visibility
from carnet.errors import NotFound, NotPermitted, Unavailable
from carnet.people.code import Code
from carnet.record import contents as reading
from carnet.record.authorise import authorise
from carnet.record.contents import About, Contents, ReadDocument, contents
from carnet.record.known_contents import KnownContents
from carnet.record.results import LabTest, Results, grouped, results
from carnet.record.retrieve import content_of
from carnet.record.visibility import change_visibility
from carnet.rights.access import Act, Asker
from tests.record.reports import LOINC, STAR, VALLEY, kept, measured, report
from tests.running import OTHER_DOCTOR, PATIENT, Platform, another_patient, patient, professional

HOLDER, DOCTOR, OTHER = patient(), professional(), professional(OTHER_DOCTOR)


async def asked(platform: Platform, asker: Asker = HOLDER) -> Results:
    return await results(asker, PATIENT.ins, platform.stores)


def numbers(test: LabTest) -> list[str]:
    return [str(point.number) for point in test.points]


async def authorised(platform: Platform) -> None:
    await authorise(HOLDER, PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)


async def test_reports_of_two_laboratories_make_one_curve_each_point_naming_its_document(platform: Platform) -> None:
    await platform.opened()
    old = await kept(platform, measured("10.4"), day="20251205")
    new = await kept(platform, measured("12.9"), day="20260312", laboratory=VALLEY)
    (test,) = (await asked(platform)).tests
    assert [(str(point.number), point.entry.logical_id) for point in test.points] == [
        ("12.9", new.logical_id), ("10.4", old.logical_id)]
    assert [point.result.laboratory and point.result.laboratory.name for point in test.points] == [
        "Biologie du Modèle", "Laboratoire de l'Essai"]
    assert [curve.unit for curve in test.curves] == ["g/dL"]


async def test_another_unit_is_another_curve_and_nothing_is_converted(platform: Platform) -> None:
    await platform.opened()
    await kept(platform, measured("0.88", "g/L", "2345-7", "Glucose"), day="20260101")
    await kept(platform, measured("4.89", "mmol/L", "2345-7", "Glucose"), day="20260201")
    await kept(platform, measured("<0.1", "g/L", "2345-7", "Glucose"), day="20260301")
    (test,) = (await asked(platform)).tests
    assert numbers(test) == ["None", "4.89", "0.88"]            # words have their line, and no place on a curve
    assert [(curve.unit, [str(each.number) for each in curve.points]) for curve in test.curves] == [
        ("mmol/L", ["4.89"]), ("g/L", ["0.88"])]


def test_a_code_of_a_laboratory_is_its_own() -> None:
    local = msgspec.structs.replace(measured("1"), code=Code("L-17", "1.2.3.4", "Dosage maison"))
    assert counted(*(msgspec.structs.replace(local, laboratory=each) for each in (STAR, STAR, VALLEY))) == [1, 2]
    assert counted(*(msgspec.structs.replace(measured("1"), laboratory=each) for each in (STAR, STAR, VALLEY))) == [3]


def test_an_isolate_is_told_apart() -> None:
    names = ("Escherichia coli", "Streptococcus", "", "Streptococcus")
    assert counted(*(msgspec.structs.replace(measured("1"), isolate=name) for name in names)) == [1, 1, 2]


def counted(*found: Result) -> list[int]:
    """How many points each test has, of the results of one document."""
    document = ReadDocument(report(measured("1")).entry, Content(results=found))
    return sorted(len(test.points) for test in grouped(Contents(UUID(int=1), (document,))).tests)


@pytest.mark.parametrize("gone", ["masked", "deleted", "archived", "replaced", "unannounced"])
async def test_what_is_no_more_or_not_for_the_asker_gives_no_point(platform: Platform, gone: str) -> None:
    await platform.opened()
    await authorised(platform)
    await kept(platform, measured("12.9"), day="20260312")
    hidden = frozenset({Visibility.INVISIBLE_PATIENT}) if gone == "unannounced" else frozenset[Visibility]()
    other = await kept(platform, measured("10.4"), day="20251205", visibility=hidden)
    reader = HOLDER if gone == "unannounced" else OTHER
    if gone != "unannounced":
        assert numbers((await asked(platform, reader)).tests[0]) == ["12.9", "10.4"]        # and it is at hand now
    match gone:
        case "masked":
            await change_visibility(HOLDER, str(other.logical_id), Act.MASK, platform.stores)
        case "deleted":
            await change_visibility(DOCTOR, str(other.logical_id), Act.DELETE, platform.stores)
        case "archived":
            await change_visibility(DOCTOR, str(other.logical_id), Act.ARCHIVE, platform.stores)
        case "replaced":
            await kept(platform, measured("10.5"), day="20251205", replaces=other.unique_id)
    (test,) = (await asked(platform, reader)).tests
    assert numbers(test) == (["12.9", "10.5"] if gone == "replaced" else ["12.9"])


async def test_the_trace_names_every_document_and_counts_what_left_the_hosts(platform: Platform) -> None:
    record = await platform.opened()
    entries = [await kept(platform, measured("10"), day=f"2026010{day}") for day in (1, 2)]
    for segments in (2, 0):                                     # the second time, both were at hand
        await asked(platform)
        event = (await platform.stores.audit.events_of(record))[-1]
        assert (event.act, event.outcome, event.detail["what"]) == ("read", "done", "results")
        assert set(event.documents) == {entry.entry_uuid for entry in entries}
        assert event.detail["segments"] == segments


async def test_who_may_not_read_gets_no_result_and_leaves_a_trace(platform: Platform) -> None:
    record = await platform.opened()
    await kept(platform, measured("10"))
    with pytest.raises(NotPermitted):
        await asked(platform, OTHER)
    event = (await platform.stores.audit.events_of(record))[-1]
    assert (event.act, event.outcome) == ("read", "refused")
    with pytest.raises(NotFound):
        await results(HOLDER, another_patient(7).ins, platform.stores)


async def test_nothing_to_read_is_told_as_an_empty_list(platform: Platform) -> None:
    record = await platform.opened()
    assert await asked(platform) == Results(())
    assert (await platform.stores.audit.events_of(record))[-1].act == "list"


async def test_the_latest_documents_are_read_first_and_how_many_are_older_is_told(platform: Platform) -> None:
    await platform.opened()
    for day in (1, 2, 3):
        await kept(platform, measured(str(day)), day=f"2026010{day}")
    found = await contents(HOLDER, PATIENT.ins, About.RESULTS, platform.stores, most=2)
    assert [str(each.entry.creation_time.text[:8]) for each in found.documents] == ["20260103", "20260102"]
    assert found.older == 1


async def test_what_is_hidden_is_counted_neither_among_the_latest_nor_among_the_older(platform: Platform) -> None:
    await platform.opened()
    await authorised(platform)
    for day in (1, 2, 3, 4):
        hidden = frozenset({Visibility.MASQUE_PS}) if day in (1, 4) else frozenset[Visibility]()
        await kept(platform, measured(str(day)), day=f"2026010{day}", visibility=hidden)
    found = await contents(OTHER, PATIENT.ins, About.RESULTS, platform.stores, most=2)
    assert [each.entry.creation_time.text[:8] for each in found.documents] == ["20260103", "20260102"]
    assert (found.older, found.not_read) == (0, ())


async def test_a_document_that_no_host_gives_is_told_and_keeps_no_other_from_being_shown(platform: Platform) -> None:
    record = await platform.opened()
    await kept(platform, measured("10"), day="20260101")
    await asked(platform)                                       # this one is at hand
    lost = await kept(platform, measured("11"), day="20260102")
    await platform.quiet()
    for host in platform.hosts.values():
        await host.stop()
    found = await asked(platform)
    assert numbers(found.tests[0]) == ["10"]
    assert [entry.entry_uuid for entry in found.not_read] == [lost.entry_uuid]
    platform.stores.contents.forget(record)
    with pytest.raises(Unavailable):
        await asked(platform)


async def test_a_document_too_large_for_a_list_is_told_and_not_read(
    platform: Platform, monkeypatch: pytest.MonkeyPatch,
) -> None:
    await platform.opened()
    await kept(platform, measured("10"))
    monkeypatch.setattr(reading, "_LARGEST_BYTES", 100)
    found = await asked(platform)
    assert (found.tests, len(found.not_read)) == ((), 1)


async def test_a_reading_that_took_long_is_decided_again(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    record = await platform.opened()
    await authorised(platform)
    entry = await kept(platform, measured("10"))
    monkeypatch.setattr(reading, "DECISION_SECONDS", -1.0)      # every answer is late

    async def slow(*given: object) -> bytes:
        await change_visibility(HOLDER, str(entry.logical_id), Act.MASK, platform.stores)
        return await content_of(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "content_of", slow)
    assert (await asked(platform, OTHER)).tests == ()
    assert [each.act for each in await platform.stores.audit.events_of(record)][-2:] == ["mask", "list"]


def test_no_content_stays_in_memory_beyond_the_bound_or_once_forgotten() -> None:
    record, small = UUID(int=1), KnownContents(most_bytes=3000)
    for number in range(100):
        small.keep(record, bytes([number]), Content(model=f"M{number}"))
        assert small.bytes <= 3000
    assert small.of(record, b"\x00") is None
    assert small.of(record, bytes([99])) == Content(model="M99")
    small.forget(record)
    assert (small.bytes, small.of(record, bytes([99]))) == (0, None)


async def test_a_name_of_a_test_is_another_one_in_another_record(platform: Platform) -> None:
    names = []
    for who in (PATIENT, another_patient(1)):
        await platform.opened(who)
        await kept(platform, measured("10"), of=who)
        found = await results(patient(who), who.ins, platform.stores)
        names.append(found.tests[0].name)
        assert found.test(names[-1]) == found.tests[0]
        assert found.test("nothing") is None
    assert len(set(names)) == 2
    assert all(LOINC not in name and "718-7" not in name for name in names)


async def test_an_aborted_test_has_a_line_and_no_point_on_a_curve(platform: Platform) -> None:
    await platform.opened()
    await kept(platform, msgspec.structs.replace(measured("10"), status="aborted"))
    (test,) = (await asked(platform)).tests
    assert (len(test.points), test.curves) == (1, ())
    assert replace(test, label="x").points[0].number is None

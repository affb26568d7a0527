"""Who is told what of the visits to a record: rules 7, 8, 19 and 20 of SPEC 13."""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import replace
from uuid import UUID, uuid4

import msgspec
import pytest

from carnet.documents.entry import Visibility
from carnet.errors import CarnetError, NotFound, NotPermitted
from carnet.record.authorise import authorise, block, name_administrator, name_medecin_traitant
from carnet.record.close_record import close_record
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.history import HistoryLine, history
from carnet.record.retrieve import retrieve
from carnet.record.snapshot import take_snapshot
from carnet.record.submit import submit
from carnet.record.visibility import change_visibility, mask_all
from carnet.rights.access import Act, Asker
from tests.record.life import FRIEND, MOTHER, OFFICER, child, helped, opened_for_child, represented
from tests.running import (
    DOCTOR,
    LABORATORY,
    OTHER_DOCTOR,
    PATIENT,
    Platform,
    another_patient,
    letter,
    lot,
    patient,
    professional,
    with_entry,
)

AUTHOR, OTHER, HOLDER = professional(), professional(OTHER_DOCTOR), patient()
MASKED = frozenset({Visibility.MASQUE_PS})
WITHHELD = frozenset({Visibility.INVISIBLE_PATIENT})
SECRET = frozenset({Visibility.INVISIBLE_REPRESENTANTS_LEGAUX})
YOUNG = child()


async def kept(
    platform: Platform, visibility: frozenset[Visibility] = frozenset(), *, by: Asker = AUTHOR, of: object = PATIENT,
) -> str:
    """The uniqueId of a document of the record."""
    document = with_entry(letter(of=of), visibility=visibility)     # type: ignore[arg-type]
    await submit(by, lot(document), platform.stores)
    return document.entry.unique_id


async def refused(attempt: Awaitable[object]) -> None:
    """It is."""
    with pytest.raises((NotFound, NotPermitted)):
        await attempt


async def lines_of(asker: Asker, platform: Platform, of: object = PATIENT) -> list[HistoryLine]:
    """What they are told, but for their own reading of it; numbered without a gap."""
    lines = await history(asker, of.ins, platform.stores, limit=1000)      # type: ignore[attr-defined]
    assert [line.number for line in lines] == list(range(len(lines), 0, -1))
    return [line for line in lines if line.act != "see_history"]


def acts(lines: list[HistoryLine]) -> list[str]:
    """What was done, or refused, about documents: the oldest first."""
    said = (f"{line.act} {line.outcome}" for line in reversed(lines))
    return [each for each in said if each.partition(" ")[0] in ("feed", "replace", "read", "list", *DOCUMENT_ACTS)]


DOCUMENT_ACTS = ("mask", "unmask", "mask_all", "announce", "show_to_representatives", "archive", "unarchive", "delete")


async def test_rule_19_traces_are_told_to_the_holder_the_medecin_traitant_and_who_acted(platform: Platform) -> None:
    await platform.opened()
    unique_id = await kept(platform)
    await authorise(HOLDER, PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    await retrieve(OTHER, unique_id, platform.stores)
    await find(HOLDER, PATIENT.ins, Criteria(), platform.stores)
    whole = ["feed done", "read done", "list done"]
    assert acts(await lines_of(HOLDER, platform)) == whole
    assert {line.actor_id for line in await lines_of(OTHER, platform)} == {OTHER_DOCTOR.ps_id}
    assert acts(await lines_of(OTHER, platform)) == ["read done"]
    assert acts(await lines_of(AUTHOR, platform)) == ["feed done"]
    await name_administrator(HOLDER, PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    assert acts(await lines_of(OTHER, platform)) == ["read done"]
    await name_medecin_traitant(HOLDER, PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    assert acts(await lines_of(OTHER, platform)) == whole


async def test_rule_19_traces_are_told_to_nobody_else(platform: Platform) -> None:
    await platform.opened()
    await helped(platform)
    await kept(platform, by=professional(LABORATORY))
    for asker in (patient(another_patient(1)), patient(FRIEND), professional(LABORATORY), OFFICER):
        await refused(history(asker, PATIENT.ins, platform.stores))
    await block(HOLDER, PATIENT.ins, DOCTOR.ps_id, platform.stores)
    await refused(history(AUTHOR, PATIENT.ins, platform.stores))
    assert await lines_of(OTHER, platform) == []


async def test_rule_20_every_denied_access_leaves_a_trace_with_its_rule(platform: Platform) -> None:
    record = await platform.opened()
    shown, masked, withheld = await kept(platform), await kept(platform, MASKED), await kept(platform, WITHHELD)
    stores = platform.stores
    unauthorised, unannounced = "no_authorisation", "not_yet_announced"
    denied: list[tuple[Awaitable[object], str, list[str]]] = [
        (find(OTHER, PATIENT.ins, Criteria(), stores), "list", [unauthorised]),
        (retrieve(OTHER, shown, stores), "read", [unauthorised]),
        (retrieve(OTHER, masked, stores), "read", [unauthorised, "masked_from_professionals"]),
        (retrieve(HOLDER, withheld, stores), "read", [unannounced]),
        (change_visibility(HOLDER, shown, Act.DELETE, stores), "delete", ["not_the_author"]),
        (change_visibility(HOLDER, withheld, Act.MASK, stores), "mask", [unannounced, "forbidden_pair"]),
        (change_visibility(AUTHOR, withheld, Act.MASK, stores), "mask", ["forbidden_pair"]),
        (mask_all(AUTHOR, PATIENT.ins, stores), "mask_all", ["only_the_holder"]),
        (history(patient(another_patient(1)), PATIENT.ins, stores), "see_history", ["not_the_holder"]),
    ]
    for attempt, act, reasons in denied:
        await refused(attempt)
        last = (await stores.audit.events_of(record))[-1]
        assert (last.act, last.outcome, last.detail["reasons"]) == (act, "refused", reasons)
    unknown = await platform.portal.fetchval("select count(*) from audit_event where record_id = $1", UUID(int=0))
    await refused(retrieve(OTHER, str(uuid4()), stores))
    assert await platform.portal.fetchval(
        "select count(*) from audit_event where record_id = $1", UUID(int=0)) == unknown + 1


async def test_rule_07_the_holder_is_told_of_no_visit_to_what_is_not_announced_yet(platform: Platform) -> None:
    record = await platform.opened()
    await authorise(HOLDER, PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    before = await lines_of(HOLDER, platform)
    withheld = await kept(platform, WITHHELD)
    await retrieve(OTHER, withheld, platform.stores)
    await refused(retrieve(HOLDER, withheld, platform.stores))
    await refused(change_visibility(OTHER, withheld, Act.DELETE, platform.stores))
    await change_visibility(AUTHOR, withheld, Act.ARCHIVE, platform.stores)
    replacing = msgspec.structs.replace(letter(), replaces=withheld)
    await refused(submit(OTHER, lot(replacing), platform.stores))
    assert await take_snapshot(record, platform.stores)
    assert await lines_of(HOLDER, platform) == before
    for asker in (AUTHOR, OTHER):
        assert acts(await lines_of(asker, platform))
    await change_visibility(AUTHOR, withheld, Act.UNARCHIVE, platform.stores)
    await change_visibility(AUTHOR, withheld, Act.ANNOUNCE, platform.stores)
    assert acts(await lines_of(HOLDER, platform)) == [
        "feed done", "read done", "read refused", "delete refused", "archive done", "feed refused", "unarchive done",
        "announce done"]


async def test_a_lot_is_told_of_as_if_what_is_hidden_in_it_had_not_come(platform: Platform) -> None:
    await platform.opened()
    shown, withheld = letter(), with_entry(letter(), visibility=WITHHELD)
    await submit(AUTHOR, lot(shown, withheld), platform.stores)
    [line] = [line for line in await lines_of(HOLDER, platform) if line.act == "feed"]
    [found] = (await find(HOLDER, PATIENT.ins, Criteria(), platform.stores)).entries
    assert line.documents == (found.entry_uuid,)


async def test_rule_08_a_representative_is_told_of_no_visit_to_what_is_kept_from_them(platform: Platform) -> None:
    await opened_for_child(platform, YOUNG)
    await represented(platform, YOUNG)
    mother, young, stores = patient(MOTHER), patient(YOUNG), platform.stores
    before = await lines_of(mother, platform, YOUNG)
    secret = await kept(platform, SECRET, of=YOUNG)
    await retrieve(AUTHOR, secret, stores)
    await retrieve(young, secret, stores)
    await refused(retrieve(mother, secret, stores))
    await refused(change_visibility(mother, secret, Act.MASK, stores))
    await change_visibility(AUTHOR, secret, Act.MASK, stores)
    assert await lines_of(mother, platform, YOUNG) == before
    assert acts(await lines_of(young, platform, YOUNG))[-6:] == [
        "feed done", "read done", "read done", "read refused", "mask refused", "mask done"]
    await change_visibility(AUTHOR, secret, Act.SHOW_TO_REPRESENTATIVES, stores)
    assert acts(await lines_of(mother, platform, YOUNG))[-1] == "show_to_representatives done"


async def test_rule_08_a_secret_connection_is_told_to_no_representative(platform: Platform) -> None:
    await opened_for_child(platform, YOUNG)
    await represented(platform, YOUNG)
    secretly, mother = replace(AUTHOR, is_secret=True), patient(MOTHER)
    before = await lines_of(mother, platform, YOUNG)
    await find(secretly, YOUNG.ins, Criteria(), platform.stores)
    with suppress(CarnetError):
        await kept(platform, by=secretly, of=YOUNG)
    await kept(platform, SECRET, by=secretly, of=YOUNG)
    assert await lines_of(mother, platform, YOUNG) == before
    assert acts(await lines_of(patient(YOUNG), platform, YOUNG))[-3:] == ["list done", "feed refused", "feed done"]


async def test_the_traces_of_a_search_say_no_number(platform: Platform) -> None:
    await platform.opened()
    await kept(platform, WITHHELD)
    await find(AUTHOR, PATIENT.ins, Criteria(title="essai"), platform.stores)
    [line] = [line for line in await lines_of(HOLDER, platform) if line.act == "list"]
    assert set(line.detail) == {"query", "matrix"}
    assert line.detail["query"] == "title"


async def test_who_was_told_that_there_is_no_such_document_does_not_learn_of_it_from_their_own_traces(
    platform: Platform,
) -> None:
    await platform.opened()
    shown, masked = await kept(platform), await kept(platform, MASKED)
    for name in (shown, masked, str(uuid4())):
        await refused(retrieve(OTHER, name, platform.stores))
        await refused(change_visibility(OTHER, name, Act.MASK, platform.stores))
    assert acts(await lines_of(OTHER, platform)) == []
    assert acts(await lines_of(HOLDER, platform))[2:] == ["read refused", "mask refused"] * 2


async def test_the_name_of_what_is_no_document_tells_nobody_which_record_it_is_of(platform: Platform) -> None:
    await platform.opened()
    submission = lot(letter())
    await submit(AUTHOR, submission, platform.stores)
    before = await lines_of(HOLDER, platform)
    for asker in (OTHER, HOLDER):
        await refused(retrieve(asker, submission.submission_set.unique_id, platform.stores))
        await refused(change_visibility(asker, submission.submission_set.unique_id, Act.MASK, platform.stores))
    assert await lines_of(HOLDER, platform) == before
    assert await lines_of(OTHER, platform) == []


async def test_what_a_professional_did_is_no_longer_told_to_them_of_what_is_masked_since(platform: Platform) -> None:
    await platform.opened()
    unique_id = await kept(platform)
    await authorise(OTHER, PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    before = await lines_of(OTHER, platform)
    await retrieve(OTHER, unique_id, platform.stores)
    assert acts(await lines_of(OTHER, platform)) == ["read done"]
    await change_visibility(HOLDER, unique_id, Act.MASK, platform.stores)
    assert await lines_of(OTHER, platform) == before
    assert acts(await lines_of(AUTHOR, platform)) == ["feed done"]


async def test_what_was_deleted_and_by_whom_is_told_to_who_knew_of_it(platform: Platform) -> None:
    await platform.opened()
    known, withheld = await kept(platform), await kept(platform, WITHHELD)
    for unique_id in (known, withheld):
        await change_visibility(AUTHOR, unique_id, Act.DELETE, platform.stores)
    assert acts(await lines_of(HOLDER, platform)) == ["feed done", "delete done"]


async def test_a_change_is_told_with_what_it_changed(platform: Platform) -> None:
    await platform.opened()
    unique_id = await kept(platform)
    await change_visibility(HOLDER, unique_id, Act.MASK, platform.stores)
    await change_visibility(AUTHOR, unique_id, Act.ARCHIVE, platform.stores)
    archived, masked = (await lines_of(HOLDER, platform))[:2]
    assert (masked.detail["before"], masked.detail["after"]) == ("", "MASQUE_PS")
    assert (archived.detail["before"], archived.detail["after"]) == ("MASQUE_PS", "MASQUE_PS archived")


async def test_the_history_of_a_closed_record_is_whole(platform: Platform) -> None:
    await platform.opened()
    await kept(platform)
    before = acts(await lines_of(HOLDER, platform))
    await close_record(HOLDER, PATIENT.ins, motive="patient-demande", stores=platform.stores)
    assert acts(await lines_of(HOLDER, platform)) == before == ["feed done"]

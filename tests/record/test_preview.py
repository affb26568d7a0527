"""A preview says what is so once the choice is made, and nothing of what the one who asks may not see themself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from carnet.documents.entry import DocumentEntry, Visibility
from carnet.documents.submission import SubmittedDocument
from carnet.errors import InvalidInput, NotFound, NotPermitted
from carnet.people.caller import OfficerCaller, PatientCaller, ProfessionalCaller
from carnet.people.ins import Ins
from carnet.people.patient import Patient
from carnet.record.authorise import authorise, block, name_medecin_traitant
from carnet.record.change_rights import Wish, change_rights
from carnet.record.choices import choose
from carnet.record.criteria import Criteria
from carnet.record.delegate import delegate
from carnet.record.find import find
from carnet.record.preview import Preview, WhoSees, who_sees, would_see
from carnet.record.submit import submit
from carnet.rights.access import Act, Asker
from carnet.rights.changes import AuthorisationSet, Change, ChoiceMade, ProxySet
from carnet.rights.held import Authorisation, Choice, Consent, DelegateKind, Proxy, ProxyKind, ProxyState
from carnet.rights.matrix_keys import professions
from carnet.rights.preview import UNKNOWN_PROFESSION
from carnet.rights.reasons import Reason
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
    with_entry,
)

OTHER = professional(OTHER_DOCTOR)
MASKED, UNANNOUNCED = frozenset({Visibility.MASQUE_PS}), frozenset({Visibility.INVISIBLE_PATIENT})
SECRET = frozenset({Visibility.INVISIBLE_REPRESENTANTS_LEGAUX})
NOW = datetime(2026, 1, 1, tzinfo=UTC)
NO_CONSULTATION = ChoiceMade(choice=Choice.CONSULTATION, consent=Consent(given=False, at=NOW))
BLOCKED = AuthorisationSet(Authorisation(professional=OTHER_DOCTOR.ps_id, is_forbidden=True))
NAMED = AuthorisationSet(Authorisation(professional=OTHER_DOCTOR.ps_id, is_medecin_traitant=True))


async def filled(platform: Platform, *documents: SubmittedDocument) -> None:
    """A record of these, deposited by DOCTOR, with OTHER_DOCTOR authorised."""
    await platform.opened()
    for each in documents:
        await submit(professional(), lot(each), platform.stores)
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)


async def preview(
    platform: Platform, *changes: Change, asker: Asker | None = None, who: ProfessionalCaller = OTHER_DOCTOR,
    marks: dict[UUID, Act] | None = None, ins: Ins = PATIENT.ins,
) -> Preview:
    return await would_see(asker or patient(), ins, who, changes, marks or {}, platform.stores)


def ids(entries: tuple[DocumentEntry, ...]) -> set[str]:
    return {entry.unique_id for entry in entries}


async def seen_in_truth(platform: Platform, asker: Asker = OTHER) -> set[str]:
    try:
        return ids((await find(asker, PATIENT.ins, Criteria(), platform.stores)).entries)
    except NotPermitted:
        return set()


async def entry_of(platform: Platform, document: SubmittedDocument) -> DocumentEntry:
    [entry] = [each for each in (await find(professional(), PATIENT.ins, Criteria(), platform.stores)).entries
               if each.unique_id == document.entry.unique_id]
    return entry


async def test_what_is_told_before_is_what_is_seen_after(platform: Platform) -> None:
    shown, masked = letter(), with_entry(letter(), visibility=MASKED)
    await filled(platform, shown, masked)
    opposed = await preview(platform, NO_CONSULTATION)
    trusted = await preview(platform, NAMED)
    blocked = await preview(platform, BLOCKED)
    assert ids(opposed.now) == ids(trusted.now) == await seen_in_truth(platform) == {shown.entry.unique_id}
    await name_medecin_traitant(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    assert ids(trusted.then) == await seen_in_truth(platform) == {shown.entry.unique_id, masked.entry.unique_id}
    no = {Choice.CONSULTATION: False}
    await choose(patient(), PATIENT.ins, no, platform.stores, text_version="2026-1")
    assert ids(opposed.then) == await seen_in_truth(platform) == set()
    await block(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    assert ids(blocked.then) == await seen_in_truth(platform) == set()
    assert (opposed.reasons_now, opposed.reasons_then) == ((), (Reason.CONSULTATION_OPPOSED,))
    assert blocked.reasons_then == (Reason.BLOCKED_BY_PATIENT,)


async def test_a_preview_saves_nothing_and_leaves_its_trace(platform: Platform) -> None:
    await filled(platform, letter())
    record = await platform.stores.record_of(PATIENT.ins)
    before = await platform.stores.known(record, fresh=True)
    await preview(platform, BLOCKED, NO_CONSULTATION)
    after = await platform.stores.known(record, fresh=True)
    assert (after.rights, after.head, after.rights_version) == (before.rights, before.head, before.rights_version)
    last = (await platform.stores.audit.events_of(record))[-1]
    assert (last.act, last.outcome, last.detail["professional"]) == (
        Act.SEE_AUTHORISATIONS, "done", OTHER_DOCTOR.ps_id)


async def test_a_mark_not_yet_saved_holds_for_all_that_the_document_replaced(platform: Platform) -> None:
    old, untouched = letter(), letter("Autre.")
    await filled(platform, old, untouched)
    new = msgspec.structs.replace(letter("Corrigé."), replaces=old.entry.unique_id)
    await submit(professional(), lot(new), platform.stores)
    marks = {(await entry_of(platform, new)).logical_id: Act.MASK}
    told = await preview(platform, marks=marks)
    assert ids(told.now) == {each.entry.unique_id for each in (old, new, untouched)}
    assert ids(told.then) == {untouched.entry.unique_id}
    assert ids((await preview(platform, NAMED, marks=marks)).then) == ids(told.now)


async def test_an_unmasking_not_yet_saved_is_seen(platform: Platform) -> None:
    masked = with_entry(letter(), visibility=MASKED)
    await filled(platform, masked)
    told = await preview(platform, marks={(await entry_of(platform, masked)).logical_id: Act.UNMASK})
    assert (ids(told.now), ids(told.then)) == (set(), {masked.entry.unique_id})


async def test_a_document_not_yet_announced_is_in_no_preview_of_a_patient(platform: Platform) -> None:
    await filled(platform, with_entry(letter(), visibility=UNANNOUNCED))
    hidden = (await find(OTHER, PATIENT.ins, Criteria(), platform.stores)).entries[0]
    assert await preview(platform, NAMED) == Preview((), (), (), ())
    for mark in (Act.MASK, Act.UNMASK):
        told = await preview(platform, marks={hidden.logical_id: mark})
        assert told == await preview(platform, marks={uuid4(): mark})
    for identifier in (hidden.unique_id, str(hidden.entry_uuid), "1.2.3.4.5"):
        with pytest.raises(NotFound, match="no such document"):
            await who_sees(patient(), identifier, platform.stores)


async def test_who_deposited_a_document_reads_it_whatever_the_holder_says(platform: Platform) -> None:
    own = letter()
    await filled(platform, own, with_entry(letter(), visibility=MASKED))
    await submit(OTHER, lot(other := letter("Sa lettre.")), platform.stores)
    withdrawn = AuthorisationSet(Authorisation(professional=OTHER_DOCTOR.ps_id))
    told = await preview(platform, withdrawn)
    assert ids(told.then) == {other.entry.unique_id}
    assert told.reasons_then == (Reason.NO_AUTHORISATION,)


async def test_a_professional_of_whom_the_profession_is_not_known_sees_nothing_by_profession(
    platform: Platform,
) -> None:
    await filled(platform, letter())
    by_number = msgspec.structs.replace(OTHER_DOCTOR, profession=UNKNOWN_PROFESSION)
    told = await preview(platform, who=by_number)
    assert (told.now, told.reasons_now) == ((), ())
    await authorise(OTHER, PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)    # their own login says who they are
    assert len((await preview(platform, who=by_number)).now) == 1


async def test_a_preview_is_for_the_patients_side(platform: Platform) -> None:
    document = letter()
    await filled(platform, document)
    await name_medecin_traitant(patient(), PATIENT.ins, DOCTOR.ps_id, platform.stores)
    for professional_ in (professional(), OTHER):
        with pytest.raises(NotPermitted):
            await preview(platform, asker=professional_)
        with pytest.raises(NotFound):
            await who_sees(professional_, document.entry.unique_id, platform.stores)
    with pytest.raises(NotFound):
        await preview(platform, asker=patient(another_patient(3)))
    with pytest.raises(InvalidInput, match="visibility"):
        await preview(platform, marks={uuid4(): Act.DELETE})


def people_of(told: WhoSees) -> dict[str, tuple[bool, tuple[Reason, ...]]]:
    return {each.ps_id: (each.sees, each.reasons) for each in told.people}


async def test_who_can_see_a_document_by_profession_and_by_name(platform: Platform) -> None:
    document = letter()
    await filled(platform, document)
    await authorise(OTHER, PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    await block(patient(), PATIENT.ins, "810000000033", platform.stores)
    await delegate(
        professional(), PATIENT.ins, DelegateKind.CARE_TEAM, "Équipe", platform.stores, members=("810000000041",))
    told = await who_sees(patient(), document.entry.unique_id, platform.stores)
    assert [each.profession.code for each in told.professions] == [key.code for key in professions()]
    by_code = {each.profession.code: each for each in told.professions}
    assert (by_code["10"].sees, by_code["10"].reasons) == (True, ())
    assert people_of(told) == {
        DOCTOR.ps_id: (True, ()), OTHER_DOCTOR.ps_id: (True, ()),
        "810000000033": (False, (Reason.BLOCKED_BY_PATIENT, Reason.TYPE_NOT_OPEN)),
        "810000000041": (False, (Reason.TYPE_NOT_OPEN,))}
    assert {each.ps_id: each.name for each in told.people}[OTHER_DOCTOR.ps_id] == "Anne IMAGINAIRE"


async def test_a_masked_document_is_seen_by_its_author_and_the_medecin_traitant(platform: Platform) -> None:
    masked = with_entry(letter(), visibility=MASKED)
    await filled(platform, masked)
    named = "810000000058"
    await name_medecin_traitant(patient(), PATIENT.ins, named, platform.stores)
    told = await who_sees(patient(), masked.entry.unique_id, platform.stores)
    assert not any(each.sees for each in told.professions)
    assert {ps_id: sees for ps_id, (sees, _) in people_of(told).items()} == {
        DOCTOR.ps_id: True, OTHER_DOCTOR.ps_id: False, named: True}


async def test_what_is_hidden_from_representatives_is_in_no_preview_of_theirs(platform: Platform) -> None:
    child = Patient(another_patient(7).ins, msgspec.structs.replace(PATIENT.traits, birth_date="2015-03-04"))
    parent = PatientCaller(another_patient(8).ins, "PARENT", "Dominique")
    await platform.opened(child)
    shown, secret = letter(of=child), with_entry(letter(of=child), visibility=SECRET)
    await submit(professional(), lot(shown, secret), platform.stores)
    proxy = Proxy(
        proxy_id=uuid4(), person=parent.ins, kind=ProxyKind.LEGAL_REPRESENTATIVE, state=ProxyState.ACCEPTED,
        answer_by=NOW + timedelta(days=9999))
    officer = Asker(OfficerCaller("A1", "AGENT", "Inventé"), door="test")
    await change_rights(
        officer, child.ins, Wish(officer.to(Act.INVITE), lambda *_: (ProxySet(proxy),)), platform.stores)
    asker = Asker(parent, door="test")
    assert ids((await preview(platform, asker=asker, who=DOCTOR, ins=child.ins)).now) == {shown.entry.unique_id}
    with pytest.raises(NotFound):
        await who_sees(asker, secret.entry.unique_id, platform.stores)
    assert (await who_sees(patient(child), secret.entry.unique_id, platform.stores)).people

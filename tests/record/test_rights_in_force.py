"""Rights are in force at commit: for the next request, in any process, whatever was at hand before."""

from __future__ import annotations

import pytest

from carnet.documents.entry import Visibility
from carnet.errors import Conflict, InvalidSubmission, NotFound, NotPermitted
from carnet.record.authorise import authorise, block, list_authorisations
from carnet.record.close_record import close_record
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.open_record import open_record
from carnet.record.retrieve import retrieve
from carnet.record.status import record_status
from carnet.record.submit import submit
from carnet.rights.facts import AuthorisationState
from carnet.rights.held import RecordState
from tests.running import (
    CONSENT,
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


async def test_the_doctor_who_opens_a_record_is_authorised(platform: Platform) -> None:
    status = await open_record(professional(), PATIENT, CONSENT, platform.stores)
    assert status.authorisation is AuthorisationState.VALID
    assert (await record_status(OTHER, PATIENT.ins, platform.stores)).authorisation is AuthorisationState.NONE


async def test_a_person_has_one_record(platform: Platform) -> None:
    await platform.opened()
    with pytest.raises(Conflict):
        await open_record(OTHER, PATIENT, CONSENT, platform.stores)


async def test_a_patient_opens_their_own_record_and_no_one_elses(platform: Platform) -> None:
    await open_record(patient(), PATIENT, CONSENT, platform.stores)
    with pytest.raises(NotFound):
        await open_record(patient(), another_patient(1), CONSENT, platform.stores)


async def test_a_block_holds_from_its_commit_on(platform: Platform) -> None:
    await platform.opened()
    document = letter()
    await submit(professional(), lot(document), platform.stores)
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    assert (await find(OTHER, PATIENT.ins, Criteria(), platform.stores)).entries
    await block(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    with pytest.raises(NotPermitted):
        await find(OTHER, PATIENT.ins, Criteria(), platform.stores)
    with pytest.raises(NotFound):
        await retrieve(OTHER, document.entry.unique_id, platform.stores)
    with pytest.raises(NotPermitted):
        await submit(OTHER, lot(letter()), platform.stores)
    with pytest.raises(NotPermitted):
        await authorise(OTHER, PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    told = await list_authorisations(patient(), PATIENT.ins, platform.stores)
    assert {each.professional: each.is_forbidden for each in told} == {DOCTOR.ps_id: False, OTHER_DOCTOR.ps_id: True}


async def test_a_professional_authorises_only_themself(platform: Platform) -> None:
    await platform.opened()
    with pytest.raises(NotPermitted):
        await authorise(professional(DOCTOR), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    await authorise(OTHER, PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    status = await record_status(OTHER, PATIENT.ins, platform.stores)
    assert status.authorisation is AuthorisationState.VALID


async def test_a_closed_record_is_neither_read_nor_fed(platform: Platform) -> None:
    await platform.opened()
    document = letter()
    await submit(professional(), lot(document), platform.stores)
    status = await close_record(patient(), PATIENT.ins, motive="patient-demande", stores=platform.stores)
    assert status.state is RecordState.CLOSED
    assert status.closed_at is not None
    for attempt in (
        find(patient(), PATIENT.ins, Criteria(), platform.stores),
        submit(professional(), lot(letter()), platform.stores),
    ):
        with pytest.raises(NotPermitted):
            await attempt
    with pytest.raises(NotFound):
        await retrieve(professional(), document.entry.unique_id, platform.stores)


async def test_a_masked_document_is_seen_by_its_author_and_holder_only(platform: Platform) -> None:
    await platform.opened()
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    masked = with_entry(letter(), visibility=frozenset({Visibility.MASQUE_PS}))
    await submit(professional(), lot(masked), platform.stores)
    for asker, seen in ((patient(), 1), (professional(), 1), (OTHER, 0)):
        assert len((await find(asker, PATIENT.ins, Criteria(), platform.stores)).entries) == seen
    with pytest.raises(NotFound):
        await retrieve(OTHER, masked.entry.unique_id, platform.stores)


async def test_a_replacement_inherits_the_mask_and_deprecates(platform: Platform) -> None:
    await platform.opened()
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    old = with_entry(letter(), visibility=frozenset({Visibility.MASQUE_PS}))
    await submit(professional(), lot(old), platform.stores)
    new = letter("Corrigé.")
    replacing = type(new)(new.entry, new.content, old.entry.unique_id)
    await submit(professional(), lot(replacing), platform.stores)
    found = await find(patient(), PATIENT.ins, Criteria(), platform.stores)
    by_id = {entry.unique_id: entry for entry in found.entries}
    assert by_id[old.entry.unique_id].availability_status.name == "DEPRECATED"
    assert by_id[new.entry.unique_id].visibility == {Visibility.MASQUE_PS}
    assert found.replaced[by_id[new.entry.unique_id].entry_uuid] == (by_id[old.entry.unique_id].entry_uuid,)
    assert not (await find(OTHER, PATIENT.ins, Criteria(), platform.stores)).entries


async def test_only_the_author_replaces_and_a_hidden_document_is_unknown(platform: Platform) -> None:
    await platform.opened()
    shown, masked = letter(), with_entry(letter(), visibility=frozenset({Visibility.MASQUE_PS}))
    await submit(professional(), lot(shown, masked), platform.stores)
    new = letter("Autre main.")
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    with pytest.raises(NotPermitted):
        await submit(OTHER, lot(type(new)(new.entry, new.content, shown.entry.unique_id)), platform.stores)
    with pytest.raises(InvalidSubmission, match="not in this record"):
        await submit(OTHER, lot(type(new)(new.entry, new.content, masked.entry.unique_id)), platform.stores)
    with pytest.raises(InvalidSubmission, match="not in this record"):
        await submit(OTHER, lot(type(new)(new.entry, new.content, "1.2.3.4.5")), platform.stores)

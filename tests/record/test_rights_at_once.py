"""A right that is taken away is away at the next request, in every process; of two changes at once, one is told so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta

import pytest

from carnet.documents.entry import Visibility
from carnet.errors import Conflict, NotFound, NotPermitted
from carnet.journal.content import Actor
from carnet.people.caller import OrganisationCaller
from carnet.record.authorise import authorise, block, list_authorisations, unblock, withdraw
from carnet.record.change_rights import Wish, change_rights
from carnet.record.choices import choose
from carnet.record.criteria import Criteria
from carnet.record.delegate import delegate
from carnet.record.emergency import open_emergency
from carnet.record.find import find
from carnet.record.retrieve import retrieve
from carnet.record.stores import Stores
from carnet.record.submit import submit
from carnet.record.visibility import change_visibility
from carnet.rights.access import AccessMode, Act, Asker
from carnet.rights.changes import AuthorisationSet
from carnet.rights.decision import Decision
from carnet.rights.held import Authorisation, Choice, DelegateKind
from carnet.rights.reasons import Reason
from carnet.roles.wiring import assembled
from tests.record.emergencies import REASON, REGULATOR, breaking
from tests.rights.matrices import REPORT, file_of, row
from tests.running import (
    DOCTOR,
    OTHER_DOCTOR,
    PATIENT,
    Platform,
    letter,
    lot,
    patient,
    professional,
)

OTHER = professional(OTHER_DOCTOR)
OFFICER = Actor("officer", "agent-7", "")
NO_REPORTS_FOR_DOCTORS = file_of(row("10", REPORT, "no no"), row("60", REPORT, "yes yes"))


@pytest.fixture
async def other_process(platform: Platform) -> AsyncIterator[Stores]:
    """A second process on the same databases and hosts."""
    async with assembled(platform.parts, platform.portal, platform.keys) as stores:
        yield stores


async def listed(stores: Stores, asker: Asker = OTHER) -> int:
    """How many documents this asker's list has."""
    return len((await find(asker, PATIENT.ins, Criteria(), stores)).entries)


async def refused_for(asked: Awaitable[object]) -> tuple[Reason, ...]:
    with pytest.raises(NotPermitted) as refused:
        await asked
    assert isinstance(refused.value.decision, Decision)
    return refused.value.decision.against


async def put(platform: Platform, authorisation: Authorisation) -> None:
    """What the holder said of someone, as it may have been said by any version of the platform."""
    wish = Wish(patient().to(Act.AUTHORISE), lambda *_: (AuthorisationSet(authorisation),))
    await change_rights(patient(), PATIENT.ins, wish, platform.stores)


@pytest.mark.parametrize("is_medecin_traitant", [False, True])
async def test_rule_02_a_blocked_professional_is_refused_even_with_an_authorisation_and_in_every_mode(
    platform: Platform, is_medecin_traitant: bool,
) -> None:
    await platform.opened()
    theirs, others = letter("De sa main."), letter()
    await submit(OTHER, lot(theirs), platform.stores)
    await submit(professional(), lot(others), platform.stores)
    await delegate(professional(), PATIENT.ins, DelegateKind.PROFESSIONAL, OTHER_DOCTOR.ps_id, platform.stores)
    assert await listed(platform.stores) == 2
    await put(platform, Authorisation(
        professional=OTHER_DOCTOR.ps_id, is_forbidden=True, is_medecin_traitant=is_medecin_traitant,
        is_administrator=True, valid_until=platform.stores.clock.now() + timedelta(days=100)))
    assert await refused_for(find(OTHER, PATIENT.ins, Criteria(), platform.stores)) == (Reason.BLOCKED_BY_PATIENT,)
    for document in (theirs, others):
        with pytest.raises(NotFound):
            await retrieve(OTHER, document.entry.unique_id, platform.stores)
    for refused in (
        submit(OTHER, lot(letter()), platform.stores),
        authorise(OTHER, PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores),
        delegate(OTHER, PATIENT.ins, DelegateKind.PROFESSIONAL, DOCTOR.ps_id, platform.stores),
        choose(OTHER, PATIENT.ins, {Choice.FEEDING: True}, platform.stores, text_version="1", channel="oral"),
        open_emergency(breaking(platform), PATIENT.ins, REASON, platform.stores),
    ):
        assert Reason.BLOCKED_BY_PATIENT in await refused_for(refused)


async def test_rule_02_a_blocked_regulator_is_refused_in_an_emergency_too(platform: Platform) -> None:
    await platform.opened()
    asker = breaking(platform, REGULATOR, mode=AccessMode.REGULATION_CENTRE)
    await open_emergency(asker, PATIENT.ins, REASON, platform.stores)
    assert await listed(platform.stores, asker) == 0
    await block(patient(), PATIENT.ins, REGULATOR.ps_id, platform.stores)
    assert await refused_for(find(asker, PATIENT.ins, Criteria(), platform.stores)) == (Reason.BLOCKED_BY_PATIENT,)


async def test_rule_02_a_block_is_for_a_person_and_the_feed_of_their_organisation_goes_on(platform: Platform) -> None:
    await platform.opened()
    await block(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    software = OrganisationCaller(str(OTHER_DOCTOR.organisation), "Autre cabinet inventé", "Logiciel d'essai")
    assert await refused_for(submit(OTHER, lot(letter()), platform.stores)) == (Reason.BLOCKED_BY_PATIENT,)
    assert (await submit(professional(software), lot(letter()), platform.stores)).created


async def test_rule_02_taking_a_block_back_gives_no_authorisation_back(platform: Platform) -> None:
    await platform.opened()
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    await block(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    await unblock(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    assert await refused_for(find(OTHER, PATIENT.ins, Criteria(), platform.stores)) == (Reason.NO_AUTHORISATION,)


async def test_a_right_withdrawn_while_a_list_is_open_is_withdrawn_at_the_next_request(
    platform: Platform, other_process: Stores,
) -> None:
    await platform.opened()
    document = letter()
    await submit(professional(), lot(document), platform.stores)
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    for stores in (platform.stores, other_process):
        assert await listed(stores) == 1
        assert (await retrieve(OTHER, document.entry.unique_id, stores)).content == document.content
    await withdraw(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    for stores in (other_process, platform.stores):
        assert await refused_for(find(OTHER, PATIENT.ins, Criteria(), stores)) == (Reason.AUTHORISATION_EXPIRED,)
        with pytest.raises(NotFound):
            await retrieve(OTHER, document.entry.unique_id, stores)


async def test_a_document_masked_while_a_list_is_open_is_masked_at_the_next_request(
    platform: Platform, other_process: Stores,
) -> None:
    await platform.opened()
    document = letter()
    await submit(professional(), lot(document), platform.stores)
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    assert [await listed(stores) for stores in (platform.stores, other_process)] == [1, 1]
    masked = await change_visibility(patient(), document.entry.unique_id, Act.MASK, platform.stores)
    assert masked.visibility == {Visibility.MASQUE_PS}
    for stores in (other_process, platform.stores):
        assert await listed(stores) == 0
        for name in (document.entry.unique_id, str(document.entry.entry_uuid), str(masked.entry_uuid)):
            with pytest.raises(NotFound):
                await retrieve(OTHER, name, stores)


async def test_another_matrix_is_in_force_at_the_next_request_in_every_process(
    platform: Platform, other_process: Stores,
) -> None:
    await platform.opened()
    await submit(professional(), lot(letter()), platform.stores)
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    assert [await listed(stores) for stores in (platform.stores, other_process)] == [1, 1]
    assert await other_process.matrices.load(NO_REPORTS_FOR_DOCTORS, by=OFFICER, after=0) == 1
    for stores in (platform.stores, other_process):
        assert await listed(stores) == 0
        assert await listed(stores, patient()) == 1
        assert await refused_for(submit(OTHER, lot(letter()), stores)) == (Reason.TYPE_NOT_WRITTEN,)


async def test_of_two_changes_at_once_in_two_processes_one_is_made_and_the_other_is_a_conflict(
    platform: Platform, other_process: Stores,
) -> None:
    await platform.opened()
    answers = await asyncio.gather(
        authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores),
        block(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, other_process), return_exceptions=True)
    assert {type(answer) for answer in answers} <= {type(None), Conflict}
    assert None in answers
    for stores in (platform.stores, other_process):
        told = await list_authorisations(patient(), PATIENT.ins, stores)
        [said] = [each for each in told if each.professional == OTHER_DOCTOR.ps_id]
        # Both may have been made, one after the other; then the later one holds.
        assert Conflict not in map(type, answers) or said.is_forbidden is (answers[1] is None)

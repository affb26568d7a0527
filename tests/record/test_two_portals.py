"""Two processes of the portal: what one still has in memory is never what the other's caller is refused for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest

from carnet.errors import NotPermitted
from carnet.record.authorise import authorise, block
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.retrieve import retrieve
from carnet.record.status import record_status
from carnet.record.stores import Stores
from carnet.record.submit import submit
from carnet.rights.facts import AuthorisationState
from carnet.roles.wiring import assembled
from tests.running import OTHER_DOCTOR, PATIENT, Platform, letter, lot, patient, professional

OTHER = professional(OTHER_DOCTOR)


@pytest.fixture
async def other_process(platform: Platform) -> AsyncIterator[Stores]:
    """A second process on the same databases and hosts."""
    async with assembled(platform.parts, platform.portal, platform.keys) as stores:
        yield stores


async def test_what_one_process_authorised_is_not_refused_by_the_other(
    platform: Platform, other_process: Stores,
) -> None:
    await platform.opened()
    document = letter()
    await submit(professional(), lot(document), platform.stores)
    with pytest.raises(NotPermitted):
        await find(OTHER, PATIENT.ins, Criteria(), other_process)
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    assert len((await find(OTHER, PATIENT.ins, Criteria(), other_process)).entries) == 1
    assert (await retrieve(OTHER, document.entry.unique_id, other_process)).content == document.content
    assert (await record_status(OTHER, PATIENT.ins, other_process)).authorisation is AuthorisationState.VALID


async def test_what_one_process_unblocked_feeds_through_the_other(platform: Platform, other_process: Stores) -> None:
    await platform.opened()
    await block(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, other_process)
    with pytest.raises(NotPermitted):
        await submit(OTHER, lot(letter()), other_process)
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    assert (await submit(OTHER, lot(letter()), other_process)).created


async def test_what_one_process_blocked_is_refused_by_the_other(platform: Platform, other_process: Stores) -> None:
    await platform.opened()
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    await find(OTHER, PATIENT.ins, Criteria(), other_process)
    await block(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    with pytest.raises(NotPermitted):
        await find(OTHER, PATIENT.ins, Criteria(), other_process)
    with pytest.raises(NotPermitted):
        await submit(OTHER, lot(letter()), other_process)


async def test_what_one_process_kept_is_replaced_through_the_other(platform: Platform, other_process: Stores) -> None:
    await platform.opened()
    await find(professional(), PATIENT.ins, Criteria(), other_process)
    old = letter()
    await submit(professional(), lot(old), platform.stores)
    new = msgspec.structs.replace(letter("Corrigé."), replaces=old.entry.unique_id)
    assert (await submit(professional(), lot(new), other_process)).created

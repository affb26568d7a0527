"""Invented people at the pages: records opened, somebody logged in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from carnet.people.patient import Patient
from carnet.record.proxies import answer_invitation, invite
from carnet.record.submit import submit
from carnet.rights.held import ProxyKind
from tests.running import letter, lot, patient, professional
from tests.web.serving import Portal, patient_of, professional_of
from tests.web.visitor import Visitor, visiting

MARCEL, CAMILLE, NOE = patient_of("marcel"), patient_of("camille"), patient_of("noe")
MOREAU, BENALI, ROUX = professional_of("moreau"), professional_of("benali"), professional_of("roux")
MONTH = timedelta(days=30)


@asynccontextmanager
async def logged_in(portal: Portal, login: str = "marcel", **headers: str) -> AsyncIterator[Visitor]:
    """This patient, at the portal."""
    async with visiting(portal.url, **headers) as visitor:
        await visitor.log_in(login, "patient")
        yield visitor


async def with_a_letter(portal: Portal, of: Patient = MARCEL, text: str = "Toux.") -> str:
    """A record opened by Dr Moreau, and a letter of hers in it; the letter's logicalId."""
    await portal.platform.opened(of, by=MOREAU)
    outcome = await submit(professional(MOREAU), lot(letter(text, of=of)), portal.platform.stores)
    return str(outcome.documents[0].logical_id)


async def represented(portal: Portal) -> None:
    """Noé, a child, has a record; Camille, his mother, represents him."""
    stores = portal.platform.stores
    await portal.platform.opened(NOE, by=MOREAU)
    await invite(
        professional(MOREAU), NOE.ins, CAMILLE.ins, ProxyKind.LEGAL_REPRESENTATIVE, stores, name="Camille EXEMPLE",
        relationship="MTH")
    await answer_invitation(patient(CAMILLE), NOE.ins, True, stores)


async def helped(portal: Portal) -> None:
    """Camille helps Marcel, as a caregiver."""
    stores = portal.platform.stores
    await invite(patient(MARCEL), MARCEL.ins, CAMILLE.ins, ProxyKind.CAREGIVER, stores, name="Camille EXEMPLE")
    await answer_invitation(patient(CAMILLE), MARCEL.ins, True, stores)

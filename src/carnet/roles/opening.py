"""Open the records of invented people, on the portal's pages: by themselves, or by a professional with their consent.

May import: people, documents, errors; `browser` and `demo_people` of this room. Touches the world: the network.
"""

from __future__ import annotations

from pathlib import Path

from carnet.documents.cda_header import read_header
from carnet.errors import InvalidDocument, InvalidInput, Issue
from carnet.people.ins import DEMONSTRATION, Ins
from carnet.people.patient import Patient, Sex, Traits
from carnet.roles.browser import logged_in
from carnet.roles.demo_people import Identity

_SEXES = {"female": Sex.FEMALE, "male": Sex.MALE}


def patient_of(person: Identity) -> Patient:
    """The identity that an invented patient's login stands for."""
    claims = person.claims
    if person.kind != "patient":
        raise InvalidInput(Issue("value", f"{person.login} is no patient", "patient"))
    traits = Traits(
        birth_family=claims["family_name"],
        birth_given=claims["given_name"],
        birth_date=claims["birthdate"],
        sex=_SEXES[claims["gender"]],
        birthplace=claims["birthplace"],
    )
    return Patient(Ins.parse(claims["ins"], claims["ins_oid"], DEMONSTRATION), traits)


def patient_in(file: Path) -> Patient:
    """The patient whom a CDA file is about, as its header says."""
    header = read_header(file.read_bytes(), DEMONSTRATION)
    if header.patient_id is None or header.traits is None:
        raise InvalidDocument(Issue("required", "its header names no patient with an INS", str(file)))
    return Patient(header.patient_id, header.traits)


async def open_by_professional(patient: Patient, professional: Identity, portal: str) -> bool:
    """Open the record of a patient who agreed; False if it was open already. Raises InvalidInput if refused."""
    async with logged_in(professional, portal) as browser:
        desk = await browser.get("/pro")
        found = await browser.send(desk, "/pro/chercher", {"ins": patient.ins.value, "oid": str(patient.ins.oid)})
        action = f"{found.url}/ouvrir"
        if not found.has_form(action):
            return False
        await browser.send(found, action, {**_answers(patient.traits), "channel": "oral"})
        return True


async def open_by_patient(person: Identity, portal: str) -> bool:
    """Open one's own record; False if it was open already. Raises InvalidInput if refused."""
    async with logged_in(person, portal) as browser:
        home = await browser.get("/moi")
        if not home.url.endswith("/moi/ouvrir") and "/moi/ouvrir" not in home.text:
            return False
        await browser.send(await browser.get("/moi/ouvrir"), "/moi/ouvrir", _answers(patient_of(person).traits))
        return True


def _answers(traits: Traits) -> dict[str, str]:
    return {
        "birth_family": traits.birth_family,
        "birth_given": traits.birth_given,
        "birth_date": traits.birth_date,
        "sex": traits.sex.value,
        "birthplace": traits.birthplace,
        "agreement": "yes",
    }

"""Open a record as a professional's software does: `POST /fhir/Patient`, with the identity and the consent.

May import: people, documents, errors; `demo_people` and `submit` of this room. Touches the world: the network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from carnet.documents.cda_header import read_header
from carnet.errors import InvalidDocument, InvalidInput, Issue, Unavailable
from carnet.people.ins import DEMONSTRATION, Ins
from carnet.people.patient import Patient, Sex, Traits
from carnet.roles.demo_people import Identity
from carnet.roles.submit import reasons_in

CONSENT_TEXT = "ouverture-2026-2"
_CONSENT = "https://carnet.example/fhir/StructureDefinition/opening-consent"
_BIRTH_PLACE = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
_INSEE_CODE = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code"
_COMMUNES = "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"
_SEXES = {"female": Sex.FEMALE, "male": Sex.MALE}
_GENDERS = {sex: gender for gender, sex in _SEXES.items()}


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


async def open_record(patient: Patient, *, portal: str, token: str, channel: str = "oral") -> bool:
    """Open the record of a patient who agreed; False if it was open already. Raises InvalidInput if refused."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    resource = msgspec.json.encode(patient_resource(patient, channel=channel))
    timeout = aiohttp.ClientTimeout(total=30)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.post(f"{portal}/fhir/Patient", data=resource, headers=headers) as answer,
        ):
            said = await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unavailable(f"the platform {portal} does not answer") from error
    if answer.status not in (201, 409):
        reasons = reasons_in(said) or (f"status {answer.status}",)
        raise InvalidInput(*(Issue("invalid", reason) for reason in reasons))
    return answer.status == 201


def patient_resource(patient: Patient, *, channel: str = "oral") -> dict[str, Any]:
    """The Patient that opens a record: identity, traits, and the consent (docs/vendors/fhir.md, Open a record)."""
    traits = patient.traits
    consent = {"url": _CONSENT, "extension": [
        {"url": "textVersion", "valueString": CONSENT_TEXT}, {"url": "channel", "valueCode": channel}]}
    birth_place = {"url": _BIRTH_PLACE, "valueAddress": {"extension": [
        {"url": _INSEE_CODE, "valueCoding": {"system": _COMMUNES, "code": traits.birthplace}}]}}
    return {
        "resourceType": "Patient",
        "extension": [consent, *([birth_place] if traits.birthplace else [])],
        "identifier": [{"system": f"urn:oid:{patient.ins.oid}", "value": patient.ins.value}],
        "name": [{"use": "official", "family": traits.birth_family, "given": [traits.birth_given]}],
        "birthDate": traits.birth_date,
        "gender": _GENDERS.get(traits.sex, "unknown"),
    }

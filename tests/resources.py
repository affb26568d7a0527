"""FHIR resources as a professional's software sends them, for the tests of `flows/` and for `bench/`."""

from __future__ import annotations

from typing import Any

import pybase64

from carnet.people.ins import Ins
from carnet.people.patient import Patient, Sex

CONSENT = "https://carnet.example/fhir/StructureDefinition/opening-consent"
BIRTH_PLACE = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
INSEE_CODE = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code"
COMMUNES = "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"
_GENDERS = {Sex.FEMALE: "female", Sex.MALE: "male"}


def patient_resource(patient: Patient, *, channel: str = "oral") -> dict[str, Any]:
    """The Patient that opens a record: identity, traits, and the consent."""
    traits = patient.traits
    birth_place = {"url": BIRTH_PLACE, "valueAddress": {"extension": [
        {"url": INSEE_CODE, "valueCoding": {"system": COMMUNES, "code": traits.birthplace}}]}}
    consent = {"url": CONSENT, "extension": [
        {"url": "textVersion", "valueString": "2026-1"}, {"url": "channel", "valueCode": channel}]}
    return {
        "resourceType": "Patient",
        "extension": [consent, *([birth_place] if traits.birthplace else [])],
        "identifier": [{"system": f"urn:oid:{patient.ins.oid}", "value": patient.ins.value}],
        "name": [{"use": "official", "family": traits.birth_family, "given": [traits.birth_given]}],
        "birthDate": traits.birth_date,
        "gender": _GENDERS.get(traits.sex, "unknown"),
    }


def publication(content: bytes, of: Ins, media_type: str) -> dict[str, Any]:
    """The DocumentReference of a simplified publication (ITI-105)."""
    return {
        "resourceType": "DocumentReference", "status": "current",
        "subject": {"identifier": {"system": f"urn:oid:{of.oid}", "value": of.value}},
        "content": [{"attachment": {"contentType": media_type, "data": pybase64.b64encode(content).decode()}}],
    }

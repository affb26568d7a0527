"""Messages that the doors take, and ways to spoil them."""

from __future__ import annotations

import base64
import copy
import hashlib
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from carnet.documents.compose import Letterhead, Section, compose
from carnet.documents.time import Dtm
from carnet.people.patient import Patient
from tests.running import AUTHOR, PATIENT

Json = dict[str, Any]
Spoil = Callable[[Json], Any]

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
NOS = "https://mos.esante.gouv.fr/NOS"


def new_oid() -> str:
    """An identifier that nothing has."""
    return f"2.25.{uuid4().int}"


def cda(unique_id: str = "", *, of: Patient = PATIENT, text: str = "Toux depuis trois jours.") -> bytes:
    """A consultation report."""
    letterhead = Letterhead(
        unique_id=unique_id or new_oid(), type_code="11488-4", title="Consultation d'essai", patient=of, author=AUTHOR,
        made_at=Dtm.parse("20260102093000+0100"))
    return compose(letterhead, (Section("Motif", (text,)),))


def subject(of: Patient = PATIENT) -> Json:
    """The patient, by the INS."""
    return {"identifier": {"system": f"urn:oid:{of.ins.oid}", "value": of.ins.value}}


def publication(content: bytes = PDF, *, unique_id: str = "", of: Patient = PATIENT, **changes: Any) -> Json:
    """A DocumentReference for ITI-105."""
    made: Json = {
        "resourceType": "DocumentReference",
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{unique_id or new_oid()}"},
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
        "subject": subject(of),
        "date": "2026-01-02T09:30:00+01:00",
        "content": [{"attachment": {
            "contentType": "application/pdf" if content.startswith(b"%PDF") else "text/xml",
            "data": base64.b64encode(content).decode(), "title": "Compte rendu d'essai"}}],
    }
    return made | changes


def bundle(*contents: bytes, of: Patient = PATIENT, **changes: Any) -> Json:
    """A Provide Document Bundle: submission set first, then each document and its Binary."""
    entries: list[Json] = []
    for number, content in enumerate(contents or (PDF,)):
        entries += _document(content, number, of, changes)
    members = [{"item": {"reference": entry["fullUrl"]}} for entry in entries[::2]]
    return {"resourceType": "Bundle", "type": "transaction", "entry": [_submission_set(members, of), *entries]}


def spoilt(message: Json, spoil: Spoil) -> Json:
    """A copy with something wrong in it."""
    made = copy.deepcopy(message)
    spoil(made)
    return made


def _submission_set(members: list[Json], of: Patient) -> Json:
    mhd = "https://profiles.ihe.net/ITI/MHD"
    activity = {"coding": [{"system": f"{NOS}/TRE_R209-TypeActivite/FHIR/TRE-R209-TypeActivite", "code": "07"}]}
    return {
        "fullUrl": f"urn:uuid:{uuid4()}",
        "resource": {
            "resourceType": "List", "status": "current", "mode": "working",
            "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{new_oid()}"}],
            "extension": [
                {"url": f"{mhd}/StructureDefinition/ihe-designationType", "valueCodeableConcept": activity},
                {"url": f"{mhd}/StructureDefinition/ihe-sourceId",
                 "valueIdentifier": {"value": "urn:oid:1.2.250.1.999"}},
            ],
            "code": {"coding": [{"system": f"{mhd}/CodeSystem/MHDlistTypes", "code": "submissionset"}]},
            "subject": subject(of), "date": "2026-01-02T10:00:00+01:00", "entry": members,
        },
        "request": {"method": "POST", "url": "List"},
    }


def _document(content: bytes, number: int, of: Patient, changes: Json) -> list[Json]:
    address = f"urn:uuid:{uuid4()}"
    media_type = "application/pdf" if content.startswith(b"%PDF") else "text/xml"
    resource: Json = {
        "resourceType": "DocumentReference",
        "contained": [
            {"resourceType": "Practitioner", "id": "author",
             "identifier": [{"system": "urn:oid:1.2.250.1.71.4.2.1", "value": "899700218896"}],
             "name": [{"family": "FICTIF", "given": ["Louis"]}]},
            {"resourceType": "Patient", "id": "patient",
             "identifier": [{"system": f"urn:oid:{of.ins.oid}", "value": of.ins.value}]},
        ],
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{new_oid()}"},
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
        "subject": subject(of),
        "date": "2026-01-02T09:30:00+01:00",
        "author": [{"reference": "#author"}],
        "authenticator": {"reference": "#author"},
        "securityLabel": [{"coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N"}]}],
        "content": [{
            "attachment": {
                "contentType": media_type, "language": "fr-FR", "url": address, "size": len(content),
                "hash": base64.b64encode(hashlib.sha1(content).digest()).decode(), "title": f"Document {number}"},
            "format": {"system": "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode",
                       "code": "urn:ihe:iti:xds:2017:mimeTypeSufficient"},
        }],
        "context": {
            "period": {"start": "2026-01-02T09:00:00+01:00"},
            "sourcePatientInfo": {"reference": "#patient"},
            "facilityType": {"coding": [
                {"system": f"{NOS}/TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite", "code": "SA07"}]},
            "practiceSetting": {"coding": [
                {"system": f"{NOS}/TRE_A01-CadreExercice/FHIR/TRE-A01-CadreExercice", "code": "AMBULATOIRE"}]},
        },
    }
    return [
        {"fullUrl": f"urn:uuid:{uuid4()}", "resource": resource | changes,
         "request": {"method": "POST", "url": "DocumentReference"}},
        {"fullUrl": address,
         "resource": {"resourceType": "Binary", "contentType": media_type, "data": base64.b64encode(content).decode()},
         "request": {"method": "POST", "url": "Binary"}},
    ]

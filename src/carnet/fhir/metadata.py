"""What these doors do, as a CapabilityStatement: `GET [base]/metadata`. It says what is there, and nothing that is not.

https://hl7.org/fhir/R4/capabilitystatement.html. May import: this room.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from carnet.fhir.config import FhirConfig
from carnet.fhir.consent_resource import PROFILE as CONSENT_PROFILE
from carnet.fhir.document_out import PROFILE
from carnet.fhir.door import Visit
from carnet.fhir.forms import refuse_other_forms
from carnet.fhir.outcome import FHIR_JSON

DATE = "2026-11-22"
_CARNET = "https://carnet.example/fhir"
OPERATIONS = {
    "emergency-access": "open a record for an hour, in the purpose of use of the token",
    "ask-second-person": "a code for a colleague, when the day's emergency accesses are used up",
    "agree-as-second-person": "agree to a colleague's emergency access",
    "reopen": "reopen a closed record, with the patient's consent (REAC)",
}
_OF_CONSENT = (
    ("patient", "reference", "or patient.identifier=<system>|<INS>: required"),
    ("category", "token", "a choice, authorisation or delegation"),
    ("status", "token", "active, inactive"),
    ("_id", "token", "the id of a Consent"),
)
_OF_TASK = (
    ("identifier", "the sender's control id, or a document's uniqueId"),
    ("business-status", "received, waiting, refused, deposited, replaced, deleted"),
)
_PDSM = "https://interop.esante.gouv.fr/ig/fhir/pdsm"
_MHD = "https://profiles.ihe.net/ITI/MHD"
_PARAMETERS = (
    ("patient", "reference", "or patient.identifier=<system>|<INS>: required"),
    ("status", "token", "current, superseded; without it, both"),
    ("identifier", "token", "uniqueId, entryUUID or logicalId"),
    ("type", "token", ""),
    ("category", "token", ""),
    ("creation", "date", "creation of the document (MHD)"),
    ("date", "date", "the same (DMP draft)"),
    ("period", "date", "care that overlaps"),
    ("period-start", "date", "PDSm"),
    ("period-end", "date", "PDSm"),
    ("facility", "token", ""),
    ("setting", "token", ""),
    ("format", "token", ""),
    ("event", "token", ""),
    ("security-label", "token", ""),
    ("related", "reference", "an identifier of referenceIdList"),
    ("relatesto", "reference", "the document that was replaced"),
    ("author", "reference", "Practitioner?identifier=<system>|<value>; chained: author.family, author.given"),
    ("isArchived", "token", "PDSm"),
    ("_id", "token", ""),
)


async def capabilities(visit: Visit) -> Response:
    """The CapabilityStatement, to anyone."""
    refuse_other_forms(visit.request)
    return Response(msgspec.json.encode(capability_statement(visit.rooms.config)), media_type=FHIR_JSON)


def capability_statement(config: FhirConfig) -> dict[str, Any]:
    """The CapabilityStatement of this platform."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": DATE,
        "kind": "instance",
        "software": {"name": "Carnet", "version": config.version},
        "implementation": {"description": "Shared medical record: documents (IHE MHD, PDSm)", "url": config.base},
        "fhirVersion": "4.0.1",
        "format": [FHIR_JSON],
        "implementationGuide": [
            f"{_PDSM}/ImplementationGuide/ans.fhir.fr.pdsm", f"{_MHD}/ImplementationGuide/ihe.iti.mhd"],
        "rest": [{
            "mode": "server",
            "security": {
                "service": [{"coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": "OAuth"}]}],
                "description": "Bearer access token of an OpenID Connect issuer (Pro Santé Connect claims)",
            },
            "resource": [_document_reference(), _binary(), _patient(), _consent(), _task(), _list()],
            "interaction": [{
                "code": "transaction", "documentation": "ITI-65 Provide Document Bundle: add and replace documents"}],
        }],
    }


def _document_reference() -> dict[str, Any]:
    return {
        "type": "DocumentReference",
        "profile": PROFILE,
        "supportedProfile": [f"{_PDSM}/StructureDefinition/pdsm-simplified-publish"],
        "interaction": [
            {"code": "read"}, {"code": "search-type", "documentation": "ITI-67"},
            {"code": "create", "documentation": "ITI-105 Simplified Publish"},
            {"code": "patch", "documentation": "TD3.3a-d, JSON Patch: mask, show, archive, delete; weighs If-Match"},
        ],
        "versioning": "versioned",
        "searchParam": [
            {"name": name, "type": kind, **({"documentation": words} if words else {})}
            for name, kind, words in _PARAMETERS
        ],
        "operation": [{
            "name": "conformity", "definition": f"{_CARNET}/OperationDefinition/conformity",
            "documentation": "what the national rules say of the document: for its readers and its sender"}],
    }


def _binary() -> dict[str, Any]:
    return {"type": "Binary", "interaction": [
        {"code": "read", "documentation": "ITI-68: the stored media type, or application/fhir+json"}]}


def _patient() -> dict[str, Any]:
    return {
        "type": "Patient",
        "interaction": [
            {"code": "search-type", "documentation": "state of the record"},
            {"code": "create", "documentation": "open a record, with the patient's consent"},
        ],
        "searchParam": [{"name": "identifier", "type": "token", "documentation": "the INS: required"}],
        "operation": [
            {"name": name, "definition": f"{_CARNET}/OperationDefinition/{name}", "documentation": words}
            for name, words in OPERATIONS.items()
        ],
    }


def _consent() -> dict[str, Any]:
    return {
        "type": "Consent",
        "profile": CONSENT_PROFILE,
        "documentation": "choices of the record, authorisations of professionals, delegations",
        "interaction": [
            {"code": "read"}, {"code": "search-type"},
            {"code": "create", "documentation": "by a professional: what the patient said (TD0.3, TD1.3)"},
            {"code": "update", "documentation": "with If-Match, else 412"},
        ],
        "versioning": "versioned-update",
        "updateCreate": False,
        "searchParam": [{"name": name, "type": kind, "documentation": words} for name, kind, words in _OF_CONSENT],
    }


def _task() -> dict[str, Any]:
    return {
        "type": "Task",
        "documentation": "what became of the messages that the asker's organisation sent by HL7 v2, mail or files",
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "searchParam": [{"name": name, "type": "token", "documentation": words} for name, words in _OF_TASK],
    }


def _list() -> dict[str, Any]:
    return {"type": "List", "documentation": "submission sets, created by ITI-65 only"}

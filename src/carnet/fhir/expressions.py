"""Where our own rules say something is wrong, as a FHIRPath of the message that was sent.

`documents.validation` names attributes of the standard (`DocumentEntry[0].hash`), since every door uses it.
May import: errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from carnet.errors import DuplicateUniqueId, InvalidSubmission, Issue

_ATTRIBUTES = {
    "uniqueId": "masterIdentifier",
    "patientId": "subject",
    "hash": "content[0].attachment.hash",
    "size": "content[0].attachment.size",
    "mimeType": "content[0].attachment.contentType",
    "languageCode": "content[0].attachment.language",
    "title": "content[0].attachment.title",
    "formatCode": "content[0].format",
    "serviceStartTime": "context.period.start",
    "serviceStopTime": "context.period.end",
    "confidentialityCode": "securityLabel",
    "visibility": "securityLabel",
    "healthcareFacilityTypeCode": "context.facilityType",
    "practiceSettingCode": "context.practiceSetting",
    "typeCode": "type",
    "legalAuthenticator": "authenticator",
    "replaces": "relatesTo",
    "content": "content[0].attachment",
    "antivirus": "content[0].attachment",
}
_SET_ATTRIBUTES = {
    "uniqueId": "identifier", "patientId": "subject", "sourceId": "extension", "contentTypeCode": "extension",
    "author": "source",
}
_PLACE = re.compile(r"(DocumentEntry\[(\d+)\]|SubmissionSet)(?:\.(.*))?")


def in_fhir(error: InvalidSubmission, documents: Mapping[int, str], submission_set: str = "") -> InvalidSubmission:
    """The same error with its places as FHIRPaths. `documents` gives the path of each document by its number."""
    issues = noted_in_fhir(error.issues, documents, submission_set)
    if isinstance(error, DuplicateUniqueId):
        return DuplicateUniqueId(issues[0].expression)
    return InvalidSubmission(*issues)


def noted_in_fhir(issues: Iterable[Issue], documents: Mapping[int, str], submission_set: str = "") -> list[Issue]:
    """These issues with their places as FHIRPaths."""
    return [Issue(each.code, each.message, _path(each.expression, documents, submission_set)) for each in issues]


def _path(expression: str, documents: Mapping[int, str], submission_set: str) -> str:
    found = _PLACE.fullmatch(expression)
    if found is None:
        return expression
    _, number, attribute = found.groups()
    where = documents.get(int(number), "") if number is not None else submission_set
    name, dot, rest = (attribute or "").partition(".")
    base, bracket, index = name.partition("[")
    known = (_ATTRIBUTES if number is not None else _SET_ATTRIBUTES).get(base, base)
    # an author's own parts have other names in FHIR: their place is that of the author
    tail = f"{bracket}{index}" if base == "author" else f"{bracket}{index}{dot}{rest}"
    return f"{where}.{known}{tail}".strip(".") if known else where

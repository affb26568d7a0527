"""Is this FHIR R4: structure by fhirkit-rs, and the rules that it leaves out by ourselves.

`validate` gives every problem with its FHIRPath, never only the first. It reads texts without their base64
(`payload.py`). May import: this room, errors.
"""

from __future__ import annotations

import re

import fhirkit

from carnet.errors import Issue

MOST_ISSUES = 50
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_CODES = (
    ("required element missing", "required"),
    ("unknown element", "structure"),
    ("is not a valid", "value"),
)

# Required bindings of FHIR R4 that the structural validator does not know: element -> the codes it may have.
BINDINGS = {
    "DocumentReference.status": frozenset({"current", "superseded", "entered-in-error"}),
    "DocumentReference.doc_status": frozenset({"preliminary", "final", "amended", "entered-in-error"}),
    "DocumentReference.relates_to.code": frozenset({"replaces", "transforms", "signs", "appends"}),
    "List.status": frozenset({"current", "retired", "entered-in-error"}),
    "List.mode": frozenset({"working", "snapshot", "changes"}),
    "Bundle.entry.request.method": frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"}),
    "Patient.gender": frozenset({"male", "female", "other", "unknown"}),
}


def validate(text: bytes) -> list[Issue]:
    """Every problem of a JSON text as FHIR R4, at most fifty; empty when there is none."""
    try:
        found = fhirkit.validate(text)
    except fhirkit.ParseError as error:
        return [Issue("structure", f"not JSON in UTF-8: {error}")]
    issues = [
        Issue(_code_of(problem.message), problem.message, problem.path)
        for problem in found if problem.severity == "error"
    ]
    if b"\\u0000" in text:
        issues.append(Issue("value", "the character U+0000 is not accepted in any text"))
    return issues[:MOST_ISSUES]


def is_id(text: str) -> bool:
    """True for what FHIR takes as the id of a resource."""
    return _ID.fullmatch(text) is not None


def id_issues(id_: str, expression: str) -> list[Issue]:
    """The problem of a resource's id, if it has one."""
    if not id_ or is_id(id_):
        return []
    return [Issue("value", "an id has 1 to 64 letters, digits, hyphens and dots", f"{expression}.id")]


def binding_issues(code: str, element: str, expression: str) -> list[Issue]:
    """The problem of a code that is not one of those its element may have."""
    if not code or code in BINDINGS[element]:
        return []
    return [Issue("code-invalid", f"one of {', '.join(sorted(BINDINGS[element]))} is expected here", expression)]


def _code_of(message: str) -> str:
    return next((code for words, code in _CODES if words in message), "structure")

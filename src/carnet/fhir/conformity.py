"""What the national rules say of a document: `GET [base]/DocumentReference/<id>/$conformity`, an OperationOutcome.

For who may read the document, and for the software of the organisation that sent it. Nothing is refused because of it:
docs/vendors/messages.md. May import: this room, record, documents, errors.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from starlette.responses import Response

from carnet.documents.schematron.verdict import Broken
from carnet.errors import NotFound
from carnet.fhir.door import Visit
from carnet.fhir.elements import CodeableConcept, Coding
from carnet.fhir.forms import language_of, refuse_other_forms
from carnet.fhir.outcome import FHIR_JSON, OperationOutcome, OutcomeIssue
from carnet.fhir.validate import is_id
from carnet.record.conformity.told import Conformity, Standing, conformity
from carnet.record.conformity.words import explain_not_run, explain_standing

RULES, STANDINGS = "urn:carnet:rules", "urn:carnet:conformity"


async def read(visit: Visit) -> Response:
    """What is known of one document. Unknown, hidden and another sender's are the same 404."""
    refuse_other_forms(visit.request)
    if not is_id(visit.identifier):
        raise NotFound("no such document")
    found = await conformity(visit.hand_over(), visit.identifier, visit.rooms.stores)
    body = msgspec.json.encode(outcome_of_conformity(found, language_of(visit.request)))
    return Response(body, media_type=FHIR_JSON, headers={"Cache-Control": "no-store"})


def outcome_of_conformity(found: Conformity, language: str) -> OperationOutcome:
    """How far checking has come, then each rule that is broken, then each rule set that could not be run."""
    return OperationOutcome(issue=(_summary(found, language), *_of_rules(found, language)))


def _summary(found: Conformity, language: str) -> OutcomeIssue:
    coding = Coding(system=STANDINGS, code=found.standing.value)
    return OutcomeIssue(
        severity="warning" if found.standing is Standing.BROKEN else "information", code="informational",
        details=CodeableConcept(coding=(coding,), text=explain_standing(found, language)))


def _of_rules(found: Conformity, language: str) -> Iterator[OutcomeIssue]:
    if found.verdict is None:
        return
    yield from map(_broken, found.verdict.broken)
    for each in found.verdict.not_run:
        yield OutcomeIssue(
            severity="warning", code="incomplete",
            details=CodeableConcept(coding=_rules(each.rules), text=explain_not_run(each, language)))


def _broken(rule: Broken) -> OutcomeIssue:
    return OutcomeIssue(
        severity=rule.severity.value, code="business-rule",
        details=CodeableConcept(coding=_rules(rule.rules, rule.pattern), text=rule.text), location=rule.places)


def _rules(name: str, pattern: str = "") -> tuple[Coding, ...]:
    code = f"{name}#{pattern}" if pattern else name
    return (Coding(system=RULES, code=code),) if code else ()

"""Errors as OperationOutcomes: the only table of the FHIR doors, error class -> HTTP status -> issue code.

https://hl7.org/fhir/R4/operationoutcome.html. The class decides, or the nearest class above it; a test walks the tree.
May import: this room, rights, errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from starlette.responses import Response

from carnet import errors
from carnet.errors import INFORMATIONAL, CarnetError, Conflict, InvalidInput, Issue, NotFound
from carnet.fhir.elements import CodeableConcept, Coding, Element
from carnet.rights.decision import Decision
from carnet.rights.words import explain

FHIR_JSON = "application/fhir+json"


class UnsupportedContent(InvalidInput):
    """The body is in a form that this door does not read: send FHIR as JSON."""


class MethodNotAllowed(InvalidInput):
    """This address exists, and does not take this method. `allowed` says which it takes."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(Issue("not-supported", f"this address takes {', '.join(allowed)}"))
        self.allowed = allowed


class PreconditionFailed(InvalidInput):
    """The request sets a condition (If-Match, If-None-Exist...) that this door does not weigh: send it without."""


class NoRecord(NotFound):
    """Nobody opened a record for this patient: a deposit has nowhere to go."""


class RecordExists(Conflict):
    """This person has a record already: it is opened once."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The HTTP status of an error, the issue code it has when it brings none, and the words when it has none to say."""

    status: int
    code: str
    words: str = ""


TABLE: dict[type[CarnetError], Answer] = {
    CarnetError: Answer(500, "exception", "the platform failed; nothing was changed"),
    errors.Unauthenticated: Answer(401, "login"),
    errors.NotPermitted: Answer(403, "forbidden"),
    errors.NotFound: Answer(404, "not-found", "there is no such resource"),
    NoRecord: Answer(404, "not-found", "this patient has no record"),
    errors.Gone: Answer(410, "deleted", "this was here, and is no more"),
    errors.InvalidInput: Answer(400, "invalid"),
    errors.InvalidIdentifier: Answer(400, "value"),
    errors.InvalidDocument: Answer(422, "invalid"),
    errors.InvalidSubmission: Answer(422, "business-rule"),
    errors.DuplicateUniqueId: Answer(409, "duplicate"),
    errors.InvalidSetting: Answer(500, "exception", "the platform is not set up rightly"),
    UnsupportedContent: Answer(415, "not-supported"),
    MethodNotAllowed: Answer(405, "not-supported"),
    PreconditionFailed: Answer(412, "not-supported"),
    errors.TooLarge: Answer(413, "too-long"),
    errors.NotAcceptable: Answer(406, "not-supported"),
    errors.Conflict: Answer(409, "conflict", "the record changed meanwhile: read again, then retry"),
    RecordExists: Answer(409, "duplicate", "this person has a record already"),
    errors.Unavailable: Answer(503, "transient", "the platform cannot answer safely now: try again later"),
    errors.IntegrityError: Answer(500, "exception", "what is stored does not verify; this was reported"),
}


class OutcomeIssue(Element, frozen=True):
    """One thing that went wrong (or right). `location` is an XPath inside the document, `expression` a FHIRPath."""

    severity: str
    code: str
    details: CodeableConcept
    location: tuple[str, ...] = ()
    expression: tuple[str, ...] = ()


class OperationOutcome(Element, frozen=True, tag_field="resourceType", tag="OperationOutcome"):
    """What came of a request."""

    issue: tuple[OutcomeIssue, ...]


def answer_of(error: CarnetError) -> Answer:
    """The row of the table for an error."""
    return next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)


def outcome_of(error: CarnetError, language: str = "fr") -> OperationOutcome:
    """What to tell the one who asked. Nothing here says more than the error's class allows."""
    answer = answer_of(error)
    if isinstance(error, errors.NotPermitted) and isinstance(error.decision, Decision):
        return OperationOutcome(issue=tuple(
            OutcomeIssue(severity="error", code=answer.code, details=CodeableConcept(
                coding=(Coding(system="urn:carnet:reason", code=reason.value),), text=explain(reason, language),
            )) for reason in error.decision.against
        ))
    found = error.issues if isinstance(error, InvalidInput) and answer.status < 500 else ()
    # Where the table has words, they are the same for all errors of the class: absent and hidden look alike.
    return OperationOutcome(
        issue=tuple(map(_issue, found or (Issue(answer.code, answer.words or str(error)),))))


def _issue(issue: Issue) -> OutcomeIssue:
    # What is wrong inside a document is a FHIRPath to the document, then an XPath in it.
    places = issue.expression.split()
    return OutcomeIssue(
        severity="information" if issue.code == INFORMATIONAL else "error", code=issue.code,
        details=CodeableConcept(text=issue.message),
        location=tuple(place for place in places if place.startswith("/")),
        expression=tuple(place for place in places if not place.startswith("/")),
    )


def response_of(error: CarnetError, language: str = "fr") -> Response:
    """The whole HTTP answer to an error."""
    headers = {"Cache-Control": "no-store"}
    match error:
        case errors.Unauthenticated():
            headers["WWW-Authenticate"] = 'Bearer realm="carnet"'
        case errors.Unavailable():
            headers["Retry-After"] = str(error.retry_after_seconds)
        case MethodNotAllowed():
            headers["Allow"] = ", ".join(error.allowed)
    body = msgspec.json.encode(outcome_of(error, language))
    return Response(body, status_code=answer_of(error).status, media_type=FHIR_JSON, headers=headers)


def noted(notes: Sequence[Issue]) -> OperationOutcome:
    """What is told of something that was done."""
    return OperationOutcome(issue=tuple(map(_issue, notes)))


def information(words: str, status: int, headers: dict[str, str], *notes: Issue) -> Response:
    """An answer that says that all went well, and what else there is to know."""
    body = msgspec.json.encode(noted([Issue(INFORMATIONAL, words), *notes]))
    return Response(body, status_code=status, media_type=FHIR_JSON, headers={"Cache-Control": "no-store"} | headers)


def failure() -> Response:
    """The answer when something failed that nobody foresaw."""
    return response_of(CarnetError())

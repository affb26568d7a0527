"""What a page says when something cannot be done: the one table error -> status and words, for people.

May import: errors, rights, the words of this room.
"""

from __future__ import annotations

from dataclasses import dataclass

from carnet.errors import (
    CarnetError,
    Conflict,
    Gone,
    IntegrityError,
    InvalidInput,
    NotAcceptable,
    NotFound,
    NotPermitted,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from carnet.rights.decision import Decision
from carnet.rights.words import explain
from carnet.web.presenters.words import Way
from carnet.web.session import Session, Space
from carnet.web.words import Words

STATUS: dict[type[CarnetError], int] = {
    Unauthenticated: 401,
    NotPermitted: 403,
    NotFound: 404,
    Gone: 404,
    InvalidInput: 422,
    TooLarge: 413,
    NotAcceptable: 406,
    Conflict: 409,
    Unavailable: 503,
    IntegrityError: 503,
    CarnetError: 500,
}
"""The nearest class in the tree decides. 500 is a mistake of ours."""

_HOMES = {Space.PROFESSIONAL: "/pro", Space.OFFICER: "/agent", Space.ACCOUNTANT: "/comptes"}
_AT_A_RECORD = frozenset({403, 409, 413, 422})      # what is not there has no record to go back to
_SAID = frozenset({400, 401, 403, 404, 405, 409, 413, 422, 503})


@dataclass(frozen=True, slots=True)
class Problem:
    """A page about something that went wrong."""

    status: int
    title: str
    what: str
    reasons: tuple[str, ...]
    advice: str
    ways: tuple[Way, ...]
    request_id: str


def status_of(error: CarnetError) -> int:
    """The HTTP status of an error of the platform."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem(
    status: int, words: Words, session: Session | None, request_id: str, *, reasons: tuple[str, ...] = (),
    patient_path: str = "",
) -> Problem:
    """The page for this status; `patient_path` is the record that a professional was at."""
    key = f"problem.{status}" if status in _SAID else "problem.500"
    if status == 403 and session is not None and session.space is Space.PATIENT:
        key = "problem.403_patient"
    return Problem(
        status, words(f"{key}.title"), words(f"{key}.what"), reasons, words(f"{key}.advice"),
        (*_back(status, words, patient_path), *_ways(status, words, session)), request_id,
    )


def reasons_of(error: CarnetError, words: Words, space: Space | None = None) -> tuple[str, ...]:
    """What may be told of the reasons: those of the decision in plain words, every issue of what was sent."""
    to = "patient" if space is Space.PATIENT else "professional"
    match error:
        case NotPermitted(decision=Decision(against=against)):
            return tuple(explain(reason, words.language, to=to) for reason in against)
        case InvalidInput(issues=issues):
            return tuple(str(issue) for issue in issues)
        case _:
            return ()


def _back(status: int, words: Words, patient_path: str) -> tuple[Way, ...]:
    return (Way(words("record.back"), patient_path),) if patient_path and status in _AT_A_RECORD else ()


def _ways(status: int, words: Words, session: Session | None) -> tuple[Way, ...]:
    if status == 401 or session is None:
        return (Way(words("problem.enter"), "/"),)
    if session.space is not Space.PATIENT:
        return (Way(words("problem.home"), _HOMES[session.space]),)
    mine = (Way(words("nav.life"), "/moi/carnet"),) if status == 403 else ()
    return (Way(words("problem.home"), "/moi"), *mine)

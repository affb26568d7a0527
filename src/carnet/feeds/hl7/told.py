"""What a sender is told of a message: one ERR for each thing that is wrong, with the codes of the profile. Pure.

Syntax is said by ERR-3 (table HL70357); what concerns the document, the patient or the record by 207 and ERR-5 (900 to
906). The codes are facts of the profile, kept in `error_codes.tsv`.
May import: this room, record/inbox/message.py, rights/words.py, errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from carnet.errors import Issue
from carnet.record.inbox.message import MessageState, Taken
from carnet.record.inbox.take import NO_RECORD_YET, TRAITS_DIFFER
from carnet.rights.reasons import Reason
from carnet.rights.words import explain

_PLACE = re.compile(r"([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+))?(?:\.(\d+))?")
_SYNTAX = {
    "structure": "100", "required": "101", "value": "102", "code-invalid": "103", "invariant": "198",
}
_UNSUPPORTED = {"MSH-9": "200", "MSH-9.2": "201", "MSH-11": "202", "MSH-12": "203"}
_TRAITS = ("PID-5", "PID-7", "PID-8")
_NO_INS = "/ClinicalDocument/recordTarget/patientRole/id"
_NO_TRAITS = "/ClinicalDocument/recordTarget/patientRole/patient"
_OTHER, _APPLICATION = "906", "207"
_BY_REASON = {
    Reason.NOT_THE_AUTHOR.value: "901", NO_RECORD_YET: "902", "Conflict": "900", "NotFound": "900",
    Reason.DELETED.value: "900",
}
MOST_TOLD = 50


@dataclass(frozen=True, slots=True)
class Told:
    """One ERR: `place` is ERR-2, `code` ERR-3, `application` ERR-5, `words` ERR-8."""

    code: str
    words: str
    application: str = ""
    place: str = ""
    diagnostic: str = ""
    severity: str = "E"


def told_of(taken: Taken) -> tuple[Told, ...]:
    """What is told of what became of a message; what is only to be known when all is done, of severity I."""
    if taken.state is MessageState.DEPOSITED:
        return tuple(
            Told(_APPLICATION, each.message, _OTHER, diagnostic=each.expression, severity="I")
            for each in taken.issues)[:MOST_TOLD]
    if taken.state is MessageState.REFUSED:
        return tuple(_refused(taken))[:MOST_TOLD]
    words = "kept until hosts answer: nothing to send again"
    if taken.state is MessageState.WAITING:
        words = "kept: it is deposited when there is an open record for this person"
    code = "902" if taken.state is MessageState.WAITING else _OTHER
    return (Told(_APPLICATION, words, code, severity="W"),)


def told_of_issue(issue: Issue) -> Told:
    """One thing that is wrong, in the words of the profile."""
    place, _, inside = issue.expression.partition(" ")
    found = _PLACE.fullmatch(place)
    where = "" if found is None else "^".join(
        (found[1], found[2] or "1", *([found[3]] if found[3] else []), *(["1", found[4]] if found[4] else [])))
    code, application = _codes(issue, is_of_the_message=found is not None and not inside)
    return Told(code, issue.message, application, where, issue.expression)


@cache
def name_of(code: str) -> str:
    """What the profile calls this code."""
    return _names()[code][1]


@cache
def table_of(code: str) -> str:
    """The table that this code is of, as ERR writes it."""
    table = _names()[code][0]
    return "messageErrorCondition" if table == "HL70357" else table


def _refused(taken: Taken) -> Iterator[Told]:
    if taken.issues:
        yield from (told_of_issue(issue) for issue in taken.issues)
        return
    for reason in taken.reasons or ("refused",):
        yield Told(_APPLICATION, _words(reason), _BY_REASON.get(reason, _OTHER), diagnostic=reason)


def _codes(issue: Issue, *, is_of_the_message: bool) -> tuple[str, str]:
    where = issue.expression
    if issue.code == "business-rule" and (is_of_the_message or where == TRAITS_DIFFER):
        return _APPLICATION, "904"
    if issue.code == "required" and (where in _TRAITS or _NO_TRAITS in where):
        return _APPLICATION, "905"
    if issue.code == "required" and where.endswith(_NO_INS):
        return _APPLICATION, "903"
    if issue.code in ("conflict", "not-found"):
        return _APPLICATION, "900"
    if issue.code == "structure" and where.startswith("OBX"):
        return _APPLICATION, _OTHER         # what is carried is no CDA: the message around it is well formed
    if where in _UNSUPPORTED and issue.code == "not-supported":
        return _UNSUPPORTED[where], ""
    if is_of_the_message or where.startswith("MetaDMPMSS"):
        return _SYNTAX.get(issue.code, "199"), ""
    return _APPLICATION, _OTHER


def _words(reason: str) -> str:
    try:
        return explain(Reason(reason), "en")
    except ValueError:
        return {
            "Conflict": "another document replaced this one", "NotFound": "there is no such document",
            "waited_too_long": "no record was opened in time",
        }.get(reason, "refused")


@cache
def _names() -> dict[str, tuple[str, str]]:
    text = files(__package__).joinpath("error_codes.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {code: (table, name) for code, table, name, _ in rows}

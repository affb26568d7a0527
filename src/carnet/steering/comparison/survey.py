"""Answers to the survey as a file: one line for each respondent, who is known by the name that the draw gave.

CSV with commas or semicolons: `respondent`, `cohort`, `stratum`, then a column for each question, 1 to 5 or empty. All
that is wrong with it is said, with line numbers; nothing of a wrong file is taken. Pure.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO

from carnet.errors import InvalidInput, Issue, TooLarge
from carnet.steering.comparison.protocol import Protocol

MOST_BYTES = 32 * 1024 * 1024
_WHO = ("respondent", "cohort", "stratum")
_MOST_ISSUES = 1000


@dataclass(frozen=True, slots=True)
class Respondent:
    """One who was drawn: in which cohort and stratum."""

    cohort: str
    stratum: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a respondent answered: scores by question; none at all is an answer too."""

    respondent: str
    scores: Mapping[str, int]


def read_csv(content: bytes, protocol: Protocol, drawn: Mapping[str, Respondent]) -> list[Sheet]:
    """The answers of a file. Raises InvalidInput with every issue, TooLarge. `drawn` are those who were asked."""
    if len(content) > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(Issue("structure", f"is not UTF-8: {error}", "the file")) from error
    questions = [each.id for each in protocol.questions]
    reader = csv.reader(StringIO(text, newline=""), delimiter=";" if ";" in text.partition("\n")[0] else ",")
    issues: list[Issue] = []
    sheets: list[Sheet] = []
    try:
        header = next(reader, [])
        if header != [*_WHO, *questions]:
            raise InvalidInput(Issue("structure", f"its columns are not {', '.join([*_WHO, *questions])}", "line 1"))
        for row in reader:
            if any(row):
                issues += _about(row, reader.line_num, questions, drawn)
                sheets.append(_sheet(row, questions))
    except csv.Error as error:
        raise InvalidInput(Issue("structure", str(error), f"line {reader.line_num}")) from error
    issues += _twice(sheets)
    if issues:
        raise InvalidInput(*issues[:_MOST_ISSUES])
    return sheets


def _sheet(row: list[str], questions: list[str]) -> Sheet:
    scores = {name: int(text) for name, text in zip(questions, row[3:], strict=False) if text.strip() in set("12345")}
    return Sheet(row[0], scores)


def _about(row: list[str], line: int, questions: list[str], drawn: Mapping[str, Respondent]) -> Iterator[Issue]:
    where = f"line {line}"
    if len(row) != len(_WHO) + len(questions):
        yield Issue("structure", f"has {len(row)} fields, not {len(_WHO) + len(questions)}", where)
        return
    known = drawn.get(row[0])
    if known is None:
        yield Issue("not-found", f"{row[0][:40]!r} was not drawn", where)
    elif (row[1], row[2]) != (known.cohort, known.stratum):
        yield Issue("value", f"{row[0]} was drawn in {known.cohort}, {known.stratum}", where)
    for name, text in zip(questions, row[3:], strict=True):
        if text.strip() and text.strip() not in set("12345"):
            yield Issue("value", f"{name} is {text[:20]!r}; accepted: 1 to 5, or nothing", where)


def _twice(sheets: list[Sheet]) -> Iterator[Issue]:
    seen: set[str] = set()
    for sheet in sheets:
        if sheet.respondent in seen:
            yield Issue("duplicate", f"{sheet.respondent[:40]} is there twice", "the file")
        seen.add(sheet.respondent)

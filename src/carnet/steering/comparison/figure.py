"""A figure of the comparison as it is published: text that says exactly what was computed, and from what. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from io import StringIO
from typing import TypedDict

import msgspec

from carnet.errors import InvalidInput, Issue
from carnet.steering.comparison.estimates import Interval

_PLACES = Decimal("0.000001")
DIFFERENCE = "difference"


class Unit(StrEnum):
    """What a value is counted in."""

    CENTS = "cents"             # per record
    SHARE = "share"             # of 1
    SCORE = "score"             # of 1 to 5
    EACH = "each"               # per record
    COUNT = "count"
    MINUTES = "minutes"


class Verdict(StrEnum):
    """What the protocol says of a difference."""

    NONE = ""
    DIFFERENT = "different"
    TOO_SMALL = "too_small"             # its interval leaves 0 out, and it is smaller than what counts
    NOT_SHOWN = "not_shown"             # its interval contains 0
    NOT_JUDGED = "not_judged"           # nothing in the protocol judges it


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One. `who` is a cohort or `difference`; without a value, `missing` says why. Numbers are text, as published."""

    measure: str
    who: str
    unit: Unit
    value: str = ""
    numerator: str = ""
    denominator: str = ""
    low: str = ""
    high: str = ""
    method: str = ""
    source: str = ""
    missing: str = ""
    verdict: Verdict = Verdict.NONE


COLUMNS = Figure.__struct_fields__


def number(value: float | int | Decimal) -> str:
    """A number as it is published: six places, no zeros at the end, never an exponent."""
    text = format(Decimal(repr(value) if isinstance(value, float) else value).quantize(_PLACES, ROUND_HALF_EVEN), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def quotient(numerator: int, denominator: int) -> str:
    """Their quotient, as it is published."""
    return number(Decimal(numerator) / Decimal(denominator))


class Within(TypedDict):
    """The fields of a figure with an interval."""

    value: str
    low: str
    high: str


def within(interval: Interval | None) -> Within:
    """The value with its interval; nothing of nothing."""
    if interval is None:
        return {"value": "", "low": "", "high": ""}
    return {"value": number(interval.value), "low": number(interval.low), "high": number(interval.high)}


def as_csv(figures: Iterable[Figure]) -> bytes:
    """All figures, a line each, with the names of their fields first."""
    text = StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(msgspec.structs.astuple(each) for each in figures)
    return text.getvalue().encode()


def figures_in(content: bytes) -> list[Figure]:
    """The figures of such a file. Raises InvalidInput."""
    try:
        rows = list(csv.DictReader(StringIO(content.decode(), newline="")))
        return [msgspec.convert(row, Figure) for row in rows]
    except (UnicodeDecodeError, csv.Error, msgspec.ValidationError) as error:
        raise InvalidInput(Issue("structure", f"these are no figures of a comparison: {error}")) from error

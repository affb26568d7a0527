"""Cohorts as a file: which records go to which consortium, as TOML, checked whole before anything of it is believed.

One `[[cohorts]]` for each: so many records of these départements, at these hosts, between these days. The form:
docs/operators/hosts.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from carnet.errors import InvalidInput, Issue, TooLarge
from carnet.people.departement import CODES

MOST_BYTES = 1024 * 1024
LEAST_RECORDS, MOST_RECORDS = 500_000, 1_000_000


class CohortLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One cohort: its last day counts."""

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    consortium: Annotated[str, Meta(min_length=1, max_length=200)]
    hosts: Annotated[tuple[str, ...], Meta(min_length=1)]
    departements: Annotated[tuple[str, ...], Meta(min_length=1)]
    records: int
    from_: date = msgspec.field(name="from")
    until: date


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cohorts: tuple[CohortLine, ...]


def read(content: bytes, homes: Sequence[str]) -> tuple[CohortLine, ...]:
    """The cohorts of a file; `homes` are the hosts that settings name. Raises InvalidInput, with all issues."""
    if len(content) > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    try:
        lines = msgspec.convert(tomllib.loads(content.decode("utf-8")), _File).cohorts
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(Issue("structure", f"is not TOML in UTF-8: {error}", "the file")) from error
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$.")
        raise InvalidInput(Issue("value", message, where.rstrip("`") or "the file")) from error
    if issues := [*_about_each(lines, homes), *_about_pairs(lines)]:
        raise InvalidInput(*issues)
    return lines


def _about_each(lines: Sequence[CohortLine], homes: Sequence[str]) -> Iterator[Issue]:
    for place, line in enumerate(lines):
        where = f"cohorts[{place}] {line.id}"
        if not LEAST_RECORDS <= line.records <= MOST_RECORDS:
            yield Issue("business-rule", f"{line.records} records; accepted: {LEAST_RECORDS} to {MOST_RECORDS}", where)
        if line.until < line.from_:
            yield Issue("value", "ends before it begins", where)
        for code in line.departements:
            if code not in CODES:
                yield Issue("value", f"{code!r} is no département; accepted: 01 to 95, 2A, 2B, 971 and so on", where)
        for host in line.hosts:
            if host not in homes:
                yield Issue("not-found", f"{host} is no home host of this platform", where)


def _about_pairs(lines: Sequence[CohortLine]) -> Iterator[Issue]:
    for place, line in enumerate(lines):
        for other in lines[:place]:
            if line.id == other.id:
                yield Issue("duplicate", "two cohorts have the same id", f"cohorts[{place}] {line.id}")
            both = sorted(set(line.departements) & set(other.departements))
            if both and line.from_ <= other.until and other.from_ <= line.until:
                yield Issue(
                    "business-rule", f"{', '.join(both)}: in cohort {other.id} too, on the same days: a record would"
                    " have two", f"cohorts[{place}] {line.id}")

"""Announce records to many people at once: a file is read whole, and said to be right, before anyone is told anything.

May import: people, record, errors; `settings` and `wiring` of this room.
"""

from __future__ import annotations

import csv
import getpass
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from carnet.errors import Conflict, InvalidInput, Issue
from carnet.people.caller import OfficerCaller
from carnet.people.ins import Ins, InsPolicy
from carnet.people.patient import Patient, Sex, Traits, parse_birth_date
from carnet.record.announce_record import announce_record
from carnet.record.stores import Stores
from carnet.rights.access import Asker
from carnet.roles.settings import Settings
from carnet.roles.wiring import policy_of, stores_of

REQUIRED = ("ins", "oid", "birth_family", "birth_given", "birth_date", "sex")
OPTIONAL = ("birthplace",)


@dataclass(frozen=True, slots=True)
class Line:
    """A person of the file, and where they stand in it."""

    number: int
    patient: Patient


async def announce(settings: Settings, file: Path, *, by: str) -> int:
    """Announce a record to everyone in the file, and print what became of it; safe to run again.

    Raises InvalidInput with every line that is wrong, before anything is done; Unavailable, then run it again.
    """
    lines = read(file, policy_of(settings).ins)
    officer = by or getpass.getuser()
    asker = Asker(OfficerCaller(officer, officer, ""), door="command")
    announced = 0
    async with stores_of(settings) as (stores, _):
        try:
            for line in lines:
                announced += await _announced(asker, line, stores)
        finally:
            print(f"announced: {announced} of {len(lines)}")
    return 0


def read(file: Path, policy: InsPolicy) -> list[Line]:
    """The people of a CSV file in UTF-8, with commas or semicolons. Raises InvalidInput with every issue."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(Issue("value", "not in UTF-8", str(file))) from error
    rows = csv.DictReader(text.splitlines(), delimiter=";" if ";" in text.partition("\n")[0] else ",", strict=True)
    columns = [name.strip() for name in rows.fieldnames or ()]
    rows.fieldnames = columns
    if issues := _about_columns(columns):
        raise InvalidInput(*issues)
    return _lines(rows, policy)


def _about_columns(columns: Sequence[str]) -> list[Issue]:
    issues = [Issue("required", "a column of this name is needed", name) for name in REQUIRED if name not in columns]
    unknown = [name for name in columns if name not in REQUIRED + OPTIONAL]
    return issues + [Issue("value", "a column of another name than those there are", name) for name in unknown]


def _lines(rows: csv.DictReader[str], policy: InsPolicy) -> list[Line]:
    lines: list[Line] = []
    issues: list[Issue] = []
    seen: dict[Ins, int] = {}
    try:
        for row in rows:
            number = rows.line_num
            try:
                patient = _patient(row, policy)
            except InvalidInput as error:
                issues += (Issue(each.code, each.message, _where(number, each.expression)) for each in error.issues)
                continue
            if (first := seen.setdefault(patient.ins, number)) != number:
                issues.append(Issue("duplicate", f"this person is on line {first} too", _where(number, "ins")))
            lines.append(Line(number, patient))
    except csv.Error as error:
        issues.append(Issue("structure", str(error), _where(rows.line_num)))
    if issues:
        raise InvalidInput(*issues)
    return lines


def _patient(row: Mapping[str | None, str | None], policy: InsPolicy) -> Patient:
    """One row, as a person. Raises InvalidInput with all that is wrong with it."""
    if None in row or None in row.values():
        raise InvalidInput(Issue("structure", "more, or fewer, fields than the first line has columns"))
    said = {str(name): str(value).strip() for name, value in row.items()}
    issues: list[Issue] = []
    ins = None
    try:
        ins = Ins.parse(said["ins"], said["oid"], policy)
    except InvalidInput as error:
        issues += (Issue(each.code, each.message, "ins") for each in error.issues)
    if said["sex"] not in tuple(Sex):
        issues.append(Issue("value", f"one of {', '.join(Sex)}", "sex"))
    traits = Traits(
        birth_family=said["birth_family"], birth_given=said["birth_given"],
        birth_date=parse_birth_date(said["birth_date"]) or said["birth_date"], birthplace=said.get("birthplace", ""),
        sex=Sex(said["sex"]) if said["sex"] in tuple(Sex) else Sex.UNKNOWN)
    try:
        traits.checked()
    except InvalidInput as error:
        issues += error.issues
    if ins is None or issues:
        raise InvalidInput(*issues)
    return Patient(ins, traits)


async def _announced(asker: Asker, line: Line, stores: Stores) -> bool:
    try:
        await announce_record(asker, line.patient, stores)
    except Conflict as error:
        print(f"line {line.number}: {error}")
        return False
    return True


def _where(number: int, column: str = "") -> str:
    return f"line {number}" + (f", {column}" if column else "")

"""One line of a batch: what was reimbursed, as a value; or what is wrong in it, cell by cell. Pure.

docs/vendors/reimbursements.md is the format. Nothing is corrected or guessed, and what is said of a wrong cell never
repeats it: it may be a person's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from carnet.documents.content.values import CareKind, Reimbursed
from carnet.documents.time import Dtm
from carnet.errors import InvalidInput
from carnet.feeds.reimbursements.codes import ATC, ATC_GROUP, LISTS, SYSTEMS, problem_with
from carnet.people.code import Code
from carnet.people.identifiers import PS_ID_OID
from carnet.people.names import Institution, Person


class Cells(NamedTuple):
    """The cells of a line, in the order of the file's columns."""

    ins_oid: str
    ins: str
    batch: str
    batch_date: str
    kind: str
    code_system: str
    code: str
    label: str
    atc: str
    date: str
    end_date: str
    quantity: str
    split_pack: str
    performer_id: str
    performer: str
    establishment_id: str
    establishment: str
    prescriber_id: str
    prescriber: str
    prescriber_establishment_id: str
    prescriber_establishment: str
    no_transfer: str


COLUMNS = Cells._fields
LABEL_CHARACTERS = 250
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_IDENTIFIER = re.compile(r"[0-9A-Za-z/._-]{1,40}", re.ASCII)
_QUANTITY = re.compile(r"[1-9]\d{0,5}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_FORMULA = ("=", "@", "+", "-")     # what a spreadsheet would run, were the cell ever opened in one
_INPATIENT = Code("IMP", "2.16.840.1.113883.5.4", "Hospitalisation (établissement, y compris HAD)")
_PRODUCTS = frozenset({CareKind.MEDICINE, CareKind.VACCINE, CareKind.MEDICAL_DEVICE})
_ONLY_FOR = {
    "atc": frozenset({CareKind.MEDICINE, CareKind.VACCINE}), "end_date": frozenset({CareKind.HOSPITALIZATION}),
    "quantity": _PRODUCTS, "split_pack": frozenset({CareKind.MEDICINE}),
    **dict.fromkeys(
        ("performer_id", "performer", "prescriber_id", "prescriber", "prescriber_establishment_id",
         "prescriber_establishment"), frozenset(CareKind) - {CareKind.HOSPITALIZATION}),
}
"""Columns that stand empty for other kinds: their documents have no place for it."""
_NAMES = ("performer", "establishment", "prescriber", "prescriber_establishment")
_FLAGS = {"": False, "0": False, "1": True}


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in one cell of one line; `column` is empty when it is the whole line."""

    line: int
    column: str
    message: str


def read_line(cells: Cells, line: int) -> Reimbursed | tuple[Wrong, ...]:
    """What this line says was reimbursed, or everything that is wrong in it."""
    found = tuple(Wrong(line, column, message) for column, message in _problems(cells))
    return found or _value(cells)


def is_kept_back(cells: Cells) -> bool:
    """True when the person asked that this is not told to the record (a minor's secret, CSP R1111-50)."""
    return _FLAGS.get(cells.no_transfer, True)


def _problems(cells: Cells) -> Iterator[tuple[str, str]]:
    if not "".join(cells).isprintable():    # quick, and also said of a hard space, which is none of these
        yield from ((name, "a control character") for name, cell in zip(COLUMNS, cells, strict=True)
                    if _CONTROLS.search(cell))
    kind = _kind(cells.kind)
    if kind is None:
        yield "kind", f"no kind of care; accepted: {', '.join(LISTS)}"
        return
    yield from _code_problems(cells, kind)
    yield from _date_problems(cells)
    for name, kinds in _ONLY_FOR.items():
        if kind not in kinds and getattr(cells, name):
            yield name, f"stands empty for {kind.value}"
    if cells.quantity and not _QUANTITY.fullmatch(cells.quantity):
        yield "quantity", "not a number from 1 to 999999"
    for name in ("split_pack", "no_transfer"):
        if getattr(cells, name) not in _FLAGS:
            yield name, "neither 0 nor 1"
    for name in _NAMES:
        yield from _name_problems(name, getattr(cells, name), getattr(cells, f"{name}_id"))


def _code_problems(cells: Cells, kind: CareKind) -> Iterator[tuple[str, str]]:
    if cells.code_system not in LISTS[kind]:
        yield "code_system", f"not a list of {kind.value}; accepted: {', '.join(LISTS[kind])}"
    elif problem := problem_with(cells.code_system, cells.code):
        yield "code", problem
    if cells.atc and (problem := problem_with("ATC", cells.atc)):
        yield "atc", problem
    if not 1 <= len(cells.label.strip()) <= LABEL_CHARACTERS:
        yield "label", f"not 1 to {LABEL_CHARACTERS} characters"
    elif cells.label.startswith(_FORMULA):
        yield "label", "begins like a formula of a spreadsheet"


def _date_problems(cells: Cells) -> Iterator[tuple[str, str]]:
    if _day(cells.date) is None:
        yield "date", "not a day written YYYY-MM-DD"
    elif cells.date > cells.batch_date:
        yield "date", "later than the batch"
    if cells.end_date and _day(cells.end_date) is None:
        yield "end_date", "not a day written YYYY-MM-DD"
    elif cells.end_date and not cells.date <= cells.end_date <= cells.batch_date:
        yield "end_date", "before the stay began, or later than the batch"


@lru_cache(maxsize=65536)
def _name_problems(column: str, name: str, identifier: str) -> tuple[tuple[str, str], ...]:
    problems = []
    if identifier and not _IDENTIFIER.fullmatch(identifier):
        problems.append((f"{column}_id", "not an identifier"))
    if identifier and not name.strip():
        problems.append((column, "an identifier without a name"))
    if len(name) > LABEL_CHARACTERS or name.startswith(_FORMULA):
        problems.append((column, f"longer than {LABEL_CHARACTERS} characters, or begins like a formula"))
    return tuple(problems)


def _value(cells: Cells) -> Reimbursed:
    kind = CareKind(cells.kind)
    code = _coded(SYSTEMS[cells.code_system], cells.code, cells.label)
    codes: tuple[Code, ...] = (code,)
    if cells.atc:
        codes = (code, _coded(ATC_GROUP if len(cells.atc) == 3 else ATC, cells.atc, ""))
    if kind is CareKind.HOSPITALIZATION:
        codes = (code, _INPATIENT)
    return Reimbursed(
        kind=kind, label=cells.label.strip(), code=code, codes=codes, at=_day(cells.date),
        until=_day(cells.end_date) if cells.end_date else None, quantity=cells.quantity,
        by=_person(cells.performer_id, cells.performer), place=_place(cells.establishment_id, cells.establishment),
        prescriber=_person(cells.prescriber_id, cells.prescriber),
        prescriber_place=_place(cells.prescriber_establishment_id, cells.prescriber_establishment),
        is_split_pack=_FLAGS[cells.split_pack])


@lru_cache(maxsize=65536)
def _coded(system: str, code: str, label: str) -> Code:
    return Code(code, system, label.strip())


@lru_cache(maxsize=65536)
def _person(identifier: str, name: str) -> Person | None:
    return Person(identifier, PS_ID_OID, name.strip()) if name.strip() else None


@lru_cache(maxsize=65536)
def _place(identifier: str, name: str) -> Institution | None:
    return Institution(name.strip(), identifier) if name.strip() else None


@lru_cache(maxsize=32768)
def _day(text: str) -> Dtm | None:
    """A day as documents write it; None for what is no day."""
    if not _DAY.fullmatch(text) or text < "1900":
        return None
    try:
        return Dtm.parse(date.fromisoformat(text).strftime("%Y%m%d"))
    except (ValueError, InvalidInput):
        return None


def day_of(text: str) -> Dtm | None:
    """The day of a batch; None for what is no day."""
    return _day(text)


@lru_cache(maxsize=64)
def _kind(text: str) -> CareKind | None:
    return CareKind(text) if text in LISTS else None


def cells_of(row: Sequence[str]) -> Cells:
    """A row that has as many cells as there are columns."""
    return Cells._make(row)

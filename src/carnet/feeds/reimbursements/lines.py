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
from operator import itemgetter
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
_FIRST_NAME = COLUMNS.index("performer_id")
_EMPTY_FOR = {
    kind.value: itemgetter(0, *(COLUMNS.index(name) for name, kinds in _ONLY_FOR.items() if kind not in kinds))
    for kind in CareKind}
"""The cells of a line that stand empty for its kind, after its first one (so that there are always several)."""
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
    yield from _item_problems(cells.kind, cells.code_system, cells.code, cells.label, cells.atc)
    yield from _date_problems(cells.date, cells.end_date, cells.batch_date)
    empty = _EMPTY_FOR.get(cells.kind)
    if empty is not None and any(empty(cells)[1:]):
        yield from ((name, f"stands empty for {cells.kind}") for name, kinds in _ONLY_FOR.items()
                    if cells.kind not in kinds and getattr(cells, name))
    if cells.quantity and not _QUANTITY.fullmatch(cells.quantity):
        yield "quantity", "not a number from 1 to 999999"
    if cells.split_pack not in _FLAGS:
        yield "split_pack", "neither 0 nor 1"
    if cells.no_transfer not in _FLAGS:
        yield "no_transfer", "neither 0 nor 1"
    yield from _names_problems(cells[_FIRST_NAME:_FIRST_NAME + 2 * len(_NAMES)])


@lru_cache(maxsize=65536)
def _item_problems(kind: str, system: str, code: str, label: str, atc: str) -> tuple[tuple[str, str], ...]:
    """What was reimbursed: batches repeat some ten thousands of them."""
    if kind not in LISTS:
        return (("kind", f"no kind of care; accepted: {', '.join(LISTS)}"),)
    problems = []
    accepted = LISTS[CareKind(kind)]
    if system not in accepted:
        problems.append(("code_system", f"not a list of {kind}; accepted: {', '.join(accepted)}"))
    elif problem := problem_with(system, code):
        problems.append(("code", problem))
    if atc and (problem := problem_with("ATC", atc)):
        problems.append(("atc", problem))
    if not 1 <= len(label.strip()) <= LABEL_CHARACTERS:
        problems.append(("label", f"not 1 to {LABEL_CHARACTERS} characters"))
    elif label.startswith(_FORMULA):
        problems.append(("label", "begins like a formula of a spreadsheet"))
    return tuple(problems)


@lru_cache(maxsize=32768)
def _date_problems(day: str, end: str, batch: str) -> tuple[tuple[str, str], ...]:
    problems = []
    if _day(day) is None:
        problems.append(("date", "not a day written YYYY-MM-DD"))
    elif day > batch:
        problems.append(("date", "later than the batch"))
    if end and _day(end) is None:
        problems.append(("end_date", "not a day written YYYY-MM-DD"))
    elif end and not day <= end <= batch:
        problems.append(("end_date", "before the stay began, or later than the batch"))
    return tuple(problems)


@lru_cache(maxsize=65536)
def _names_problems(cells: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = zip(_NAMES, cells[1::2], cells[::2], strict=True)
    return tuple(problem for column, name, identifier in pairs for problem in _name_problems(column, name, identifier))


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
    kind, label, code, codes = _item(cells.kind, cells.code_system, cells.code, cells.label, cells.atc)
    return Reimbursed(
        kind=kind, label=label, code=code, codes=codes, at=_day(cells.date),
        until=_day(cells.end_date) if cells.end_date else None, quantity=cells.quantity,
        by=_person(cells.performer_id, cells.performer), place=_place(cells.establishment_id, cells.establishment),
        prescriber=_person(cells.prescriber_id, cells.prescriber),
        prescriber_place=_place(cells.prescriber_establishment_id, cells.prescriber_establishment),
        is_split_pack=_FLAGS[cells.split_pack])


@lru_cache(maxsize=65536)
def _item(kind: str, system: str, code: str, label: str, atc: str) -> tuple[CareKind, str, Code, tuple[Code, ...]]:
    first = Code(code, SYSTEMS[system], label.strip())
    codes: tuple[Code, ...] = (first,)
    if atc:
        codes = (first, Code(atc, ATC_GROUP if len(atc) == 3 else ATC, ""))
    if kind == CareKind.HOSPITALIZATION:
        codes = (first, _INPATIENT)
    return CareKind(kind), label.strip(), first, codes


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


def cells_of(row: Sequence[str]) -> Cells:
    """A row that has as many cells as there are columns."""
    return Cells._make(row)

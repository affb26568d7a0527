"""One line of a batch: what was reimbursed, as a value; or what is wrong in it, cell by cell. Pure.

docs/vendors/reimbursements.md is the format. Nothing is corrected or guessed, and what is said of a wrong cell never
repeats it: it may be a person's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
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
_WITH_ATC = frozenset({CareKind.MEDICINE, CareKind.VACCINE})
_NOT_OF_A_STAY = (
    "performer_id", "performer", "prescriber_id", "prescriber", "prescriber_establishment_id",
    "prescriber_establishment")
_PLACES_NOT_OF_A_STAY = tuple(COLUMNS.index(name) for name in _NOT_OF_A_STAY)
_NAMES = ("performer", "establishment", "prescriber", "prescriber_establishment")
_FLAGS = {"": False, "0": False, "1": True}
Problems = tuple[tuple[str, str], ...]
"""Columns, and what is wrong in each."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in one cell of one line; `column` is empty when it is the whole line."""

    line: int
    column: str
    message: str


class _Item(NamedTuple):
    """What was reimbursed."""

    problems: Problems
    kind: CareKind = CareKind.MEDICINE
    label: str = ""
    code: Code | None = None
    codes: tuple[Code, ...] = ()


class _Dates(NamedTuple):
    """When."""

    problems: Problems
    at: Dtm | None
    until: Dtm | None


class _People(NamedTuple):
    """By whom and where; who prescribed it, and where."""

    problems: Problems
    by: Person | None
    place: Institution | None
    prescriber: Person | None
    prescriber_place: Institution | None


def read_line(cells: Sequence[str], line: int) -> Reimbursed | tuple[Wrong, ...]:
    """What this line says was reimbursed, or everything that is wrong in it.

    Cells that go together are read together, and once: batches repeat what is reimbursed, days, and who cares for whom.
    """
    _, _, _, batch, kind, system, code, label, atc, day, end, quantity, is_split, *who, no_transfer = cells
    item, dates, people = _item(kind, system, code, label, atc), _dates(day, end, batch), _people(*who)
    problems = item.problems + dates.problems + people.problems + _own_problems(kind, quantity, is_split, no_transfer)
    if kind == CareKind.HOSPITALIZATION:
        problems += _empty_problems(kind, zip(_NOT_OF_A_STAY, itemgetter(*_PLACES_NOT_OF_A_STAY)(cells), strict=True))
    elif end:
        problems += _empty_problems(kind, (("end_date", end),))
    if problems:
        return tuple(Wrong(line, column, message) for column, message in problems)
    return Reimbursed(
        kind=item.kind, label=item.label, code=item.code, codes=item.codes, at=dates.at, until=dates.until,
        quantity=quantity, by=people.by, place=people.place, prescriber=people.prescriber,
        prescriber_place=people.prescriber_place, is_split_pack=_FLAGS[is_split])


def is_kept_back(cells: Sequence[str]) -> bool:
    """True when the person asked that this is not told to the record (a minor's secret, CSP R1111-50)."""
    return _FLAGS.get(cells[-1], True)


@lru_cache(maxsize=65536)
def _own_problems(kind: str, quantity: str, is_split: str, no_transfer: str) -> Problems:
    problems = []
    if quantity and kind in LISTS and kind not in _PRODUCTS:
        problems.append(("quantity", f"stands empty for {kind}"))
    elif quantity and not _QUANTITY.fullmatch(quantity):
        problems.append(("quantity", "not a number from 1 to 999999"))
    if is_split and kind in LISTS and kind != CareKind.MEDICINE:
        problems.append(("split_pack", f"stands empty for {kind}"))
    problems += [
        (column, "neither 0 nor 1") for column, cell in (("split_pack", is_split), ("no_transfer", no_transfer))
        if cell not in _FLAGS]
    return tuple(problems)


def _empty_problems(kind: str, cells: Iterable[tuple[str, str]]) -> Problems:
    """A document of this kind has no place for them."""
    return tuple((column, f"stands empty for {kind}") for column, cell in cells if cell)


@lru_cache(maxsize=65536)
def _item(kind: str, system: str, code: str, label: str, atc: str) -> _Item:
    problems = _item_problems(kind, system, code, label, atc)
    if problems:
        return _Item(problems)
    first = Code(code, SYSTEMS[system], label.strip())
    codes: tuple[Code, ...] = (first,)
    if atc:
        codes = (first, Code(atc, ATC_GROUP if len(atc) == 3 else ATC, ""))
    if kind == CareKind.HOSPITALIZATION:
        codes = (first, _INPATIENT)
    return _Item((), CareKind(kind), label.strip(), first, codes)


def _item_problems(kind: str, system: str, code: str, label: str, atc: str) -> Problems:
    if kind not in LISTS:
        return (("kind", f"no kind of care; accepted: {', '.join(LISTS)}"),)
    problems = []
    accepted = LISTS[CareKind(kind)]
    if system not in accepted:
        problems.append(("code_system", f"not a list of {kind}; accepted: {', '.join(accepted)}"))
    elif problem := problem_with(system, code):
        problems.append(("code", problem))
    if atc and kind not in _WITH_ATC:
        problems.append(("atc", f"stands empty for {kind}"))
    elif atc and (problem := problem_with("ATC", atc)):
        problems.append(("atc", problem))
    if not 1 <= len(label.strip()) <= LABEL_CHARACTERS:
        problems.append(("label", f"not 1 to {LABEL_CHARACTERS} characters"))
    elif problem := _problem_with_words(label):
        problems.append(("label", problem))
    return tuple(problems)


@lru_cache(maxsize=32768)
def _dates(day: str, end: str, batch: str) -> _Dates:
    problems = []
    at, until = _day(day), _day(end)
    if at is None:
        problems.append(("date", "not a day written YYYY-MM-DD"))
    elif day > batch:
        problems.append(("date", "later than the batch"))
    if end and until is None:
        problems.append(("end_date", "not a day written YYYY-MM-DD"))
    elif end and not day <= end <= batch:
        problems.append(("end_date", "before the stay began, or later than the batch"))
    return _Dates(tuple(problems), at, until)


@lru_cache(maxsize=65536)
def _people(*cells: str) -> _People:
    pairs = zip(_NAMES, cells[1::2], cells[::2], strict=True)
    problems = tuple(problem for each in pairs for problem in _name_problems(*each))
    by_id, by, place_id, place, asked_id, asked, asked_place_id, asked_place = cells
    return _People(
        problems, _person(by_id, by), _place(place_id, place), _person(asked_id, asked),
        _place(asked_place_id, asked_place))


def _name_problems(column: str, name: str, identifier: str) -> Problems:
    problems = []
    if identifier and not _IDENTIFIER.fullmatch(identifier):
        problems.append((f"{column}_id", "not an identifier"))
    if identifier and not name.strip():
        problems.append((column, "an identifier without a name"))
    if len(name) > LABEL_CHARACTERS:
        problems.append((column, f"longer than {LABEL_CHARACTERS} characters"))
    elif problem := _problem_with_words(name):
        problems.append((column, problem))
    return tuple(problems)


def _problem_with_words(text: str) -> str:
    if text.startswith(_FORMULA):
        return "begins like a formula of a spreadsheet"
    return "a control character" if _CONTROLS.search(text) else ""


def _person(identifier: str, name: str) -> Person | None:
    return Person(identifier, PS_ID_OID, name.strip()) if name.strip() else None


def _place(identifier: str, name: str) -> Institution | None:
    return Institution(name.strip(), identifier) if name.strip() else None


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

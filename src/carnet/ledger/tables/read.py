"""Reading lines of a table as entries: rows of the same `entry`, standing together, are one. Every fault is told. Pure.

Which columns: docs/accountants/files.md. A column that is left out is empty.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec

from carnet.errors import Issue
from carnet.ledger import dimensions, entry
from carnet.ledger.dimensions import Dimensions
from carnet.ledger.entry import Entry, Line
from carnet.ledger.fec.faults import LISTED, Faults
from carnet.ledger.fec.mapping import millionths
from carnet.ledger.money import cents_of
from carnet.ledger.tables.columns import COLUMNS, Kind
from carnet.ledger.tables.sheets import Cells

REQUIRED = ("entry", "journal", "on", "account")
_READ = {column.name: column.kind for column in COLUMNS if column.is_read}
_LEFT = {column.name for column in COLUMNS if not column.is_read}
_DIMENSIONS = {"share_percent", *Dimensions.__struct_fields__} - {"share_millionths"}
_OF_ENTRY = (
    "journal", "journal_label", "number", "on", "label", "valid_on", "committed_on", "invoiced_on", "paid_on",
    "accrued_on")
_AT = re.compile(r"lines\[([0-9]+)\]\.?(.*)")


@dataclass(slots=True)
class Table:
    """The entries of a file, and what is wrong with it. They may be entered when there is no fault."""

    faults: Faults
    entries: list[Entry] = field(default_factory=list)
    lines: int = 0

    @property
    def debit_cents(self) -> int:
        """The debits of all lines."""
        return sum(line.debit_cents for each in self.entries for line in each.lines)


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    cells: dict[str, str]


def read(rows: Iterator[Cells], faults: Faults, *, batch: UUID, proof: bytes) -> Table:
    """Read all rows. Entries of a batch are known by it, and by the file that proves them."""
    table = Table(faults)
    _, names = next(rows, (0, []))
    while names and not names[-1]:
        names = names[:-1]
    if (faults and not names) or not _names_columns(names, faults):
        return table
    named = (_Row(number, dict(zip(names, cells, strict=False))) for number, cells in rows if _fits(
        number, cells, names, faults))
    for place, (_, group) in enumerate(groupby(named, key=lambda row: row.cells["entry"]), start=1):
        own = list(group)
        table.lines += len(own)
        made = _entry(own, faults)
        if made is not None:
            table.entries.append(msgspec.structs.replace(
                made, entry_id=UUID(int=batch.int & ~0xFFFF_FFFF | place), proof=proof))
    if not table.lines and not faults:
        faults.file("empty")
    return table


def _names_columns(names: list[str], faults: Faults) -> bool:
    before = faults.counts.total()
    counts = Counter(names)
    for rule, found in (
        ("missing_column", [name for name in REQUIRED if name not in counts]),
        ("unknown_column", [name for name in counts if name not in _READ and name not in _LEFT]),
        ("column_twice", [name for name, count in counts.items() if count > 1]),
    ):
        faults.add(rule, "", [(1, name, "") for name in found[:LISTED]], len(found))
    return faults.counts.total() == before


def _fits(number: int, cells: list[str], names: list[str], faults: Faults) -> bool:
    if any(cells[len(names):]) or len(cells) < len(names):
        faults.add("cells", "", [(number, str(len(cells)), str(len(names)))])
        return False
    return True


def _entry(own: list[_Row], faults: Faults) -> Entry | None:
    before = faults.counts.total()
    first = own[0]
    for row in own:
        for name in REQUIRED:
            if not row.cells[name]:
                faults.add("required", name, [(row.number, "", "")])
        for name in _OF_ENTRY:
            if row.cells.get(name, "") != first.cells.get(name, ""):
                faults.add("same_entry", name, [(row.number, row.cells.get(name, ""), first.cells.get(name, ""))])
        for name in ("reverses", "settles"):
            if row.cells.get(name):
                faults.add("not_read", name, [(row.number, "", "")])
    lines = tuple(_line(row, first, faults) for row in own)
    said = {name: _cell(first, name, faults) for name in (*_OF_ENTRY, "piece", "piece_on")}
    if faults.counts.total() != before:
        return None
    made = Entry(entry_id=UUID(int=0), lines=lines, **said)
    _tell(made, own, faults)
    return made


def _line(row: _Row, first: _Row, faults: Faults) -> Line:
    piece = {name: _cell(row, name, faults) for name in ("piece", "piece_on")
             if row.cells.get(name, "") != first.cells.get(name, "")}
    texts: dict[str, Any] = {name: row.cells.get(name, "") for name in (
        "account", "account_label", "auxiliary", "auxiliary_label", "lettering", "currency", "currency_amount")}
    return Line(
        **texts, **piece, debit_cents=_cell(row, "debit", faults), credit_cents=_cell(row, "credit", faults),
        label=row.cells.get("line_label", ""), lettered_on=_cell(row, "lettered_on", faults),
        dimensions=_dimensions(row, faults), source_line=row.number)


def _cell(row: _Row, name: str, faults: Faults) -> Any:
    """What a cell says: a day, cents, or its text."""
    text, kind = row.cells.get(name, ""), _READ[name]
    try:
        if kind is Kind.DAY:
            return date.fromisoformat(text) if text else None
        if kind is Kind.EUROS:
            return cents_of(text) if text else 0
    except ValueError:
        faults.add("iso_date" if kind is Kind.DAY else "amount", name, [(row.number, text, "")])
        return None if kind is Kind.DAY else 0
    return text


def _dimensions(row: _Row, faults: Faults) -> Dimensions:
    said: dict[str, object] = {name: row.cells[name] for name in _DIMENSIONS if row.cells.get(name)}
    issues: list[Issue] = []
    if "share_percent" in said:
        said["share_millionths"] = millionths(said.pop("share_percent"), "share_percent", issues)
    try:
        found = msgspec.convert(said, Dimensions)
    except msgspec.ValidationError as error:
        issues.append(Issue("value", str(error)))
        found = Dimensions()
    for issue in (*issues, *dimensions.issues_of(found)):
        faults.add("said", issue.expression, [(row.number, issue.message, "")])
    return found


def _tell(made: Entry, own: list[_Row], faults: Faults) -> None:
    """What is wrong with an entry as a whole. Its number may come from the books."""
    numbered = made if made.number else msgspec.structs.replace(made, number="-")
    for issue in entry.issues_of(numbered):
        found = _AT.match(issue.expression)
        line, column = (own[int(found[1])].number, found[2]) if found else (own[0].number, "")
        faults.add("said", column, [(line, issue.message, "")])

"""A host's invoice as CSV: one row a line, UTF-8, `;` or `,` between. What stands for all is the same on each row.

Columns: number, issued_on, month, kind, version, quantity, unit_price, amount, vat, label, in any order. Pure.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from carnet.errors import InvalidInput, Issue
from carnet.ledger.money import cents_of
from carnet.steering.metering.invoices.invoice import (
    MOST_LINES,
    Invoice,
    InvoiceLine,
    checked_by_itself,
    decimal_of,
    kind_of,
    month_of,
)

COLUMNS = ("number", "issued_on", "month", "kind", "version", "quantity", "unit_price", "amount", "vat", "label")
_OF_THE_INVOICE = ("number", "issued_on", "month")
_MAY_LACK = {"version", "vat", "label"}
T = TypeVar("T")


def read_csv(content: bytes) -> Invoice:
    """The invoice in these bytes. Raises InvalidInput with every mistake and its line."""
    rows = _rows(content)
    issues: list[Issue] = []
    for number, row in rows[1:]:
        issues += [
            Issue("business-rule", f"line {number}: {name} is not that of the first line", name)
            for name in _OF_THE_INVOICE if row.get(name) != rows[0][1].get(name)]
    lines = [_line(number, row, issues) for number, row in rows]
    number, first = rows[0]
    issued_on = _value(number, first, "issued_on", date.fromisoformat, issues)
    month = _value(number, first, "month", month_of, issues)
    vat = [_value(number, row, "vat", cents_of, issues) for number, row in rows if row.get("vat")]
    if issues or issued_on is None or month is None:
        raise InvalidInput(*issues)
    return checked_by_itself(Invoice(
        number=first["number"], issued_on=issued_on, month=month, lines=tuple(line for line in lines if line),
        vat_cents=sum(each or 0 for each in vat)))


def _rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(Issue("structure", f"is not UTF-8, at byte {error.start}", "the file")) from None
    first, _, _ = text.partition("\n")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    try:
        read = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(row)]
    except csv.Error as error:
        raise InvalidInput(Issue("structure", f"line {reader.line_num}: {error}", "the file")) from None
    if not read or not set(COLUMNS) - _MAY_LACK <= set(read[0][1]) <= set(COLUMNS):
        may_lack = ", ".join(sorted(_MAY_LACK))
        raise InvalidInput(Issue(
            "structure", f"the first line names the columns: {', '.join(COLUMNS)}; of these, {may_lack} may lack",
            "the file"))
    if not 1 < len(read) <= MOST_LINES + 1:
        raise InvalidInput(Issue("structure", f"has no line of an invoice, or more than {MOST_LINES}", "the file"))
    header = read[0][1]
    short = [number for number, row in read if len(row) != len(header)]
    if short:
        raise InvalidInput(*(Issue("structure", f"line {each}: has not as many cells as columns") for each in short))
    return [(number, dict(zip(header, row, strict=True))) for number, row in read[1:]]


def _line(number: int, row: dict[str, str], issues: list[Issue]) -> InvoiceLine | None:
    kind, version = kind_of(row["kind"])
    quantity = _value(number, row, "quantity", decimal_of, issues)
    price = _value(number, row, "unit_price", decimal_of, issues)
    cents = _value(number, row, "amount", cents_of, issues)
    if quantity is None or price is None or cents is None:
        return None
    return InvoiceLine(
        kind=kind, version=row.get("version", "") or version, quantity=quantity, unit_cents=price * 100, cents=cents,
        label=(row.get("label") or row["kind"])[:200])


def _value(
    number: int, row: dict[str, str], name: str, read: Callable[[str], T], issues: list[Issue],
) -> T | None:
    try:
        return read(row[name])
    except ValueError as error:
        issues.append(Issue("value", f"line {number}: {error}", name))
        return None

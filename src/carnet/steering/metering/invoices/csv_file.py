"""A host's invoice as CSV: one row a line, UTF-8, `;` or `,` between. What stands for all is the same on each row.

Columns: number, issued_on, month, kind, version, quantity, unit_price, amount, vat, label, in any order. Pure.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from carnet.errors import InvalidInput
from carnet.ledger.money import cents_of
from carnet.steering.metering.invoices.faults import Fault, fault
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
_WRONG = {"issued_on": "no_day", "month": "no_month", "amount": "no_amount", "vat": "no_amount"}
T = TypeVar("T")


def read_csv(content: bytes) -> Invoice:
    """The invoice in these bytes. Raises InvalidInput with every mistake and its line."""
    rows = _rows(content)
    number, first = rows[0]
    faults: list[Fault] = [
        fault("not_the_same", f"line {other}, {name}") for other, row in rows[1:] for name in _OF_THE_INVOICE
        if row[name] != first[name]]
    lines = [_line(number, row, faults) for number, row in rows]
    issued_on = _value(number, first, "issued_on", date.fromisoformat, faults)
    month = _value(number, first, "month", month_of, faults)
    vat = [_value(number, row, "vat", cents_of, faults) for number, row in rows if row.get("vat")]
    if faults or issued_on is None or month is None:
        raise InvalidInput(*faults)
    return checked_by_itself(Invoice(
        number=first["number"], issued_on=issued_on, month=month, lines=tuple(line for line in lines if line),
        vat_cents=sum(each or 0 for each in vat)))


def _rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(fault("utf_8")) from None
    first, _, _ = text.partition("\n")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    try:
        read = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(row)]
    except csv.Error as error:
        raise InvalidInput(fault("csv", f"line {reader.line_num}", value=error)) from None
    if not read or not set(COLUMNS) - _MAY_LACK <= set(read[0][1]) <= set(COLUMNS):
        raise InvalidInput(fault("columns", value=", ".join(COLUMNS), other=", ".join(sorted(_MAY_LACK))))
    if not 1 < len(read) <= MOST_LINES + 1:
        raise InvalidInput(fault("rows", value=MOST_LINES))
    header = read[0][1]
    if short := [number for number, row in read if len(row) != len(header)]:
        raise InvalidInput(*(fault("cells", f"line {each}") for each in short))
    return [(number, dict(zip(header, row, strict=True))) for number, row in read[1:]]


def _line(number: int, row: dict[str, str], faults: list[Fault]) -> InvoiceLine | None:
    kind, version = kind_of(row["kind"])
    quantity = _value(number, row, "quantity", decimal_of, faults)
    price = _value(number, row, "unit_price", decimal_of, faults)
    cents = _value(number, row, "amount", cents_of, faults)
    if quantity is None or price is None or cents is None:
        return None
    return InvoiceLine(
        kind=kind, version=row.get("version", "") or version, quantity=quantity, unit_cents=price * 100, cents=cents,
        label=(row.get("label") or row["kind"])[:200])


def _value(
    number: int, row: dict[str, str], name: str, read: Callable[[str], T], faults: list[Fault],
) -> T | None:
    try:
        return read(row[name])
    except ValueError:
        faults.append(fault(_WRONG.get(name, "no_number"), f"line {number}, {name}", value=row[name]))
        return None

"""The forms of files that books are written as. Each takes entries as they come, and keeps none of them.

Text that a spreadsheet would take for a formula stays text: XLSX says so of each cell, CSV by an apostrophe before it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import xlsxwriter
from pyarrow import parquet

from carnet.ledger.fec.write import FIRST_LINE, lines_of
from carnet.ledger.kept import KeptEntry
from carnet.ledger.money import euros_of
from carnet.ledger.tables.columns import COLUMNS, NAMES, Column, Kind, Value, rows_of
from carnet.ledger.tables.pdf import PdfLines

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
SHEET_ROWS = 1_000_000
_PARQUET = {
    Kind.TEXT: pa.string(), Kind.DAY: pa.date32(), Kind.EUROS: pa.decimal128(18, 2), Kind.NUMBER: pa.int64()}


class Form(Protocol):
    """A file that is being written. It is whole when the block ends without an error."""

    def __init__(self, path: Path, title: str) -> None: ...

    def __enter__(self) -> Form: ...

    def __exit__(self, raised: object, /, *_: object) -> None: ...

    def add(self, entries: Sequence[KeptEntry]) -> None:
        """Write these entries."""


class _Opened:
    """A form that writes to one open file."""

    def __init__(self, path: Path, title: str) -> None:
        self._title = title
        self._file = path.open("w", encoding="utf-8", newline="")

    def __enter__(self) -> Any:
        return self

    def __exit__(self, raised: object, *_: object) -> None:
        self._file.close()


class Fec(_Opened):
    """The statutory file: UTF-8, tabs."""

    def __init__(self, path: Path, title: str) -> None:
        super().__init__(path, title)
        self._file.write(FIRST_LINE)

    def add(self, entries: Sequence[KeptEntry]) -> None:
        """Write these entries."""
        self._file.writelines(lines_of(kept.entry for kept in entries))


class Csv(_Opened):
    """A table in text: UTF-8, semicolons, days as 2026-12-31, euros with a comma."""

    def __init__(self, path: Path, title: str) -> None:
        super().__init__(path, title)
        self._csv = csv.writer(self._file, delimiter=";")
        self._csv.writerow(NAMES)

    def add(self, entries: Sequence[KeptEntry]) -> None:
        """Write these entries."""
        self._csv.writerows(
            [_csv_cell(column, value) for column, value in zip(COLUMNS, row, strict=True)]
            for kept in entries for row in rows_of(kept))


class Xlsx:
    """A workbook; a million lines a sheet."""

    def __init__(self, path: Path, title: str) -> None:
        self._book = xlsxwriter.Workbook(path, {
            "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False})
        self._book.set_properties({"title": title})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._euros = self._book.add_format({"num_format": "#,##0.00"})
        self._sheet, self._row = self._new_sheet(), 1

    def __enter__(self) -> Xlsx:
        return self

    def __exit__(self, raised: object, *_: object) -> None:
        self._book.close()

    def add(self, entries: Sequence[KeptEntry]) -> None:
        """Write these entries."""
        for row in (row for kept in entries for row in rows_of(kept)):
            if self._row > SHEET_ROWS:
                self._sheet, self._row = self._new_sheet(), 1
            self._write(row)
            self._row += 1

    def _new_sheet(self) -> Any:
        sheet = self._book.add_worksheet()
        for place, name in enumerate(NAMES):
            sheet.write_string(0, place, name)
        return sheet

    def _write(self, row: Iterable[Value]) -> None:
        sheet, number = self._sheet, self._row
        for place, (column, value) in enumerate(zip(COLUMNS, row, strict=True)):
            if value is None or value == "":
                continue
            if column.kind is Kind.TEXT:
                sheet.write_string(number, place, value)
            elif column.kind is Kind.DAY:
                sheet.write_datetime(number, place, value, self._day)
            elif column.kind is Kind.EUROS:
                sheet.write_number(number, place, Decimal(int(str(value))).scaleb(-2), self._euros)
            else:
                sheet.write_number(number, place, value)


class Parquet:
    """Columns, amounts as decimals."""

    def __init__(self, path: Path, title: str) -> None:
        self._schema = pa.schema([(column.name, _PARQUET[column.kind]) for column in COLUMNS], {"title": title})
        self._writer = parquet.ParquetWriter(path, self._schema, compression="zstd")

    def __enter__(self) -> Parquet:
        return self

    def __exit__(self, raised: object, *_: object) -> None:
        self._writer.close()

    def add(self, entries: Sequence[KeptEntry]) -> None:
        """Write these entries."""
        rows = [row for kept in entries for row in rows_of(kept)]
        columns = [_of_parquet(column, values) for column, values in zip(COLUMNS, zip(*rows, strict=True), strict=True)]
        self._writer.write_table(pa.table(columns, schema=self._schema))


class Pdf:
    """A report on paper: one line for each line, then the sums of both sides."""

    _LINE = (
        "{on!s:10} {journal:6.6} {number:>10.10} {account:10.10} {label:52.52} {host:10.10} {debit:>17} {credit:>17}")

    def __init__(self, path: Path, title: str) -> None:
        self._file = path.open("wb")
        self._pdf = PdfLines(self._file, title)
        self._debits = self._credits = self._lines = 0
        self._pdf.line(self._LINE.format(
            on="Date", journal="Jal", number="N°", account="Compte", label="Libellé", host="Hébergeur", debit="Débit",
            credit="Crédit"))
        self._pdf.line()

    def __enter__(self) -> Pdf:
        return self

    def __exit__(self, raised: object, *_: object) -> None:
        with self._file, self._pdf:
            if raised is not None:
                return
            self._pdf.line()
            self._pdf.line(self._LINE.format(
                on="", journal="", number="", account="", label=f"Total : {self._lines} lignes", host="",
                debit=euros_of(self._debits), credit=euros_of(self._credits)))

    def add(self, entries: Sequence[KeptEntry]) -> None:
        """Write these entries."""
        for kept in entries:
            entry = kept.entry
            for line in entry.lines:
                self._debits += line.debit_cents
                self._credits += line.credit_cents
                self._lines += 1
                self._pdf.line(self._LINE.format(
                    on=entry.on, journal=entry.journal, number=entry.number, account=line.account,
                    label=line.label or entry.label, host=line.dimensions.host, debit=_side(line.debit_cents),
                    credit=_side(line.credit_cents)))


FORMS: dict[str, type[Form]] = {"fec": Fec, "csv": Csv, "xlsx": Xlsx, "parquet": Parquet, "pdf": Pdf}
MEDIA_TYPES = {
    "fec": "text/plain; charset=utf-8", "csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "pdf": "application/pdf"}


def _csv_cell(column: Column, value: Value) -> str:
    if value is None:
        return ""
    if column.kind is Kind.EUROS:
        return euros_of(int(str(value)))
    text = str(value)
    return f"'{text}" if column.kind is Kind.TEXT and text.startswith(("'", *FORMULA_STARTS)) else text


def _of_parquet(column: Column, values: Sequence[Value]) -> Any:
    if column.kind is Kind.EUROS:
        return pa.array([Decimal(int(str(value))).scaleb(-2) for value in values], _PARQUET[column.kind])
    return pa.array(values, _PARQUET[column.kind])


def _side(cents: int) -> str:
    return euros_of(cents) if cents else ""

"""Files of rows that people send, as text: CSV, and the first sheet of an XLSX workbook. Bounded, whatever they hold.

A workbook is a ZIP of XML: what it says it unpacks to is the most that is unpacked.
"""

from __future__ import annotations

import codecs
import csv
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from carnet.ledger.fec.faults import Faults
from carnet.ledger.money import euros_of

MOST_ROWS, MOST_COLUMNS, MOST_BYTES, MOST_RATIO = 200_000, 100, 64 * 1024 * 1024, 200
Cells = tuple[int, list[str]]
_BROKEN = (
    zipfile.BadZipFile, InvalidFileException, ValueError, KeyError, TypeError, AttributeError, EOFError, SyntaxError,
    NotImplementedError, OSError)


def rows_of_file(path: Path, faults: Faults) -> Iterator[Cells]:
    """The rows, the first of which names the columns, with their numbers. What stops the reading is told."""
    size = path.stat().st_size
    if size > MOST_BYTES:
        faults.file("large", str(MOST_BYTES))
        return
    with path.open("rb") as file:
        is_zip = file.read(2) == b"PK"
    for number, cells in (_workbook if is_zip else _text)(path, faults):
        if number > MOST_ROWS + 1:
            faults.file("rows", str(MOST_ROWS))
            return
        if any(cells):
            yield number, cells


def _text(path: Path, faults: Faults) -> Iterator[Cells]:
    content = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        faults.file("not_utf_8", line=content.count(b"\n", 0, error.start) + 1)
        return
    first = text.partition("\n")[0]
    rows = csv.reader(text.splitlines(keepends=True), delimiter=max(";,\t", key=first.count), strict=True)
    try:
        for cells in rows:
            yield rows.line_num, [_unquoted(cell.strip()) for cell in cells]
    except csv.Error as error:
        faults.file("broken", str(error), line=rows.line_num)


def _unquoted(cell: str) -> str:
    """The apostrophe that keeps a spreadsheet from reading a formula is no part of the text."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@", "'") else cell


def _workbook(path: Path, faults: Faults) -> Iterator[Cells]:
    try:
        with zipfile.ZipFile(path) as packed:
            infos = packed.infolist()
        unpacked = sum(info.file_size for info in infos)
        if unpacked > MOST_BYTES or any(info.file_size > MOST_RATIO * max(info.compress_size, 1024) for info in infos):
            faults.file("large", str(MOST_BYTES))
            return
        with path.open("rb") as file:       # a path would have to end in .xlsx
            yield from _first_sheet(file)
    except _BROKEN as error:        # the reader lets through whatever its parsers raise
        faults.file("broken", type(error).__name__)


def _first_sheet(file: BinaryIO) -> Iterator[Cells]:
    book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    try:
        sheet = book.worksheets[0]
        rows = sheet.iter_rows(max_col=MOST_COLUMNS, max_row=MOST_ROWS + 2, values_only=True)
        for number, cells in enumerate(rows, start=1):
            yield number, [_said(cell) for cell in cells]
    finally:
        book.close()


def _said(cell: object) -> str:
    """A cell as text. A number that is a whole number of cents, as well as a spreadsheet knows, is written so."""
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else str(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if not (cell.hour or cell.minute or cell.second) else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 10**15:
            return str(int(cell))
        cents = round(cell * 100) if abs(cell) < 10**13 else 0
        return euros_of(cents) if abs(cell * 100 - cents) < 1e-4 else repr(cell)
    return str(cell).strip()

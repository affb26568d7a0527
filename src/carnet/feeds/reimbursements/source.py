"""The lines of a file, one after the other: CSV or Parquet, with bounded memory whatever the file holds.

A line that is bad in itself is told with what is wrong; a file that is not what it should be is refused as a whole.
Line numbers count the header as line 1, in Parquet too. May import: this room, errors.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from pyarrow import parquet

from carnet.errors import InvalidInput, Issue
from carnet.feeds.reimbursements.lines import COLUMNS

LINE_BYTES = 16 * 1024
_BATCH_ROWS = 4096
_HEADER = ";".join(COLUMNS)
_PARQUET = b"PAR1"


class Row(NamedTuple):
    """A line: its number, its cells, and what is wrong in it as a whole, if anything."""

    line: int
    cells: Sequence[str]
    wrong: str = ""


def rows_of(file: Path) -> Iterator[Row]:
    """The lines of this file. Raises InvalidInput when it is none of the two forms, or not as its form says."""
    try:
        with file.open("rb") as opened:
            first = opened.read(len(_PARQUET))
        yield from _parquet_rows(file) if first == _PARQUET else _csv_rows(file)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise refused(0, f"cannot be read: {type(error).__name__}") from None


def refused(line: int, message: str) -> InvalidInput:
    """Why nothing of a file is taken; `line` 0 is the file itself."""
    return InvalidInput(Issue("structure", message, f"line {line}" if line else "file"))


def _csv_rows(file: Path) -> Iterator[Row]:
    with file.open("rb", buffering=1024 * 1024) as opened:
        _check_header(opened.readline(LINE_BYTES + 1))
        number = 1
        while line := opened.readline(LINE_BYTES + 1):
            number += 1
            if len(line) > LINE_BYTES:
                raise refused(number, f"a line is longer than {LINE_BYTES} bytes")
            yield _row(number, line.rstrip(b"\r\n"))


def _check_header(line: bytes) -> None:
    if line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n") != _HEADER.encode():
        raise refused(1, f"the first line is not the header of this format: {_HEADER}")


def _row(number: int, line: bytes) -> Row:
    wrong = ""
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        text, wrong = line.decode(errors="replace"), f"not UTF-8, at byte {error.start + 1} of the line"
    cells = text.split(";")
    if '"' in text and not wrong:
        try:
            cells = next(csv.reader((text,), delimiter=";", strict=True))
        except csv.Error:
            wrong = "quotes that do not match"
    if len(cells) != len(COLUMNS) and not wrong:
        wrong = f"{len(cells)} cells instead of {len(COLUMNS)}"
    return Row(number, cells, wrong)


def _parquet_rows(file: Path) -> Iterator[Row]:
    with parquet.ParquetFile(file, buffer_size=1024 * 1024) as opened:
        schema = opened.schema_arrow
        if tuple(schema.names) != COLUMNS:
            raise refused(1, f"the columns are not those of this format: {_HEADER}")
        for name in COLUMNS:
            if not _is_text(schema.field(name).type):
                raise refused(1, f"the column {name} is not text")
        number = 1
        for batch in opened.iter_batches(batch_size=_BATCH_ROWS, use_threads=False):
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                number += 1
                yield _of_texts(number, [cell or "" for cell in cells])


def _of_texts(number: int, cells: list[str]) -> Row:
    if sum(map(len, cells)) > LINE_BYTES:
        raise refused(number, f"a line is longer than {LINE_BYTES} bytes")
    return Row(number, cells)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))

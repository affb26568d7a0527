"""The lines of a file, one after the other: CSV or Parquet, with bounded memory whatever the file holds.

A line that is bad in itself is told with what is wrong; a file that is not what it should be is refused as a whole.
Line numbers count the header as line 1, in Parquet too. May import: this room, errors.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import pyarrow as pa
from pyarrow import parquet

from carnet.errors import InvalidInput, Issue
from carnet.feeds.reimbursements.lines import COLUMNS

LINE_BYTES = 16 * 1024
_BATCH_ROWS = 4096
_HEADER = ";".join(COLUMNS)
_PARQUET = b"PAR1"
_HEAD = COLUMNS.index("batch_date") + 1        # cells that say whose a line is, and of which batch
_SEEN_EVERY = 10_000


class Mark(NamedTuple):
    """Where a line stands: its number, and its first byte in a CSV (0 in Parquet)."""

    line: int
    offset: int = 0


START = Mark(2)


class Row(msgspec.Struct, frozen=True):
    """A line: its number, its cells, what is wrong in it as a whole, if anything, and its first byte."""

    line: int
    cells: Sequence[str]
    wrong: str = ""
    offset: int = 0


def rows_of(file: Path, start: Mark = START) -> Iterator[Row]:
    """The lines of this file from there on. Raises InvalidInput when it is not as one of the two forms says."""
    yield from _readable(file, _parquet_rows if _is_parquet(file) else _csv_rows, start)


def heads_of(file: Path) -> Iterator[Row]:
    """Enough lines for a first look: each whose person or batch is not the last line's, some between, and the last.

    Raises InvalidInput as `rows_of` does. A line that begins like the one before it is not read: most do.
    """
    yield from _readable(file, _parquet_heads if _is_parquet(file) else _csv_heads, START)


def _readable(file: Path, read: Callable[[Path, Mark], Iterator[Row]], start: Mark) -> Iterator[Row]:
    try:
        yield from read(file, start)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise refused(0, f"cannot be read: {type(error).__name__}") from None


def _is_parquet(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(len(_PARQUET)) == _PARQUET
    except OSError as error:
        raise refused(0, f"cannot be read: {type(error).__name__}") from None


def refused(line: int, message: str) -> InvalidInput:
    """Why nothing of a file is taken; `line` 0 is the file itself."""
    return InvalidInput(Issue("structure", message, f"line {line}" if line else "file"))


def _csv_rows(file: Path, start: Mark) -> Iterator[Row]:
    for number, offset, line in _csv_lines(file, start):
        yield _row(number, line.rstrip(b"\r\n"), offset)


def _csv_heads(file: Path, start: Mark) -> Iterator[Row]:
    head = None
    number, offset, line = start.line, 0, b""
    for number, offset, line in _csv_lines(file, start):
        if head is None or not line.startswith(head) or number % _SEEN_EVERY == 0:
            row = _row(number, line.rstrip(b"\r\n"), offset)
            head = None if row.wrong or b'"' in line else b";".join(line.split(b";", _HEAD)[:_HEAD]) + b";"
            yield row
    if line:
        yield _row(number, line.rstrip(b"\r\n"), offset)


def _csv_lines(file: Path, start: Mark) -> Iterator[tuple[int, int, bytes]]:
    with file.open("rb", buffering=1024 * 1024) as opened:
        offset = len(header := opened.readline(LINE_BYTES + 1))
        _check_header(header)
        if start.offset:
            offset = opened.seek(start.offset)
        number = start.line
        while line := opened.readline(LINE_BYTES + 1):
            if len(line) > LINE_BYTES:
                raise refused(number, f"a line is longer than {LINE_BYTES} bytes")
            yield number, offset, line
            number += 1
            offset += len(line)


def _check_header(line: bytes) -> None:
    if line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n") != _HEADER.encode():
        raise refused(1, f"the first line is not the header of this format: {_HEADER}")


def _row(number: int, line: bytes, offset: int) -> Row:
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
    return Row(number, cells, wrong, offset)


def _parquet_rows(file: Path, start: Mark) -> Iterator[Row]:
    with parquet.ParquetFile(file, buffer_size=1024 * 1024) as opened:
        _check_columns(opened.schema_arrow)
        groups, number = _groups_from(opened, start.line)
        for batch in opened.iter_batches(batch_size=_BATCH_ROWS, row_groups=groups, use_threads=False):
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                if number >= start.line:
                    yield _of_texts(number, [cell or "" for cell in cells])
                number += 1


def _groups_from(opened: parquet.ParquetFile, line: int) -> tuple[list[int], int]:
    """The groups of rows that hold this line or later ones, and the number of the first line of them."""
    first, groups = START.line, list(range(opened.metadata.num_row_groups))
    while groups and first + opened.metadata.row_group(groups[0]).num_rows <= line:
        first += opened.metadata.row_group(groups.pop(0)).num_rows
    return groups, first


def _parquet_heads(file: Path, start: Mark) -> Iterator[Row]:
    last: Row | None = None
    for row in _parquet_rows(file, start):
        if last is None or row.cells[:_HEAD] != last.cells[:_HEAD] or row.line % _SEEN_EVERY == 0:
            yield row
        last = row
    if last is not None:
        yield last


def _check_columns(schema: pa.Schema) -> None:
    if tuple(schema.names) != COLUMNS:
        raise refused(1, f"the columns are not those of this format: {_HEADER}")
    for name in COLUMNS:
        if not _is_text(schema.field(name).type):
            raise refused(1, f"the column {name} is not text")


def _of_texts(number: int, cells: list[str]) -> Row:
    if sum(map(len, cells)) > LINE_BYTES:
        raise refused(number, f"a line is longer than {LINE_BYTES} bytes")
    return Row(number, cells)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))

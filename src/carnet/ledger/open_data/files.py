"""Files of the open data, piece by piece: CSV in UTF-8 and Parquet, of the same columns. Nothing is held whole."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
from pyarrow import parquet

from carnet.ledger.open_data.lines import Cell

_ROW_GROUP = 50_000
Rows = AsyncIterator[list[tuple[Cell, ...]]]


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of columns, and those that hold numbers."""

    names: tuple[str, ...]
    numbers: frozenset[str] = frozenset()

    @property
    def schema(self) -> pa.Schema:
        """The same, for Parquet."""
        return pa.schema([(name, pa.int64() if name in self.numbers else pa.string()) for name in self.names])


async def csv_of(columns: Columns, rows: Rows) -> AsyncIterator[bytes]:
    """A file of comma separated values, its header first."""
    yield _written([columns.names])
    async for some in rows:
        yield _written(some)


async def parquet_of(columns: Columns, rows: Rows) -> AsyncIterator[bytes]:
    """A Parquet file, a row group at a time."""
    sink = _Sink()
    with parquet.ParquetWriter(pa.PythonFile(sink, mode="w"), columns.schema, compression="zstd") as writer:
        waiting: list[tuple[Cell, ...]] = []
        async for some in rows:
            waiting += some
            if len(waiting) >= _ROW_GROUP:
                writer.write_table(_table(columns, waiting))
                waiting = []
                yield sink.taken()
        if waiting:
            writer.write_table(_table(columns, waiting))
    yield sink.taken()


class _Sink(io.RawIOBase):
    """Where Parquet is written to, and taken from as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        piece = bytes(content)      # type: ignore[call-overload]
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        """What was written since it was last taken."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _written(rows: Iterable[Sequence[Cell]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _table(columns: Columns, rows: list[tuple[Cell, ...]]) -> pa.Table:
    arrays = [pa.array(values, type=field.type)
              for values, field in zip(zip(*rows, strict=True), columns.schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=columns.schema)

"""Runs: the lines of one entry stand together. Blocks are cut anew between entries, so that each holds whole ones.

An entry whose lines are apart is two entries that use the same number, which is a fault. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from carnet.ledger.fec.faults import Faults

MOST_LINES = 200_000
_KEY = ("JournalCode", "EcritureNum")


@dataclass(frozen=True, slots=True)
class Runs:
    """Where entries begin and end in a block; `is_same` says of each line whether it goes on with the one before."""

    is_same: Any
    starts: Any
    lasts: Any

    @property
    def sizes(self) -> Any:
        """How many lines each has."""
        return pc.add(pc.subtract(self.lasts, self.starts), 1)

    def sums(self, cents: Any) -> Any:
        """What these cents of each line come to in each entry."""
        up_to = pc.cumulative_sum(pc.fill_null(cents, 0))
        before = pc.subtract(up_to.take(self.starts), pc.fill_null(cents, 0).take(self.starts))
        return pc.subtract(up_to.take(self.lasts), before)


def runs_of(table: pa.Table) -> Runs:
    """The entries of a block, which is not empty."""
    size = len(table)
    same = pa.array([False])
    if size > 1:
        code, number = (pc.equal(column.slice(1), column.slice(0, size - 1)) for column in (
            table[name].combine_chunks() for name in _KEY))
        same = pa.concat_arrays([same, pc.and_(code, number)])
    starts = pc.cast(pc.indices_nonzero(pc.invert(same)), pa.int64())
    return Runs(same, starts, pa.concat_arrays([pc.subtract(starts.slice(1), 1), pa.array([size - 1], pa.int64())]))


def texts_of(column: Any) -> list[str]:
    """The cells of a column without line ends, as a list: five times as fast as it makes one itself."""
    if not len(column):
        return []
    cells = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    joined = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(cells)], pa.int32()), cells), "\n")
    return str(joined[0].as_py()).split("\n")


def numbers_of(column: Any) -> list[int]:
    """The 64 bit numbers of a column, none of them null, as a list."""
    numbers = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return memoryview(numbers.buffers()[1]).cast("q")[numbers.offset:numbers.offset + len(numbers)].tolist()


def whole_entries(tables: Iterable[pa.Table], faults: Faults) -> Iterator[pa.Table]:
    """The same lines in tables that end where an entry does. One of more than `MOST_LINES` lines is told, and cut."""
    rest: pa.Table | None = None
    for found in tables:
        table = found if rest is None else pa.concat_tables([rest, found]).combine_chunks()
        if not len(table):
            continue
        last = runs_of(table).starts[-1].as_py()
        if len(table) - last > MOST_LINES:
            number, line = (table[name][last].as_py() for name in ("EcritureNum", "line"))
            faults.add("too_long_entry", "EcritureNum", [(line, number, str(MOST_LINES))])
            last = len(table)
        if last:
            yield table.slice(0, last)
        rest = table.slice(last) if last < len(table) else None
    if rest is not None:
        yield rest

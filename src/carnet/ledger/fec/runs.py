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
    starts: list[int]
    ends: list[int]


def runs_of(table: pa.Table) -> Runs:
    """The entries of a block, which is not empty."""
    size = len(table)
    same = pa.array([False])
    if size > 1:
        code, number = (pc.equal(column.slice(1), column.slice(0, size - 1)) for column in (
            table[name].combine_chunks() for name in _KEY))
        same = pa.concat_arrays([same, pc.and_(code, number)])
    starts = pc.indices_nonzero(pc.invert(same)).to_pylist()
    return Runs(same, starts, [*starts[1:], size])


def whole_entries(tables: Iterable[pa.Table], faults: Faults) -> Iterator[pa.Table]:
    """The same lines in tables that end where an entry does. One of more than `MOST_LINES` lines is told, and cut."""
    rest: pa.Table | None = None
    for found in tables:
        table = found if rest is None else pa.concat_tables([rest, found]).combine_chunks()
        if not len(table):
            continue
        last = runs_of(table).starts[-1]
        if len(table) - last > MOST_LINES:
            number, line = (table[name][last].as_py() for name in ("EcritureNum", "line"))
            faults.add("too_long_entry", "EcritureNum", [(line, number, str(MOST_LINES))])
            last = len(table)
        if last:
            yield table.slice(0, last)
        rest = table.slice(last) if last < len(table) else None
    if rest is not None:
        yield rest

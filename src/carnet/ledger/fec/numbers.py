"""Numbers and pieces of all entries of a file: which were used twice, and which numbers miss.

Eight bytes an entry for each: a digest of what is compared, not the words. Pure.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import compress, islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from carnet.ledger.fec.faults import LISTED, Faults

_MOST_JOURNALS = 10_000     # the numbers of more are not compared with their neighbours


class Seen:
    """What was seen on which lines. That two of a million different things have one digest happens 3 times in 10^8."""

    def __init__(self) -> None:
        self._digests, self._lines = array("q"), array("q")

    def add(self, what: Iterable[object], lines: Iterable[int]) -> None:
        """These were seen on these lines."""
        self._digests.extend(map(hash, what))
        self._lines.extend(lines)

    def twice(self) -> Iterator[tuple[int, int]]:
        """Lines where something was seen again, with the line where it was seen first."""
        if len(self._digests) < 2:
            return
        ordered = pc.sort_indices(_column(self._digests))
        digests = _column(self._digests).take(ordered)
        again = set(pc.filter(digests.slice(1), pc.equal(pc.pairwise_diff(digests).slice(1), 0)).to_pylist())
        first: dict[int, int] = {}
        for digest, line in zip(self._digests, self._lines, strict=True) if again else ():
            if digest in again and first.setdefault(digest, line) != line:
                yield line, first[digest]


class Numbering:
    """The numbers of entries, journal by journal."""

    def __init__(self) -> None:
        self._of: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
        self.used, self.pieces = Seen(), Seen()

    def add(self, journals: list[str], numbers: list[str], lines: list[int], pieces: list[str]) -> None:
        """Entries. Letters before a number are passed over: `VE000123` is the 123rd. A piece may be empty: none."""
        self.used.add(zip(journals, numbers, strict=True), lines)
        has_piece = list(map(bool, pieces))
        self.pieces.add(compress(zip(journals, pieces, strict=True), has_piece), compress(lines, has_piece))
        for journal, number in zip(journals, numbers, strict=True):
            digits = number if number.isdecimal() else _last_digits(number)
            is_followed = journal in self._of or len(self._of) < _MOST_JOURNALS
            if is_followed and digits and len(digits) < 16 and digits.isascii():
                self._of[journal].append(int(digits))

    def tell(self, faults: Faults) -> None:
        """What was used twice, and where numbers miss: in a journal, unless all journals share one sequence."""
        compared = ("number_twice", "EcritureNum", self.used), ("piece_twice", "PieceRef", self.pieces)
        for rule, column, seen in compared:
            found = list(seen.twice())
            faults.add(rule, column, ((line, "", str(first)) for line, first in islice(found, LISTED)), len(found))
        every = pa.chunked_array([_column(each) for each in self._of.values()], pa.int64())
        if next(_gaps(every), None) is None:
            return
        for journal, numbers in sorted(self._of.items()):
            for before, after in _gaps(_column(numbers)):
                faults.warn("gap", journal, f"{before} … {after}")


def _gaps(numbers: Any) -> Iterator[tuple[int, int]]:
    """Pairs of neighbours between which numbers miss."""
    ordered = pc.take(numbers, pc.sort_indices(numbers))
    if isinstance(ordered, pa.ChunkedArray):
        ordered = ordered.combine_chunks()
    places = pc.indices_nonzero(pc.fill_null(pc.greater(pc.pairwise_diff(ordered), 1), False))
    for place in places.slice(0, LISTED).to_pylist():
        yield ordered[place - 1].as_py(), ordered[place].as_py()


def _last_digits(number: str) -> str:
    return number[len(number.rstrip("0123456789")):]


def _column(values: array[int]) -> Any:
    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(values)])

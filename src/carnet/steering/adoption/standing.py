"""Standing: how far a platform, a host, a département or a cohort has come, summed from cells. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields

from carnet.rights.held import RecordState
from carnet.steering.adoption.cell import Cell

NEVER_OPENED = frozenset({RecordState.NOTICE, RecordState.REFUSED})


@dataclass(frozen=True, slots=True)
class Standing:
    """Records by how far they have come. `opened` is ever: in use, closed or erased. What is said of documents, of
    activation and of reading is of records that are in use; `documents` are all that are in force.
    """

    opened: int = 0
    refused: int = 0
    closed: int = 0
    open: int = 0
    activated: int = 0
    read: int = 0
    with_1: int = 0
    with_5: int = 0
    documents: int = 0

    def __add__(self, other: Standing) -> Standing:
        return Standing(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def empty(self) -> int:
        """Records in use without any document in force."""
        return self.open - self.with_1

    @property
    def thin(self) -> int:
        """Records in use with one to four."""
        return self.with_1 - self.with_5


def standing_of(cells: Iterable[Cell]) -> Standing:
    """The standing of all these records together."""
    return sum((_of(cell) for cell in cells), Standing())


def standings_by(told_by: Callable[[Cell], str], cells: Iterable[Cell]) -> Mapping[str, Standing]:
    """The standing of each group, in the order of their names: `standings_by(lambda cell: cell.cohort, cells)`."""
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(told_by(cell), []).append(cell)
    return {name: standing_of(groups[name]) for name in sorted(groups)}


def _of(cell: Cell) -> Standing:
    if cell.state is RecordState.REFUSED:
        return Standing(refused=cell.records)
    if cell.state in NEVER_OPENED:
        return Standing()
    if not cell.is_open:
        is_kept = cell.state is RecordState.CLOSED
        return Standing(opened=cell.records, closed=cell.records if is_kept else 0, documents=cell.in_force)
    return Standing(
        opened=cell.records, open=cell.records, activated=cell.records * cell.is_activated,
        read=cell.records * cell.is_read, with_1=cell.records * (cell.documents > 0),
        with_5=cell.records * (cell.documents > 1), documents=cell.in_force)

"""Why a record is empty (no document in force) or thin (one to four): one reason each, the first that holds. Pure.

The order is that of what would have to change first: a suspended record takes nothing; where the patient refused
feeding, nobody may feed; a record of less than thirty days had no time; where no organisation of the département feeds,
nothing can come; a holder who never came adds nothing and asks for nothing. What is left, nobody knows yet: its
département feeds, and this person's care does not come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from carnet.rights.held import RecordState
from carnet.steering.adoption.cell import Cell, Feeder


class Reason(StrEnum):
    """Why, in the order in which it is asked."""

    SUSPENDED = "suspended"
    FEEDING_REFUSED = "feeding_refused"
    RECENT = "recent"
    PLACE_UNKNOWN = "place_unknown"
    NO_FEEDER = "no_feeder"
    NOT_ACTIVATED = "not_activated"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Poor:
    """How many records are empty, and how many thin, for one reason."""

    empty: int = 0
    thin: int = 0

    def __add__(self, other: Poor) -> Poor:
        return Poor(self.empty + other.empty, self.thin + other.thin)


def reason_of(cell: Cell, fed: frozenset[str]) -> Reason:
    """Why records of this sort hold little. `fed` are the départements from which anything was brought lately."""
    holds = {
        Reason.SUSPENDED: cell.state is RecordState.SUSPENDED,
        Reason.FEEDING_REFUSED: cell.refuses_feeding,
        Reason.RECENT: cell.is_recent,
        Reason.PLACE_UNKNOWN: not cell.departement,
        Reason.NO_FEEDER: cell.departement not in fed,
        Reason.NOT_ACTIVATED: not cell.is_activated,
        Reason.UNEXPLAINED: True}
    return next(reason for reason in Reason if holds[reason])


def reasons_of(cells: Iterable[Cell], fed: frozenset[str]) -> Mapping[Reason, Poor]:
    """How many records are empty or thin for each reason: they sum to all that are, each once."""
    found = dict.fromkeys(Reason, Poor())
    for cell in cells:
        if cell.is_open and cell.documents < 5:
            few = Poor(empty=cell.records) if cell.documents == 0 else Poor(thin=cell.records)
            reason = reason_of(cell, fed)
            found[reason] += few
    return found


def fed_by(feeders: Iterable[Feeder]) -> frozenset[str]:
    """The départements from which anything was brought in the last 90 days."""
    return frozenset(each.departement for each in feeders if each.organisations)

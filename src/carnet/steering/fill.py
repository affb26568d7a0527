"""How full records are: empty ones, those with at least one or five documents, those that each source feeds. Pure.

Of records that are active, documents in force alone, hidden ones among them: a figure is of all records, never of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from carnet.documents.entry import AvailabilityStatus
from carnet.journal.view import View
from carnet.record.to_count import acted_at
from carnet.steering.sources import source_of


@dataclass(frozen=True, slots=True)
class Fill:
    """The records of a day. `place` is a host, a département, or empty for all; `fed` counts, by source, those with a
    document of an act of the last months.
    """

    day: date
    place: str
    active: int
    empty: int
    any: int
    five: int
    fed: Mapping[str, int]


def in_force(view: View) -> dict[tuple[str, date], int]:
    """The documents in force of a record, by source and month of the act."""
    counts: dict[tuple[str, date], int] = {}
    for filed in view.latest:
        if filed.entry.availability_status is AvailabilityStatus.APPROVED:
            key = source_of(filed.entry.type_code.code), acted_at(filed.entry).date().replace(day=1)
            counts[key] = counts.get(key, 0) + 1
    return counts

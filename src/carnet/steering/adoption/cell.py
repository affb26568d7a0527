"""What the daily count of records says: how many there are of each sort, where. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from carnet.rights.held import RecordState

READ_DAYS = 90
"""A record is read when somebody opened one of its documents in so many days before."""
RECENT_DAYS = 30
"""A record is recent for so many days after it was opened."""
IN_USE = frozenset({RecordState.ACTIVE, RecordState.SUSPENDED})


@dataclass(frozen=True, slots=True)
class Cell:
    """So many records of one sort at one place. `documents` is 0, 1 (one to four) or 5 (five or more): those in force
    in each record; `in_force` is how many that makes of all of them.
    """

    home: str
    departement: str
    cohort: str
    state: RecordState
    records: int
    in_force: int
    documents: int = 0
    is_activated: bool = False
    refuses_feeding: bool = False
    is_recent: bool = False
    is_read: bool = False

    @property
    def is_open(self) -> bool:
        """True for records that were opened and neither closed nor erased."""
        return self.state in IN_USE


@dataclass(frozen=True, slots=True)
class Held:
    """Records that hold documents of a source, and how many documents of it are in force."""

    home: str
    departement: str
    cohort: str
    source: str
    records: int
    in_force: int


@dataclass(frozen=True, slots=True)
class Visits:
    """Useful consultations of a day: each professional who opened a document of a record, once."""

    day: date
    home: str
    departement: str
    cohort: str
    visits: int


@dataclass(frozen=True, slots=True)
class Brought:
    """What was brought of a document type in the last 90 days, and how many records it reached."""

    type_code: str
    documents: int
    structured: int
    records: int


@dataclass(frozen=True, slots=True)
class Feeder:
    """How many organisations of a département brought documents of a source in the last 90 days."""

    departement: str
    source: str
    organisations: int


@dataclass(frozen=True, slots=True)
class Counted:
    """All that is known of a day."""

    day: date
    cells: tuple[Cell, ...]
    held: tuple[Held, ...] = ()
    brought: tuple[Brought, ...] = ()
    feeders: tuple[Feeder, ...] = ()

"""What the store gives back: books, entries with their place and head, lines with their entry, sums."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from carnet.ledger.entry import Entry, Line

FIRST_MONTH, LAST_MONTH = date(1900, 1, 1), date(9999, 12, 1)


@dataclass(frozen=True, slots=True)
class Books:
    """The books of the programme, or of one operator: how many entries, and the head they lead to."""

    books: str
    name: str
    siren: str
    entries: int = 0
    head: bytes = b""
    closed_through: date = date.min


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """An entry where it stands in its books, and who entered it."""

    books: str
    place: int
    entry: Entry
    entered_by: str
    entered_at: datetime
    batch: UUID | None
    salt: bytes
    head: bytes


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A line where it stands: in which entry, as which line of it, on which day, and the record's share of it."""

    books: str
    place: int
    line: int
    dated: date
    attributable_cents: int
    content: Line


@dataclass(frozen=True, slots=True)
class Sum:
    """What lines with these values of the axes asked for come to. `attributable_cents` are debits less credits."""

    values: tuple[object, ...]
    debit_cents: int
    credit_cents: int
    attributable_cents: int
    lines: int

    @property
    def cents(self) -> int:
        """Debits less credits."""
        return self.debit_cents - self.credit_cents


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines figures are made of: months, both included, and the values each axis may have."""

    since: date = FIRST_MONTH
    until: date = LAST_MONTH
    where: dict[str, tuple[object, ...]] = field(default_factory=dict)

"""What is kept of imports: the file that was imported, when, by whom, as which batch; the versions of a mapping."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Imported:
    """A file that is in the books."""

    batch: UUID
    books: str
    digest: bytes
    form: str
    fiscal_year: int
    mapping: int
    entries: int
    lines: int
    debit_cents: int
    imported_by: str
    imported_at: datetime | None = None

    @property
    def told(self) -> str:
        """In one line, for whoever sends it again."""
        at = f" on {self.imported_at:%Y-%m-%d %H:%M} UTC" if self.imported_at else ""
        return f"already imported{at} by {self.imported_by}, as batch {self.batch}: {self.entries} entries"


@dataclass(frozen=True, slots=True)
class MappingVersion:
    """A mapping as it was kept."""

    books: str
    version: int
    content: str
    kept_by: str
    kept_at: datetime

"""Due: what a copy of a record should hold by now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carnet.hosting.directory import Placement
from carnet.hosting.store import OutboxRow


@dataclass(frozen=True, slots=True)
class Due:
    """The chain of a record up to `head`, of which `tail` still waits in the outbox."""

    placement: Placement
    place: int
    head: bytes
    tail: Sequence[OutboxRow]

    @property
    def delivered(self) -> tuple[int, bytes]:
        """The last place, and its head, before all that waits: a copy need not have more."""
        return (self.tail[0].place - 1, self.tail[0].previous) if self.tail else (self.place, self.head)

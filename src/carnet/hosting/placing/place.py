"""Place a new record: what is known of hosts and cohorts, the decision, and the room it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from time import monotonic

from carnet.hosting.directory import Directory
from carnet.hosting.placement import Against, Candidate, Cohort, Hosts, Placed, Wish, place
from carnet.hosting.placement import why_not as _why_not
from carnet.hosting.placing.rooms import Name, Rooms
from carnet.hosting.placing.store import PlacingStore

FRESH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a record goes, and until when its opening may be committed."""

    placed: Placed
    commit_before: datetime


@dataclass(frozen=True, slots=True)
class _Seen:
    candidates: dict[str, Candidate]
    cohorts: Sequence[Cohort]
    today: date
    at: float


class Placing:
    """Places new records. `defaults` are hosts in the order in which they are asked before the rest."""

    def __init__(self, directory: Directory, store: PlacingStore, *, defaults: Sequence[str] = ()) -> None:
        self._directory = directory
        self.store = store
        self._defaults = tuple(defaults)
        self.rooms = Rooms(store)
        self._seen: _Seen | None = None
        self._looking = asyncio.Lock()

    def look_again(self) -> None:
        """What was seen of hosts is not so any more."""
        self._seen = None

    async def seat(self, wish: Wish) -> Seat:
        """A place for this record, with its room taken. Raises NowhereToPlace, with every reason."""
        seen, full = await self._look(), set[Name]()
        while True:
            placed = place(wish, self._hosts(seen, full))
            names: list[Name] = [("host", placed.home), ("host", placed.reference)]
            if placed.cohort:
                names.append(("cohort", placed.cohort))
            taken = await self.rooms.take(*names)
            if isinstance(taken, datetime):
                return Seat(placed, taken)
            full.add(taken)

    async def why_not(self, host: str) -> Against | None:
        """Why this host may not become the home of one more record; None when it may."""
        return _why_not(host, self._hosts(await self._look(), set()))

    async def _look(self) -> _Seen:
        async with self._looking:
            if self._seen is None or monotonic() - self._seen.at > FRESH_SECONDS:
                candidates = {each.host: each for each in await self.store.candidates()}
                self._seen = _Seen(
                    candidates, await self.store.cohorts(), await self.store.today(), monotonic())
            return self._seen

    def _hosts(self, seen: _Seen, full: set[Name]) -> Hosts:
        reference = self._directory.reference.id
        homes = {host: self._candidate(seen, host, full) for host in self._directory.hosts if host != reference}
        cohorts = [replace(each, room=self._room(("cohort", each.id), each.room, full)) for each in seen.cohorts]
        return Hosts(homes, self._candidate(seen, reference, full), cohorts, self._defaults, seen.today)

    def _candidate(self, seen: _Seen, host: str, full: set[Name]) -> Candidate:
        """A host that settings name; one that has no standing is not active."""
        found = seen.candidates.get(host) or Candidate(host, "", is_active=False, room=0)
        return replace(found, room=self._room(("host", host), found.room, full))

    def _room(self, name: Name, counted: int, full: set[Name]) -> int:
        return 0 if name in full else self.rooms.left(name) + counted

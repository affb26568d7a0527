"""The sample of the survey: how many of each stratum, and which: anybody with the frame draws the same. Pure."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from carnet.ledger.money import share_out

LEAST_OF_A_STRATUM = 2      # one answer has no variance


def allocate(size: int, strata: Mapping[str, int]) -> dict[str, int]:
    """How many to draw of each stratum: by its records (largest remainder), two at least, never more than it has.

    The sum is `size`, or all there are. Raises ValueError where the least of each stratum comes to more.
    """
    size = min(size, sum(strata.values()))
    least = {name: min(LEAST_OF_A_STRATUM, records) for name, records in strata.items()}
    if sum(least.values()) > size:
        raise ValueError("the sample is smaller than two of each stratum")
    shares = dict(zip(strata, share_out(size, list(strata.values())), strict=True))
    found = {name: max(share, least[name]) for name, share in shares.items()}
    while sum(found.values()) > size:       # what small strata got more, the largest give
        found[max(found, key=lambda name: (found[name] - least[name], name))] -= 1
    return found


@dataclass(slots=True)
class Frame:
    """The records of a cohort that may be drawn, stratum by stratum, read once in the order of their ids.

    Kept of them is the digest of all, and those first in the order that the seed makes.
    """

    seed: str
    most: int
    sizes: dict[str, int] = field(default_factory=dict)
    _first: dict[str, list[tuple[int, UUID]]] = field(default_factory=dict)
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def add(self, record: UUID, stratum: str) -> None:
        """One more record of the frame."""
        self.sizes[stratum] = self.sizes.get(stratum, 0) + 1
        self._digest.update(record.bytes + stratum.encode())
        first, rank = self._first.setdefault(stratum, []), -rank_of(self.seed, record)
        if len(first) < self.most:
            heapq.heappush(first, (rank, record))
        elif rank > first[0][0]:
            heapq.heapreplace(first, (rank, record))

    @property
    def digest(self) -> str:
        """SHA-256 of all records with their strata, in order: what shows that two people have the same frame."""
        return self._digest.hexdigest()

    def drawn(self, size: int) -> dict[str, list[UUID]]:
        """So many records, by stratum. Raises ValueError for no record, or too small a sample."""
        if not self.sizes:
            raise ValueError("there is no record to draw")
        allocated = allocate(size, self.sizes)
        return {
            stratum: [record for _, record in sorted(self._first[stratum], reverse=True)[:count]]
            for stratum, count in sorted(allocated.items())}


def frame_of(records: Iterable[tuple[UUID, str]], seed: str, most: int) -> Frame:
    """The frame of these records, with their strata."""
    frame = Frame(seed, most)
    for record, stratum in records:
        frame.add(record, stratum)
    return frame


def rank_of(seed: str, record: UUID) -> int:
    """The place of a record in the draw: nobody can choose it, everybody can compute it."""
    return int.from_bytes(hashlib.sha256(seed.encode() + b"\0" + record.bytes).digest()[:16])

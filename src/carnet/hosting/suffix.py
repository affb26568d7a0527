"""The end of a record's journal, read from a host and believed only because it leads to the portal's own head."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from carnet.errors import IntegrityError
from carnet.hosting.client import SLOW_SECONDS, HostClient
from carnet.journal.chain import SealedEntry, verify_suffix


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Where a record's chain ends, at one placement version."""

    record: UUID
    version: int
    place: int
    head: bytes


async def suffix_from(client: HostClient, end: ChainEnd, first: int) -> tuple[bytes, list[SealedEntry]]:
    """The head before place `first`, and the entries from there to the end.

    Raises HostUnavailable, IntegrityError when the host's entries do not lead to the end.
    """
    entries: list[SealedEntry] = []
    before = b""
    while first + len(entries) <= end.place:
        page = await client.journal(end.record, end.version, after=first - 1 + len(entries), seconds=SLOW_SECONDS)
        if not page.entries:
            raise IntegrityError(f"host {client.host.id} ends before the head of a record")
        before = before or page.head
        entries += [SealedEntry(each.header, each.sealed) for each in page.entries]
    del entries[end.place - first + 1:]
    verify_suffix(end.record, before, entries, head=end.head)
    return before, entries

"""Several lists by record id, read side by side: what everybody has of one record comes together, in bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from carnet.errors import IntegrityError
from carnet.hosting.client import HostClient
from carnet.record.reconcile.found import AtHost, Found, Key, PortalRow
from carnet.record.reconcile.mark.store import MarkStore
from carnet.record.reconcile.position import ALL
from carnet.record.reconcile.store import ReconcileStore

PAGE = 1000
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Page(Generic[Thing]):
    """A part of a list: all that it has up to and with `upto`."""

    things: Mapping[UUID, Thing]
    upto: UUID


class Stream(Generic[Thing]):
    """One list, by record id, read page by page from `after` on."""

    def __init__(self, read: Callable[[UUID], Awaitable[Page[Thing]]], after: UUID) -> None:
        self._read = read
        self._held: dict[UUID, Thing] = {}
        self.upto = after

    async def ahead(self, of: UUID) -> UUID:
        """Up to which record all is at hand; read on when that is not beyond this one."""
        if self.upto <= of and self.upto != ALL:
            page = await self._read(self.upto)
            if page.upto <= self.upto:
                raise IntegrityError("a list of records does not go on by record id")
            self._held |= page.things
            self.upto = page.upto
        return self.upto

    def taken(self, upto: UUID) -> dict[UUID, Thing]:
        """What is at hand up to this record: it is held no longer."""
        taken = {record: thing for record, thing in self._held.items() if record <= upto}
        for record in taken:
            del self._held[record]
        return taken


@dataclass(frozen=True, slots=True)
class Batch:
    """Every record that the portal or a host has up to `upto`, after the batch before."""

    found: Sequence[Found]
    upto: UUID


async def batches(
    store: ReconcileStore, marks: MarkStore, clients: Mapping[str, HostClient], *, after: UUID, limit: int = PAGE,
) -> AsyncIterator[Batch]:
    """What portal, key store and hosts have of each record, in the order of their ids.

    Raises HostUnavailable, and IntegrityError for a host whose list has no order.
    """
    async def rows(last: UUID) -> Page[PortalRow]:
        return _page(await store.page(after=last, limit=limit), limit)

    async def keys(last: UUID) -> Page[Key]:
        return _page(await marks.page(after=last, limit=limit), limit)

    portal, kept = Stream(rows, after), Stream(keys, after)
    hosts = {host: Stream(_inventory(client, limit), after) for host, client in clients.items()}
    done = after
    while done != ALL:
        upto = min(await asyncio.gather(
            portal.ahead(done), kept.ahead(done), *(stream.ahead(done) for stream in hosts.values())))
        row_of, key_of = portal.taken(upto), kept.taken(upto)
        at = {host: stream.taken(upto) for host, stream in hosts.items()}
        # A key alone is no record: it is of a day of the inbox, or of a record that was never committed.
        records = sorted({*row_of, *(record for held in at.values() for record in held)})
        yield Batch([
            Found(record, row_of.get(record), key_of.get(record, Key.NONE), {
                host: held[record] for host, held in at.items() if record in held}) for record in records], upto)
        done = upto


def _page(lines: Sequence[tuple[UUID, Thing]], limit: int) -> Page[Thing]:
    return Page(dict(lines), lines[-1][0] if len(lines) == limit else ALL)


def _inventory(client: HostClient, limit: int) -> Callable[[UUID], Awaitable[Page[AtHost]]]:
    async def read(last: UUID) -> Page[AtHost]:
        page = await client.inventory(after=str(last) if last.int else "", limit=limit)
        erased = {each.record: each.version for each in page.tombstones}
        held = {record: AtHost(erased_version=version) for record, version in erased.items()}
        for line in page.records:
            held[line.record] = AtHost(
                line.version, line.place, bytes.fromhex(line.head), line.bodies, line.lacking, line.unnamed,
                erased.get(line.record, -1))
        return Page({record: here for record, here in held.items() if record > last}, page.next or ALL)

    return read

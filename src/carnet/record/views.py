"""Views at hand: the fold of a record's journal, from memory, else from home, else from reference.

A view is used only when it folds to the head that the portal's database said (protocol.md, rule HEAD). A host whose
journal does not reach it is noted as behind, and the other one is asked. Nothing here decides anything.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from carnet.errors import IntegrityError, Unavailable
from carnet.hosting.client import HostClient
from carnet.hosting.copies import Copies
from carnet.hosting.store import NOT_LEADING, HostingStore, OutboxRow
from carnet.journal.chain import SealedEntry
from carnet.journal.content import Content
from carnet.journal.keys import RecordKeys
from carnet.journal.view import View
from carnet.record.known import Committed, Known

log = logging.getLogger(__name__)

_BYTES_A_DOCUMENT = 6_000      # measured: an entry of the French samples, its body's reference and its indexes
_BYTES_A_VIEW = 3_000


class Views:
    """Folded views, the most recently used kept in memory up to `most_bytes`."""

    def __init__(self, copies: Copies, store: HostingStore, *, most_bytes: int) -> None:
        self._copies = copies
        self._store = store
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[UUID, View] = OrderedDict()

    async def at(self, known: Known, keys: RecordKeys) -> View:
        """The view at the head that `known` says. Raises Unavailable when no host gives a journal that leads there."""
        kept = self._kept.get(known.record)
        if kept is not None and kept.head == known.head:
            self._kept.move_to_end(known.record)
            return kept
        if known.place == 0:
            return View.empty(known.record)
        start = kept if kept is not None and kept.place < known.place else None
        view = await self._rebuilt(known, keys, start)
        self._keep(view)
        return view

    def extend(self, record: UUID, committed: Committed, content: Content) -> None:
        """An entry was just committed by this process: the view at hand follows, if it was at the head before."""
        kept = self._kept.get(record)
        if kept is not None and kept.head == committed.previous:
            self._keep(kept.extended((content,), count=1, head=committed.head))

    def begin(self, record: UUID, committed: Committed, content: Content) -> None:
        """The first entry of a record was just committed by this process."""
        self._keep(View.empty(record).extended((content,), count=1, head=committed.head))

    def forget(self, record: UUID) -> None:
        """Keep nothing of this record in memory."""
        old = self._kept.pop(record, None)
        self._bytes -= _weight(old) if old is not None else 0

    async def _rebuilt(self, known: Known, keys: RecordKeys, start: View | None) -> View:
        after = start.place if start is not None else max(known.snapshot_place - 1, 0)
        # The outbox is read before any host: an entry delivered in between is then at the host, and never in neither.
        tail = [row for row in await self._store.tail(known.record, after=after) if row.place <= known.place]
        if len(tail) == known.place - after:    # hosts may be behind all of it: a snapshot may wait there too
            start = start or View(known.record, after, tail[0].previous)
            return start.fold((row.entry for row in tail), keys, head=known.head)
        asked = _Asked(known, keys, tail, start)
        view = await self._copies.hedged.first(self._readings(asked))
        if view is not None:
            return view
        placement = await self._store.placement(known.record)
        if placement is not None and placement != known.placement:      # it moved since this process looked
            return await self._rebuilt(replace(known, placement=placement), keys, start)
        if start is not None:
            return await self._rebuilt(known, keys, None)
        raise Unavailable("neither host gave a journal of this record that leads to its head")

    async def _readings(self, asked: _Asked) -> AsyncIterator[Coroutine[Any, Any, View]]:
        for host in asked.known.placement.both:
            yield self._from_host(host, asked)

    async def _from_host(self, host: str, asked: _Asked) -> View:
        try:
            return await _folded(self._copies.clients[host], asked)
        except IntegrityError as error:
            log.warning("host %s is behind or wrong for one record: %s", host, error)
            await self._store.note_lack(asked.known.record, host, NOT_LEADING)
            raise

    def _keep(self, view: View) -> None:
        old = self._kept.pop(view.record, None)
        self._bytes += _weight(view) - (_weight(old) if old is not None else 0)
        self._kept[view.record] = view
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            _, forgotten = self._kept.popitem(last=False)
            self._bytes -= _weight(forgotten)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The view that is wanted: `tail` waits in the outbox, `start` is an older view at hand."""

    known: Known
    keys: RecordKeys
    tail: list[OutboxRow]
    start: View | None


async def _folded(client: HostClient, asked: _Asked) -> View:
    """The view that this host's journal and the outbox fold to. Raises IntegrityError unless it is at the head."""
    known, start = asked.known, asked.start
    after = start.place if start is not None else max(known.snapshot_place - 1, 0)
    entries: list[SealedEntry] = []
    before: bytes | None = None
    while after + len(entries) < known.place:
        page = await client.journal(known.record, known.placement.version, after=after + len(entries))
        before = before or page.head
        entries += [SealedEntry(each.header, each.sealed) for each in page.entries]
        if not page.entries:
            break
    del entries[known.place - after:]
    entries += [row.entry for row in asked.tail if row.place > after + len(entries)]
    if start is None:
        start = View(known.record, after, before or known.head) if after else View.empty(known.record)
    return start.fold(entries, asked.keys, head=known.head)


def _weight(view: View) -> int:
    return _BYTES_A_VIEW + _BYTES_A_DOCUMENT * len(view.documents)

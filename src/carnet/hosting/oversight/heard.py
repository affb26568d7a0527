"""What this process heard hosts say, and asked them for: gathered in memory, kept a second later (`keep`).

Nothing of a request waits for it. What is lost with a process that dies is its last second: a receipt says no more than
the next one of its record, and the daily counts of hosts are compared with a margin.
Pure but for `keep`, which writes by the store.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar
from uuid import UUID, uuid4

from carnet.errors import Unavailable
from carnet.hosting.oversight.said import Held, ReadCount, Told
from carnet.hosting.oversight.store import OversightStore
from carnet.hosting.repeating import repeating
from carnet.hosting.tokens import Receipt

log = logging.getLogger(__name__)

KEEP_SECONDS = 1.0
NEAR_SECONDS = 60
DAY_SECONDS = 86_400
_MOST = 20_000      # of what waits, when the database is away: then the oldest goes
K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True)
class _Count:
    bodies: int = 0
    near: int = 0


class Heard:
    """Receipts, heads that hosts told, and bodies asked. `now` is the portal database's time in Unix seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self._process = uuid4()
        self._held: dict[tuple[UUID, str, str], Held] = {}
        self._texts: dict[bytes, tuple[str, str]] = {}
        self._told: dict[tuple[UUID, str], Told] = {}
        self._counts: dict[tuple[int, str, str], _Count] = {}
        self._changed: set[tuple[int, str, str]] = set()

    def signed(self, host: str, receipt: Receipt, text: str) -> None:
        """A receipt of this host that verified. Those that say where a chain ends, or that it is gone, are kept.

        Of one record only the last counts: its head covers every entry before, and what bodies they name. A put says
        less than the entry that names it, and a collection only that what nobody names is gone.
        """
        if receipt.method not in ("append", "fill", "erase"):
            return
        digest, at = sha256(text.encode()).digest(), self.now()
        says = "erased" if receipt.method == "erase" else "holds"
        for item in receipt.items:
            held = _held(host, says, item, signed=digest, at=at)
            before = self._held.get((held.record, host, says))
            if before is None or before.place <= held.place:
                self._held[held.record, host, says] = held
                self._texts[digest] = (host, text)
        _shorten(self._held)

    def told(self, told: Told) -> None:
        """A host said where its chain of a record ends, without signing it."""
        self._told[told.record, told.host] = told
        _shorten(self._told)

    def asked(self, host: str, purpose: str, bodies: int = 1) -> None:
        """This process asks the host for so many bodies now; or the platform was asked for something, once."""
        now = int(self.now())
        day, second = divmod(now, DAY_SECONDS)
        self._count((day, host, purpose)).bodies += bodies
        if second < NEAR_SECONDS:
            self._count((day - 1, host, purpose)).near += bodies
        elif second >= DAY_SECONDS - NEAR_SECONDS:
            self._count((day + 1, host, purpose)).near += bodies

    async def keep(self, store: OversightStore) -> None:
        """Write what was heard. What cannot be written now is written next time; twice is as good as once."""
        held, texts, told, changed = self._held, self._texts, self._told, self._changed
        self._held, self._texts, self._told, self._changed = {}, {}, {}, set()
        try:
            if held:
                signed = {each.signed for each in held.values()}
                await store.keep_receipts(
                    list(held.values()), [(digest, *text) for digest, text in texts.items() if digest in signed])
            if told:
                await store.note_contradictions(list(told.values()))
            if changed:
                await store.keep_counts(self._process, [
                    ReadCount(*key, self._counts[key].bodies, self._counts[key].near) for key in changed])
                self._forget_old_days(max(day for day, _, _ in changed))
        except Unavailable:
            self._held = {**held, **self._held}
            self._texts = {**texts, **self._texts}
            self._told = {**told, **self._told}
            self._changed |= changed
            raise

    def _count(self, key: tuple[int, str, str]) -> _Count:
        self._changed.add(key)
        return self._counts.setdefault(key, _Count())

    def _forget_old_days(self, today: int) -> None:
        for key in [key for key in self._counts if key[0] < today - 2 and key not in self._changed]:
            del self._counts[key]


@asynccontextmanager
async def keeping(heard: Heard, store: OversightStore) -> AsyncIterator[None]:
    """Keep what is heard, second by second, until the block ends, and then once more."""
    async def keep() -> None:
        await heard.keep(store)

    try:
        async with repeating(keep, KEEP_SECONDS, what="what hosts said is kept"):
            yield
    finally:
        try:
            await keep()
        except Unavailable as error:
            log.warning("what hosts said in the last moments is not kept: %s", error)


def _held(host: str, says: str, item: list[object], *, signed: bytes, at: float) -> Held:
    """One item of a receipt: [record, place, head, lacking?], or of an erasure [record, version, entries, bodies]."""
    record = UUID(str(item[0]))
    if says == "erased":
        return Held(record, host, says, 0, b"", None, signed, at)
    lacking = int(str(item[3])) if len(item) > 3 else None
    return Held(record, host, says, int(str(item[1])), bytes.fromhex(str(item[2])), lacking, signed, at)


def _shorten(waiting: dict[K, V]) -> None:
    while len(waiting) > _MOST:
        waiting.pop(next(iter(waiting)))

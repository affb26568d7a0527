"""Append: entries go one after the other, each after the head its sender saw.

It compares and sets: equal heads, stored; already stored, the same answer; anything else is a conflict, answered with
this host's own place and head. One statement settles all records whose entries follow our head, as nearly all do; the
others are locked, looked at and settled one record after the other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from carnet.errors import InvalidInput, Issue, Unavailable
from carnet.host.store import LOCK, Store
from carnet.host.tokens import Order
from carnet.host.wire import AppendEntry, AppendItem
from carnet.journal.chain import Header, genesis, next_head

# $2-7: the chain of each record, from the head before it to its last; $8-12: its entries; $13-14: the bodies they name.
_SETTLE = """
WITH ordered AS (SELECT FROM portal WHERE epoch = $1 FOR SHARE),
chain AS (
    SELECT * FROM unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bigint[], $7::bytea[])
        AS chain (record_id, version, place_before, head_before, place, head)
),
moved AS (
    INSERT INTO record AS ours (record_id, version, place, head)
    SELECT chain.record_id, chain.version, chain.place, chain.head
    FROM ordered CROSS JOIN chain LEFT JOIN record AS known ON known.record_id = chain.record_id
    WHERE place_before = 0 OR known.record_id IS NOT NULL
    ORDER BY chain.record_id
    ON CONFLICT (record_id) DO UPDATE
    SET version = greatest(ours.version, excluded.version), place = excluded.place, head = excluded.head
    WHERE ours.erased_version < excluded.version AND (ours.place, ours.head) = (
        SELECT place_before, head_before FROM chain WHERE chain.record_id = ours.record_id)
    RETURNING record_id
),
stored AS (
    INSERT INTO entry (record_id, place, head, header, sealed)
    SELECT record_id, place, head, header, sealed
    FROM unnest($8::uuid[], $9::bigint[], $10::bytea[], $11::bytea[], $12::bytea[])
        AS entry (record_id, place, head, header, sealed) JOIN moved USING (record_id)
),
names AS (
    SELECT record_id, body_id FROM unnest($13::uuid[], $14::bytea[]) AS names (record_id, body_id)
    JOIN moved USING (record_id)
),
named AS (INSERT INTO named_body (record_id, body_id) SELECT record_id, body_id FROM names ON CONFLICT DO NOTHING),
unticketed AS (
    DELETE FROM ticket USING names WHERE ticket.record_id = names.record_id AND ticket.body_id = names.body_id
)
SELECT moved.record_id FROM ordered LEFT JOIN moved ON true
"""

_STORED = "SELECT place, head FROM entry WHERE record_id = $1 AND place = ANY($2)"

# A statement of its own: one that had to wait for its locks does not see what was collected or put meanwhile.
_ABSENT = """
SELECT record_id, body_id FROM portal LEFT JOIN (
    SELECT record_id, body_id FROM unnest($2::uuid[], $3::bytea[]) AS named (record_id, body_id)
    WHERE NOT EXISTS (
        SELECT FROM body
        WHERE body.record_id = named.record_id AND body.body_id = named.body_id AND damaged_at IS NULL OFFSET 0)
) AS absent ON true
WHERE epoch = $1
"""

Status = Literal["appended", "already", "conflict", "erased"]


class Result(msgspec.Struct, frozen=True):
    """What became of an entry: this host's own place and head after it, and the bodies it names that are not here."""

    status: Status
    place: int
    head: bytes
    lacking: tuple[bytes, ...] = ()

    @property
    def is_here(self) -> bool:
        """True when this host holds the entry."""
        return self.status in ("appended", "already")


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry to append, with the head it leads to and the bodies it names."""

    record: UUID
    version: int
    place: int
    previous: bytes
    head: bytes
    header: bytes
    sealed: bytes
    names: tuple[bytes, ...]


@dataclass(slots=True)
class _Copy:
    """Our copy of one record while entries are compared with it; `stored` has our head at the places they ask for."""

    place: int
    head: bytes
    erased_version: int
    stored: dict[int, bytes] = field(default_factory=dict)

    def take(self, entry: _Entry) -> Result:
        if self.erased_version >= entry.version:
            return self._now("erased")
        if self.stored.get(entry.place) == entry.head:
            return self._now("already")
        if (entry.place, entry.previous) != (self.place + 1, self.head):
            return self._now("conflict")
        self.place, self.head = entry.place, entry.head
        self.stored[entry.place] = entry.head
        return self._now("appended")

    def _now(self, status: Status) -> Result:
        return Result(status, self.place, self.head)


_Run = Callable[..., Awaitable[list[asyncpg.Record]]]


async def append(
    store: Store, order: Order[AppendItem], asked: Sequence[AppendEntry], *, most_header_bytes: int
) -> list[Result]:
    """One result per entry, in order; what was appended is durable. Raises InvalidInput if a header is not one."""
    chains: dict[UUID, list[_Entry]] = {}
    entries = []
    for rank, (entry, item) in enumerate(zip(asked, order.items, strict=True)):
        if len(entry.header) > most_header_bytes:
            raise InvalidInput(Issue("too-long", f"a header has at most {most_header_bytes} bytes", f"entries[{rank}]"))
        entries.append(_checked(entry, item.version, where=f"entries[{rank}]"))
        chains.setdefault(entry.record, []).append(entries[-1])
    likely = {record: chain for record, chain in chains.items() if _is_chain(chain)}
    moved = await _settle(partial(store.fetch, order.epoch), likely)
    results: dict[UUID, Iterator[Result]] = {
        record: iter([Result("appended", entry.place, entry.head) for entry in chains[record]]) for record in moved
    }
    for record in chains.keys() - moved:
        results[record] = iter(await _append_with_care(store, order.epoch, record, chains[record]))
    return await _with_lacking(store, order.epoch, [(entry, next(results[entry.record])) for entry in entries])


def _checked(entry: AppendEntry, version: int, *, where: str) -> _Entry:
    header = Header.parse(entry.header)
    if header.record != entry.record:
        raise InvalidInput(Issue("value", "the header names another record", where))
    return _Entry(
        record=entry.record,
        version=version,
        place=entry.place,
        previous=entry.previous,
        head=next_head(entry.previous, entry.header, entry.sealed),
        header=entry.header,
        sealed=entry.sealed,
        names=tuple(body.id for body in header.bodies),
    )


def _is_chain(entries: Sequence[_Entry]) -> bool:
    first = entries[0]
    return (first.place > 1 or first.previous == genesis(first.record)) and all(
        after.place == before.place + 1 and after.previous == before.head for before, after in pairwise(entries)
    )


async def _settle(run: _Run, chains: Mapping[UUID, Sequence[_Entry]]) -> set[UUID]:
    """Append each chain that follows our head, whole, and say of which records that was so."""
    if not chains:
        return set()
    entries = [entry for chain in chains.values() for entry in chain]
    names = [(entry.record, name) for entry in entries for name in entry.names]
    rows = await run(
        _SETTLE,
        list(chains),
        [min(entry.version for entry in chain) for chain in chains.values()],
        [chain[0].place - 1 for chain in chains.values()],
        [chain[0].previous for chain in chains.values()],
        [chain[-1].place for chain in chains.values()],
        [chain[-1].head for chain in chains.values()],
        [entry.record for entry in entries],
        [entry.place for entry in entries],
        [entry.head for entry in entries],
        [entry.header for entry in entries],
        [entry.sealed for entry in entries],
        [record for record, _ in names],
        [name for _, name in names],
    )
    return {row["record_id"] for row in rows} - {None}


async def _append_with_care(store: Store, epoch: int, record: UUID, entries: Sequence[_Entry]) -> list[Result]:
    """Look at our own copy, under its lock, to say of each entry what it is: new, already here, or in conflict."""
    async with store.transaction(epoch) as connection:
        ours = await connection.fetchrow(LOCK, record)
        copy = _Copy(ours["place"], ours["head"], ours["erased_version"]) if ours else _Copy(0, genesis(record), -1)
        copy.stored |= dict(await connection.fetch(_STORED, record, [entry.place for entry in entries]))
        results = [copy.take(entry) for entry in entries]
        new = [entry for entry, result in zip(entries, results, strict=True) if result.status == "appended"]
        if new and not await _settle(partial(_fetch, connection, epoch), {record: new}):
            raise Unavailable("another first entry of this record came at the same time")   # No row to lock yet.
    return results


async def _fetch(connection: asyncpg.Connection, epoch: int, statement: str, *values: Any) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(statement, epoch, *values)
    return rows


async def _with_lacking(store: Store, epoch: int, results: Sequence[tuple[_Entry, Result]]) -> list[Result]:
    """The same, with the bodies that entries name and that are not held."""
    names = [(entry.record, name) for entry, result in results if result.is_here for name in entry.names]
    if not names:
        return [result for _, result in results]
    rows = await store.fetch(epoch, _ABSENT, [record for record, _ in names], [name for _, name in names])
    absent = {(row["record_id"], row["body_id"]) for row in rows}
    return [
        msgspec.structs.replace(result, lacking=tuple(name for name in entry.names if (entry.record, name) in absent))
        if result.is_here
        else result
        for entry, result in results
    ]

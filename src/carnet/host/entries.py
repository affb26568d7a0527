"""Entries: appended one after the other, each after the head its sender saw, and read back as they came.

An append compares and sets: equal heads, stored; already stored, the same answer; anything else is a conflict, answered
with this host's own place and head. One statement settles all records whose entries follow our head, as nearly all do;
the others are locked, looked at and settled one record after the other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from carnet.errors import InvalidInput, Issue, NotFound, Unavailable
from carnet.host.errors import Erased
from carnet.host.store import LOCK, Store
from carnet.host.tokens import Order
from carnet.host.wire import AppendEntry, AppendItem, JournalQuery, TokenItem
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
SELECT moved.record_id, absent.body_id FROM ordered LEFT JOIN moved ON true LEFT JOIN (
    SELECT record_id, body_id FROM names WHERE NOT EXISTS (
        SELECT FROM body
        WHERE body.record_id = names.record_id AND body.body_id = names.body_id AND damaged_at IS NULL)
) AS absent ON absent.record_id = moved.record_id
"""

_STORED = "SELECT place, head FROM entry WHERE record_id = $1 AND place = ANY($2)"
_LACKING = "SELECT body_id FROM lacking WHERE record_id = $1"

_HEAD = """
SELECT place, head, version, erased_version,
    (SELECT count(*) FROM body WHERE body.record_id = $2 AND damaged_at IS NULL) AS bodies,
    ARRAY(SELECT body_id FROM lacking WHERE lacking.record_id = $2 ORDER BY body_id) AS lacking
FROM portal LEFT JOIN record ON record_id = $2
WHERE epoch = $1
"""

_JOURNAL = """
SELECT ours.place AS own_place, erased_version, page.place, header, sealed,
    (SELECT head FROM entry WHERE entry.record_id = $2 AND entry.place = $3) AS head_before
FROM portal
LEFT JOIN record AS ours ON ours.record_id = $2
LEFT JOIN (
    SELECT place, header, sealed, sum(octet_length(header) + octet_length(sealed)) OVER (ORDER BY place) AS total
    FROM entry WHERE record_id = $2 AND place > $3 AND place <= $3 + $4
) AS page ON total <= $5 OR page.place = $3 + 1
WHERE epoch = $1
ORDER BY page.place
"""


Status = Literal["appended", "already", "conflict", "erased"]


class Result(msgspec.Struct, frozen=True):
    """What became of an entry: this host's own place and head after it, and the bodies it names that are not here."""

    status: Status
    place: int
    head: bytes
    lacking: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry to append, with the head it leads to and the bodies it names."""

    version: int
    place: int
    previous: bytes
    head: bytes
    header: bytes
    sealed: bytes
    names: tuple[bytes, ...]

    def absent(self, lacking: frozenset[bytes]) -> tuple[bytes, ...]:
        return tuple(name for name in self.names if name in lacking)


@dataclass(slots=True)
class _Copy:
    """Our copy of one record while entries are compared with it; `stored` has our head at the places they ask for."""

    place: int
    head: bytes
    erased_version: int
    stored: dict[int, bytes] = field(default_factory=dict)

    def take(self, entry: _Entry) -> Status:
        if self.erased_version >= entry.version:
            return "erased"
        if self.stored.get(entry.place) == entry.head:
            return "already"
        if (entry.place, entry.previous) != (self.place + 1, self.head):
            return "conflict"
        self.place, self.head = entry.place, entry.head
        self.stored[entry.place] = entry.head
        return "appended"


_Run = Callable[..., Awaitable[list[asyncpg.Record]]]


async def append(
    store: Store, order: Order[AppendItem], entries: Sequence[AppendEntry], *, most_header_bytes: int
) -> list[Result]:
    """One result per entry, in order; what was appended is durable. Raises InvalidInput if a header is not one."""
    chains: dict[UUID, list[_Entry]] = {}
    for rank, (entry, item) in enumerate(zip(entries, order.items, strict=True)):
        if len(entry.header) > most_header_bytes:
            raise InvalidInput(Issue("too-long", f"a header has at most {most_header_bytes} bytes", f"entries[{rank}]"))
        chains.setdefault(entry.record, []).append(_checked(entry, item.version, where=f"entries[{rank}]"))
    likely = {record: chain for record, chain in chains.items() if _is_chain(record, chain)}
    settled = await _settle(partial(store.fetch, order.epoch), likely)
    results = {
        record: iter(
            [Result("appended", entry.place, entry.head, entry.absent(lacking)) for entry in chains[record]]
        )
        for record, lacking in settled.items()
    }
    for record in chains.keys() - settled.keys():
        results[record] = iter(await _append_with_care(store, order.epoch, record, chains[record]))
    return [next(results[entry.record]) for entry in entries]


async def head(store: Store, order: Order[TokenItem]) -> dict[str, Any]:
    """Where this host's copy of the record's chain ends, and which of the bodies it names are not held."""
    [item] = order.items
    [row] = await store.fetch(order.epoch, _HEAD, item.record)
    if row["place"] is None:
        return {"place": 0, "head": genesis(item.record).hex(), "version": 0, "bodies": 0, "lacking": []}
    if row["erased_version"] >= item.version:
        raise Erased([item.record])
    return {
        "place": row["place"],
        "head": row["head"].hex(),
        "version": row["version"],
        "bodies": row["bodies"],
        "lacking": [name.hex() for name in row["lacking"]],
    }


async def journal(store: Store, order: Order[TokenItem], query: JournalQuery, *, most_bytes: int) -> dict[str, Any]:
    """Entries after a place, as many as asked or as fit, and the head before the first: a suffix verifies alone.

    `place` is where this host's copy ends. Raises NotFound when that is before what is asked.
    """
    [item] = order.items
    rows = await store.fetch(order.epoch, _JOURNAL, item.record, query.after, query.limit, most_bytes)
    own_place, erased_version, head_before = rows[0]["own_place"], rows[0]["erased_version"], rows[0]["head_before"]
    if own_place is not None and erased_version >= item.version:
        raise Erased([item.record])
    if query.after > (own_place or 0):
        raise NotFound(f"this host's copy ends at place {own_place or 0}")
    page = [
        {"place": row["place"], "header": row["header"], "sealed": row["sealed"]}
        for row in rows
        if row["place"] is not None
    ]
    return {"place": own_place or 0, "head": head_before or genesis(item.record), "entries": page}


def _checked(entry: AppendEntry, version: int, *, where: str) -> _Entry:
    header = Header.parse(entry.header)
    if header.record != entry.record:
        raise InvalidInput(Issue("value", "the header names another record", where))
    return _Entry(
        version=version,
        place=entry.place,
        previous=entry.previous,
        head=next_head(entry.previous, entry.header, entry.sealed),
        header=entry.header,
        sealed=entry.sealed,
        names=tuple(body.id for body in header.bodies),
    )


def _is_chain(record: UUID, entries: Sequence[_Entry]) -> bool:
    first = entries[0]
    return (first.place > 1 or first.previous == genesis(record)) and all(
        after.place == before.place + 1 and after.previous == before.head for before, after in pairwise(entries)
    )


async def _settle(run: _Run, chains: Mapping[UUID, Sequence[_Entry]]) -> dict[UUID, frozenset[bytes]]:
    """Append each chain that follows our head, whole; for each that was, the bodies it names that are not held."""
    if not chains:
        return {}
    entries = [(record, entry) for record, chain in chains.items() for entry in chain]
    names = [(record, name) for record, entry in entries for name in entry.names]
    rows = await run(
        _SETTLE,
        list(chains),
        [min(entry.version for entry in chain) for chain in chains.values()],
        [chain[0].place - 1 for chain in chains.values()],
        [chain[0].previous for chain in chains.values()],
        [chain[-1].place for chain in chains.values()],
        [chain[-1].head for chain in chains.values()],
        [record for record, _ in entries],
        [entry.place for _, entry in entries],
        [entry.head for _, entry in entries],
        [entry.header for _, entry in entries],
        [entry.sealed for _, entry in entries],
        [record for record, _ in names],
        [name for _, name in names],
    )
    moved: dict[UUID, set[bytes]] = {row["record_id"]: set() for row in rows if row["record_id"] is not None}
    for row in rows:
        if row["body_id"] is not None:
            moved[row["record_id"]].add(row["body_id"])
    return {record: frozenset(lacking) for record, lacking in moved.items()}


async def _fetch(connection: asyncpg.Connection, epoch: int, statement: str, *values: Any) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(statement, epoch, *values)
    return rows


async def _append_with_care(store: Store, epoch: int, record: UUID, entries: Sequence[_Entry]) -> list[Result]:
    """Look at our own copy, under its lock, to say of each entry what it is: new, already here, or in conflict."""
    async with store.transaction(epoch) as connection:
        ours = await connection.fetchrow(LOCK, record)
        copy = _Copy(ours["place"], ours["head"], ours["erased_version"]) if ours else _Copy(0, genesis(record), -1)
        copy.stored |= dict(await connection.fetch(_STORED, record, [entry.place for entry in entries]))
        taken = [(entry, copy.take(entry), copy.place, copy.head) for entry in entries]
        new = [entry for entry, status, _, _ in taken if status == "appended"]
        if new and not await _settle(partial(_fetch, connection, epoch), {record: new}):
            raise Unavailable("another first entry of this record came at the same time")   # No row to lock yet.
        lacking = frozenset(row["body_id"] for row in await connection.fetch(_LACKING, record))
    return [
        Result(status, place, head, entry.absent(lacking) if status in ("appended", "already") else ())
        for entry, status, place, head in taken
    ]

"""Settle: what follows our head is stored, what we have and lost is mended, under the lock of each record.

One statement settles all records whose entries follow our head, as nearly all do; the others are locked, looked at and
settled one record after the other. `append` and `fill` say what they make of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from carnet.errors import Unavailable
from carnet.host.chains import Copy, Entry, Looked, Result, recognised
from carnet.host.store import LOCK, Store
from carnet.journal.chain import genesis

# $2-7: the chain of each record, from the head before it to its last; $8-12: its entries; $13-14: the bodies they name.
_CHAINS = """
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
        AS entry (record_id, place, head, header, sealed)
    WHERE (record_id IN (SELECT record_id FROM moved)) IS TRUE
),
names AS (
    SELECT record_id, body_id FROM unnest($13::uuid[], $14::bytea[]) AS names (record_id, body_id)
    WHERE (record_id IN (SELECT record_id FROM moved)) IS TRUE
),
named AS (INSERT INTO named_body (record_id, body_id) SELECT record_id, body_id FROM names ON CONFLICT DO NOTHING),
unticketed AS (
    DELETE FROM ticket USING names WHERE ticket.record_id = names.record_id AND ticket.body_id = names.body_id
)
"""
_MOVED = "SELECT moved.record_id FROM ordered LEFT JOIN moved ON true"
_SETTLE = _CHAINS + _MOVED
# $15-18: bodies, as `bodies` puts them; $19-21: those that none of these entries names, and the ends of their tickets.
_BODIES = """,
meant AS (
    SELECT object, bytes
    FROM unnest($15::uuid[], $18::uuid[]) AS put (record_id, object)
    JOIN loose_object AS loose USING (record_id, object)
    WHERE (record_id IN (SELECT record_id FROM moved)) IS TRUE AND NOT is_doomed FOR UPDATE OF loose
),
kept AS (
    INSERT INTO body (record_id, body_id, sealed, object, object_bytes)
    SELECT record_id, body_id, sealed, meant.object, meant.bytes
    FROM unnest($15::uuid[], $16::bytea[], $17::bytea[], $18::uuid[]) AS put (record_id, body_id, sealed, object)
    LEFT JOIN meant USING (object)
    WHERE (record_id IN (SELECT record_id FROM moved)) IS TRUE
    ON CONFLICT (record_id, body_id) DO UPDATE
    SET sealed = excluded.sealed, object = excluded.object, object_bytes = excluded.object_bytes, damaged_at = NULL
    WHERE body.damaged_at IS NOT NULL
    RETURNING record_id, object
),
no_more_loose AS (
    DELETE FROM loose_object USING kept
    WHERE loose_object.record_id = kept.record_id AND loose_object.object = kept.object
),
ticketed AS (
    INSERT INTO ticket (record_id, body_id, ends)
    SELECT record_id, body_id, ends FROM unnest($19::uuid[], $20::bytea[], $21::bigint[])
        AS put (record_id, body_id, ends)
    WHERE (record_id IN (SELECT record_id FROM moved)) IS TRUE AND NOT EXISTS (
        SELECT FROM named_body AS named WHERE named.record_id = put.record_id AND named.body_id = put.body_id)
    ON CONFLICT (record_id, body_id) DO UPDATE SET ends = excluded.ends WHERE ticket.ends < excluded.ends
)
"""
_FILL = _CHAINS + _BODIES + _MOVED

# The same for one record, whose row is locked and whose entries are settled.
_KEEP = """
WITH meant AS (
    SELECT object, bytes FROM loose_object WHERE record_id = $1 AND object = ANY($5::uuid[]) AND NOT is_doomed
    FOR UPDATE
),
kept AS (
    INSERT INTO body (record_id, body_id, sealed, object, object_bytes)
    SELECT $1, body_id, sealed, meant.object, meant.bytes
    FROM unnest($2::bytea[], $3::bytea[], $5::uuid[]) AS put (body_id, sealed, object) LEFT JOIN meant USING (object)
    ON CONFLICT (record_id, body_id) DO UPDATE
    SET sealed = excluded.sealed, object = excluded.object, object_bytes = excluded.object_bytes, damaged_at = NULL
    WHERE body.damaged_at IS NOT NULL
    RETURNING object
),
no_more_loose AS (
    DELETE FROM loose_object USING kept WHERE loose_object.record_id = $1 AND loose_object.object = kept.object
)
INSERT INTO ticket (record_id, body_id, ends)
SELECT $1, body_id, $4 FROM unnest($2::bytea[]) AS put (body_id)
WHERE NOT EXISTS (SELECT FROM named_body AS named WHERE named.record_id = $1 AND named.body_id = put.body_id)
ON CONFLICT (record_id, body_id) DO UPDATE SET ends = excluded.ends WHERE ticket.ends < excluded.ends
"""

_LOOK = """
SELECT coalesce(here.head = asked.head, false) AS is_kept,
    coalesce(here.head = asked.head AND sha256(asked.previous || here.header || here.sealed) = asked.head, false)
        AS is_intact,
    coalesce(sha256(asked.head || follower.header || follower.sealed) = follower.head, false) AS is_followed
FROM unnest($2::bigint[], $3::bytea[], $4::bytea[]) WITH ORDINALITY AS asked (place, previous, head, rank)
LEFT JOIN entry AS here ON here.record_id = $1 AND here.place = asked.place
LEFT JOIN entry AS follower ON follower.record_id = $1 AND follower.place = asked.place + 1
ORDER BY rank
"""
# For bytes that PostgreSQL itself cannot read: nothing but the kept heads is looked at, and all is written again.
_LOOK_AT_HEADS = """
SELECT coalesce(here.head = asked.head, false) AS is_kept, false AS is_intact, false AS is_followed
FROM unnest($2::bigint[], $3::bytea[], $4::bytea[]) WITH ORDINALITY AS asked (place, previous, head, rank)
LEFT JOIN entry AS here ON here.record_id = $1 AND here.place = asked.place
ORDER BY rank
"""
# Rows beyond the end of the copy, or of no copy: only a record row that was lost, or went back, leaves them. Entries
# and their record row are stored by one statement: whoever sees them without it sees no append under way.
_DROP_BEYOND = "DELETE FROM entry WHERE record_id = $1 AND place > $2"
_DROP_ORPHANS = """
WITH dropped AS (
    DELETE FROM entry
    WHERE record_id = ANY($2) AND NOT EXISTS (SELECT FROM record WHERE record.record_id = entry.record_id)
)
SELECT FROM portal WHERE epoch = $1
"""

_MEND = """
WITH names AS (
    INSERT INTO named_body (record_id, body_id) SELECT $1, body_id FROM unnest($6::bytea[]) AS named (body_id)
    ON CONFLICT DO NOTHING
)
INSERT INTO entry (record_id, place, head, header, sealed)
SELECT $1, place, head, header, sealed FROM unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[])
    AS entry (place, head, header, sealed)
ON CONFLICT (record_id, place) DO UPDATE
SET head = excluded.head, header = excluded.header, sealed = excluded.sealed
"""

# What we have already, ordered under a later version, is here by that order: one to erase it that is older came late.
_PLACED = "UPDATE record SET version = $2 WHERE record_id = $1 AND version < $2"

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


class Body(msgspec.Struct, frozen=True, gc=False):
    """A body that comes with entries of its record; until `ticket_end` it stays though no entry names it.

    Its sealed bytes, or the object that holds them outside.
    """

    id: bytes
    sealed: bytes | None
    ticket_end: int
    object: UUID | None = None


Chains = Mapping[UUID, Sequence[Entry]]
Bodies = Mapping[UUID, Sequence[Body]]
_Run = Callable[..., Awaitable[list[asyncpg.Record]]]


async def settle(store: Store, epoch: int, chains: Chains, bodies: Bodies) -> set[UUID]:
    """Append each chain that follows our head, whole, with its bodies, and say of which records that was so."""
    try:
        return await _settle(partial(store.fetch, epoch), chains, bodies)
    except asyncpg.UniqueViolationError:
        await store.fetch(epoch, _DROP_ORPHANS, list(chains))
        return set()


async def settle_with_care(
    store: Store, epoch: int, entries: Sequence[Entry], bodies: Sequence[Body], *, only_whole: bool
) -> list[Result]:
    """Look at our own copy of one record, under its lock, to say of each entry what it is: new, here, or in conflict.

    With `only_whole` nothing is kept unless all of it is new or here.
    """
    try:
        return await _with_care(store, epoch, (entries, bodies, _LOOK), only_whole=only_whole)
    except asyncpg.DataCorruptedError:
        return await _with_care(store, epoch, (entries, bodies, _LOOK_AT_HEADS), only_whole=only_whole)


async def absent(store: Store, epoch: int, names: Sequence[tuple[UUID, bytes]]) -> set[tuple[UUID, bytes]]:
    """Which of these bodies are not held."""
    if not names:
        return set()
    rows = await store.fetch(epoch, _ABSENT, [record for record, _ in names], [name for _, name in names])
    return {(row["record_id"], row["body_id"]) for row in rows}


async def _settle(run: _Run, chains: Chains, bodies: Bodies) -> set[UUID]:
    if not chains:
        return set()
    entries = [entry for chain in chains.values() for entry in chain]
    names = [(entry.record, name) for entry in entries for name in entry.names]
    values: list[list[Any]] = [
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
    ]
    rows = await run(_SETTLE, *values) if not bodies else await run(_FILL, *values, *_columns(bodies, set(names)))
    return {row["record_id"] for row in rows} - {None}


def _columns(bodies: Bodies, named: set[tuple[UUID, bytes]]) -> list[list[Any]]:
    put = [(record, body) for record, each in bodies.items() for body in each]
    unnamed = [(record, body) for record, body in put if (record, body.id) not in named]
    return [
        [record for record, _ in put], [body.id for _, body in put], [body.sealed for _, body in put],
        [body.object for _, body in put],
        [record for record, _ in unnamed], [body.id for _, body in unnamed], [body.ticket_end for _, body in unnamed],
    ]


async def _with_care(
    store: Store, epoch: int, brought: tuple[Sequence[Entry], Sequence[Body], str], *, only_whole: bool
) -> list[Result]:
    entries, bodies, look = brought
    record = entries[0].record
    async with store.transaction(epoch) as connection:
        ours = await connection.fetchrow(LOCK, record)
        copy = Copy(ours["place"], ours["head"], ours["erased_version"]) if ours else Copy(0, genesis(record), -1)
        if ours:
            await connection.execute(_DROP_BEYOND, record, copy.place)
        found = await connection.fetch(
            look, record, [entry.place for entry in entries], [entry.previous for entry in entries],
            [entry.head for entry in entries])
        copy.stored |= recognised(copy, entries, [Looked(*row) for row in found])
        before = (copy.place, copy.head)
        results = [copy.take(entry) for entry in entries]
        if only_whole and not all(result.is_here for result in results):
            bad = next(result.status for result in results if not result.is_here)
            return [Result(bad, *before)] * len(results)
        judged = list(zip(entries, results, strict=True))
        new = [entry for entry, result in judged if result.status == "appended"]
        if lost := [entry for entry, result in judged if result.status == "already" and copy.mends(entry)]:
            await _mend(connection, record, lost)
        if here := [entry.version for entry, result in judged if result.status == "already"]:
            await connection.execute(_PLACED, record, max(here))
        if new and not await _settle(partial(_fetch, connection, epoch), {record: new}, {}):
            raise Unavailable("another first entry of this record came at the same time")   # No row to lock yet.
        if bodies:
            await connection.execute(
                _KEEP, record, [body.id for body in bodies], [body.sealed for body in bodies], bodies[0].ticket_end,
                [body.object for body in bodies])
    return results


async def _mend(connection: asyncpg.Connection, record: UUID, lost: Sequence[Entry]) -> None:
    once = {entry.place: entry for entry in lost}.values()
    await connection.execute(
        _MEND, record, [entry.place for entry in once], [entry.head for entry in once],
        [entry.header for entry in once], [entry.sealed for entry in once],
        list({name for entry in once for name in entry.names}))


async def _fetch(connection: asyncpg.Connection, epoch: int, statement: str, *values: Any) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(statement, epoch, *values)
    return rows

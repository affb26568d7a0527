"""Erasure: all there is of a record goes, for ever, and what was ordered before is obeyed no more.

What was erased leaves a tombstone: no order given under its placement version, or an older one, has any effect. A host
erases so many records a day, whoever orders it: a stolen key, or a mistake, empties no host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import asyncpg

from carnet.errors import InvalidInput, Issue
from carnet.host.approvals import Approval
from carnet.host.counts import today
from carnet.host.errors import CeilingReached
from carnet.host.store import Store
from carnet.host.wire import TokenItem
from carnet.journal.chain import genesis

_ENSURE = """
INSERT INTO record (record_id, version, head)
SELECT record_id, version, head FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS asked (record_id, version, head)
ORDER BY record_id ON CONFLICT DO NOTHING
"""
_LOCK_ALL = """
SELECT record_id, version, erased_version FROM record WHERE record_id = ANY($1) ORDER BY record_id FOR UPDATE
"""
_ERASE_BODIES = """
WITH names AS (DELETE FROM named_body WHERE record_id = ANY($1)),
tickets AS (DELETE FROM ticket WHERE record_id = ANY($1)),
bodies AS (DELETE FROM body WHERE record_id = ANY($1) RETURNING record_id, body_id, object, object_bytes),
doomed AS (
    INSERT INTO loose_object (record_id, object, body_id, bytes, is_doomed)
    SELECT record_id, object, body_id, object_bytes, true FROM bodies WHERE object IS NOT NULL
)
SELECT record_id, count(*) FROM bodies GROUP BY record_id
"""
_ERASE_ENTRIES = """
WITH entries AS (DELETE FROM entry WHERE record_id = ANY($1) RETURNING record_id)
SELECT record_id, count(*) FROM entries GROUP BY record_id
"""
_TOMBSTONES = """
UPDATE record SET place = 0, head = gone.head, erased_version = gone.version, erased_entries = gone.entries,
    erased_bodies = gone.bodies
FROM unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bigint[])
    AS gone (record_id, version, head, entries, bodies)
WHERE record.record_id = gone.record_id
"""
_TOMBS = "SELECT record_id, erased_entries, erased_bodies FROM record WHERE record_id = ANY($1)"

_COUNT_DAY = """
INSERT INTO erasure_day AS counted (day, executed) VALUES ($1, $2)
ON CONFLICT (day) DO UPDATE SET executed = counted.executed + excluded.executed RETURNING executed
"""
_COUNT_APPROVAL = """
INSERT INTO approval AS counted (approval_id, executed) VALUES ($1, $2)
ON CONFLICT (approval_id) DO UPDATE SET executed = counted.executed + excluded.executed RETURNING executed
"""

Late = Literal["placed_since", "erased_later"]


@dataclass(frozen=True, slots=True)
class Erasure:
    """What became of one record: how much went, or, when the order came `late`, why nothing did.

    `version` is then the version under which the record was erased, or placed, since.
    """

    record: UUID
    version: int
    entries: int = 0
    bodies: int = 0
    late: Late | None = None


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What allows erasures: this many a day, or an approval."""

    a_day: int
    approval: Approval | None = None


async def erase(store: Store, epoch: int, items: Sequence[TokenItem], ceiling: Ceiling) -> list[Erasure]:
    """Erase these records, in one transaction, and say of each how many entries and bodies went.

    Done again it deletes nothing, counts nothing and says the same. An order that comes late has no effect on later
    data. Raises CeilingReached, and nothing is done, when more would be erased than `ceiling` allows; and
    BodyStoreAway, or Unavailable, while objects are left to delete: nothing is signed before they are gone.
    """
    versions = {item.record: item.version for item in items}
    if len(versions) < len(items):
        raise InvalidInput(Issue("value", "a record is there twice", "records"))
    async with store.transaction(epoch) as connection:
        await connection.execute(_ENSURE, list(versions), list(versions.values()), [genesis(each) for each in versions])
        ours = {row["record_id"]: row for row in await connection.fetch(_LOCK_ALL, list(versions))}
        due = [each for each in versions if ours[each]["erased_version"] < versions[each] >= ours[each]["version"]]
        if due:
            await _count(connection, len(due), ceiling)
            await _delete(connection, {record: versions[record] for record in due})
        tombs = {row["record_id"]: row for row in await connection.fetch(_TOMBS, list(versions))}
    outcomes = [_said(item, ours[item.record], tombs[item.record]) for item in items]
    await store.outside.clear([each.record for each in outcomes if each.late is None])
    return outcomes


def _said(item: TokenItem, ours: asyncpg.Record, tomb: asyncpg.Record) -> Erasure:
    if ours["erased_version"] > item.version:
        return Erasure(item.record, ours["erased_version"], late="erased_later")
    if ours["erased_version"] < item.version < ours["version"]:
        return Erasure(item.record, ours["version"], late="placed_since")
    return Erasure(item.record, item.version, tomb["erased_entries"], tomb["erased_bodies"])


async def _delete(connection: asyncpg.Connection, versions: Mapping[UUID, int]) -> None:
    records = list(versions)
    entries = dict(await connection.fetch(_ERASE_ENTRIES, records))
    bodies = dict(await connection.fetch(_ERASE_BODIES, records))
    await connection.execute(
        _TOMBSTONES, records, list(versions.values()), [genesis(record) for record in records],
        [entries.get(record, 0) for record in records], [bodies.get(record, 0) for record in records],
    )


async def _count(connection: asyncpg.Connection, records: int, ceiling: Ceiling) -> None:
    """Count them, durably with what they delete. These rows are locked last, after every record of the call."""
    if ceiling.approval is None:
        executed = await connection.fetchval(_COUNT_DAY, today(), records)
        if executed > ceiling.a_day:
            raise CeilingReached(f"this host erases {ceiling.a_day} records a day without the officers' approval")
        return
    executed = await connection.fetchval(_COUNT_APPROVAL, ceiling.approval.id, records)
    if executed > ceiling.approval.most:
        raise CeilingReached(f"the approval is for {ceiling.approval.most} records in all")

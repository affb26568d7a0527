"""SQL of records: what is known of one, the place of an entry, traces.

One statement is one transaction wherever it can be; what waits travels together (hosting/flights.py). The statement
that gives an entry its place also writes the outbox, the locator, the audit event and what is to be counted, which
are other rooms' tables: five statements would be five round trips under a lock.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from carnet.audit.events import Event
from carnet.errors import Conflict, HostNotActive, Unavailable
from carnet.hosting.directory import Placement
from carnet.hosting.flights import Flights
from carnet.hosting.placing.place import Seat
from carnet.journal.chain import genesis
from carnet.journal.database import Database
from carnet.people.ins import Ins, InsOid
from carnet.people.patient import Traits
from carnet.record.clock import TOLERANCE, Clock
from carnet.record.conformity.store import CheckStore
from carnet.record.due_store import DueStore
from carnet.record.effects import Effects
from carnet.record.keeper_store import KeeperStore
from carnet.record.known import Commit, Committed, Known
from carnet.record.sql import (
    COMMIT,
    INSERT_RECORD,
    LATEST_EVENT,
    LOAD,
    LOCATE,
    ONE_AT_A_TIME,
    OPENED_TODAY,
    TRACE,
    UPDATE_RIGHTS,
)
from carnet.record.to_count import visitor_of
from carnet.rights.due import next_due
from carnet.rights.held import RecordRights

LOCATED_KEPT = 50_000
RECONCILE_SECONDS = 30
_NOT_COMPARED = (UUID(int=0), UUID(int=0))
COMPARING = "the platform was restored, and is being compared with the hosts"


class RecordStore:
    """The portal's rows about records."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.due = DueStore(database)
        self.keepers = KeeperStore(database)
        self.checks = CheckStore(database)
        self.load: Flights[UUID, Known | None] = Flights(self._load)
        self._locating: Flights[str, tuple[UUID, UUID] | None] = Flights(self._locate, most=256)
        self._located: OrderedDict[str, tuple[UUID, UUID]] = OrderedDict()
        self.trace: Flights[tuple[Event, Known | None], bool] = Flights(self._trace)
        self.commit: Flights[tuple[Commit, Event], Committed | None] = Flights(
            self._commit, key=lambda item: item[0].known.record)

    async def start(self) -> None:
        """Learn the database's time and the last audit event's. Raises ClockBehind when the clock went back."""
        [row] = await self._database.fetch(LATEST_EVENT)
        if row["latest"] is not None:
            self._clock.latest_event = row["latest"]
        self._clock.saw(row["now"])

    async def locate(self, identifier: str, *, fresh: bool = False, is_new: bool = False) -> tuple[UUID, UUID] | None:
        """The record and the entry that an identifier names; None for one that is free.

        What is found never changes, but for a person whose record was erased: ask `fresh` where that may be. Raises
        Unavailable for what is not found while a reconcile is under way, unless it `is_new`: a deposit brings it.
        """
        found = (None if fresh else self.at_hand(identifier)) or await self._locating(identifier)
        if found == _NOT_COMPARED:
            if not is_new:
                raise Unavailable(COMPARING, retry_after_seconds=RECONCILE_SECONDS)
            return None
        if found is not None:
            self._located[identifier] = found
            if len(self._located) > LOCATED_KEPT:
                self._located.popitem(last=False)
        return found

    def forget(self) -> None:
        """Keep nothing at hand: the database may be another than it was."""
        self._located.clear()

    async def in_force(self) -> tuple[int, int]:
        """The number of the matrix in force and the platform's epoch, for a record that is about to begin.

        Raises Unavailable while a reconcile is under way: hosts may hold a record of the same person.
        """
        [row] = await self._database.fetch("select matrix_version, epoch, reconciling is null as is_all from platform")
        if not row["is_all"]:
            raise Unavailable(COMPARING, retry_after_seconds=RECONCILE_SECONDS)
        return row["matrix_version"], row["epoch"]

    def at_hand(self, identifier: str) -> tuple[UUID, UUID] | None:
        """What this identifier was last found to name, without asking."""
        return self._located.get(identifier)

    async def acted_in(self, person: str) -> list[UUID]:
        """Records for whose holder this person (`effects.person_key`) acts, or was invited to."""
        rows = await self._database.fetch("select record_id from proxy where person = $1 order by record_id", person)
        return [row["record_id"] for row in rows]

    async def open(self, known: Known, commit: Commit, event: Event, effects: Effects, *, seat: Seat) -> Committed:
        """Create the record's row, its placement and its first entry. Raises Conflict when the INS has a record,
        HostNotActive when one of its two hosts may be given none, or its room there was taken too long ago.
        """
        async with self._database.transaction() as connection:
            try:
                inserted = await connection.execute(
                    INSERT_RECORD, known.record, known.holder.value, str(known.holder.oid),
                    msgspec.json.encode(known.traits).decode(), known.rights.state.value, known.opened_at,
                    known.placement.home, known.placement.reference, genesis(known.record),
                    msgspec.json.encode(known.rights).decode(), next_due(known.rights),
                    seat.commit_before, seat.placed.by.value, seat.placed.departement, seat.placed.cohort)
                if inserted.endswith(" 0"):
                    raise HostNotActive("a host of the new record is active no more; nothing was kept")
                committed = await self._commit_one(connection, commit, event)
            except asyncpg.UniqueViolationError as error:
                raise Conflict("this person already has a record") from error
            await connection.execute(UPDATE_RIGHTS, known.record, *effects.columns())
            return committed

    async def change_rights(self, commit: Commit, event: Event, effects: Effects) -> Committed:
        """Give the entry its place and put the rights in force. Raises Conflict when the record moved."""
        async with self._database.transaction() as connection:
            committed = await self._commit_one(connection, commit, event)
            if effects.emergency is not None and effects.ceiling is not None:
                await _keep_ceiling(connection, effects.emergency.professional, effects.ceiling)
            await connection.execute(UPDATE_RIGHTS, commit.known.record, *effects.columns())
            return committed

    async def _commit_one(self, connection: asyncpg.Connection, commit: Commit, event: Event) -> Committed:
        rows = await connection.fetch(COMMIT, *_commit_columns([(commit, event)]))
        if rows[0]["place"] is None:
            raise Conflict("the record changed meanwhile")
        self._clock.saw(rows[0]["now"])
        return Committed(rows[0]["place"], rows[0]["previous_head"], rows[0]["head"])

    async def _commit(self, items: Sequence[tuple[Commit, Event]]) -> Sequence[Committed | None]:
        try:
            rows = await self._database.fetch(COMMIT, *_commit_columns(items))
        except (asyncpg.UniqueViolationError, asyncpg.CheckViolationError) as error:
            # An identifier was used meanwhile, perhaps by this very commit when its answer was lost; or a ticket ended.
            raise Conflict("an identifier was used meanwhile, or a ticket ended") from error
        self._clock.saw(rows[0]["now"])
        found = {
            row["record_id"]: Committed(row["place"], row["previous_head"], row["head"])
            for row in rows if row["place"] is not None
        }
        return [found.get(commit.known.record) for commit, _ in items]

    async def _trace(self, items: Sequence[tuple[Event, Known | None]]) -> Sequence[bool]:
        columns = zip(*(event.columns() for event, _ in items), strict=True)
        heads = [known.head if known is not None else None for _, known in items]
        versions = [known.rights_version if known is not None else None for _, known in items]
        matrices = [known.matrix_number if known is not None else None for _, known in items]
        epochs = [known.epoch if known is not None else None for _, known in items]
        rows = await self._database.fetch(
            TRACE, *(list(column) for column in columns), heads, versions, matrices,
            self._clock.latest_event - TOLERANCE, epochs, [visitor_of(event) for event, _ in items])
        self._clock.saw(rows[0]["now"])
        kept = {row["event_id"] for row in rows if row["at"] is not None}
        return [event.event_id in kept for event, _ in items]

    async def _locate(self, identifiers: Sequence[str]) -> Sequence[tuple[UUID, UUID] | None]:
        rows = await self._database.fetch(LOCATE, list(identifiers))
        found = {
            row["identifier"]: (row["record_id"], row["entry_uuid"]) if row["record_id"] is not None
            else None if row["is_all"] else _NOT_COMPARED for row in rows}
        return [found[identifier] for identifier in identifiers]

    async def _load(self, records: Sequence[UUID]) -> Sequence[Known | None]:
        rows = await self._database.fetch(LOAD, list(set(records)))
        found = {row["record_id"]: _known(row) for row in rows}
        if rows:
            self._clock.saw(rows[0]["now"])
        return [found.get(record) for record in records]


async def _keep_ceiling(connection: asyncpg.Connection, professional: str, ceiling: int) -> None:
    await connection.execute(ONE_AT_A_TIME, professional)
    if await connection.fetchval(OPENED_TODAY, professional) >= ceiling:
        raise Conflict("this professional opened another emergency access meanwhile")


def _commit_columns(items: Sequence[tuple[Commit, Event]]) -> list[list[object]]:
    commits = [commit for commit, _ in items]
    columns: list[list[object]] = [
        [commit.known.record for commit in commits],
        [commit.known.placement.version for commit in commits],
        [commit.known.rights_version for commit in commits],
        [commit.expected_head for commit in commits],
        [commit.ticket_end for commit in commits],
        [commit.header for commit in commits],
        [commit.sealed for commit in commits],
        [",".join(commit.holders) for commit in commits],
        [commit.documents for commit in commits],
        [commit.is_snapshot for commit in commits],
        [commit.known.matrix_number for commit in commits],
    ]
    located = [(name, commit.known.record, entry) for commit in commits for name, entry in commit.locators]
    columns += [[each[part] for each in located] for part in range(3)]
    events = [each.columns() for commit, event in items for each in (event, *commit.also)]
    columns += [[each[part] for each in events] for part in range(8)]
    told = [
        (commit.known.record, each.notification_id, each.recipient, each.act,
         msgspec.json.encode(each.detail).decode(), each.is_read)
        for commit in commits for each in commit.notices]
    columns += [[each[part] for each in told] for part in range(6)]
    columns.append([commit.known.epoch for commit in commits])
    to_count = [(commit.known.record, each.said()) for commit in commits for each in commit.to_count]
    columns += [[each[part] for each in to_count] for part in range(2)]
    checks = [(commit.known.record, each) for commit in commits for each in commit.checks]
    columns += [[each[part] for each in checks] for part in range(2)]
    return columns


def _known(row: asyncpg.Record) -> Known:
    record = row["record_id"]
    return Known(
        record=record, holder=Ins(row["ins_value"], InsOid(row["ins_oid"])),
        traits=msgspec.json.decode(row["traits"], type=Traits),
        rights=msgspec.json.decode(row["rights_json"], type=RecordRights), opened_at=row["opened_at"],
        placement=Placement(record, row["placement_version"], row["home"], row["reference"]),
        place=row["place"], head=row["head"], rights_version=row["rights_version"],
        snapshot_place=row["snapshot_place"], documents=row["documents"], matrix_number=row["matrix_number"],
        epoch=row["epoch"], is_served=row["is_served"],
    )

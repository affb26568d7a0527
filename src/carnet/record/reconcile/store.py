"""SQL of a reconcile on the portal's database: where it is, what it remembers of records, what it adopts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg
import msgspec

from carnet.audit.events import Event
from carnet.audit.merkle import Frontier
from carnet.errors import Conflict
from carnet.hosting.directory import Placement
from carnet.journal.chain import genesis
from carnet.journal.database import Database
from carnet.people.ins import Ins, InsOid
from carnet.people.patient import Traits
from carnet.record.due_store import NOBODY
from carnet.record.effects import person_key
from carnet.record.identifiers import of_person
from carnet.record.reconcile import sql
from carnet.record.reconcile.found import Finding, PortalRow
from carnet.record.reconcile.position import Mark, Position, PublishedCheckpoint, why_behind
from carnet.record.reconcile.rebuilt import Base, Rebuilt
from carnet.record.reconcile.settled import Settled
from carnet.record.reconcile.values import Chain, Reconcile, Writing
from carnet.rights.due import next_due
from carnet.rights.held import ProxyState, RecordRights, RecordState

NO_RECONCILE = UUID(int=0)
_HASH_BYTES = 32
_ONE = int.from_bytes(b"reconcil")
_ACTING = (ProxyState.PENDING, ProxyState.ACCEPTED)


class TwoRecords(Conflict):
    """The person has another record, `other`, in this database: one of the two was erased, or one is too many."""

    def __init__(self, other: UUID) -> None:
        super().__init__("this person has another record")
        self.other = other


class ReconcileStore:
    """The portal's rows, while they are compared with what hosts hold."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def position(self, hosts: Sequence[str]) -> Position:
        """Where this database is now, for a platform of these hosts."""
        [row] = await self._database.fetch(sql.POSITION)
        return _position(row, hosts)

    async def begin(self, why: str, now: Position, former: Mark | None) -> None:
        """Serve nothing from this commit on, and end every session. One that is under way goes on instead."""
        await self._database.execute(sql.BEGIN, *_begun(why, now, former))

    async def reconcile(self, reconcile_id: UUID | None = None) -> Reconcile | None:
        """This one, or else the one under way, or else the last; None when there never was any."""
        row = await self._database.fetchrow(sql.UNDER_WAY, reconcile_id)
        return None if row is None else Reconcile(
            reconcile_id=row["reconcile_id"], why=row["why"], began_at=row["began_at"], restored_at=row["restored_at"],
            former=msgspec.json.decode(row["former"], type=Mark | None), epoch=row["epoch"],
            without=tuple(row["without"]), seen=row["seen"], upto=row["reconciled_upto"], ended_at=row["ended_at"],
            is_under_way=row["is_under_way"])

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[bool]:
        """True until the block ends for the one process that reconciles, False for any other."""
        async with self._database.transaction() as connection:
            yield await connection.fetchval("select pg_try_advisory_xact_lock($1)", _ONE)

    async def assign_epoch(self, reconcile_id: UUID, epoch: int, events: Sequence[Event]) -> None:
        """Begin the platform's new life under this epoch. These traces are its first ones."""
        async with self._database.transaction() as connection:
            await connection.execute(sql.ASSIGN_EPOCH, reconcile_id, epoch)
            for event in events:
                await connection.execute(sql.TRACE, *event.columns())

    async def go_on_without(self, reconcile_id: UUID, hosts: Sequence[str], event: Event) -> None:
        """Wait for these hosts no more."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "update reconcile set without = $2 where reconcile_id = $1", reconcile_id, sorted(set(hosts)))
            await connection.execute(sql.TRACE, *event.columns())

    async def page(self, *, after: UUID, limit: int) -> list[tuple[UUID, PortalRow]]:
        """What the portal knows of records, by id."""
        return [(row["record_id"], _portal_row(row)) for row in await self._database.fetch(sql.PAGE, after, limit)]

    async def base(self, record: UUID) -> Base:
        """What the row of a record that is there says at its place."""
        [row] = await self._database.fetch(sql.BASE, record)
        return Base(
            Ins(row["ins_value"], InsOid(row["ins_oid"])), msgspec.json.decode(row["traits"], type=Traits),
            row["opened_at"], msgspec.json.decode(row["rights"], type=RecordRights), row["place"],
            row["snapshot_place"], row["documents"])

    async def write(self, record: UUID, writing: Writing, events: Sequence[Event]) -> list[str]:
        """Adopt this chain, if any, and put the placement in force; identifiers that other records have already.

        Raises TwoRecords when the person has another record here, Conflict when the row moved meanwhile.
        """
        async with self._database.transaction() as connection:
            taken: list[str] = []
            if writing.chain is not None:
                taken = await _adopt(connection, record, writing.chain, writing.settled)
                await connection.execute(sql.RECOUNT, record)
            if writing.chain is None or writing.awaits:
                placement = writing.settled.placement
                await connection.execute(
                    sql.PLACE, record, placement.home, placement.reference, placement.version, writing.awaits)
            await connection.execute(sql.PLACED, record, *_columns(writing.placed))
            for event in events:
                await connection.execute(sql.TRACE, *event.columns())
            return taken

    async def hold(self, record: UUID, why: str) -> None:
        """Serve nothing of this record until officers say so; an empty reason ends that."""
        await self._database.execute(sql.HOLD, record, why)

    async def erase(self, record: UUID, settled: Settled, at: datetime, events: Sequence[Event]) -> None:
        """The record was erased: nothing here says any more whose it was, and every holder is written down."""
        rights = msgspec.json.encode(RecordRights(state=RecordState.ERASED, since=at)).decode()
        placement = settled.placement
        async with self._database.transaction() as connection:
            await connection.execute(
                sql.ERASED, record, msgspec.json.encode(NOBODY).decode(), at, placement.home, placement.reference,
                genesis(record), rights, placement.version)
            await connection.execute(sql.PLACED, record, *_columns(settled.placed))
            for event in events:
                await connection.execute(sql.TRACE, *event.columns())

    async def note(self, reconcile_id: UUID, findings: Sequence[Finding]) -> None:
        """Put these on the list of what differed; what is there already stays as it is."""
        await self._database.execute(
            sql.FINDINGS, reconcile_id, [each.record for each in findings], [each.kind for each in findings],
            [each.host for each in findings], [msgspec.json.encode(each.detail).decode() for each in findings])

    async def advance(self, reconcile_id: UUID, upto: UUID, seen: int) -> None:
        """Records up to this one are compared: they are served from this commit on."""
        await self._database.execute(sql.ADVANCE, reconcile_id, upto, seen)

    async def end(self, reconcile_id: UUID, event: Event) -> None:
        """All is compared: the platform serves everything from this commit on."""
        async with self._database.transaction() as connection:
            await connection.execute(sql.END, reconcile_id)
            await connection.execute(sql.TRACE, *event.columns())

    async def accept(self, record: UUID, event: Event) -> bool:
        """Officers say that the record is as the portal has it; False when it awaits no such word."""
        async with self._database.transaction() as connection:
            done = await connection.execute(
                "update record set awaits = '', rights_version = rights_version + 1"
                " where record_id = $1 and awaits <> ''", record)
            if done.endswith(" 0"):
                return False
            await connection.execute(sql.TRACE, *event.columns())
            return True

    async def let_go(self, reconcile_id: UUID, event: Event) -> None:
        """Bodies that no entry names may be collected: who deposited them was asked to send them again."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "update reconcile_finding set is_over = true where reconcile_id = $1 and kind = 'unnamed'",
                reconcile_id)
            await connection.execute(sql.TRACE, *event.columns())

    async def ahead(self) -> list[tuple[UUID, str]]:
        """Records of which a host was seen to have more than we do."""
        rows = await self._database.fetch(
            "select record_id, host_id from reconcile_finding where reconcile_id = $1 and kind = 'ahead'"
            " order by at limit 20", NO_RECONCILE)
        return [(row["record_id"], row["host_id"]) for row in rows]

    async def no_longer_ahead(self, record: UUID, host: str) -> None:
        """What this host showed was nothing of ours."""
        await self._database.execute(
            "delete from reconcile_finding where reconcile_id = $1 and kind = 'ahead' and record_id = $2"
            " and host_id = $3", NO_RECONCILE, record, host)

    async def row_of(self, record: UUID) -> tuple[int, int, bytes]:
        """Placement version, place and head of a record that is there."""
        [row] = await self._database.fetch(
            "select placement_version, place, head from record where record_id = $1", record)
        return row["placement_version"], row["place"], row["head"]

    async def counts(self, reconcile_id: UUID) -> dict[str, int]:
        """How many things of each kind differed."""
        return {row["kind"]: row["found"] for row in await self._database.fetch(sql.COUNTS, reconcile_id)}

    async def findings(self, reconcile_id: UUID) -> AsyncIterator[Finding]:
        """All that differed, by kind, then by record."""
        kind, record, host = "", UUID(int=0), ""
        while rows := await self._database.fetch(sql.LISTED, reconcile_id, kind, record, host, 1000):
            for row in rows:
                yield Finding(row["record_id"], row["kind"], row["host_id"], msgspec.json.decode(row["detail"]))
            kind, record, host = rows[-1]["kind"], rows[-1]["record_id"], rows[-1]["host_id"]


async def look_at_first(connection: asyncpg.Connection, remembered: Mark | None) -> None:
    """Look at the database that a process just connected to: one that came back from a backup serves nothing at all.

    A database without our tables is left to whoever asks it first.
    """
    try:
        now = _position(await connection.fetchrow(sql.POSITION), ())
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError):
        return
    if now.reconciling is None and (why := why_behind(now, remembered)):
        await connection.execute(sql.BEGIN, *_begun(why, now, remembered))


def _position(row: asyncpg.Record, hosts: Sequence[str]) -> Position:
    checkpoint = PublishedCheckpoint(
        row["checkpoint_size"], row["checkpoint_root"], row["checkpoint_at"], row["checkpoint_signature"])
    mark = Mark(
        epoch=row["epoch"], log_size=row["size"], logged=int(row["logged"]), matrix=row["matrix_version"],
        hosts=tuple(hosts), checkpoint=checkpoint, at=row["now"])
    peaks: bytes = row["peaks"]
    tree = Frontier(row["size"], tuple(peaks[at:at + _HASH_BYTES] for at in range(0, len(peaks), _HASH_BYTES)))
    return Position(
        mark=mark, reconciling=row["reconciling"], reconciled_upto=row["reconciled_upto"], restored=row["restored"],
        dealt_with=row["dealt_with"], log_root=tree.root, latest_event=row["latest_event"])


def _begun(why: str, now: Position, former: Mark | None) -> tuple[object, ...]:
    told = msgspec.json.encode(former).decode()
    return uuid4(), why, told, now.restored, now.latest_event or now.mark.at


async def _adopt(connection: asyncpg.Connection, record: UUID, chain: Chain, settled: Settled) -> list[str]:
    made, row = chain.made, chain.made.row
    placement: Placement = settled.placement
    done = await connection.execute(
        sql.ADOPT, record, row.holder.value, str(row.holder.oid), msgspec.json.encode(row.traits).decode(),
        row.rights.state.value, row.opened_at, placement.home, placement.reference, placement.version, row.place,
        chain.head, chain.previous, row.snapshot_place, row.documents, msgspec.json.encode(row.rights).decode(),
        next_due(row.rights), chain.base)
    if done.endswith(" 0"):
        raise Conflict("the record moved while it was compared")
    person = of_person(row.holder)
    names = [*made.locators, (person, record)]
    await connection.execute(sql.LOCATORS, record, [name for name, _ in names], [entry for _, entry in names])
    await _make_rows(connection, record, made)
    taken = await connection.fetch(sql.TAKEN, record, [name for name, _ in names])
    for other in taken:
        if other["identifier"] == person:
            raise TwoRecords(other["record_id"])
    return [other["identifier"] for other in taken]


async def _make_rows(connection: asyncpg.Connection, record: UUID, made: Rebuilt) -> None:
    persons = sorted({person_key(each.person) for each in made.row.rights.proxies if each.state in _ACTING})
    await connection.execute(sql.PROXIES, record, persons)
    for emergency, by in made.emergencies:
        await connection.execute(
            sql.EMERGENCY, record, emergency.emergency_id, emergency.professional, by.name, by.organisation_name,
            emergency.mode, emergency.reason, emergency.opened_at)


def _columns(placed: Mapping[str, str]) -> tuple[list[str], list[str]]:
    return list(placed), list(placed.values())


def _portal_row(row: asyncpg.Record) -> PortalRow:
    placed = dict(each.rsplit(" ", 1) for each in row["placed"])
    placement = Placement(row["record_id"], row["placement_version"], row["home"], row["reference"])
    return PortalRow(
        placement, row["place"], row["head"], row["state"] == "erased", row["awaits"], placed, row["outbox_from"])

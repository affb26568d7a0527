"""SQL of hosting: the outbox, what hosts lack, and where records are placed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from carnet.hosting.accreditation.store import AccreditationStore
from carnet.hosting.circuits.store import CircuitStore
from carnet.hosting.directory import Placement
from carnet.hosting.erasure.store import ErasureStore
from carnet.hosting.moving.store import MoveStore
from carnet.hosting.oversight.store import OversightStore, RootStore
from carnet.journal.chain import SealedEntry
from carnet.journal.database import Database

LEASE_SECONDS = 20
NOT_PROVEN = "found by a challenge"
NOT_THERE = "a body was not there, or damaged"
NOT_LEADING = "its journal does not lead to the head"
DAMAGES = (NOT_PROVEN, NOT_THERE, NOT_LEADING)
"""Why a lack is noted, when bytes did not verify: the host is to read again all that it has of the record."""

# Metered with the deletion of its row: once, whoever dies, and whichever way it was delivered. A portal that was
# restored may deliver an entry again.
_DELIVERED = """
with delivered as (
  delete from outbox o using unnest($1::uuid[], $2::bigint[]) as d(record_id, place)
  where o.record_id = d.record_id and o.place = d.place
  returning o.record_id, o.place, o.header, octet_length(o.sealed) as sealed_bytes, o.holders, o.committed_at)
insert into entry_to_meter (record_id, place, header, sealed_bytes, holders, committed_at)
select * from delivered
on conflict do nothing
"""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An entry that has its place, and the hosts that hold its bodies."""

    record: UUID
    place: int
    previous: bytes
    head: bytes
    entry: SealedEntry
    holders: tuple[str, ...]


class HostingStore:
    """What the portal's database knows about copies."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.oversight = OversightStore(database)
        self.accreditation = AccreditationStore(database)
        self.roots = RootStore(database)
        self.erasure = ErasureStore(database)
        self.circuits = CircuitStore(database)
        self.moves = MoveStore(database)

    async def placement(self, record: UUID) -> Placement | None:
        """Where the record is kept now; None when there is no such record."""
        row = await self._database.fetchrow(
            "select record_id, placement_version, home, reference from record where record_id = $1", record)
        return None if row is None else Placement(row[0], row[1], row[2], row[3])

    async def locked_head(self, record: UUID) -> tuple[Placement, int, bytes] | None:
        """Placement, place and head, read when no commit of this record is under way (rule FENCE)."""
        row = await self._database.fetchrow(
            "select record_id, placement_version, home, reference, place, head from record where record_id = $1"
            " for share", record)
        return None if row is None else (Placement(row[0], row[1], row[2], row[3]), row[4], row[5])

    async def tail(self, record: UUID, after: int = 0) -> list[OutboxRow]:
        """Entries of the record that wait for hosts, in order."""
        rows = await self._database.fetch(
            "select record_id, place, previous, head, header, sealed, holders from outbox"
            " where record_id = $1 and place > $2 order by place", record, after)
        return [_outbox_row(row) for row in rows]

    async def locked_heads(self, records: Sequence[UUID]) -> list[tuple[Placement, int, bytes]]:
        """The same as `locked_head`, of many records."""
        rows = await self._database.fetch(
            "select record_id, placement_version, home, reference, place, head from record"
            " where record_id = any($1::uuid[]) order by record_id for share", list(records))
        return [(Placement(row[0], row[1], row[2], row[3]), row[4], row[5]) for row in rows]

    async def tails(self, records: Sequence[UUID]) -> list[OutboxRow]:
        """Entries of these records that wait for hosts, those of each in order."""
        rows = await self._database.fetch(
            "select record_id, place, previous, head, header, sealed, holders from outbox"
            " where record_id = any($1::uuid[]) order by record_id, place", list(records))
        return [_outbox_row(row) for row in rows]

    async def lacks_of(self, records: Sequence[UUID]) -> dict[UUID, dict[str, bool]]:
        """Of these records, the hosts that are known to lack something, and whether bytes did not verify there."""
        rows = await self._database.fetch(
            "select record_id, host_id, why = any($2::text[]) from catch_up where record_id = any($1::uuid[])",
            list(records), list(DAMAGES))
        lacks: dict[UUID, dict[str, bool]] = {}
        for record, host, is_damage in rows:
            lacks.setdefault(record, {})[host] = is_damage
        return lacks

    async def delivered(self, rows: Sequence[tuple[UUID, int]]) -> None:
        """Both hosts hold these entries and their bodies: they leave the outbox, and what they add is to be metered."""
        await self._database.execute(
            _DELIVERED, [record for record, _ in rows], [place for _, place in rows])

    async def claim_outbox(self, *, older_than_seconds: float, limit: int = 64) -> list[UUID]:
        """Records whose entries have waited too long, for this worker alone until its lease ends.

        Those never tried come first, then those tried longest ago: a host that is away delays only what is due there.
        """
        rows = await self._database.fetch(
            """
            with due as (
              select record_id, place from outbox
              where committed_at < clock_timestamp() - make_interval(secs => $1) and leased_until < clock_timestamp()
                and (select reconciling from platform) is null
              order by leased_until, committed_at limit $2 for update skip locked),
            leased as (
              update outbox o set leased_until = clock_timestamp() + make_interval(secs => $3), attempts = attempts + 1
              from due where o.record_id = due.record_id and o.place = due.place returning o.record_id)
            select distinct record_id from leased
            """, older_than_seconds, limit, LEASE_SECONDS)
        return [row[0] for row in rows]

    async def claim_lacks(self, *, limit: int = 64) -> list[UUID]:
        """Records of which a host is known to lack something, for this worker alone until its lease ends."""
        rows = await self._database.fetch(
            """
            with due as (
              select record_id, host_id from catch_up where leased_until < clock_timestamp()
                and (select reconciling from platform) is null
              order by leased_until, noted_at limit $1 for update skip locked),
            leased as (
              update catch_up c set leased_until = clock_timestamp() + make_interval(secs => $2)
              from due where c.record_id = due.record_id and c.host_id = due.host_id returning c.record_id)
            select distinct record_id from leased
            """, limit, LEASE_SECONDS)
        return [row[0] for row in rows]

    async def suspected(self, record: UUID) -> set[str]:
        """Hosts whose bytes of this record did not verify: comparing heads does not show what is wrong."""
        rows = await self._database.fetch(
            "select host_id from catch_up where record_id = $1 and why = any($2::text[])", record, list(DAMAGES))
        return {row[0] for row in rows}

    async def note_lack(self, record: UUID, host: str, why: str) -> None:
        """Remember that this host lacks something of the record; the worker will bring it."""
        await self.note_lacks([record], host, why)

    async def note_lacks(self, records: Sequence[UUID], host: str, why: str) -> None:
        """The same, for many records."""
        # Noted again is noted now: a check that began before must not make it forgotten (caught_up). That bytes did not
        # verify stays known whatever else is found: only reading them again shows what is wrong.
        await self._database.execute(
            "insert into catch_up as c (record_id, host_id, why) select record, $2, $3"
            " from (select distinct unnest($1::uuid[]) as record order by 1) as r"
            " on conflict (record_id, host_id) do update set noted_at = clock_timestamp(),"
            " why = case when c.why = any($4::text[]) then c.why else excluded.why end",
            list(records), host, why, list(DAMAGES))

    async def note_ahead(self, host: str, places: Mapping[UUID, int]) -> None:
        """Remember records of which this host has more than was committed by now: was the portal restored?"""
        await self._database.execute(
            "insert into reconcile_finding (record_id, reconcile_id, kind, host_id)"
            " select t.record_id, '00000000-0000-0000-0000-000000000000', 'ahead', $1"
            " from unnest($2::uuid[], $3::bigint[]) as t(record_id, place) join record r on r.record_id = t.record_id"
            " where r.place < t.place and r.state <> 'erased' and (select reconciling from platform) is null"
            " on conflict do nothing", host, list(places), list(places.values()))

    async def is_reconciling(self) -> bool:
        """Is the portal, restored, being compared with its hosts?"""
        is_reconciling: bool = await self._database.fetchval("select reconciling is not null from platform")
        return is_reconciling

    async def keeps_unnamed(self, record: UUID) -> bool:
        """Are bodies of this record that no entry names kept, since a restored portal may have acknowledged them?"""
        keeps: bool = await self._database.fetchval(
            "select exists (select from reconcile_finding where record_id = $1 and kind = 'unnamed' and not is_over)",
            record)
        return keeps

    async def caught_up(self, record: UUID, before: datetime) -> None:
        """Both hosts were seen equal: forget what was noted before that was checked."""
        await self._database.execute("delete from catch_up where record_id = $1 and noted_at < $2", record, before)

    async def all_caught_up(self, records: Sequence[UUID], before: datetime) -> None:
        """The same, for many records."""
        await self._database.execute(
            "delete from catch_up where record_id = any($1::uuid[]) and noted_at < $2", list(records), before)

    async def note_stand_in(self, record: UUID, host: str) -> bool:
        """This host may be given bodies of the record from now on (rule EVER).

        False when it is not active, or is being filled or released for this record (rule STANDIN): decided here, where
        it is written, and not on what a process has at hand.
        """
        may_stand_in: bool = await self._database.fetchval(
            """
            with noted as (
              insert into placement as p (record_id, host_id, role)
              select $1, host_id, 'stand_in' from active_host where host_id = $2
              on conflict (record_id, host_id) do update
                set role = 'stand_in', since = case p.role when 'former' then clock_timestamp() else p.since end,
                  receipt = null
                where p.role in ('stand_in', 'former')
              returning host_id)
            select exists (select from noted)
            """, record, host)
        return may_stand_in

    async def stand_ins_of(self, placement: Placement) -> Sequence[str]:
        """Other hosts than these two that may hold something: they stood in, come or go, or are the two by now.

        What they hold may serve, and does not count.
        """
        rows = await self._database.fetch(
            "select host_id from placement where record_id = $1 and role <> 'former' and host_id <> all($2::text[])",
            placement.record, list(placement.both))
        return [row[0] for row in rows]

    async def placed_at(self, host: str, *, after: UUID, limit: int) -> list[tuple[UUID, int, bytes]]:
        """Records that this host should hold, by id, with place and head: one page. Of an erased one it need not."""
        rows = await self._database.fetch(
            "select record_id, place, head from record where (home = $1 or reference = $1) and record_id > $2"
            " and state <> 'erased' order by record_id limit $3", host, after, limit)
        return [(row[0], row[1], row[2]) for row in rows]

    async def waiting(self) -> int:
        """How many entries wait for a host."""
        return int(await self._database.fetchval("select count(*) from outbox"))

    async def boots(self) -> dict[str, str]:
        """The last boot id seen of each host."""
        return {row[0]: row[1] for row in await self._database.fetch("select host_id, boot from host_state")}

    async def surveyed(self, host: str, boot: str) -> None:
        """The host was compared with the portal, under this boot id."""
        await self._database.execute(
            "insert into host_state (host_id, boot, surveyed_at) values ($1, $2, clock_timestamp())"
            " on conflict (host_id) do update set boot = $2, surveyed_at = clock_timestamp()", host, boot)

    async def epoch(self) -> int:
        """The platform's epoch, in every token: it grows when the portal was restored."""
        return int(await self._database.fetchval("select epoch from platform"))

    async def now(self) -> datetime:
        """The portal database's clock: the only one there is."""
        moment: datetime = await self._database.fetchval("select clock_timestamp()")
        return moment


def _outbox_row(row: asyncpg.Record) -> OutboxRow:
    return OutboxRow(
        row["record_id"], row["place"], row["previous"], row["head"], SealedEntry(row["header"], row["sealed"]),
        tuple(row["holders"]))

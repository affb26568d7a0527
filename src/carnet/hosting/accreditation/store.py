"""SQL of accreditation: applications, steps, standings.

Steps are taken down one at a time, for all hosts: what one is judged on (others' companies) does not move meanwhile.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg

from carnet.hosting.accreditation.file import HostFile, read_again
from carnet.hosting.accreditation.rules import Other, ends_on
from carnet.hosting.accreditation.steps import Life, Signed, Step, life_of, statement_of
from carnet.hosting.directory import Standing
from carnet.journal.database import Database

Trace = tuple[UUID, UUID, str, str, str, str, str, str]     # an audit event, as audit/events.py gives its columns
_TODAY = "(clock_timestamp() at time zone 'Europe/Paris')::date"    # the days of a decree are those of Paris
_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('accreditation'))"
_REMIND = f"update platform set reminded_on = {_TODAY} where reminded_on < {_TODAY} returning true"  # noqa: S608  ours
_TRACE = (
    "insert into audit_event (record_id, event_id, act, outcome, door, request_id, actor, detail)"
    " values ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8::text::jsonb)")
_INSERT_STEP = """
insert into host_step (host_id, number, application, step, is_favourable, signatory, signatory_name, signatory_role,
  public_key, signed_on, document_sha256, until, statement, signature)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, decode($11, 'hex'), $12, $13, $14)
"""
# Days are whole: from the first moment of the first to the last of the last. When a host first stands, what it holds is
# counted.
_PUT_STANDING = """
insert into host_standing as s (host_id, siren, company, state, active_from, active_until, capacity, counted)
values ($1, $2, $3, $4, $5::date::timestamp at time zone 'Europe/Paris',
  ($6::date + 1)::timestamp at time zone 'Europe/Paris', $7,
  (select count(*) from record where $1 in (home, reference) and state <> 'erased'))
on conflict (host_id) do update set siren = excluded.siren, company = excluded.company, state = excluded.state,
  active_from = excluded.active_from, active_until = excluded.active_until, capacity = excluded.capacity
"""


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that was handed in and signed for one host, on a day of the database's: `files` by number of application."""

    host: str
    steps: tuple[Signed, ...]
    files: dict[int, HostFile]
    today: date

    @property
    def life(self) -> Life:
        """What its steps come to."""
        return life_of(step.statement for step in self.steps)

    @property
    def file(self) -> HostFile:
        """What its decision was taken on; before there is one, what was handed in last."""
        decision = self.life.decision
        return self.files[decision.application if decision is not None else max(self.files)]


class AccreditationStore:
    """What the portal's database knows of the accreditation of hosts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def standings(self) -> list[Standing]:
        """What the accreditation of every host comes to, now by the database's clock."""
        rows = await self._database.fetch(
            """
            select s.host_id, state, a.host_id is not null as is_active, s.siren, company, active_from, active_until,
              capacity
            from host_standing s left join active_host a on a.host_id = s.host_id order by s.host_id
            """)
        return [Standing(*row) for row in rows]

    async def dossiers(self) -> list[Dossier]:
        """Those of all hosts that ever applied."""
        async with self._database.transaction(isolation="repeatable_read", readonly=True) as connection:
            return await _dossiers(connection)

    async def dossier(self, host: str) -> Dossier | None:
        """That of one host; None when it never applied."""
        return next((each for each in await self.dossiers() if each.host == host), None)

    async def today(self) -> date:
        """The day it is, by the database's clock."""
        day: date = await self._database.fetchval(f"select {_TODAY}")
        return day

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[Turn]:
        """What there is, and nobody else writes to it until the block ends."""
        async with self._database.transaction() as connection:
            await connection.execute(_ONE_AT_A_TIME)
            today: date = await connection.fetchval(f"select {_TODAY}")
            yield Turn(connection, host, await _dossiers(connection), today)

    async def trace(self, event: Trace) -> None:
        """Keep this audit event by itself: what it tells of changed nothing."""
        await self._database.execute(_TRACE, *event)

    async def take_reminding(self) -> bool:
        """True for one caller a day: whoever is told so says what ends soon."""
        return await self._database.fetchrow(_REMIND) is not None


class Turn:
    """The dossiers of all hosts, and the one that may be written."""

    def __init__(self, connection: asyncpg.Connection, host: str, dossiers: Sequence[Dossier], today: date) -> None:
        self._connection = connection
        self.host = host
        self.today = today
        self.dossier = next((each for each in dossiers if each.host == host), Dossier(host, (), {}, today))
        self.others = [
            Other(each.host, each.file.company.siren, each.file.is_reference) for each in dossiers
            if each.host != host and (each.life.decision is not None or each.life.is_under_way)]

    async def write(self, signed: Signed, content: bytes, event: Trace) -> Dossier:
        """Take the step down, with what it comes to and its trace. `content` is the file, of an application."""
        statement, files = signed.statement, self.dossier.files
        if statement.step is Step.APPLIED:
            await self._connection.execute(
                "insert into host_application (host_id, number, content, sha256) values ($1, $2, $3, sha256($3))",
                self.host, statement.application, content)
            files = {**files, statement.application: read_again(content)}
        await self._connection.execute(
            _INSERT_STEP, self.host, statement.number, statement.application, statement.step.value,
            statement.is_favourable, statement.signatory, statement.name, statement.role.value, signed.public_key,
            statement.signed_on, statement.document_sha256, statement.until, statement.content, signed.signature)
        dossier = Dossier(self.host, (*self.dossier.steps, signed), files, self.today)
        await self._connection.execute(_PUT_STANDING, *_standing(dossier))
        await self._connection.execute(_TRACE, *event)
        return dossier


def _standing(dossier: Dossier) -> tuple[object, ...]:
    life, file = dossier.life, dossier.file
    days = (None, None) if life.decision is None else (life.decision.from_, ends_on(life.decision, file))
    return dossier.host, file.company.siren, file.company.name, life.state, *days, file.capacity_records


async def _dossiers(connection: asyncpg.Connection) -> list[Dossier]:
    today = await connection.fetchval(f"select {_TODAY}")
    files: dict[str, dict[int, HostFile]] = {}
    for row in await connection.fetch("select host_id, number, content from host_application order by host_id, number"):
        files.setdefault(row["host_id"], {})[row["number"]] = read_again(row["content"])
    steps: dict[str, list[Signed]] = {host: [] for host in files}
    for row in await connection.fetch(
            "select host_id, statement, signature, public_key from host_step order by host_id, number"):
        steps[row["host_id"]].append(Signed(statement_of(row["statement"]), row["signature"], row["public_key"]))
    return [Dossier(host, tuple(taken), files[host], today) for host, taken in steps.items()]

"""SQL of comparisons: protocols, incidents, the draw, answers, closings and audits. Rows are only ever added."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

import asyncpg
import msgspec

from carnet.errors import Conflict, NotFound
from carnet.journal.database import Database
from carnet.steering.comparison import sql
from carnet.steering.comparison.facts import Answers, Drawn, Gravity, Incident, Returned
from carnet.steering.comparison.protocol import Cohort, Protocol, read_canonical
from carnet.steering.comparison.sample import Frame
from carnet.steering.comparison.survey import Respondent, Sheet

_ROWS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class KeptProtocol:
    """A version of a protocol, with its note."""

    version: int
    protocol: Protocol
    because: str
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Closing:
    """What an officer closed: all bytes that are published, and the note that says so."""

    number: int
    facts: bytes
    figures: bytes
    report: bytes
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Audit:
    """What an auditor countersigned, and checked."""

    number: int
    signatory: str
    name: str
    checked: tuple[str, ...]
    note: str
    at: datetime


class ComparisonStore:
    """The tables of comparisons. What is added to a closed one raises Conflict."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> datetime:
        """The database's time."""
        now: datetime = await self._database.fetchval("select date_trunc('second', clock_timestamp())")
        return now

    async def today(self) -> date:
        """The day it is, in France."""
        day: date = await self._database.fetchval("select (clock_timestamp() at time zone 'Europe/Paris')::date")
        return day

    async def all_ids(self) -> list[str]:
        """Every comparison, by its first day."""
        return [row[0] for row in await self._database.fetch(sql.ALL)]

    async def protocols(self, comparison: str) -> list[KeptProtocol]:
        """The versions of a protocol, the registration first. Raises NotFound."""
        rows = await self._database.fetch(sql.PROTOCOLS, comparison)
        if not rows:
            raise NotFound(f"there is no comparison {comparison}")
        return [
            KeptProtocol(row["version"], read_canonical(row["content"]), row["because"], row["note"], row["said_by"],
                         row["said_at"]) for row in rows]

    async def add_protocol(self, kept: KeptProtocol) -> None:
        """Keep a version of a protocol. Raises Conflict when there is that version already, or it is closed."""
        with _conflicts(f"comparison {kept.protocol.id} has a version {kept.version} already"):
            await self._database.execute(
                sql.ADD_PROTOCOL, kept.protocol.id, kept.version, kept.protocol.content, kept.because, kept.note,
                kept.by, kept.at)

    async def add_incident(self, comparison: str, incident: Incident) -> None:
        """Keep what somebody said of an incident. Raises Conflict."""
        with _conflicts():
            await self._database.execute(
                sql.ADD_INCIDENT, uuid4(), comparison, incident.on, incident.gravity.value, incident.host,
                incident.cohort, incident.minutes_down, incident.words, incident.by)

    async def incidents(self, comparison: str, since: date, until: date) -> list[Incident]:
        """The incidents of these days, both included."""
        return [
            Incident(on=row["happened_on"], gravity=Gravity(row["gravity"]), words=row["words"], by=row["said_by"],
                     host=row["host"], cohort=row["cohort"], minutes_down=row["minutes_down"])
            for row in await self._database.fetch(sql.INCIDENTS, comparison, since, until)]

    async def frame(self, cohort: Cohort) -> AsyncIterator[tuple[UUID, str]]:
        """The records of a cohort that are open, with their départements, in the order of their ids."""
        after = UUID(int=0)
        while True:
            rows = await self._database.fetch(
                sql.FRAME, list(cohort.placing), list(cohort.departements), cohort.opened_from, cohort.opened_until,
                after, _ROWS_AT_ONCE)
            for row in rows:
                yield row["record_id"], row["departement"]
            if len(rows) < _ROWS_AT_ONCE:
                return
            after = rows[-1]["record_id"]

    async def keep_draw(
        self, comparison: str, cohort: str, frame: Frame, drawn: Mapping[str, Sequence[UUID]], by: str,
    ) -> None:
        """Keep what was drawn of a cohort. Raises Conflict when it was drawn before."""
        with _conflicts(f"cohort {cohort} was drawn already"):
            async with self._database.transaction() as connection:
                await connection.execute(sql.ADD_DRAW, comparison, cohort, frame.digest, by)
                for stratum, records in drawn.items():
                    await connection.execute(
                        sql.ADD_STRATUM, comparison, cohort, stratum, frame.sizes[stratum], len(records))
                    await connection.execute(sql.ADD_SAMPLED, comparison, cohort, stratum, list(records))

    async def drawn(self, comparison: str) -> tuple[list[Drawn], list[tuple[str, str]]]:
        """How the samples were drawn: strata, and the digest of each cohort's frame."""
        strata = [
            Drawn(cohort=row["cohort"], stratum=row["stratum"], frame=row["frame"], drawn=row["drawn"])
            for row in await self._database.fetch(sql.STRATA, comparison)]
        digests = await self._database.fetch(sql.DIGESTS, comparison)
        return strata, [(row["cohort"], row["frame_digest"]) for row in digests]

    async def sampled(self, comparison: str) -> list[tuple[UUID, str, Respondent]]:
        """Whom the survey asks: record, the name to answer under, cohort and stratum."""
        return [
            (row["record_id"], str(row["respondent"]), Respondent(row["cohort"], row["stratum"]))
            for row in await self._database.fetch(sql.SAMPLED, comparison)]

    async def keep_sheets(
        self, comparison: str, sheets: Sequence[Sheet], drawn: Mapping[str, Respondent], by: str,
    ) -> None:
        """Keep answers, all or none. Raises Conflict when somebody's are there already."""
        with _conflicts("answers of one of these respondents are there already: nothing was taken"):
            await self._database.execute(
                sql.ADD_SHEETS, comparison, [UUID(each.respondent) for each in sheets],
                [drawn[each.respondent].cohort for each in sheets],
                [drawn[each.respondent].stratum for each in sheets],
                [msgspec.json.encode(each.scores).decode() for each in sheets], by)

    async def answers(self, comparison: str) -> tuple[list[Answers], list[Returned]]:
        """How many gave which score, and how many sent anything back."""
        scores = await self._database.fetch(sql.ANSWERS, comparison)
        returned = await self._database.fetch(sql.RETURNED, comparison)
        return [Answers(**dict(row)) for row in scores], [Returned(**dict(row)) for row in returned]

    async def close(self, comparison: str, closing: Closing) -> None:
        """Keep a closing. Raises Conflict when there is that one already, or an auditor countersigned."""
        with _conflicts(f"comparison {comparison} was closed meanwhile"):
            await self._database.execute(
                sql.ADD_CLOSING, comparison, closing.number, closing.facts, closing.figures, closing.report,
                closing.note, closing.by, closing.at)

    async def closing(self, comparison: str) -> Closing | None:
        """The last closing; None before the first."""
        row = await self._database.fetchrow(sql.CLOSING, comparison)
        return None if row is None else Closing(**dict(row))

    async def countersign(self, comparison: str, audit: Audit) -> None:
        """Keep an audit: nothing of the comparison changes after. Raises Conflict when there is one."""
        with _conflicts(f"comparison {comparison} is countersigned already"):
            await self._database.execute(
                sql.ADD_AUDIT, comparison, audit.number, audit.signatory, audit.name, list(audit.checked), audit.note,
                audit.at)

    async def audit(self, comparison: str) -> Audit | None:
        """The audit; None until it is countersigned."""
        row = await self._database.fetchrow(sql.AUDIT, comparison)
        return None if row is None else Audit(row[0], row[1], row[2], tuple(row[3]), row[4], row[5])


@contextmanager
def _conflicts(words: str = "") -> Iterator[None]:
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise Conflict(words) from error
    except asyncpg.CheckViolationError as error:
        raise Conflict("an auditor countersigned this comparison: nothing is added to it") from error

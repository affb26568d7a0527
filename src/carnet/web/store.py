"""Sessions in the portal's database, and the patients that a professional looked for in one.

A URL never carries an INS: it carries a handle, drawn at random, that means something in one session only.
The only clock is the database's; one that is away is told as such: nobody is logged out because it restarts.
May import: people, journal/database.py, the session of this room.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import msgspec

from carnet.journal.database import in_our_words
from carnet.people.caller import Caller
from carnet.people.ins import Ins, InsOid
from carnet.web.session import ActingFor, Session, digest, new_identifier

_TOUCH = "update web_session set seen_at = now() where id_hash = $1 and seen_at < now() - interval '1 minute'"


@dataclass(frozen=True, slots=True)
class LookedFor:
    """A patient whom a professional looked for, and whether they are connected in secret with this minor."""

    ins: Ins
    is_secret: bool


@dataclass(frozen=True, slots=True)
class SessionStore:
    """The table of sessions. `idle_minutes` without a page, or `hours` in all, end one."""

    pool: asyncpg.Pool
    idle_minutes: int
    hours: int

    async def begin(self, caller: Caller, authenticated_at: datetime | None = None) -> Session:
        """Open a session for a caller whom an identity provider has just vouched for."""
        session = Session(new_identifier(), caller)
        with in_our_words():
            await self.pool.execute(
                "insert into web_session (id_hash, caller, authenticated_at, ends_at) "
                "values ($1, $2, $4, now() + make_interval(hours => $3))",
                digest(session.identifier), msgspec.json.encode(caller).decode(), self.hours, authenticated_at,
            )
        return session

    async def follow(self, session: Session, former: Session) -> None:
        """End a session in favour of a newer one. Its handles go on if the person is the same: they logged in again."""
        if former.caller == session.caller:
            with in_our_words():
                await self.pool.execute(
                    "update web_patient_handle set id_hash = $2 where id_hash = $1", digest(former.identifier),
                    digest(session.identifier),
                )
        await self.end(former.identifier)

    async def find(self, identifier: str) -> Session | None:
        """The live session of a cookie, if there is one. Notes that it was seen, at most once a minute."""
        with in_our_words():
            row = await self.pool.fetchrow(
                "select caller::text, acting_for::text, least(began_at, authenticated_at) as authenticated_at, "
                "seen_at < now() - interval '1 minute' as stale from web_session "
                "where id_hash = $1 and ends_at > now() and seen_at > now() - make_interval(mins => $2)",
                digest(identifier), self.idle_minutes,
            )
        if row is None:
            return None
        if row["stale"]:
            with in_our_words():
                await self.pool.execute(_TOUCH, digest(identifier))
        acting_for = msgspec.json.decode(row["acting_for"], type=ActingFor) if row["acting_for"] else None
        caller = msgspec.json.decode(row["caller"], type=Caller)
        return Session(identifier, caller, acting_for, row["authenticated_at"])

    async def act_for(self, session: Session, person: ActingFor | None) -> None:
        """From the next page on, this session is about that person's record; None: about one's own again."""
        with in_our_words():
            await self.pool.execute(
                "update web_session set acting_for = $2 where id_hash = $1", digest(session.identifier),
                msgspec.json.encode(person).decode() if person else None,
            )

    async def end(self, identifier: str) -> None:
        """Close a session, with the handles given in it. Closing none is no error."""
        with in_our_words():
            await self.pool.execute("delete from web_session where id_hash = $1", digest(identifier))

    async def sweep(self) -> None:
        """Forget the sessions that are over."""
        with in_our_words():
            await self.pool.execute(
                "delete from web_session where ends_at < now() or seen_at < now() - make_interval(mins => $1)",
                self.idle_minutes,
            )

    async def handle_of(self, session: Session, ins: Ins) -> str:
        """The handle of a patient in this session: the same each time, unknown in any other."""
        with in_our_words():
            row = await self.pool.fetchrow(
                "insert into web_patient_handle (id_hash, ins, oid, handle) values ($1, $2, $3, $4) "
                "on conflict (id_hash, ins, oid) do update set used_at = now() returning handle",
                digest(session.identifier), ins.value, str(ins.oid), secrets.token_urlsafe(12),
            )
        return str(row["handle"])

    async def patient_of(self, session: Session, handle: str) -> Ins | None:
        """The INS behind a handle of this session."""
        found = await self.looked_for(session, handle)
        return found.ins if found else None

    async def looked_for(self, session: Session, handle: str) -> LookedFor | None:
        """The patient behind a handle of this session."""
        with in_our_words():
            row = await self.pool.fetchrow(
                "select ins, oid, is_secret from web_patient_handle where id_hash = $1 and handle = $2",
                digest(session.identifier), handle,
            )
        return LookedFor(Ins(row["ins"], InsOid(row["oid"])), row["is_secret"]) if row else None

    async def be_secret(self, session: Session, ins: Ins, *, is_secret: bool) -> None:
        """From the next page on, this session's connection to this patient is secret, or no more."""
        with in_our_words():
            await self.pool.execute(
                "update web_patient_handle set is_secret = $4 where (id_hash, ins, oid) = ($1, $2, $3)",
                digest(session.identifier), ins.value, str(ins.oid), is_secret,
            )

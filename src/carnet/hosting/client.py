"""The client of a host: its API (docs/hosts/openapi), with time budgets, circuits, and flights for what is hot.

Every failure is HostUnavailable or IntegrityError; an answer is believed only when its receipt verifies and says what
was ordered, and bytes only when they hash to their name: a host may be broken, or lie.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar
from uuid import UUID

import aiohttp

from carnet.errors import IntegrityError
from carnet.hosting.bulk import SLOW_SECONDS, BulkCalls
from carnet.hosting.directory import Host
from carnet.hosting.flights import Flights
from carnet.hosting.line.client import READ_SECONDS, Down, Refused
from carnet.hosting.oversight.said import Told
from carnet.hosting.tokens import TokenSigner
from carnet.hosting.wire import (
    AppendAnswer,
    BodiesRead,
    BodyAt,
    BodyToPut,
    CollectAnswer,
    EntryResult,
    EntryToAppend,
    HeadAnswer,
    InventoryPage,
    JournalPage,
    ReceiptAnswer,
    UnnamedAnswer,
)
from carnet.journal.chain import body_id, next_head

__all__ = ["APPEND_SECONDS", "PUT_SECONDS", "READ_SECONDS", "SLOW_SECONDS", "HostClient"]

PUT_SECONDS = 1.5
APPEND_SECONDS = 5.0
GATHER_SECONDS = 0.02     # entries on their way to a host: nobody waits for them, they are durable in the outbox
_PUT_BYTES = 24 * 2**20     # what one call may weigh: a host takes 32 MiB, in MessagePack and with a token
_PUT_LEAST = _PUT_BYTES // 32
T = TypeVar("T")
Thing = TypeVar("Thing")


class HostClient(BulkCalls):
    """Calls one host. `database_now` gives the portal database's time in Unix seconds."""

    def __init__(
        self, host: Host, session: aiohttp.ClientSession, signer: TokenSigner, database_now: Callable[[], float],
    ) -> None:
        super().__init__(host, session, signer, database_now)
        self._put: Flights[BodyToPut, None] = Flights(
            partial(_together, self._put_now), weight=lambda body: max(len(body.sealed), _PUT_LEAST),
            most=_PUT_BYTES)
        self._append: Flights[EntryToAppend, EntryResult] = Flights(
            partial(_together, self.append_all), most=64, gather_seconds=GATHER_SECONDS)
        self._read: Flights[BodyAt, bytes | None] = Flights(
            partial(_together, self._read_now), lanes=2, most=32)

    async def put(self, body: BodyToPut) -> None:
        """Have the host keep this body. Durable there when this returns."""
        await self._put(body)

    async def append(self, entry: EntryToAppend) -> EntryResult:
        """Have the host append this entry; its answer says appended, already, conflict or erased, and what it lacks."""
        return await self._append(entry)

    async def append_all(self, entries: Sequence[EntryToAppend]) -> Sequence[EntryResult]:
        """Append entries in one call; those of one record in their order."""
        items = [(str(entry.record), entry.version, entry.previous.hex()) for entry in entries]
        payload = {
            "token": self._token("append", items),
            "entries": [
                {"record": str(entry.record), "place": entry.place, "previous": entry.previous,
                 "header": entry.header, "sealed": entry.sealed} for entry in entries
            ],
        }
        try:
            raw = await self._post("/v1/entries", payload, APPEND_SECONDS, self.writes)
        except Refused as refusal:
            if refusal.status != 409:
                raise
            raw = refusal.answer
        answer = self._decoded(raw, AppendAnswer)
        stored = self._stored(entries, answer.results)
        self._believe(answer.receipt, "append", [
            (str(entry.record), result.place, result.head.hex()) for entry, result in stored])
        return answer.results

    async def read(self, body: BodyAt) -> bytes | None:
        """The sealed body, or None when the host has none that hashes to its name."""
        self._asked(body.purpose)
        return await self._read(body)

    async def head(self, record: UUID, version: int, *, verify: bool = False) -> HeadAnswer:
        """Where the host's copy of this record's chain ends, and which named bodies it lacks.

        With `verify` the host reads again all that it has of the record, and says which entries are damaged.
        """
        path, token = f"/v1/records/{record}/head", self._token("head", [(str(record), version)])
        asked_at = self._now()
        if verify:
            answer = await self._get(f"{path}?verify=true", token, HeadAnswer, SLOW_SECONDS)
        else:
            answer = await self._get(path, token, HeadAnswer, APPEND_SECONDS)
        if self.heard is not None:
            self.heard.told(Told(record, self.host.id, answer.place, bytes.fromhex(answer.head), asked_at, "head"))
        return answer

    async def journal(
        self, record: UUID, version: int, *, after: int, limit: int = 500, seconds: float = READ_SECONDS,
    ) -> JournalPage:
        """The entries that follow place `after`, and the head before them.

        Raises IntegrityError when the host's copy ends before that place: it lost entries, or never had them.
        """
        path = f"/v1/records/{record}/entries?after={after}&limit={limit}"
        try:
            return await self._get(path, self._token("journal", [(str(record), version)]), JournalPage, seconds)
        except Refused as refusal:
            if refusal.status == 404:
                raise IntegrityError(f"host {self.host.id} ends before place {after} of a record") from refusal
            raise

    async def inventory(self, *, after: str = "", limit: int = 1000) -> InventoryPage:
        """A page of what the host holds, by record id."""
        query = f"after={after}&limit={limit}" if after else f"limit={limit}"
        return await self._get(f"/v1/inventory?{query}", self._token("inventory", []), InventoryPage, SLOW_SECONDS)

    async def unnamed(self, *, before: int, limit: int = 500) -> list[UUID]:
        """Records of which the host holds bodies that no entry names, whose ticket ended before that time."""
        path = f"/v1/unnamed?before={before}&limit={limit}"
        return list((await self._get(path, self._token("unnamed", []), UnnamedAnswer, SLOW_SECONDS)).records)

    async def collect(self, record: UUID, version: int, *, head: bytes, until: int) -> CollectAnswer | None:
        """Order the collection of bodies no entry names; None when the host's head is another and it did nothing."""
        token = self._token("collect", [(str(record), version, head.hex(), until)])
        payload = {"token": token, "head": head, "until": until}
        try:
            raw = await self._post(f"/v1/records/{record}/collect", payload, SLOW_SECONDS, self.writes)
        except Refused as refusal:
            if refusal.status == 409:
                return None
            raise
        answer = self._decoded(raw, CollectAnswer)
        self._believe(answer.receipt, "collect", [(str(record), name.hex()) for name in answer.collected])
        return answer

    async def erase(self, record: UUID, version: int) -> ReceiptAnswer:
        """Order the erasure of all the host holds of this record; its signed receipt. Raises CeilingReached."""
        answer = await self._erased(f"/v1/records/{record}/erase", {
            "token": self._token("erase", [(str(record), version)]), "version": version}, ReceiptAnswer)
        self._believe(answer.receipt, "erase", [(str(record), version)])
        return answer

    async def _put_now(self, bodies: Sequence[BodyToPut]) -> Sequence[None]:
        items = [(str(body.record), body.version, body.id.hex(), body.ticket_end) for body in bodies]
        payload = {
            "token": self._token("put", items),
            "bodies": [{"record": str(body.record), "id": body.id, "sealed": body.sealed} for body in bodies],
        }
        answer = self._decoded(await self._post("/v1/bodies", payload, PUT_SECONDS, self.puts), ReceiptAnswer)
        self._believe(answer.receipt, "put", [(str(body.record), body.id.hex()) for body in bodies])
        return [None] * len(bodies)

    async def _read_now(self, bodies: Sequence[BodyAt]) -> Sequence[bytes | None]:
        items = [(str(body.record), body.version, body.id.hex()) for body in bodies]
        payload = {
            "token": self._token("read", items),
            "bodies": [{"record": str(body.record), "id": body.id} for body in bodies],
        }
        answer = self._decoded(await self._post("/v1/bodies/read", payload, READ_SECONDS, self.reads), BodiesRead)
        if len(answer.bodies) != len(bodies):
            raise IntegrityError(f"host {self.host.id} gave {len(answer.bodies)} bodies for {len(bodies)}")
        return [
            sealed if sealed is not None and body_id(sealed) == body.id else None
            for body, sealed in zip(bodies, answer.bodies, strict=True)
        ]

    def _stored(
        self, entries: Sequence[EntryToAppend], results: Sequence[EntryResult],
    ) -> list[tuple[EntryToAppend, EntryResult]]:
        if len(results) != len(entries):
            raise IntegrityError(f"host {self.host.id} gave {len(results)} results for {len(entries)} entries")
        stored = [(entry, result) for entry, result in zip(entries, results, strict=True) if result.is_stored]
        for entry, result in stored:
            reached = next_head(entry.previous, entry.header, entry.sealed)
            if result.status == "appended" and (result.place, result.head) != (entry.place, reached):
                raise IntegrityError(f"host {self.host.id} says it appended an entry, and has another head")
        return stored


async def _together(
    call: Callable[[Sequence[Thing]], Awaitable[Sequence[T]]], things: Sequence[Thing],
) -> Sequence[T | Exception]:
    """One flight. When the host is down it is so for all of them: flying one by one would only wait as many times."""
    try:
        return await call(things)
    except Down as error:
        return [error] * len(things)

"""The client of a host: its API (docs/hosts/openapi), with time budgets, a circuit, and flights for what is hot.

Every failure is HostUnavailable or IntegrityError; an answer is believed only when its receipt verifies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

import aiohttp
import msgspec

from carnet.errors import HostUnavailable, IntegrityError
from carnet.hosting.circuit import Circuit
from carnet.hosting.directory import Host
from carnet.hosting.flights import Flights
from carnet.hosting.tokens import Item, TokenSigner, verify_receipt
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
    StatusAnswer,
    UnnamedAnswer,
)

PUT_SECONDS = 1.5
READ_SECONDS = 1.5
APPEND_SECONDS = 5.0
SLOW_SECONDS = 30.0
T = TypeVar("T")
Signed = TypeVar("Signed", ReceiptAnswer, AppendAnswer, CollectAnswer)


class HostClient:
    """Calls one host. `database_now` gives the portal database's time in Unix seconds."""

    def __init__(
        self, host: Host, session: aiohttp.ClientSession, signer: TokenSigner, database_now: Callable[[], float],
    ) -> None:
        self.host = host
        self.writes, self.reads = Circuit(), Circuit()
        self._session = session
        self._signer = signer
        self._now = database_now
        self._put = Flights(self._put_flight, lanes=2, most=32)
        self._append = Flights(self._append_flight, key=lambda entry: entry.record, lanes=2, most=64)
        self._read = Flights(self._read_flight, lanes=2, most=32)

    async def put(self, body: BodyToPut) -> None:
        """Have the host keep this body. Durable there when this returns."""
        await self._put(body)

    async def append(self, entry: EntryToAppend) -> EntryResult:
        """Have the host append this entry; its answer says appended, already, conflict or erased, and what it lacks."""
        return await self._append(entry)

    async def append_all(self, entries: Sequence[EntryToAppend]) -> list[EntryResult]:
        """Append entries of one record, in order, in one call."""
        return list(await self._append_flight(entries))

    async def read(self, body: BodyAt) -> bytes | None:
        """The sealed body, or None when the host has none that hashes to its name."""
        return await self._read(body)

    async def head(self, record: UUID, version: int) -> HeadAnswer:
        """Where the host's copy of this record's chain ends, and which named bodies it lacks."""
        return await self._get(f"/v1/records/{record}/head", "head", [(str(record), version)], HeadAnswer)

    async def journal(self, record: UUID, version: int, *, after: int, limit: int = 500) -> JournalPage:
        """The entries that follow place `after`, and the head before them."""
        path = f"/v1/records/{record}/entries?after={after}&limit={limit}"
        return await self._get(path, "journal", [(str(record), version)], JournalPage)

    async def status(self) -> StatusAnswer:
        """What the host says of itself, its boot id first: it changes at each start."""
        return await self._get("/v1/status", "status", [], StatusAnswer)

    async def inventory(self, *, after: str = "", limit: int = 1000) -> InventoryPage:
        """A page of what the host holds, by record id."""
        query = f"after={after}&limit={limit}" if after else f"limit={limit}"
        return await self._get(f"/v1/inventory?{query}", "inventory", [], InventoryPage)

    async def unnamed(self, *, before: int, limit: int = 500) -> list[UUID]:
        """Records of which the host holds bodies that no entry names, whose ticket ended before that time."""
        answer = await self._get(f"/v1/unnamed?before={before}&limit={limit}", "unnamed", [], UnnamedAnswer)
        return list(answer.records)

    async def collect(self, record: UUID, version: int, *, head: bytes, until: int) -> CollectAnswer | None:
        """Order the collection of bodies no entry names; None when the host's head is another and it did nothing."""
        token = self._token("collect", [(str(record), version, head.hex(), until)])
        payload = {"token": token, "head": head, "until": until}
        status, answer = await self._post(f"/v1/records/{record}/collect", payload, SLOW_SECONDS, self.writes)
        return None if status == 409 else self._believed(msgspec.msgpack.decode(answer, type=CollectAnswer))

    async def erase(self, record: UUID, version: int) -> ReceiptAnswer:
        """Order the erasure of all the host holds of this record; its signed receipt."""
        payload = {"token": self._token("erase", [(str(record), version)]), "version": version}
        _, answer = await self._post(f"/v1/records/{record}/erase", payload, SLOW_SECONDS, self.writes)
        return self._believed(msgspec.msgpack.decode(answer, type=ReceiptAnswer))

    async def _put_flight(self, bodies: Sequence[BodyToPut]) -> Sequence[None]:
        items = [(str(body.record), body.version, body.id.hex(), body.ticket_end) for body in bodies]
        payload = {
            "token": self._token("put", items),
            "bodies": [{"record": str(body.record), "id": body.id, "sealed": body.sealed} for body in bodies],
        }
        _, answer = await self._post("/v1/bodies", payload, PUT_SECONDS, self.writes)
        self._believed(msgspec.msgpack.decode(answer, type=ReceiptAnswer))
        return [None] * len(bodies)

    async def _append_flight(self, entries: Sequence[EntryToAppend]) -> Sequence[EntryResult]:
        items = [(str(entry.record), entry.version, entry.previous.hex()) for entry in entries]
        payload = {
            "token": self._token("append", items),
            "entries": [
                {"record": str(entry.record), "place": entry.place, "previous": entry.previous,
                 "header": entry.header, "sealed": entry.sealed} for entry in entries
            ],
        }
        _, answer = await self._post("/v1/entries", payload, APPEND_SECONDS, self.writes)
        return self._believed(msgspec.msgpack.decode(answer, type=AppendAnswer)).results

    async def _read_flight(self, bodies: Sequence[BodyAt]) -> Sequence[bytes | None]:
        items = [(str(body.record), body.version, body.id.hex()) for body in bodies]
        payload = {
            "token": self._token("read", items),
            "bodies": [{"record": str(body.record), "id": body.id} for body in bodies],
        }
        _, answer = await self._post("/v1/bodies/read", payload, READ_SECONDS, self.reads)
        return msgspec.msgpack.decode(answer, type=BodiesRead).bodies

    def _token(self, method: str, items: Sequence[Item]) -> str:
        return self._signer.sign(self.host.id, method, items, now=self._now())

    def _believed(self, answer: Signed) -> Signed:
        verify_receipt(answer.receipt, self.host.id, self.host.receipt_key)
        return answer

    async def _get(self, path: str, method: str, items: list[Item], kind: type[T]) -> T:
        headers = {"Authorization": f"Bearer {self._token(method, items)}"}
        _, answer = await self._call("GET", path, SLOW_SECONDS, self.reads, headers=headers)
        decode = msgspec.msgpack.decode if kind is JournalPage else msgspec.json.decode
        try:
            return decode(answer, type=kind)
        except msgspec.MsgspecError as error:
            raise IntegrityError(f"host {self.host.id} gave an answer that is none: {error}") from error

    async def _post(self, path: str, payload: dict[str, Any], seconds: float, circuit: Circuit) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/msgpack"}
        return await self._call(
            "POST", path, seconds, circuit, headers=headers, data=msgspec.msgpack.encode(payload))

    async def _call(
        self, method: str, path: str, seconds: float, circuit: Circuit, *, headers: dict[str, str],
        data: bytes | None = None,
    ) -> tuple[int, bytes]:
        if not circuit.allows(monotonic()):
            raise HostUnavailable(self.host.id, "taken for down, its circuit is open")
        try:
            async with asyncio.timeout(seconds):
                async with self._session.request(method, self.host.url + path, headers=headers, data=data) as response:
                    answer = await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            circuit.failed(monotonic())
            raise HostUnavailable(self.host.id, f"no answer: {type(error).__name__}") from error
        if response.status not in (200, 409):
            circuit.failed(monotonic())
            raise HostUnavailable(self.host.id, f"answered {response.status}: {answer[:200].decode(errors='replace')}")
        circuit.succeeded(monotonic())
        return response.status, answer

"""The line to a host: tokens out, answers in, with a time budget and a circuit for each call.

Every failure is HostUnavailable or IntegrityError; an answer is believed only when its receipt verifies and says what
was ordered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import msgspec

from carnet.errors import CarnetError, HostUnavailable, IntegrityError
from carnet.hosting.circuit import PROBE_SECONDS, Circuit
from carnet.hosting.directory import Host
from carnet.hosting.tokens import Item, Receipt, TokenSigner, verify_receipt
from carnet.hosting.wire import JournalPage, StatusAnswer

if TYPE_CHECKING:
    from carnet.hosting.oversight.heard import Heard

READ_SECONDS = 1.5
_LARGE_BYTES = 1024 * 1024
_UP = (400, 403, 404, 409, 410, 413)     # refusals of what was asked, by a host that is up
T = TypeVar("T")


class Down(HostUnavailable):
    """The host was not reached, did not answer, or takes nothing now: the same for all that travelled in the call."""


class Refused(HostUnavailable):
    """The host answered, and did not do what was asked."""

    def __init__(self, host: str, status: int, answer: bytes) -> None:
        super().__init__(host, f"answered {status}: {answer[:200].decode(errors='replace')}")
        self.status, self.answer = status, answer


class Line:
    """Calls one host. `database_now` gives the portal database's time in Unix seconds.

    Puts, other writes and reads have circuits of their own: a full host still takes entries and orders to collect.
    """

    def __init__(
        self, host: Host, session: aiohttp.ClientSession, signer: TokenSigner, database_now: Callable[[], float],
    ) -> None:
        self.host = host
        self.puts, self.writes, self.reads = Circuit(), Circuit(), Circuit()
        self._probing: asyncio.Task[None] | None = None
        self._session = session
        self._signer = signer
        self._now = database_now
        self.heard: Heard | None = None     # keeps what this host signs and is asked for

    def close(self) -> None:
        """Stop asking. What is under way is not waited for."""
        if self._probing is not None:
            self._probing.cancel()

    async def status(self) -> StatusAnswer:
        """What the host says of itself, its boot id first: it changes at each start."""
        return await self._get("/v1/status", "", StatusAnswer, READ_SECONDS)

    def _believe(self, receipt: str, method: str, items: Sequence[Item]) -> Receipt:
        """The receipt. Raises IntegrityError unless it says `method`, of things that begin as these items do."""
        signed = verify_receipt(receipt, self.host.id, self.host.receipt_key)
        said = [tuple(each[:len(item)]) for each, item in zip(signed.items, items, strict=False)]
        if signed.method != method or len(signed.items) != len(items) or said != list(items):
            raise IntegrityError(f"host {self.host.id} gave a receipt for another thing than what was ordered")
        if self.heard is not None:
            self.heard.signed(self.host.id, signed, receipt)
        return signed

    def _asked(self, purpose: str, bodies: int = 1) -> None:
        if self.heard is not None:
            self.heard.asked(self.host.id, purpose, bodies)

    def _token(self, method: str, items: Sequence[Item]) -> str:
        return self._signer.sign(self.host.id, method, items, now=self._now())

    def _decoded(self, answer: bytes, kind: type[T], *, decode: Callable[..., T] = msgspec.msgpack.decode) -> T:
        try:
            return decode(answer, type=kind)
        except msgspec.MsgspecError as error:
            raise IntegrityError(f"host {self.host.id} gave an answer that is none: {error}") from error

    async def _get(self, path: str, token: str, kind: type[T], seconds: float) -> T:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await self._call("GET", path, seconds, self.reads, headers=headers)
        decode = msgspec.msgpack.decode if kind is JournalPage else msgspec.json.decode
        return self._decoded(answer, kind, decode=decode)

    async def _post(self, path: str, payload: Mapping[str, Any], seconds: float, circuit: Circuit) -> bytes:
        headers = {"Content-Type": "application/msgpack"}
        packed = msgspec.msgpack.encode(payload)
        # A large one in pieces: written at once it would keep every other call of this process waiting.
        data = BytesIO(packed) if len(packed) > _LARGE_BYTES else packed
        return await self._call("POST", path, seconds, circuit, headers=headers, data=data)

    async def _call(
        self, method: str, path: str, seconds: float, circuit: Circuit, *, headers: dict[str, str],
        data: bytes | BytesIO | None = None,
    ) -> bytes:
        if not circuit.allows(monotonic()):
            raise Down(self.host.id, "taken for down, its circuit is open")
        try:
            async with asyncio.timeout(seconds):
                async with self._session.request(method, self.host.url + path, headers=headers, data=data) as response:
                    answer = await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            self._failed(circuit)
            raise Down(self.host.id, f"no answer: {type(error).__name__}") from error
        if response.status == 200:
            circuit.succeeded(monotonic())
            return answer
        if response.status in _UP:
            circuit.succeeded(monotonic())
            raise Refused(self.host.id, response.status, answer)
        self._failed(circuit)
        if response.status in (401, 503):
            raise Down(self.host.id, f"answered {response.status}: {answer[:200].decode(errors='replace')}")
        raise Refused(self.host.id, response.status, answer)

    def _failed(self, circuit: Circuit) -> None:
        circuit.failed(monotonic())
        if circuit.is_open and (self._probing is None or self._probing.done()):
            self._probing = asyncio.ensure_future(self._probe())

    async def _probe(self) -> None:
        """Ask a host that is taken for down how it is, until it is up: nobody else may have a reason to call it."""
        circuits = (self.puts, self.writes, self.reads)
        while any(circuit.is_open for circuit in circuits):
            await asyncio.sleep(PROBE_SECONDS)
            try:
                status = await self.status()
            except CarnetError:
                continue
            for circuit in circuits if status.state == "active" else (self.reads,):
                circuit.succeeded(monotonic())

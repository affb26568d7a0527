"""The line to the host under test: sends what it is told, right or wrong, and writes down how each call ended."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from types import SimpleNamespace
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import aiohttp
import msgspec

from carnet.errors import CarnetError, HostUnavailable
from carnet.hosting.client import HostClient
from carnet.hosting.conformance.must import RuleBrokenError
from carnet.hosting.conformance.orders import Order
from carnet.hosting.conformance.report import Evidence
from carnet.hosting.conformance.tokens import Keys, Signer
from carnet.hosting.directory import Host
from carnet.hosting.tokens import Receipt, TokenSigner, verify_receipt

CALL_SECONDS = 30.0
KEPT_EVIDENCE = 8
_LARGE_BYTES = 2**20      # from here on aiohttp wants a file
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    name: str
    status: int
    headers: dict[str, str]
    raw: bytes

    def of(self, kind: type[T]) -> T:
        """What it says. Raises RuleBrokenError unless it is a 200 of this form, in the form that its type announces."""
        if self.status != 200:
            raise RuleBrokenError(f"{self.name} answered {self.told}, and should have done it")
        return self.read_as(kind)

    def read_as(self, kind: type[T]) -> T:
        """What it says, whatever its status."""
        packed = self.headers.get("content-type", "").startswith("application/msgpack")
        try:
            return msgspec.msgpack.decode(self.raw, type=kind) if packed else msgspec.json.decode(self.raw, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            why = f"{self.name} answered {self.status} with what is not in its form: {error}"
            raise RuleBrokenError(why) from error

    @property
    def told(self) -> str:
        """Status and code of an error, for a sentence."""
        try:
            return f"{self.status} ({msgspec.json.decode(self.raw, type=ErrorAnswer).error})"
        except msgspec.MsgspecError:
            return str(self.status)


class ErrorAnswer(msgspec.Struct, frozen=True):
    """Every refusal."""

    error: str
    message: str


@dataclass
class Ledger:
    """How the calls of one check ended: all counted, the last of them kept."""

    calls: int = 0
    last: deque[tuple[str, int, list[bytes]]] = field(default_factory=lambda: deque(maxlen=KEPT_EVIDENCE))

    def begin(self) -> None:
        """Another check begins."""
        self.calls = 0
        self.last.clear()

    def evidence(self) -> tuple[Evidence, ...]:
        """As the report keeps it."""
        return tuple(Evidence(call, status, _digest(status, chunks)) for call, status, chunks in self.last)


@dataclass(frozen=True, slots=True)
class Target:
    """The host to look at. `receipt_key` is its raw Ed25519 public key."""

    url: str
    host_id: str
    receipt_key: bytes


@dataclass
class HostUnderTest:
    """The host, and what the kit did to it. `records` are all those it may hold something of, by our doing."""

    target: Target
    session: aiohttp.ClientSession
    signer: Signer
    ledger: Ledger
    ceiling: int = 200
    records: list[UUID] = field(default_factory=list)
    remembered: dict[str, Any] = field(default_factory=dict)

    def new_record(self) -> UUID:
        """A random record id, of the kit's own."""
        self.records.append(uuid4())
        return self.records[-1]

    def new_records(self, number: int) -> list[UUID]:
        """Random record ids that follow each other, so that a walk over them meets no record of anybody else."""
        first = uuid4().int >> 16 << 16
        made = [UUID(int=first + rank + 1) for rank in range(number)]
        self.records += made
        return made

    async def do(self, order: Order) -> Answer:
        """Send it with the token it needs."""
        return await self.send(order, self.signer.token(order))

    async def ask(self, order: Order, kind: type[T]) -> T:
        """Send it with the token it needs; what it answered. Raises RuleBrokenError unless it is a 200 of this form."""
        return (await self.do(order)).of(kind)

    async def send(self, order: Order, token: str) -> Answer:
        """Send it with this token, none when it is empty."""
        if not order.is_post:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            return await self.call("GET", order.path, name=order.name, headers=headers)
        return await self.post(order, msgspec.msgpack.encode({"token": token, **(order.content or {})}))

    async def post(self, order: Order, content: bytes) -> Answer:
        """Send these bytes where the order goes."""
        headers = {"Content-Type": "application/msgpack"}
        return await self.call("POST", order.path, name=order.name, headers=headers, content=content)

    async def call(
        self, verb: str, path: str, *, name: str = "", headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """One call, whatever it is. Raises HostUnavailable when no answer comes."""
        url, trace = self.target.url + path, f"{verb} {name or path}"
        data = BytesIO(content) if content is not None and len(content) > _LARGE_BYTES else content
        try:
            async with self.session.request(
                verb, url, headers=headers, data=data, trace_request_ctx=trace, allow_redirects=False,
            ) as response:
                raw = await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            why = f"{trace} got no answer ({type(error).__name__})"
            raise HostUnavailable(self.target.host_id, why) from error
        return Answer(trace, response.status, {key.lower(): value for key, value in response.headers.items()}, raw)

    def receipt(self, receipt: str, method: str) -> Receipt:
        """A receipt of this host, for this method. Raises IntegrityError, or RuleBrokenError."""
        signed = verify_receipt(receipt, self.target.host_id, self.target.receipt_key)
        if signed.method != method:
            raise RuleBrokenError(f"its receipt says {signed.method}, and {method} was ordered")
        return signed

    @asynccontextmanager
    async def portal_client(self) -> AsyncIterator[HostClient]:
        """The portal's own client of this host, new: it believes nothing that it cannot verify."""
        host = Host(self.target.host_id, self.target.url, self.target.receipt_key)
        keys = self.signer.keys
        signer = TokenSigner(keys.portal, keys.erasure, epoch=self.signer.epoch)
        client = HostClient(host, self.session, signer, self.signer.now)
        try:
            yield client
        finally:
            client.close()


class Status(msgspec.Struct, frozen=True):
    """What a host says of itself, to anybody."""

    host: str
    boot: str
    state: str
    epoch: int
    receipt_key: str
    damaged: int
    version: str


@asynccontextmanager
async def line_to(target: Target, keys: Keys, now: Callable[[], float]) -> AsyncIterator[HostUnderTest]:
    """The host under test, in the epoch that it says it is in: the kit never moves that on."""
    timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
    ledger = Ledger()
    async with aiohttp.ClientSession(timeout=timeout, trace_configs=[_into(ledger)]) as session:
        host = HostUnderTest(target, session, Signer(target.host_id, keys, 1, now), ledger)
        status = await status_of(host)
        host.signer = Signer(target.host_id, keys, max(1, status.epoch), now)
        yield host


async def status_of(host: HostUnderTest) -> Status:
    """What it says of itself."""
    return (await host.call("GET", "/v1/status")).of(Status)


async def who_answers(url: str) -> Status:
    """Who says it is there, before anything else is known. Raises HostUnavailable, or RuleBrokenError."""
    timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url + "/v1/status") as response:
            raw, headers = await response.read(), {"content-type": response.content_type}
    except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
        raise HostUnavailable(url, f"nothing answers ({type(error).__name__})") from error
    return Answer("GET /v1/status", response.status, headers, raw).of(Status)


async def back_again(host: HostUnderTest, *, seconds: float) -> None:
    """Wait until the host answers, as long as this. Raises HostUnavailable."""
    for _ in range(max(1, int(seconds * 5))):
        try:
            await status_of(host)
        except CarnetError:
            await asyncio.sleep(0.2)
        else:
            return
    raise HostUnavailable(host.target.host_id, f"it did not answer again within {seconds:.0f} s")


def _into(ledger: Ledger) -> aiohttp.TraceConfig:
    """Have each call written down, whoever makes it."""
    tracing = aiohttp.TraceConfig()

    def noted(context: SimpleNamespace, call: str, status: int) -> None:
        context.chunks = []
        ledger.calls += 1
        ledger.last.append((context.trace_request_ctx or call, status, context.chunks))

    async def ended(_: object, context: SimpleNamespace, ending: aiohttp.TraceRequestEndParams) -> None:
        noted(context, f"{ending.method} {_without_ids(ending.url.path)}", ending.response.status)

    async def failed(_: object, context: SimpleNamespace, ending: aiohttp.TraceRequestExceptionParams) -> None:
        noted(context, f"{ending.method} {_without_ids(ending.url.path)}", 0)

    async def came(_: object, context: SimpleNamespace, part: aiohttp.TraceResponseChunkReceivedParams) -> None:
        context.chunks.append(sha256(part.chunk).digest())

    tracing.on_request_end.append(ended)
    tracing.on_request_exception.append(failed)
    tracing.on_response_chunk_received.append(came)
    return tracing


def _without_ids(path: str) -> str:
    return "/".join("{record}" if len(part) == 36 else part for part in path.split("/"))


def _digest(status: int, chunks: list[bytes]) -> str:
    """The SHA-256 of the answer, which aiohttp gives as one piece."""
    return chunks[0].hex() if len(chunks) == 1 else sha256(b"").hexdigest() if status else ""


def scheme_of(url: str) -> Literal["http", "https"]:
    """How the host was reached."""
    return "https" if urlsplit(url).scheme == "https" else "http"

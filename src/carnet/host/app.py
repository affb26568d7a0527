"""The calls of a host, each on one page of `openapi.json`: parse, believe the token, do it, sign what was done.

Logged: the call's name, the status and the code of each refusal, and the kind and the place in our code of what was not
expected. Never a record id, a body id, a token or an address; run the server without its own access log.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable
from importlib.resources import files
from uuid import UUID

import asyncpg
import msgspec
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carnet import __version__
from carnet.errors import TooLarge, Unauthenticated
from carnet.host import bodies, journals, records, wire
from carnet.host.append import append
from carnet.host.config import HostConfig
from carnet.host.errors import Full, ReadOnly, answer_to
from carnet.host.receipts import Receipts
from carnet.host.store import Store
from carnet.host.tokens import Gate, Method, Order, only
from carnet.host.wire import converted, parsed

log = logging.getLogger("carnet.host")

Endpoint = Callable[[Request], Awaitable[Response]]


def build(pool: asyncpg.Pool, config: HostConfig) -> Starlette:
    """The host as an ASGI application, on connections that `store.open_pool` gave to a migrated database."""
    host = _Calls(pool, config)
    calls: list[tuple[str, str, Endpoint]] = [
        ("POST", "/v1/bodies", host.put),
        ("POST", "/v1/bodies/read", host.read),
        ("POST", "/v1/entries", host.append),
        ("GET", "/v1/records/{record}/head", host.head),
        ("GET", "/v1/records/{record}/entries", host.journal),
        ("POST", "/v1/records/{record}/collect", host.collect),
        ("POST", "/v1/records/{record}/erase", host.erase),
        ("GET", "/v1/inventory", host.inventory),
        ("GET", "/v1/unnamed", host.unnamed),
        ("GET", "/v1/status", host.status),
        ("GET", "/openapi.json", host.openapi),
    ]
    routes = [Route(path, _answered(call), methods=[method]) for method, path, call in calls]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _no_such_call})
    app.add_middleware(_Boot, boot=host.boot)
    return app


class _Calls:
    """One method per call. `boot` is new at each start: who calls notices that this host was away."""

    def __init__(self, pool: asyncpg.Pool, config: HostConfig) -> None:
        self.boot = secrets.token_hex(16)
        self._config = config
        self._store = Store(pool)
        self._gate = Gate(config)
        self._receipts = Receipts(config.host_id, config.receipt_private_key)

    async def put(self, request: Request) -> Response:
        call = parsed(await self._content(request), wire.Put)
        order = self._gate.order(call.token, "put", wire.PutItem)
        things = [(body.record, body.id.hex()) for body in call.bodies]
        only(things, [(item.record, item.body) for item in order.items])
        await self._may_write(makes_it_grow=True)
        await bodies.put(self._store, order, call.bodies)
        return _msgpack({"receipt": self._receipts.sign("put", things)})

    async def read(self, request: Request) -> Response:
        call = parsed(await self._content(request), wire.Read)
        order = self._gate.order(call.token, "read", wire.ReadItem)
        only([(body.record, body.id.hex()) for body in call.bodies], [(item.record, item.body) for item in order.items])
        found = await bodies.read(self._store, order, most_bytes=self._config.limits.answer_bytes)
        return _msgpack({"bodies": found})

    async def append(self, request: Request) -> Response:
        call = parsed(await self._content(request), wire.Append)
        order = self._gate.order(call.token, "append", wire.AppendItem)
        only(
            [(entry.record, entry.previous.hex()) for entry in call.entries],
            [(item.record, item.previous) for item in order.items],
        )
        await self._may_write()
        results = await append(
            self._store, order, call.entries, most_header_bytes=self._config.limits.header_bytes
        )
        held = [
            (entry.record, result.place, result.head.hex())
            for entry, result in zip(call.entries, results, strict=True)
            if result.is_here
        ]
        status = 409 if [result.status for result in results] == ["conflict"] else 200
        return _msgpack({"results": results, "receipt": self._receipts.sign("append", held)}, status)

    async def head(self, request: Request) -> Response:
        return _json(await journals.head(self._store, self._order_on(request, "head")))

    async def journal(self, request: Request) -> Response:
        order = self._order_on(request, "journal")
        query = converted(dict(request.query_params), wire.JournalQuery)
        return _msgpack(
            await journals.journal(self._store, order, query, most_bytes=self._config.limits.call_bytes)
        )

    async def inventory(self, request: Request) -> Response:
        order = self._gate.order(_bearer(request), "inventory", wire.TokenItem)
        only([], list(order.items))
        query = converted(dict(request.query_params), wire.InventoryQuery)
        return _json(await records.inventory(self._store, order.epoch, query))

    async def unnamed(self, request: Request) -> Response:
        order = self._gate.order(_bearer(request), "unnamed", wire.TokenItem)
        only([], list(order.items))
        query = converted(dict(request.query_params), wire.UnnamedQuery)
        return _json({"records": await bodies.unnamed(self._store, order.epoch, query)})

    async def collect(self, request: Request) -> Response:
        call = parsed(await self._content(request), wire.Collect)
        order = self._gate.order(call.token, "collect", wire.CollectItem)
        asked = (_record(request), call.head.hex(), call.until)
        only([asked], [(item.record, item.head, item.until) for item in order.items])
        await self._may_write()
        collected = await bodies.collect(self._store, order.epoch, order.items[0])
        receipt = self._receipts.sign("collect", [(asked[0], name.hex()) for name in collected])
        return _msgpack({"collected": collected, "receipt": receipt})

    async def erase(self, request: Request) -> Response:
        call = parsed(await self._content(request), wire.Erase)
        order = self._gate.order(call.token, "erase", wire.TokenItem)
        asked = (_record(request), call.version)
        only([asked], [(item.record, item.version) for item in order.items])
        await self._may_write()
        gone = await records.erase(self._store, order.epoch, order.items[0])
        return _msgpack({"receipt": self._receipts.sign("erase", [(*asked, *gone)])})

    async def status(self, _request: Request) -> Response:
        epoch, damaged = await self._store.health()
        return _json(
            {
                "host": self._config.host_id,
                "boot": self.boot,
                "state": await self._state(),
                "epoch": epoch,
                "receipt_key": self._receipts.public_key,
                "damaged": damaged,
                "version": __version__,
            }
        )

    async def openapi(self, _request: Request) -> Response:
        return Response(_OPENAPI, media_type="application/json")

    def _order_on(self, request: Request, method: Method) -> Order[wire.TokenItem]:
        """The order of a GET on the one record of its path."""
        order = self._gate.order(_bearer(request), method, wire.TokenItem)
        only([_record(request)], [item.record for item in order.items])
        return order

    async def _state(self) -> str:
        capacity = self._config.capacity_bytes
        if self._config.state == "active" and capacity is not None and await self._store.size_bytes() >= capacity:
            return "full"
        return self._config.state

    async def _may_write(self, *, makes_it_grow: bool = False) -> None:
        state = await self._state()
        if state == "read_only":
            raise ReadOnly("this host takes no writes for now")
        if state == "full" and makes_it_grow:
            raise Full("this host has no room for more bodies")

    async def _content(self, request: Request) -> bytearray:
        most = self._config.limits.call_bytes
        content = bytearray()
        async for chunk in request.stream():
            content += chunk
            if len(content) > most:
                raise TooLarge(most)
        return content


class _Boot:
    """Puts the name of this start on every answer, refusals included."""

    def __init__(self, app: ASGIApp, boot: str) -> None:
        self._app = app
        self._boot = boot

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Carnet-Boot"] = self._boot
            await send(message)

        await self._app(scope, receive, named)


_OPENAPI = (files("carnet.host") / "openapi.json").read_bytes()


def _record(request: Request) -> UUID:
    return converted(request.path_params["record"], UUID)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        raise Unauthenticated("a token is needed: Authorization: Bearer <token>")
    return token


def _msgpack(content: object, status: int = 200) -> Response:
    return Response(msgspec.msgpack.encode(content), status, media_type="application/msgpack")


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


def _answered(call: Endpoint) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            return await call(request)
        except Exception as error:  # noqa: BLE001 the last handler: what has no line in the table is answered 500
            return _refused(call.__name__, error)

    return answer


async def _no_such_call(_request: Request, error: Exception) -> Response:
    answer = _refused("-", error)
    answer.headers.update(getattr(error, "headers", None) or {})    # Which methods there are.
    return answer


def _refused(call: str, error: Exception) -> Response:
    status, content = answer_to(error)
    log.info("%s: %d %s", call, status, content["error"])
    if status == 500:
        # Not the text of the error, which may quote what was sent: its kind, and where in our code.
        frames = reversed(traceback.extract_tb(error.__traceback__))
        where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in frames)
        log.error("%s: unexpected %s at %s", call, type(error).__name__, where)
    answer = _json(content, status)
    if status == 503:
        answer.headers["Retry-After"] = str(getattr(error, "retry_after_seconds", 5))
    return answer

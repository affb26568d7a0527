"""The host as an application: its calls, and the one handler of errors.

Logged: the call's name, the status and the code of each refusal, and the kind and the place in our code of what was not
expected. Never a record id, a body id, a token or an address; run the server without its own access log.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carnet.host.calls import bulk, copies, watch
from carnet.host.config import HostConfig
from carnet.host.errors import answer_to
from carnet.host.host import Host, written
from carnet.host.outside import Outside

log = logging.getLogger("carnet.host")

Call = Callable[[Host, Request], Awaitable[Response]]

_CALLS: tuple[tuple[str, str, Call], ...] = (
    ("POST", "/v1/bodies", copies.put),
    ("POST", "/v1/bodies/read", copies.read),
    ("POST", "/v1/entries", copies.append_entries),
    ("GET", "/v1/records/{record}/head", copies.head),
    ("GET", "/v1/records/{record}/entries", copies.journal),
    ("POST", "/v1/records/{record}/collect", copies.collect),
    ("POST", "/v1/records/{record}/erase", bulk.erase_one),
    ("GET", "/v1/unnamed", copies.unnamed),
    ("POST", "/v1/export", bulk.export_copies),
    ("POST", "/v1/fill", bulk.fill_copies),
    ("POST", "/v1/erase", bulk.erase_all),
    ("POST", "/v1/challenge", watch.answer_challenge),
    ("GET", "/v1/counts/{day}", watch.counts),
    ("POST", "/v1/witness", watch.keep_witness),
    ("GET", "/v1/witness", watch.witnessed),
    ("GET", "/v1/inventory", watch.inventory),
    ("GET", "/v1/status", watch.status),
    ("GET", "/openapi.json", watch.openapi),
)


def build(pool: asyncpg.Pool, config: HostConfig, outside: Outside | None = None) -> Starlette:
    """The host as an ASGI application, on connections that `store.open_pool` gave to a migrated database.

    `outside` keeps the large bodies; without it they are in the database as all others.
    """
    host = Host(pool, config, outside)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        kept = [asyncio.ensure_future(host.counts.keep()), asyncio.ensure_future(host.store.outside.keep_sweeping())]
        yield
        for each in kept:
            each.cancel()
        await asyncio.wait(kept)

    routes = [Route(path, _answered(host, call), methods=[method]) for method, path, call in _CALLS]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _no_such_call}, lifespan=lifespan)
    app.add_middleware(_Boot, boot=host.boot)
    return app


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


def _answered(host: Host, call: Call) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            done = await call(host, request)
        except Exception as error:  # noqa: BLE001 the last handler: what has no line in the table is answered 500
            done = _refused(call.__name__, error)
        if done.status_code != 200:
            host.counts.add(refused=1)
        return done

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
    answer = written(content, status)
    if status == 503:
        answer.headers["Retry-After"] = str(getattr(error, "retry_after_seconds", 5))
    return answer

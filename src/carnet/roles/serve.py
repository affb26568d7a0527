"""Serve: one Starlette application under uvicorn, until it is asked to stop.

The last handler of every role is here: what no door translated is logged by its place in the code, never by its words,
which may hold a patient's data, and answered 500.
May import: `lifeline` of this room.
"""

from __future__ import annotations

import logging
import secrets
import signal
import traceback
from types import FrameType

import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carnet.roles.lifeline import stopping_with

LOG = logging.getLogger("carnet")


def log_to_stderr(role: str) -> None:
    """One line an event: time, role, level, words. Access lines are off: paths name records."""
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s CARNET {role} %(levelname)s %(message)s")
    for name in ("uvicorn", "uvicorn.error", "asyncio", "aiohttp"):
        logging.getLogger(name).setLevel(logging.WARNING)


async def serve(app: ASGIApp, *, address: str, port: int, supervisor: int | None = None) -> None:
    """Answer requests until SIGTERM, SIGINT or the end of `supervisor`; those begun are then answered first."""
    config = uvicorn.Config(
        LastHandler(app),
        host=address,
        port=port,
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        backlog=2048,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)

    def stop() -> None:
        server.should_exit = True

    # uvicorn raises the signal again once it is done: our own handler then lets the caller close its databases.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _noted)
    async with stopping_with(supervisor, stop):
        await server.serve()


def _noted(number: int, _frame: FrameType | None) -> None:
    LOG.info("stopping: %s", signal.Signals(number).name)


class LastHandler:
    """Outermost ASGI layer: an error that nobody translated ends here, with a number to find it by."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # The last handler of the role.
            if scope["type"] != "http":
                raise
            number = secrets.token_hex(4)
            LOG.error("request %s failed: %s", number, where(error))
            if not started:
                await PlainTextResponse(f"internal error {number}\n", 500)(scope, receive, send)


def where(error: BaseException) -> str:
    """An error without its words: its class and the places it came through, innermost last."""
    places = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-6:]]
    return f"{type(error).__name__} at {' > '.join(places)}"

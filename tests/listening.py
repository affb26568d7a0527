"""Applications of tests on loopback sockets: uvicorn without its clock, which is slow to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

_LAST_WORDS_SECONDS = 0.1


class Listening:
    """This application, on this port of the loopback address."""

    def __init__(self, application: ASGIApp, port: int) -> None:
        self._config = uvicorn.Config(
            application, host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="off")
        self._server = uvicorn.Server(self._config)

    async def start(self) -> None:
        """Take connections. Raises SystemExit when another listens there."""
        self._config.load()
        self._server.lifespan = self._config.lifespan_class(self._config)
        await self._server.startup()
        await self._server.on_tick(0)       # what each answer says of the server and the day

    async def stop(self) -> None:
        """Close every connection, once what is being answered was answered, if that is soon."""
        for listening in self._server.servers:
            listening.close()
        for connection in list(self._server.server_state.connections):
            connection.shutdown()
        if self._server.server_state.tasks:
            await asyncio.wait(self._server.server_state.tasks, timeout=_LAST_WORDS_SECONDS)
        for listening in self._server.servers:
            await listening.wait_closed()
        await asyncio.sleep(0)      # for the sockets to be closed


@asynccontextmanager
async def served(application: ASGIApp, port: int) -> AsyncIterator[None]:
    """This application, listening until the block ends."""
    listening = Listening(application, port)
    await listening.start()
    yield
    await listening.stop()

"""Applications of tests on loopback sockets: ports that nobody else gets, uvicorn without its clock, slow to stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

_LAST_WORDS_SECONDS = 0.1


@contextmanager
def held_port() -> Iterator[int]:
    """A port of the loopback address that is ours until the block ends, whoever listens there, ends and begins again.

    A port that was only found free is anybody's a moment later: of another worker's test, of a connection going out.
    """
    with _bound_to(0) as held:      # bound but not listening, it refuses who calls, and leaves place for who listens
        yield int(held.getsockname()[1])


def _bound_to(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(("127.0.0.1", port))
    except OSError:
        bound.close()
        raise
    return bound


class Listening:
    """This application, on this port of the loopback address."""

    def __init__(self, application: ASGIApp, port: int) -> None:
        self._port = port
        self._config = uvicorn.Config(application, log_config=None, access_log=False, lifespan="off")
        self._server = uvicorn.Server(self._config)

    async def start(self) -> None:
        """Take connections. Raises OSError when another listens there."""
        self._config.load()
        self._server.lifespan = self._config.lifespan_class(self._config)
        # Given a port, uvicorn would end the process when it is taken, and with it whatever test is at work.
        await self._server.startup(sockets=[_bound_to(self._port)])
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
    try:
        yield
    finally:
        await listening.stop()

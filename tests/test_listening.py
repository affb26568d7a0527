"""A port that is held is nobody else's, and servers that have it may come and go."""

from __future__ import annotations

import asyncio
import errno
import socket

import pytest
from starlette.applications import Starlette

from tests.listening import Listening, held_port, served


async def test_a_held_port_is_for_its_servers_one_after_the_other_and_for_no_other_socket() -> None:
    with held_port() as port:
        for _ in range(2):
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)
            async with served(Starlette(), port):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await writer.wait_closed()
        with socket.socket() as another, pytest.raises(OSError, match="in use"):
            another.bind(("127.0.0.1", port))


async def test_a_port_where_another_listens_is_an_error_not_the_end_of_the_process() -> None:
    with held_port() as port:
        async with served(Starlette(), port):
            with pytest.raises(OSError, match="in use") as refused:
                await Listening(Starlette(), port).start()
    assert refused.value.errno == errno.EADDRINUSE

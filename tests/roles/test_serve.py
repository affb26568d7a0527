"""The last handler: an error nobody foresaw is answered 500 and logged by its place, never by its words."""

from __future__ import annotations

import asyncio
import logging
import os

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from carnet.roles.lifeline import stopping_with
from carnet.roles.serve import LastHandler


async def fails(_: Request) -> Response:
    raise ValueError("DURAND Camille, 2 84 05 69 383 001")


async def answers(_: Request) -> Response:
    return PlainTextResponse("well")


def client() -> TestClient:
    routes = [Route("/fails", fails), Route("/answers", answers)]
    # Starlette answers errors itself and raises them again: what reaches the last handler is raised by a bare one.
    return TestClient(LastHandler(Starlette(routes=routes).router), raise_server_exceptions=False)


def test_an_unforeseen_error_is_answered_500_and_its_words_are_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client().get("/fails")
    assert answer.status_code == 500
    assert answer.text.startswith("internal error ")
    assert answer.text.split()[-1] in caplog.text
    assert "ValueError at " in caplog.text
    assert "fails:" in caplog.text
    assert "DURAND" not in caplog.text + answer.text


def test_what_goes_well_passes_unchanged() -> None:
    assert client().get("/answers").text == "well"


async def test_the_end_of_the_supervisor_is_noticed() -> None:
    stopped = asyncio.Event()
    async with stopping_with(os.getppid() + 1, stopped.set, every_seconds=0.01):
        await asyncio.wait_for(stopped.wait(), 5)


async def test_a_living_supervisor_stops_nothing() -> None:
    stopped = asyncio.Event()
    async with stopping_with(os.getppid(), stopped.set, every_seconds=0.001):
        for _ in range(20):
            await asyncio.sleep(0)
    assert not stopped.is_set()

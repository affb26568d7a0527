"""What an officer does from the command line, and what they are told when it may not be done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from carnet.errors import InvalidInput, NotFound
from carnet.record.stores import Stores
from carnet.roles import officer
from carnet.roles.officer import closed_by_death, do, protected, resumed, suspended
from carnet.roles.settings import Settings
from tests.running import PATIENT, Platform, another_patient

HERE = Settings(demonstration=True)


@pytest.fixture
async def command(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """The platform, as commands find it."""
    @asynccontextmanager
    async def these(_: Settings) -> AsyncIterator[tuple[Stores, asyncpg.Pool]]:
        yield platform.stores, platform.portal

    monkeypatch.setattr(officer, "stores_of", these)
    await platform.opened()
    return platform


async def test_an_officer_suspends_resumes_protects_and_closes(
    command: Platform, capsys: pytest.CaptureFixture[str],
) -> None:
    for deed in (suspended("fraude"), resumed(), protected(True), protected(False), closed_by_death()):
        assert await do(HERE, str(PATIENT.ins), deed, by="agent-7") == 0
    assert capsys.readouterr().out.split("the record is ")[1:] == [
        "suspended\n", "active\n", "active\n", "active\n", "closed\n"]
    actors = await command.portal.fetch(
        "select distinct actor->>'identifier' from audit_event where actor->>'kind' = 'officer'")
    assert [row[0] for row in actors] == ["agent-7"]


async def test_what_may_not_be_done_is_said_in_words(command: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    assert await do(HERE, str(PATIENT.ins), resumed(), by="agent-7") == 1
    assert capsys.readouterr().err == "This record is open.\n"
    with pytest.raises(InvalidInput):
        await do(HERE, str(PATIENT.ins), suspended("ennui"), by="agent-7")
    with pytest.raises(InvalidInput):
        await do(HERE, "2990775", resumed(), by="agent-7")
    with pytest.raises(NotFound):
        await do(HERE, str(another_patient(5).ins), resumed(), by="agent-7")

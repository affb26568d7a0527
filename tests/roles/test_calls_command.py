"""Calls for projects from the command line and in the demonstration."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from carnet.journal.database import Database
from carnet.ledger.keep import PROGRAMME
from carnet.roles.cli import main
from carnet.roles.demo_calls import CALL as DEMONSTRATION
from carnet.roles.demo_calls import enter_call
from carnet.roles.wiring import open_pool
from tests.roles.test_ledger_command import Desk
from tests.roles.test_ledger_command import desk as desk  # noqa: PLC0414  a fixture
from tests.steering.calls.files import CALL, application_file, call_file, day

Types = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
def types(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Types:
    """Run `carnet steering call` with these arguments: the exit code, and what was said on both channels."""
    assert desk

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["carnet", "steering", "call", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return lambda *arguments: asyncio.to_thread(run, *arguments)


@pytest.fixture
async def today(desk: Desk) -> date:
    """The day it is, with the programme's books open."""
    await desk.ledger.open_books(PROGRAMME, "Le programme")
    return await desk.ledger.today()


async def test_a_call_is_opened_amended_and_applied_for_by_files(types: Types, today: date, tmp_path: Path) -> None:
    file, application, decision = (tmp_path / name for name in ("call.toml", "application.toml", "decision.toml"))
    file.write_bytes(call_file(today, day(today, 5), day(today, 200)))
    application.write_bytes(application_file(day(today, 10)))
    opened, again = await types("open", str(file)), await types("open", str(file))
    assert (opened[0], opened[1], f"{CALL}: open" in opened[1]) == (0, again[1], True)
    taken, twice = [await types("apply", CALL, str(application)) for _ in range(2)]
    assert (taken[0], taken[1], taken[1].startswith("A001-")) == (0, twice[1], True)
    application.write_text("call = 3")
    code, _, said = await types("apply", CALL, str(application))
    assert (code, "asked_cents: is missing" in said, "call: is not what is expected" in said) == (2, True, True)
    file.write_bytes(call_file(today, day(today, 6), day(today, 200)))
    code, said, _ = await types("amend", str(file), "--reason", "un jour de plus")
    assert (code, "amendment 1" in said) == (0, True)
    decision.write_text('legal_act = "D"\ngiven = [{application = "A001", cents = 5, reason = "non"}]')
    code, _, said = await types("decide", CALL, str(decision))
    assert (code, "was not scored by" in said, "is open until" in said) == (2, True, True)
    assert "1 applications, granted 0,00" in (await types("list"))[1]


async def test_the_demonstration_has_a_call_whose_steps_and_books_are_sound(
    desk: Desk, types: Types, today: date,
) -> None:
    async with open_pool(os.environ["CARNET_PORTAL_DATABASE_URL"], 1) as pool:
        for _ in range(2):
            await enter_call(Database(pool))
    code, said, _ = await types("verify", DEMONSTRATION)
    assert (code, "sound" in said) == (0, True)
    code, said, _ = await types("report", DEMONSTRATION)
    assert [line.split(",")[5:9] for line in said.splitlines()[1:4]] == [
        ["300", "120", "0", "180"], ["150", "60", "0", "90"], ["0", "0", "0", "0"]]
    on = today - timedelta(39)
    assert {each.entry.on for each in await desk.ledger.entries(PROGRAMME)} == {on, on - timedelta(1)}
    await desk.database.execute("alter table call_step disable trigger only_appended")
    await desk.database.execute(
        "delete from call_step where call_id = $1 and kind = 'released' and number ="
        " (select max(number) from call_step where call_id = $1)", DEMONSTRATION)
    code, said, _ = await types("verify", DEMONSTRATION)
    assert (code, "the books say otherwise" in said) == (1, True)

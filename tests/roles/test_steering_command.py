"""Adoption and its plan from the command line."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from carnet.journal.database import Database
from carnet.ledger.counts.count import Count, Measure
from carnet.ledger.counts.store import CountStore
from carnet.roles.cli import main
from carnet.roles.wiring import open_pool
from carnet.steering.store import FigureStore
from tests.conftest import CreateDatabase

PLAN = 'name = "Plan"\n[[target]]\nwhat = "opened"\nby = 2030-12-31\ncount = 1000\n'
_CELL = """
insert into adoption_cell values ($1, 'alpha', $2, '', 'active', false, false, false, 1, false, $3, $3)
"""


@dataclass(frozen=True)
class Desk:
    """A portal's database, and what is typed about it: the exit code, and what was said on both channels."""

    database: Database
    run: Callable[..., tuple[int, str, str]]

    async def types(self, *arguments: str) -> tuple[int, str, str]:
        """Run `carnet steering` with these arguments."""
        return await asyncio.to_thread(self.run, *arguments)


@pytest.fixture
async def desk(
    create_database: CreateDatabase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Desk]:
    url = await create_database("portal")
    told = {"CARNET_HOME": str(tmp_path), "CARNET_DEMONSTRATION": "true", "CARNET_PORTAL_DATABASE_URL": url}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["carnet", "steering", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    async with open_pool(url, 2) as pool:
        yield Desk(Database(pool), run)


async def test_a_plan_is_loaded_as_a_new_version_and_a_wrong_one_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    for number in (1, 2):
        file.write_text(PLAN, encoding="utf-8")
        assert await desk.types("plan", "load", str(file), "--by", "A. Agent") == (
            0, f"the plan is version {number}\n", "")
    file.write_text(PLAN.replace("1000", "-1"), encoding="utf-8")
    code, _, said = await desk.types("plan", "load", str(file))
    assert (code, "target 1: a count is above 0" in said) == (2, True)
    file.write_bytes(b"name = \"\xe9\"")
    assert (await desk.types("plan", "load", str(file)))[0] == 2
    assert (await desk.types("plan", "list"))[1].startswith("2: Plan, 1 targets, loaded on ")
    assert (await desk.types("plan", "show"))[1] == PLAN
    assert (await desk.types("plan", "show", "--version", "9"))[0] == 2
    assert await desk.database.fetchval("select count(*) from audit_event where act = 'load_plan'") == 2


async def test_adoption_is_printed_in_words_as_csv_and_as_json_without_small_cells(desk: Desk, tmp_path: Path) -> None:
    code, _, said = await desk.types("adoption")
    assert (code, "not counted yet" in said) == (2, True)
    today = await FigureStore(desk.database).today()
    for departement, records in (("75", 40), ("29", 3), ("2A", 9)):
        await desk.database.execute(_CELL, today, departement, records)
    await desk.database.execute("update adoption_turn set counted = $1", today)
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    await desk.types("plan", "load", str(tmp_path / "plan.toml"))
    _, said, _ = await desk.types("adoption")
    assert "  opened: 52\n" in said
    assert "planned: 1000 opened by 2030-12-31, now 52" in said
    rows = {row["departement"]: row["opened"] for row in csv.DictReader(
        io.StringIO((await desk.types("adoption", "--csv"))[1]))}
    assert rows == {"75": "40", "29": "", "2A": ""}
    told = json.loads((await desk.types("adoption", "--json"))[1])
    assert {row["departement"]: row["opened"] for row in told["departements"]} == {"75": 40, "29": None, "2A": None}


async def test_another_day_is_told_as_it_was_counted(desk: Desk) -> None:
    today = await FigureStore(desk.database).today()
    await CountStore(desk.database).put([
        Count(measure=Measure.RECORDS_OPENED, on=today, count=12, departement="75"),
        Count(measure=Measure.RECORDS_READ, on=today, count=2, departement="75")])
    assert (await desk.types("adoption", "--on", f"{today}"))[1] == "records_opened: 12\nrecords_read: not shown\n"
    assert (await desk.types("adoption", "--on", f"{today}", "--csv"))[1] == (
        "measure,count\nrecords_opened,12\nrecords_read,\n")
    assert (await desk.types("adoption", "--on", "2000-01-01"))[0] == 2

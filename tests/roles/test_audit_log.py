"""The audit log from the command line, on a database that a worker wrote."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from carnet.audit.log.sequence import Sequencer
from carnet.roles.audit_log import audit_key
from carnet.roles.cli import main
from carnet.roles.key_files import make_key
from carnet.roles.settings_read import read
from carnet.roles.wiring import open_pool
from tests.audit.ground import Ground
from tests.conftest import CreateDatabase

Audit = Callable[..., tuple[int, str, str]]


@pytest.fixture
async def ground(
    create_database: CreateDatabase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Ground]:
    """A portal's database and its settings, in the environment."""
    url = await create_database("portal")
    make_key(tmp_path / "keys" / "audit.key", demonstration=True)
    told = {"CARNET_HOME": str(tmp_path), "CARNET_DEMONSTRATION": "true", "CARNET_PORTAL_DATABASE_URL": url}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    async with open_pool(url, 4) as pool:
        yield Ground(pool, audit_key(read(told)))


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Audit:
    """Run `carnet audit` with these arguments: its exit code, and what it said on both channels."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["carnet", "audit", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


async def test_a_sound_log_is_said_to_be_and_an_altered_event_is_named(
    ground: Ground, audit: Audit, tmp_path: Path
) -> None:
    events = await ground.logged(5)
    code, note, key = await asyncio.to_thread(audit, "checkpoint")
    assert (code, note.startswith("carnet/audit\n5\n"), "verified by: carnet/audit+" in key) == (0, True, True)
    (tmp_path / "kept.txt").write_text(note, encoding="utf-8")
    code, out, _ = await asyncio.to_thread(audit, "verify", "--kept", "kept.txt")
    assert (code, out) == (0, "sound: 5 events, 2 checkpoints, 0 events not in the log yet\n")
    await ground.pool.execute("update audit_event set act = 'list' where event_id = $1", events[1].event_id)
    code, out, _ = await asyncio.to_thread(audit, "verify")
    assert (code, str(events[1].event_id) in out, "NOT sound: 1 faults" in out) == (1, True, True)


async def test_before_the_first_checkpoint_there_is_none_to_print(ground: Ground, audit: Audit) -> None:
    code, _, err = await asyncio.to_thread(audit, "checkpoint")
    assert (code, "no checkpoint yet" in err) == (2, True)


async def test_a_worker_writes_the_log_until_it_is_stopped(ground: Ground) -> None:
    stop = asyncio.Event()
    working = asyncio.create_task(Sequencer(ground.store, ground.key, batch=3).run(stop))
    await ground.written(10)
    async with asyncio.timeout(10):
        while (await ground.verdict()).waiting:     # noqa: ASYNC110 - the log is the only one to ask
            await asyncio.sleep(0.05)
    stop.set()
    await working
    assert not await ground.faults()

"""The worker checks what waits until it is stopped; officers see how far it is, and ask for it again."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from carnet.errors import InvalidSetting
from carnet.record.conformity.told import Standing, conformity
from carnet.record.intake import Intake
from carnet.record.submit import submit
from carnet.roles.conformity import check_documents, check_file, show_status
from carnet.roles.intake import checker_of
from carnet.roles.settings import Settings
from tests.documents.rules import document, small_rules
from tests.running import Platform, letter, lot, patient, professional


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A platform with the small rules."""
    small_rules(tmp_path / "rules")
    return Settings(home=str(tmp_path), document_rules_folder="rules", document_rules_megabytes=1024)


async def test_the_worker_checks_what_waits_and_ends_its_process(platform: Platform, settings: Settings) -> None:
    stores, deposited = replace(platform.stores, intake=Intake(checks=True)), letter()
    await platform.opened()
    await submit(professional(), lot(deposited), stores)
    checker, stop = checker_of(settings), asyncio.Event()
    assert checker is not None
    checking = asyncio.create_task(check_documents(stores, checker, stop))
    unique_id = deposited.entry.unique_id
    while (await conformity(patient(), unique_id, stores)).standing is Standing.WAITING:
        assert not checking.done()
        await asyncio.sleep(0)
    stop.set()
    await checking
    assert checker._process is None


async def test_one_file_is_checked_without_a_platform(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "cda.xml"
    for content, code, said in (
        (document(), 0, "1 rule sets run, 0 rules broken"), (document(oid="x"), 1, "error: an OID"),
        (b"none", 1, "not run: the document is no CDA"),
    ):
        file.write_bytes(content)
        console = Console(record=True, width=200)
        assert await check_file(settings, console, file) == code
        assert said in console.export_text()
    with pytest.raises(InvalidSetting, match="document_rules_folder"):
        await check_file(Settings(home=str(tmp_path)), Console(), file)


async def test_without_rules_it_says_not_checked_and_nothing_fails(tmp_path: Path) -> None:
    console = Console(record=True, width=200)
    assert checker_of(Settings(home=str(tmp_path))) is None
    assert await show_status(Settings(home=str(tmp_path)), console) == 0
    assert "not checked" in console.export_text()


_BUSY = """print('{"ready": "1"}', flush=True)
while True: pass"""
_PARENT = """
import asyncio, sys
from dataclasses import replace
from carnet.roles.intake import checker_of
from carnet.roles.settings import Settings

async def main():
    made = checker_of(Settings(home=sys.argv[1], document_rules_folder="rules"))
    checker = replace(made, command=[sys.executable, "-c", sys.argv[2]])
    await checker.version()
    print(checker._process.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_a_process_at_work_ends_with_the_worker_that_is_killed(settings: Settings) -> None:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PARENT, settings.home, _BUSY, stdout=asyncio.subprocess.PIPE)
    assert worker.stdout is not None
    judging = psutil.Process(int(await worker.stdout.readline()))
    assert judging.is_running()
    worker.kill()
    await worker.wait()
    gone, _ = await asyncio.to_thread(psutil.wait_procs, [judging], 60)
    assert gone

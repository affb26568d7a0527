"""`kill -9` of the watch in the middle of its files: each is one document, and lies in `done` with its note."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from tests.demonstration import Demonstration
from tests.feeds.hl7.messages import named, report
from tests.flows.doors import Doors, unique_id
from tests.flows.load import eventually
from tests.running import another_patient

_PATIENTS = 4
_WITHIN_SECONDS = 300


@asynccontextmanager
async def watching(demonstration: Demonstration, config: Path) -> AsyncIterator[Process]:
    """`carnet feed folder`, killed at the end."""
    with (demonstration.folder / "folder.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "carnet.roles.cli", "feed", "folder", "--config", str(config), stdout=log, stderr=log,
            env={**os.environ, "CARNET_HOME": str(demonstration.home)})
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


def settings_with(folder: Path, demonstration: Demonstration) -> Path:
    """The portal's settings, where the laboratory has a folder."""
    told = (demonstration.home / "settings" / "portal.toml").read_text(encoding="utf-8")
    assert told.count("[[partners]]") == 1
    config = demonstration.folder / "folder.toml"
    config.write_text(told.replace("[[partners]]", f'[[partners]]\nfolder = "{folder}"'), encoding="utf-8")
    return config


@pytest.mark.parametrize(("files", "kills"), [
    pytest.param(40, 2, id="40"), pytest.param(200, 5, id="200", marks=pytest.mark.slow)])
async def test_a_watch_killed_among_its_files_makes_each_of_them_one_document(
    demonstration: Demonstration, doctor: Doors, laboratory: Doors, files: int, kills: int,
) -> None:
    folder = demonstration.folder / f"dépôt {files}"
    folder.mkdir()
    config, done = settings_with(folder, demonstration), folder / "done"
    people = [another_patient(840_000 + files * 10 + number) for number in range(_PATIENTS)]
    for patient in people:
        assert (await doctor.open_record(patient)).status == 201
    (folder / "in").mkdir()
    documents: dict[str, str] = {}
    for number in range(files):
        patient = people[number % _PATIENTS]
        content = report(f"n° {number}", of=patient)
        documents[f"{number}.xml"] = named(content)
        (folder / "in" / f"{number}.xml").write_bytes(content)
        if number % 20 == 0:        # the same by two channels
            assert (await laboratory.publish(content, patient.ins)).status == 201

    def taken() -> int:
        return len([*done.glob("*.xml")]) if done.is_dir() else 0

    for number in range(kills + 1):
        async with watching(demonstration, config) as process:
            enough = files * (number + 1) // (kills + 1)
            await eventually(
                lambda n=enough, p=process: taken() >= n or p.returncode is not None,   # type: ignore[misc]
                within_seconds=_WITHIN_SECONDS)
            assert process.returncode is None, (demonstration.folder / "folder.log").read_text()
    assert {file.name for file in done.glob("*.xml")} == set(documents)
    assert {file.name for file in done.glob("*.txt")} == {f"{name}.txt" for name in documents}
    assert [each for part in ("in", "taking", "waiting", "refused") for each in (folder / part).iterdir()] == []
    found = [unique_id(each) for patient in people for each in await doctor.find(patient.ins, _count="200")]
    assert len(found) == files
    assert set(found) == set(documents.values())
    listed = await printed(config, demonstration, "list", "--channel", "folder", "--limit", "1000", "--json")
    ours = [each for each in msgspec.json.decode(listed) if each["control_id"] in found]
    assert [each["state"] for each in ours] == ["deposited"] * files
    assert "deposited: Deposited." in await printed(config, demonstration, "show", ours[0]["message_id"])


async def printed(config: Path, demonstration: Demonstration, *said: str) -> str:
    """What `carnet feed messages` prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "carnet.roles.cli", "feed", "messages", *said, "--by", "agent-7", "--config", str(config),
        env={**os.environ, "CARNET_HOME": str(demonstration.home)}, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()

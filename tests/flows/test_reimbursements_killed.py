"""`kill -9` of an import of reimbursements, started again: each person has one live document, never two."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from carnet.people.patient import Patient
from tests.demonstration import Demonstration, until
from tests.feeds.reimbursements.batches import as_csv, every_kind, sorted_by_person
from tests.flows.doors import Doors, doors_of, unique_id
from tests.running import another_patient

_PARTNER = "laboratoire"
_LINES_OF_KINDS = 8


def import_of(demonstration: Demonstration, file: Path) -> subprocess.Popen[bytes]:
    """The command, as an operator starts it."""
    settings = demonstration.home / "settings" / "portal.toml"
    command = [sys.executable, "-m", "carnet.roles.cli", "feed", "reimbursements", str(file), "--partner", _PARTNER,
               "--processes", "2", "--config", str(settings)]
    return subprocess.Popen(command, cwd=demonstration.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def done_lines(progress: Path) -> int:
    """How many lines the import says are done."""
    try:
        return int(msgspec.json.decode(progress.read_bytes())["lines"])
    except FileNotFoundError:
        return 0


def until_done(progress: Path, lines: int, running: subprocess.Popen[bytes]) -> None:
    """Wait until the import says that more lines than these are done, or has ended."""
    until(lambda: running.poll() is not None or done_lines(progress) > lines, within_seconds=600)


async def every_person_has_one(
    demonstration: Demonstration, doctor: Doors, *, persons: int, kills: int, times: int,
) -> None:
    people = [another_patient(820_000 + persons + number) for number in range(persons)]
    for patient in people:
        assert (await doctor.open_record(patient)).status == 201
    batch = sorted_by_person(*(every_kind(patient) * times for patient in people))
    file, lines = as_csv(demonstration.folder / f"batch-{persons}.csv", batch), _LINES_OF_KINDS * times * persons
    progress = file.with_name(f"{file.name}.progress")
    for number in range(kills):
        running = import_of(demonstration, file)
        wanted = lines * (number + 1) // (kills + 2)
        until_done(progress, wanted, running)
        assert running.poll() is None, running.communicate()
        running.kill()
        running.communicate()
    whole = import_of(demonstration, file)
    told, _ = whole.communicate(timeout=900)
    assert whole.returncode == 0, told
    assert f"{lines} lines".encode() in told.replace(b"\n", b" ")
    await one_live_document_each(demonstration, people)
    again = import_of(demonstration, file)
    told, _ = again.communicate(timeout=900)
    assert (again.returncode, f"persons: {persons} unchanged".encode() in told.replace(b"\n", b" ")) == (0, True), told
    await one_live_document_each(demonstration, people)


async def one_live_document_each(demonstration: Demonstration, people: list[Patient]) -> None:
    async with doors_of(demonstration, "moreau") as doors:
        for patient in people:
            assert len([unique_id(each) for each in await doors.find(patient.ins, _count="50")]) == 1


async def test_an_import_killed_and_started_again_leaves_one_live_document_for_each_person(
    demonstration: Demonstration, doctor: Doors,
) -> None:
    await every_person_has_one(demonstration, doctor, persons=140, kills=1, times=5)


@pytest.mark.slow
async def test_an_import_of_many_killed_three_times_leaves_one_live_document_for_each_person(
    demonstration: Demonstration, doctor: Doors,
) -> None:
    await every_person_has_one(demonstration, doctor, persons=600, kills=3, times=12)

"""Feeds as an operator starts them: processes of their own, beside those that are there, until asked to end."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiosmtplib

from carnet.feeds.hl7.client import connected
from carnet.people.patient import Patient
from carnet.roles.demo_settings import write
from tests.demonstration import Demonstration, until
from tests.feeds.hl7.messages import named, oru, report
from tests.feeds.mail.ground import MAILBOX, SENDER, written
from tests.flows.doors import Doors, unique_id
from tests.flows.load import eventually
from tests.listening import held_port
from tests.running import another_patient, letter, lot

_SECONDS = 120
_MOST_CONNECTIONS = 24


@contextmanager
def fed(demonstration: Demonstration, config: Path, **says: str) -> Iterator[dict[str, Path]]:
    """`carnet feed` of these kinds with these settings, once each says so; their logs. At the end they are asked to
    stop, and do as they should.
    """
    logs = {kind: demonstration.folder / f"{kind}-beside.log" for kind in says}
    processes = {}
    for kind, log in logs.items():
        with log.open("wb") as words:
            command = [sys.executable, "-m", "carnet.roles.cli", "feed", kind, "--config", str(config)]
            processes[kind] = subprocess.Popen(command, stdout=words, stderr=words)
    try:
        for kind, process in processes.items():
            _wait_for(says[kind], logs[kind], process)
        yield logs
        for process in processes.values():
            process.terminate()
        assert {kind: process.wait(_SECONDS) for kind, process in processes.items()} == dict.fromkeys(says, 0)
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


def _wait_for(words: str, log: Path, process: subprocess.Popen[bytes]) -> None:
    until(lambda: process.poll() is not None or words in log.read_text(), within_seconds=_SECONDS)
    assert process.poll() is None, log.read_text()


def beside(demonstration: Demonstration, *, mail_port: int, folder: Path) -> Path:
    """The settings of the demonstration, for processes that take its laboratory's letters and files too."""
    told = tomllib.loads(Path(demonstration.told["settings"]).read_text(encoding="utf-8"))
    told["partners"][0] |= {"mail_addresses": [SENDER], "folder": str(folder)}
    file = demonstration.folder / "beside.toml"
    write(file, {**told, "mail_port": mail_port, "mail_mailbox": MAILBOX})
    return file


async def opened(doctor: Doors, number: int) -> Patient:
    """A patient of their own, with a record."""
    patient = another_patient(number)
    assert (await doctor.open_record(patient)).status == 201
    return patient


async def test_two_processes_take_messages_at_one_port(demonstration: Demonstration, doctor: Doors) -> None:
    patient, port = await opened(doctor, 830_001), demonstration.told["hl7_port"]
    documents = set()
    with fed(demonstration, Path(demonstration.told["settings"]), hl7="HL7 v2 is taken at port") as logs:
        for _ in range(_MOST_CONNECTIONS):
            content = report("à deux", of=patient)
            async with connected("127.0.0.1", port) as client:
                assert b"MSA|AA|" in await client.ask(oru(content, patient=patient))
                documents.add(named(content))
                await client.send_raw(b"no frame")      # whose log says so has this connection
                assert b"MSA|AR|" in await client.answer()
            if "broken_frame" in logs["hl7"].read_text():
                break
        assert "broken_frame" in logs["hl7"].read_text(), "every connection went to the process that was there before"
    assert {unique_id(each) for each in await doctor.find(patient.ins)} == documents


async def test_letters_and_files_are_taken_by_processes_of_their_own(
    demonstration: Demonstration, doctor: Doors,
) -> None:
    patient, folder = await opened(doctor, 830_002), demonstration.folder / "laboratoire"
    folder.mkdir(mode=0o700)
    by_mail, by_file = letter("par courrier", of=patient), letter("par dossier", of=patient)
    with held_port() as port:
        config = beside(demonstration, mail_port=port, folder=folder)
        with fed(demonstration, config, mail="mail is taken at port", folder="that are watched: 1"):
            async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, timeout=_SECONDS) as client:
                _, answer = await client.sendmail(SENDER, [MAILBOX], written(lot(by_mail)))
            assert answer.startswith("2.6.0 deposited"), answer
            (folder / "in" / "report.xml").write_bytes(by_file.content)
            await eventually(lambda: any((folder / "done").rglob("report.xml")), within_seconds=_SECONDS)
    found = {unique_id(each) for each in await doctor.find(patient.ins)}
    assert found == {by_mail.entry.unique_id, by_file.entry.unique_id}

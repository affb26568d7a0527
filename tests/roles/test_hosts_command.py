"""`carnet hosts`: an accreditation from the first file to the withdrawal, and cohorts, from the command line."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from carnet.hosting.accreditation.steps import Role
from carnet.roles.cli import main
from carnet.roles.demo_settings import write
from carnet.roles.key_files import make_key, public_key, read_signing_key
from tests.conftest import CreateDatabase
from tests.hosting.accreditations import KEY, People, file_of, report_of, signed_report
from tests.hosting.test_placement import COHORTS

ROLES = ("conformance", "security", "cnil", "committee", "minister")
Run = Callable[..., tuple[int, str, str]]


@dataclass(frozen=True)
class Desk:
    """A folder with the settings of a portal, the keys of those who sign, and documents."""

    folder: Path
    database: str
    run: Run

    def key(self, name: str) -> str:
        return str(self.folder / "keys" / f"{name}.key")

    def document(self, name: str, content: bytes = b"words") -> str:
        """A file that somebody signs."""
        (self.folder / name).write_bytes(content)
        return str(self.folder / name)

    def report(self) -> str:
        """A conformance report, signed by whom settings name."""
        today = asyncio.run(_value(self.database, "select (now() at time zone 'Europe/Paris')::date::text"))
        people = People({Role.CONFORMANCE.value: read_signing_key(
            Path(self.key("conformance")), setting="", demonstration=True)})
        return self.document("report.jws", signed_report(people, report_of(at=f"{today}T00:00:00Z")))

    def accredited(self) -> None:
        """Take all six steps."""
        assert self.run("apply", self.document("alpha.toml", file_of()), "--key", self.key("applicant"))[0] == 0
        documents = {"conformance": self.report()}
        for step in ROLES[:-1]:
            document = documents.get(step) or self.document(f"{step}.txt")
            assert self.run("step", "alpha", step, "--document", document, "--key", self.key(step))[0] == 0
        assert self.run(
            "step", "alpha", "decision", "--document", self.document("decree.txt"), "--key", self.key("minister"),
            "--until", "2028-11-01")[0] == 0


async def _value(database: str, sql: str) -> str:
    connection = await asyncpg.connect(database)
    try:
        return str(await connection.fetchval(sql))
    finally:
        await connection.close()


@pytest.fixture
async def database(create_database: CreateDatabase) -> str:
    return await create_database("portal")


@pytest.fixture
def desk(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> Desk:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["carnet", "hosts", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    def signatory(name: str, role: str, host: str = "") -> dict[str, str]:
        file = tmp_path / "keys" / f"{name}.key"
        make_key(file, demonstration=True)
        key = public_key(read_signing_key(file, setting="", demonstration=True))
        return {"id": name, "name": f"{name} (fictif)", "role": role, "public_key": key, "host": host}

    hosts = [
        {"id": name, "url": "http://127.0.0.1:1", "receipt_key": KEY, "role": role}
        for name, role in (("alpha", "home"), ("beta", "home"), ("reference", "reference"))]
    people = [signatory("applicant", "applicant", "alpha"), *(signatory(role, role) for role in ROLES)]
    write(tmp_path / "carnet.toml", {
        "demonstration": True, "portal_database_url": database, "hosts": hosts, "signatories": people})
    return Desk(tmp_path, database, run)


def test_a_host_goes_through_every_step_and_out_again(desk: Desk) -> None:
    desk.accredited()
    code, out, err = desk.run("show", "alpha")
    assert (code, err) == (0, "")
    assert "alpha: active until 2028-11-0" in out
    assert "all 6 signatures hold" in out
    code, out, _ = desk.run("list")
    assert code == 1        # two hosts of the settings never applied
    assert "beta: not accredited: it never applied" in out
    for command, state in (("suspend", "suspended"), ("resume", "active"), ("withdraw", "withdrawn")):
        code, out, _ = desk.run(
            command, "alpha", "--document", desk.document("order.txt"), "--key", desk.key("minister"),
            "--signatory", "minister")
        assert (code, f"it is now {state}" in out) == (0, True)
    assert "alpha: not active: withdrawn" in desk.run("list")[1]


def test_a_step_is_signed_on_another_machine(desk: Desk) -> None:
    file = desk.document("alpha.toml", file_of())
    code, out, _ = desk.run("apply", file, "--write-statement", "to-sign")
    assert (code, "to be signed by applicant (fictif)" in out) == (0, True)
    code, out, _ = desk.run("sign", "to-sign", "--key", desk.key("applicant"))
    assert "host alpha, step 1: applied, signed as applicant (fictif) (applicant)" in out
    signature = out.splitlines()[-1]
    assert desk.run("apply", file, "--signature", signature)[0] == 0
    code, _, err = desk.run("apply", file, "--signature", signature)
    assert (code, "applied does not come now" in err) == (2, True)


@pytest.mark.parametrize(("arguments", "said"), [
    (("--key", "cnil"), "not the signature of these bytes by the registered key of applicant"),
    (("--key", "cnil", "--signatory", "cnil"), "cnil signs as cnil, and applied is signed by applicant"),
    (("--key", "cnil", "--signatory", "nobody"), "no signatory nobody in the settings"),
    ((), "one of --key, --signature and --write-statement"),
    (("--signature", "no base64!"), "signature"),
    (("--key", "applicant", "--on", "2040-01-01"), "2040-01-01 is yet to come"),
])
def test_what_may_not_be_is_refused_in_words_and_traced(desk: Desk, arguments: tuple[str, ...], said: str) -> None:
    file = desk.document("alpha.toml", file_of())
    pairs = zip(("", *arguments), arguments, strict=False)
    given = [desk.key(each) if before == "--key" else each for before, each in pairs]
    code, out, err = desk.run("apply", file, *given)
    assert (code, out, said in err) == (2, "", True), err
    assert asyncio.run(_value(desk.database, "select count(*) from host_step")) == "0"


def test_a_report_of_another_kit_is_refused(desk: Desk) -> None:
    desk.run("apply", desk.document("alpha.toml", file_of()), "--key", desk.key("applicant"))
    report = desk.document("report.jws", signed_report(People(), report_of()))
    code, _, err = desk.run("step", "alpha", "conformance", "--document", report, "--key", desk.key("conformance"))
    assert (code, "document" in err) == (2, True)
    assert desk.run("step", "alpha", "holiday", "--document", report)[0] == 2
    refused = "select count(*) from audit_event where act = 'accredit_host' and outcome = 'refused'"
    assert asyncio.run(_value(desk.database, refused)) == "1"


def test_reminders_are_said_and_what_was_altered_is_seen(desk: Desk) -> None:
    code, out, _ = desk.run("reminders")
    assert (code, out) == (0, "nothing ends within 180 days\n")
    soon = asyncio.run(_value(desk.database, "select (now() + interval '40 days')::date::text"))
    desk.accredited()
    asyncio.run(_value(desk.database, "alter table host_application disable trigger only_appended"))
    asyncio.run(_value(desk.database, "alter table host_step disable trigger only_appended"))
    asyncio.run(_value(
        desk.database,
        f"update host_application set content = replace(convert_from(content, 'UTF8'), '2029-06-30', '{soon}')::bytea"
        " returning 1"))
    code, out, _ = desk.run("reminders")
    assert (code, f"the HDS certificate ends on {soon}" in out) == (1, True)
    asyncio.run(_value(desk.database, "update host_step set signature = signature_of.signature from (select signature"
                       " from host_step where number = 1) as signature_of where number = 2 returning 1"))
    code, _, err = desk.run("show", "alpha")
    assert (code, "step 2 is not signed by the key that is kept with it" in err) == (1, True)


def test_cohorts_are_loaded_listed_and_ended(desk: Desk) -> None:
    content = COHORTS.replace("2026-12-01", "2026-01-01").replace("2027-11-30", "2035-11-30")
    code, out, _ = desk.run("cohorts", "load", desk.document("cohorts.toml", content.encode()))
    assert (code, out) == (0, "in force: north, islands\n")
    code, out, _ = desk.run("cohorts", "list")
    assert "islands: Consortium des îles, alpha, beta; départements 2A, 974;" in out
    code, _, err = desk.run("cohorts", "load", desk.document("wrong.toml", content.replace("500000", "5").encode()))
    assert (code, "5 records; accepted: 500000 to 1000000" in err) == (2, True)
    only = content[:content.rindex("[[cohorts]]")]
    code, out, _ = desk.run("cohorts", "load", desk.document("fewer.toml", only.encode()))
    assert "ended: islands" in out
    traced = "select count(*) from audit_event where act = 'load_cohorts'"
    assert asyncio.run(_value(desk.database, traced)) == "2"

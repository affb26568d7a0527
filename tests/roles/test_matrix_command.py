"""`carnet matrix`: check, compare, load and show, from the command line."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from carnet.roles.cli import main
from tests.conftest import CreateDatabase
from tests.rights.matrices import HEADER, LETTER, REPORT, file_of, row

Run = Callable[..., tuple[int, str, str]]
OFFICIAL = ("# version: order-1", HEADER[1], "# official: yes", HEADER[3])


@pytest.fixture
def matrix(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run `carnet matrix` with these arguments: its exit code, and what it said on both channels."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["carnet", "matrix", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


@pytest.fixture
async def database(create_database: CreateDatabase, monkeypatch: pytest.MonkeyPatch) -> str:
    """A portal's database, named by the settings of a platform that is no demonstration."""
    url = await create_database("portal")
    monkeypatch.setenv("CARNET_PORTAL_DATABASE_URL", url)
    return url


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Three files: one that opens a letter to nurses, one that opens a report in its place, and one that is wrong."""
    (tmp_path / "letter.tsv").write_bytes(file_of(row(), row("10"), header=OFFICIAL))
    (tmp_path / "report.tsv").write_bytes(file_of(
        row(type_code=REPORT), row("10"), row("10", REPORT), header=("# version: order-2", *OFFICIAL[1:])))
    (tmp_path / "wrong.tsv").write_bytes(file_of(row("61"), row(type_code="1")))
    (tmp_path / "test.tsv").write_bytes(file_of(row()))
    return tmp_path


@pytest.mark.usefixtures("files")
def test_a_file_is_checked_and_what_it_leaves_out_is_said(matrix: Run) -> None:
    code, out, _ = matrix("check", "letter.tsv")
    assert (code, "order-1, official: A test\n" in out, "2 rows, 2 kinds of people" in out) == (0, True, True)
    assert "Nurse (60): no row for 102 types, which are closed" in out
    assert "Infirmier (60) : aucune ligne pour 102 types" in matrix("check", "letter.tsv", "--language", "fr")[1]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("command", ["check", "diff", "load"])
def test_a_wrong_file_is_refused_with_every_line(matrix: Run, command: str) -> None:
    code, out, err = matrix(command, "wrong.tsv")
    assert (code, out) == (2, "")
    assert "carnet: line 6: unknown profession '61'" in err
    assert "carnet: line 7: unknown document type '1'" in err


@pytest.mark.usefixtures("files")
def test_two_files_are_compared_without_a_database(matrix: Run) -> None:
    code, out, _ = matrix("diff", "report.tsv", "--against", "letter.tsv", "--on", "2026-11-22")
    assert (code, out) == (0, "\n".join([
        "Nurse (60)",
        "  reads +1 -1", f"    + {REPORT}  Consultation report", f"    - {LETTER}  Discharge letter",
        "  writes +1 -1", f"    + {REPORT}  Consultation report", f"    - {LETTER}  Discharge letter",
        "Doctor (10)",
        "  reads +1 -0", f"    + {REPORT}  Consultation report",
        "  writes +1 -0", f"    + {REPORT}  Consultation report",
        "From order-1 to order-2 (official), on 2026-11-22: 2 gain, 1 lose.", ""]))
    told = matrix("diff", "report.tsv", "--against", "letter.tsv", "--on", "2026-11-22", "--language", "fr")[1]
    assert "Infirmier (60)\n  lit +1 -1\n" in told
    assert "De order-1 à order-2 (officielle), le 2026-11-22 : 2 gagnent, 1 perdent." in told


@pytest.mark.usefixtures("files")
def test_a_file_that_changes_nothing_today_says_when_it_will(matrix: Run) -> None:
    _, out, _ = matrix("diff", "letter.tsv", "--against", "letter.tsv", "--on", "2025-12-31")
    assert out == (
        "Nobody gains or loses anything on 2025-12-31.\nIt says something else on other days too: 2026-01-01\n")


@pytest.mark.usefixtures("files")
def test_another_language_or_day_is_refused(matrix: Run) -> None:
    code, _, err = matrix("check", "letter.tsv", "--language", "de")
    assert (code, "accepted: en, fr" in err) == (2, True)
    assert matrix("diff", "letter.tsv", "--against", "letter.tsv", "--on", "tomorrow")[0] == 2


@pytest.mark.usefixtures("files")
async def test_a_matrix_is_loaded_once_it_is_meant(matrix: Run, database: str) -> None:
    code, out, _ = await asyncio.to_thread(matrix, "load", "letter.tsv")
    assert (code, "2 gain, 0 lose" in out, "Nothing was loaded" in out) == (1, True, True)
    assert "none, not the official one" in (await asyncio.to_thread(matrix, "show"))[1]

    code, out, _ = await asyncio.to_thread(matrix, "load", "letter.tsv", "--yes", "--by", "agent-7")
    assert (code, "in force: order-1, number 1\n" in out) == (0, True)
    code, out, _ = await asyncio.to_thread(matrix, "diff", "report.tsv")
    assert (code, "From order-1 to order-2" in out) == (0, True)
    code, out, _ = await asyncio.to_thread(matrix, "load", "letter.tsv", "--yes")
    assert (code, "in force: order-1, number 1 (as before)" in out) == (0, True)

    connection = await asyncpg.connect(database)
    who = await connection.fetch("select actor->>'identifier' as who from audit_event where act = 'load_matrix'")
    await connection.close()
    assert [each["who"] for each in who] == ["agent-7"]


@pytest.mark.usefixtures("files", "database")
async def test_a_matrix_that_is_not_official_is_loaded_in_a_demonstration_only(
    matrix: Run, monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, out, err = await asyncio.to_thread(matrix, "load", "test.tsv", "--yes")
    assert (code, out, "demonstration = true only" in err) == (2, "", True)
    monkeypatch.setenv("CARNET_DEMONSTRATION", "true")
    code, out, _ = await asyncio.to_thread(matrix, "load", "test.tsv", "--yes")
    assert (code, "From demonstration-1 to test-1 (not the official one)" in out) == (0, True)


@pytest.mark.usefixtures("files", "database")
async def test_what_is_in_force_is_shown_to_everyone_or_type_by_type(matrix: Run) -> None:
    await asyncio.to_thread(matrix, "load", "letter.tsv", "--yes")
    code, out, _ = await asyncio.to_thread(matrix, "show", "--on", "2026-11-22")
    assert (code, "number 1, in force from 20" in out) == (0, True)
    assert "  Nurse (60): reads 1 types, writes 1\n" in out
    code, out, _ = await asyncio.to_thread(matrix, "show", "--profession", "60", "--on", "2026-11-22")
    assert "Nurse (60) · 2026-11-22\n" in out
    assert f"  reads yes  writes yes  {LETTER}  Discharge letter\n" in out
    assert f"  reads no   writes no   {REPORT}  Consultation report\n" in out
    assert "reads yes" not in (await asyncio.to_thread(matrix, "show", "--profession", "60", "--on", "2025-12-31"))[1]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("code", "words"), [
    ("60/SI04", "Nurse - Advanced practice, mental health (60/SI04)"), ("G16_10", "Doctor in training (G16_10)"),
    ("AUTOMATE", "Software (AUTOMATE)"), ("330", "Care coordinator (330)"), ("93", "Psychologist (93)"),
])
def test_people_are_named_by_their_code(matrix: Run, code: str, words: str) -> None:
    assert f"{words} · " in matrix("show", "--file", "letter.tsv", "--profession", code)[1]


@pytest.mark.usefixtures("files")
def test_an_unknown_profession_is_refused(matrix: Run) -> None:
    code, _, err = matrix("show", "--file", "letter.tsv", "--profession", "61")
    assert (code, "--profession: a code such as 60" in err) == (2, True)


@pytest.mark.usefixtures("files")
def test_without_a_database_the_setting_is_named(matrix: Run) -> None:
    code, _, err = matrix("show")
    assert (code, "portal_database_url" in err) == (2, True)

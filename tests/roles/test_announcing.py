"""Announcing records to many people at once: all lines are right, or nobody is told anything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from carnet.errors import InvalidInput
from carnet.people.ins import DEMONSTRATION, PRODUCTION
from carnet.people.patient import Sex
from carnet.record.stores import Stores
from carnet.roles import announcing
from carnet.roles.announcing import announce, read
from carnet.roles.settings import Settings
from tests.running import Platform, another_patient

HEADER = "ins,oid,birth_family,birth_given,birth_date,sex,birthplace"
OID = "1.2.250.1.213.1.4.10"
ONE, TWO = another_patient(801).ins.value, another_patient(802).ins.value


def file_of(folder: Path, *lines: str, header: str = HEADER) -> Path:
    file = folder / "people.csv"
    file.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return file


def issues_in(file: Path) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        read(file, DEMONSTRATION)
    return [issue.expression for issue in refused.value.issues]


def test_people_are_read_with_commas_or_semicolons(tmp_path: Path) -> None:
    lines = (f"{ONE},{OID},INVENTÉE,Ève,1999-07-02,F,75112", f"{TWO},{OID},INVENTÉ,Luc,1948,M,")
    [first, second] = read(file_of(tmp_path, *lines), DEMONSTRATION)
    assert (first.number, first.patient.traits.birth_given, first.patient.traits.birthplace) == (2, "Ève", "75112")
    assert (second.patient.ins.value, second.patient.traits.birth_date, second.patient.traits.sex) == (
        TWO, "1948", Sex.MALE)
    semicolons = file_of(tmp_path, *(line.replace(",", ";") for line in lines), header=HEADER.replace(",", ";"))
    assert read(semicolons, DEMONSTRATION) == [first, second]


def test_every_line_that_is_wrong_is_told_with_all_that_is(tmp_path: Path) -> None:
    file = file_of(
        tmp_path, f"{ONE},{OID},INVENTÉE,Ève,1999-07-02,F,75112", f"12,{OID},,Ève,31/12/1999,X,Paris",
        f"{TWO},{OID},INVENTÉ", f"{ONE},{OID},INVENTÉE,Ève,1999-07-02,F,", f"{TWO},9.9,INVENTÉ,Luc,1999-07-02,M,")
    assert issues_in(file) == [
        "line 3, ins", "line 3, sex", "line 3, birth_family", "line 3, birth_date", "line 3, birthplace", "line 4",
        "line 5, ins", "line 6, ins"]


def test_columns_that_lack_or_that_nobody_knows_are_named(tmp_path: Path) -> None:
    other = file_of(tmp_path, header="ins,oid,family,birth_given,birth_date,sex")
    assert issues_in(other) == ["birth_family", "family"]
    assert "ins" in issues_in(file_of(tmp_path, header=""))


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(HEADER.encode() + b"\nINVENT\xc9E\n")
    assert issues_in(file) == [str(file)]


def test_test_numbers_are_refused_in_production(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        read(file_of(tmp_path, f"{ONE},{OID},INVENTÉE,Ève,1999-07-02,F,75112"), PRODUCTION)


async def test_everyone_in_the_file_is_told_once(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    @asynccontextmanager
    async def these(_: Settings) -> AsyncIterator[tuple[Stores, asyncpg.Pool]]:
        yield platform.stores, platform.portal

    monkeypatch.setattr(announcing, "stores_of", these)
    line = f"{OID},INVENTÉE,Ève,1999-07-02,F,75112"
    file = file_of(tmp_path, f"{ONE},{line}", f"{TWO},{line}")
    settings = Settings(demonstration=True)
    assert await announce(settings, file, by="agent-7") == 0
    assert capsys.readouterr().out == "announced: 2 of 2\n"
    file_of(tmp_path, f"{ONE},{line}", f"{another_patient(803).ins.value},{line}")
    assert await announce(settings, file, by="agent-7") == 0
    assert capsys.readouterr().out == (
        "line 2: a record was already opened for this person, or announced to them\nannounced: 1 of 2\n")
    assert await platform.portal.fetchval("select count(*) from record where state = 'notice'") == 3
    actors = await platform.portal.fetch("select distinct actor->>'identifier' from audit_event")
    assert [row[0] for row in actors] == ["agent-7"]

"""Hosts are blind: nothing that a host keeps holds an INS, a name, a title or a word of a document (DESIGN 8.5).

Every file of a host is searched: its database's, journals and write-ahead log included, its logs, its settings.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from carnet.documents.compose import Letterhead, Section, compose
from carnet.documents.entry import Author, Code, Institution, Person
from carnet.documents.time import Dtm
from carnet.people.ins import Ins, InsOid
from carnet.people.patient import Patient, Sex, Traits
from tests.demonstration import Demonstration
from tests.flows.copies import records_of_portal
from tests.flows.doors import Doors
from tests.flows.traces import files_under, found_in, spellings

HOLDER = Patient(
    Ins("287057592100210", InsOid.TEST),
    Traits(
        birth_family="ZYGOMATELLE", birth_given="Quiterine", birth_date="1987-05-21", sex=Sex.FEMALE,
        birthplace="75921"))
AUTHOR = Author(
    Person("899700300108", "1.2.250.1.71.4.2.1", "ESCULAPINE", "Philibertine"),
    Institution("Cabinet du Myosotis", "1990001018"), (),
    (Code("G15_10/SM26", "1.2.250.1.213.1.1.4.5", "Médecin - Qualifié en Médecine Générale (SM)"),))
TITLE = "Glottite zinzolinée"
TEXT = "Prurit vespéral de la cavité hyaloïdienne."
WORDS = (
    HOLDER.ins.value, HOLDER.traits.birth_family, HOLDER.traits.birth_given, "ESCULAPINE", TITLE, "Prurit vespéral",
    "hyaloïdienne")


@pytest.fixture(scope="module")
def hosts(demonstration: Demonstration) -> dict[str, dict[str, Any]]:
    """Every host, as `carnet demo --json` describes it."""
    told = demonstration.told
    return {host["id"]: host for host in (*told["hosts"], told["reference"])}


def files_of(host: dict[str, Any], demonstration: Demonstration) -> Iterator[Path]:
    """All that is kept at this host's operator."""
    home, name = demonstration.home, host["id"]
    yield from files_under(
        Path(host["data"]), home / "databases" / name / "log", home / "logs" / f"{name}.log",
        home / "settings" / f"{name}.toml")


@asynccontextmanager
async def database_of(host: dict[str, Any]) -> AsyncIterator[asyncpg.Connection]:
    """The host's own database; all it holds is in its files when the block ends."""
    connection = await asyncpg.connect(host["database"])
    try:
        yield connection
        await connection.execute("checkpoint")
    finally:
        await connection.close()


async def deposited(doctor: Doors) -> None:
    """A record and a document of the patient whom everybody would recognise."""
    opened = await doctor.open_record(HOLDER)
    assert opened.status == 201, opened
    content = compose(
        Letterhead(
            unique_id=f"2.25.{uuid4().int}", type_code="11488-4", title=TITLE, patient=HOLDER, author=AUTHOR,
            made_at=Dtm.parse("20260102093000+0100")),
        (Section("Motif", (TEXT,)),))
    assert all(word.encode() in content for word in WORDS)
    answer = await doctor.publish(content, HOLDER.ins)
    assert answer.status == 201, answer


async def test_no_host_holds_a_word_of_what_was_deposited(
    demonstration: Demonstration, hosts: dict[str, dict[str, Any]], doctor: Doors
) -> None:
    before = await records_of_portal(demonstration)
    await deposited(doctor)
    (record, placed), = ((each, row) for each, row in (await records_of_portal(demonstration)).items()
                         if each not in before)
    wanted = {f"{word} in {name}": spelt for word in WORDS for name, spelt in spellings(word).items()}
    for name, host in hosts.items():
        async with database_of(host):
            pass
        found = found_in(files_of(host, demonstration), {**wanted, "the record": record.bytes})
        # The record itself is seen there under the number that tells nothing: the search looked at the right place.
        assert found == ({"the record"} if name in (placed.home, placed.reference) else set())


async def test_the_same_search_finds_what_a_host_should_not_hold(
    demonstration: Demonstration, hosts: dict[str, dict[str, Any]]
) -> None:
    canary = spellings(f"Canari échappé {uuid4().hex}")
    for host in hosts.values():
        async with database_of(host) as database:
            await database.execute("create table canary (spelt bytea)")
            await database.executemany("insert into canary values ($1)", [(spelt,) for spelt in canary.values()])
        try:
            assert found_in(files_of(host, demonstration), canary) == set(canary)
        finally:
            async with database_of(host) as database:
                await database.execute("drop table canary")


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
def test_a_word_is_found_wherever_it_stands_in_what_base64_hides(tmp_path: Path, before: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(b64encode(f"{before}ZYGOMATELLE and more".encode()))
    assert found_in([file], spellings("ZYGOMATELLE"))

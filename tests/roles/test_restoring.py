"""What the worker and the commands do about a restore, and what they say of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console

from carnet.errors import InvalidInput, InvalidSetting, NotFound
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.reconcile.kinds import KINDS
from carnet.record.stores import Stores
from carnet.record.submit import submit
from carnet.roles import restoring
from carnet.roles.key_files import make_key, public_key, read_signing_key
from carnet.roles.restoring import Word, accept, compare_host, compare_when_restored, let_go, restore_portal, status
from carnet.roles.settings import Settings
from tests.conftest import CreateDatabase
from tests.hosting.losses import lose_all, lose_body
from tests.record.reconcile.restored import backed_up, restored
from tests.running import PATIENT, Platform, another_patient, letter, lot, patient, professional

Command = Callable[[Platform], Settings]
NOBODY = Word([])


@pytest.fixture
def console() -> Console:
    return Console(record=True, width=200, quiet=False)


@pytest.fixture
def officers(tmp_path: Path) -> Word:
    """Two officers' key files."""
    files = [tmp_path / "keys" / f"officer-{number}.key" for number in (1, 2)]
    for file in files:
        make_key(file, demonstration=True)
    return Word(files, "agent-7")


@pytest.fixture
def settings(platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, officers: Word) -> Settings:
    """The platform, as commands find it."""
    @asynccontextmanager
    async def these(_: Settings, *, role: str) -> AsyncIterator[tuple[Stores, asyncpg.Pool]]:
        yield platform.stores, platform.portal

    monkeypatch.setattr(restoring, "stores_of", these)
    make_key(tmp_path / "keys" / "audit.key", demonstration=True)
    public = [public_key(read_signing_key(file, setting="", demonstration=True)) for file in officers.officers]
    return Settings(home=str(tmp_path), demonstration=True, officer_public_keys=tuple(public))


async def test_a_worker_compares_a_restored_portal_by_itself(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    await platform.opened()
    backup = await backed_up(platform, create_database)
    document = letter()
    await submit(professional(), lot(document), platform.stores)
    await platform.quiet()
    async with restored(platform, backup):
        stop = asyncio.Event()
        working = asyncio.create_task(compare_when_restored(platform.stores, Ed25519PrivateKey.generate(), stop))
        async with asyncio.timeout(30):
            while not await platform.stores.guard.look():       # noqa: ASYNC110  the worker is a process of its own
                await asyncio.sleep(0.02)
        stop.set()
        await working
        found = await find(patient(), PATIENT.ins, Criteria(), platform.stores)
        assert [entry.unique_id for entry in found.entries] == [document.entry.unique_id]


async def test_the_command_compares_and_writes_what_differed(
    platform: Platform, create_database: CreateDatabase, settings: Settings, console: Console, tmp_path: Path,
) -> None:
    record = await platform.opened()
    assert await status(settings, console, None) == 0
    assert await restore_portal(settings, console, without=[], word=NOBODY, anyway=False) == 0
    await platform.quiet()
    backup = await backed_up(platform, create_database)
    since = await platform.opened(another_patient(5))
    await submit(professional(), lot(letter()), platform.stores)
    await platform.quiet()
    async with restored(platform, backup):
        assert await status(settings, console, None) == 1
        assert await restore_portal(settings, console, without=[], word=NOBODY, anyway=False) == 0
        assert await status(settings, console, tmp_path / "differed.json") == 0
        told = json.loads((tmp_path / "differed.json").read_bytes())
        assert {(each["kind"], each["record"]) for each in told["findings"]} == {
            ("adopted", str(record)), ("rebuilt", str(since))}
        assert told["counts"] == {"adopted": 1, "rebuilt": 1}
        lines = (tmp_path / "differed.txt").read_text("utf-8").splitlines()
        assert lines[-2:] == [f"adopted {record}", f"rebuilt {since}"]
        assert await restore_portal(settings, console, without=[], word=NOBODY, anyway=True) == 0
    said = console.export_text()
    assert "1  adopted: the hosts had more than the portal" in said
    assert "nothing differed" in said


async def test_a_host_that_is_away_is_waited_for_unless_two_officers_sign(
    platform: Platform, create_database: CreateDatabase, settings: Settings, console: Console, officers: Word,
) -> None:
    await platform.opened()
    await platform.quiet()
    backup = await backed_up(platform, create_database)
    await submit(professional(), lot(letter()), platform.stores)
    await platform.quiet()
    async with restored(platform, backup):
        await platform.hosts["beta"].stop()
        assert await restore_portal(settings, console, without=[], word=NOBODY, anyway=False) == 1
        one_twice = Word([officers.officers[0]] * 2)
        for word in (NOBODY, one_twice):
            with pytest.raises(InvalidInput):
                await restore_portal(settings, console, without=["beta"], word=word, anyway=False)
        assert await status(settings, console, None) == 1
        assert await restore_portal(settings, console, without=["beta"], word=officers, anyway=False) == 0
        [row] = await platform.portal.fetch(
            "select actor->>'identifier' as who, detail->'hosts' as hosts, detail->'officers' as signed"
            " from audit_event where act = 'restore_go_on_without'")
        assert (row["who"], json.loads(row["hosts"]), len(json.loads(row["signed"]))) == ("agent-7", ["beta"], 2)


async def test_only_two_officers_settle_what_no_machine_can(
    platform: Platform, settings: Settings, console: Console, officers: Word,
) -> None:
    record = await platform.opened()
    with pytest.raises(NotFound):
        await accept(settings, [record], officers)          # nothing was restored
    assert await restore_portal(settings, console, without=[], word=NOBODY, anyway=True) == 0
    with pytest.raises(NotFound):
        await accept(settings, [record], officers)          # it awaits nobody
    await platform.portal.execute("update record set awaits = 'fork' where record_id = $1", record)
    with pytest.raises(InvalidInput):
        await accept(settings, [record], NOBODY)
    assert await accept(settings, [record], officers) == 0
    assert await platform.portal.fetchval("select awaits from record where record_id = $1", record) == ""
    with pytest.raises(InvalidInput):
        await let_go(settings, Word(officers.officers[:1]))
    assert await let_go(settings, officers) == 0


async def test_yesterdays_host_is_told_what_it_lacks_and_is_brought_it(
    platform: Platform, settings: Settings, console: Console, tmp_path: Path,
) -> None:
    first, second = await platform.opened(), await platform.opened(another_patient(5))
    await submit(professional(), lot(letter()), platform.stores)
    await platform.quiet()
    assert await compare_host(settings, "reference", console, None) == 0
    reference = platform.hosts["reference"].pool
    await lose_body(reference, first)
    await lose_all(reference, second)
    assert await compare_host(settings, "reference", console, tmp_path / "host.json") == 1
    told = json.loads((tmp_path / "host.json").read_bytes())["findings"]
    assert {(each["kind"], each["record"], each["detail"]["lacking"]) for each in told} == {
        ("behind", str(first), 1), ("behind", str(second), 0)}
    await platform.quiet()
    assert await compare_host(settings, "reference", console, None) == 0
    assert len(await platform.heads(first)) == len(await platform.heads(second)) == 1
    await reference.execute(
        "insert into record (record_id, version, place, head) values ($1, 1, 3, sha256('x'))", uuid4())
    assert await compare_host(settings, "reference", console, None) == 1
    assert KINDS["unknown"] in console.export_text()
    with pytest.raises(InvalidSetting):
        await compare_host(settings, "omega", console, None)

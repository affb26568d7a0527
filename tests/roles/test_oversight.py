"""Oversight and erasures from the command line: what is printed, verified, refused, and with which exit code."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import msgspec
import pytest
from rich.console import Console

from carnet.errors import IntegrityError, InvalidInput, InvalidSetting, NotFound
from carnet.hosting.erasure.orders import Orders
from carnet.record.stores import Stores
from carnet.record.submit import submit
from carnet.roles import daily_roots, erasures, hosts_audit
from carnet.roles.audit_log import audit_key
from carnet.roles.daily_roots import root_note, verify_root
from carnet.roles.erasures import Leave, approve, list_erasures, proof, verify_proof
from carnet.roles.hosts_audit import audit_now, figures, offences
from carnet.roles.key_files import make_key, public_key, written
from carnet.roles.overseeing import Overseer, OversightRules
from carnet.roles.settings import Settings
from tests.record.test_due import due_to_erase, work
from tests.running import Platform, letter, lot, professional


@pytest.fixture
async def command(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """The platform, as commands find it."""
    @asynccontextmanager
    async def these(_: Settings) -> AsyncIterator[tuple[Stores, asyncpg.Pool]]:
        yield platform.stores, platform.portal

    for module in (daily_roots, erasures, hosts_audit):
        monkeypatch.setattr(module, "stores_of", these)
    return platform


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    """Settings whose folder has an audit key."""
    make_key(tmp_path / "keys" / "audit.key", demonstration=True)
    return Settings(home=str(tmp_path), demonstration=True)


@pytest.fixture
def console() -> Console:
    return Console(width=400)


async def a_record(platform: Platform) -> None:
    await platform.opened()
    await submit(professional(), lot(letter()), platform.stores)
    await platform.quiet()
    client = platform.stores.copies.clients["reference"]
    assert client.heard is not None
    await client.heard.keep(platform.stores.hosting.oversight)


async def test_a_host_proves_what_it_holds_and_its_figures_are_printed_and_published(
    command: Platform, here: Settings, console: Console, capsys: pytest.CaptureFixture[str],
) -> None:
    await a_record(command)
    assert await audit_now(here, "reference", 2, console) == 0
    assert "reference: 2 records asked, 2 right, 0 wrong, 0 missing, 0 unanswered" in capsys.readouterr().out
    await command.hosts["reference"].pool.execute("delete from entry")
    assert await audit_now(here, "reference", 1, console) == 1
    capsys.readouterr()
    assert await figures(here, 30, "", console, as_json=False) == 0
    assert "reference" in capsys.readouterr().out
    assert await figures(here, 30, "reference", console, as_json=True) == 0
    [told] = msgspec.json.decode(capsys.readouterr().out)
    assert (told["host"], told["asked"], told["right"], told["missing"], told["days_without_counts"]) == (
        "reference", 3, 2, 1, 1)
    with pytest.raises(InvalidInput):
        await audit_now(here, "nobody", 1, console)
    assert await offences(here, "reference", console) == 0


async def test_a_daily_root_is_printed_and_verified_against_what_was_kept(
    command: Platform, here: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    await a_record(command)
    await command.portal.execute("update receipt set day = day - 1")
    await Overseer(command.stores, audit_key(here), OversightRules()).close_days()
    yesterday = await command.stores.hosting.oversight.today() - timedelta(1)
    note = await root_note(here, yesterday)
    assert note.startswith("carnet/daily-root\n2\n")
    assert "\nwitness " in note
    assert await verify_root(here, yesterday, "", asks=True) == 0
    assert await verify_root(here, None, note, asks=False) == 0
    assert "sound" in capsys.readouterr().out
    await command.portal.execute("update receipt set place = place + 1 where host_id = 'reference'")
    assert await verify_root(here, yesterday, "", asks=False) == 1
    assert "NOT sound" in capsys.readouterr().out
    # Rewritten with the portal's own key: what was kept, the witness, and who is asked say so.
    await command.portal.execute("delete from daily_root")
    await Overseer(command.stores, audit_key(here), OversightRules()).close_days()
    assert await verify_root(here, yesterday, note, asks=True) == 1
    said = capsys.readouterr().out
    for fault in ("did not sign this root", "the root that was kept is another one", "keeps another root"):
        assert fault in said
    with pytest.raises(NotFound):
        await verify_root(here, yesterday - timedelta(9), "", asks=False)
    with pytest.raises(NotFound):
        await verify_root(here, None, "", asks=False)


async def test_an_erasure_is_listed_proven_and_verified_elsewhere(
    command: Platform, here: Settings, console: Console, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    await list_erasures(here, console, all_of_them=True)
    assert "no erasure waits" in capsys.readouterr().out
    record = await due_to_erase(command)
    with pytest.raises(NotFound):
        await proof(here, record)
    await work(command)
    await list_erasures(here, console, all_of_them=False)
    assert f"{record}" in capsys.readouterr().out
    file, keys = tmp_path / "erasure.jws", [
        f"{name}={written(each.host.receipt_key)}" for name, each in command.hosts.items()]
    portal = public_key(audit_key(here))
    file.write_text(await proof(here, record), encoding="ascii")
    assert verify_proof(file, portal, keys, console) == 1
    assert re.search(r"reference: +still due", capsys.readouterr().out)
    await command.portal.execute("update erasure_order set due_at = clock_timestamp()")
    for host in command.hosts:
        await Orders(command.stores.copies, command.stores.hosting).carry_out(host)
    file.write_text(await proof(here, record), encoding="ascii")
    assert verify_proof(file, portal, keys, console) == 0
    said = capsys.readouterr().out
    assert said.count("erased, and signed so") == 2
    assert "a backup of the key may exist until" in said
    with pytest.raises(IntegrityError):
        verify_proof(file, portal, [], console)
    with pytest.raises(IntegrityError):
        verify_proof(file, written(bytes(31) + b"\x01"), keys, console)
    with pytest.raises(InvalidInput):
        verify_proof(file, portal, ["alpha"], console)
    with pytest.raises(NotFound):
        await proof(here, uuid4())


async def test_an_officer_allows_a_host_more_and_that_is_traced(
    command: Platform, here: Settings, capsys: pytest.CaptureFixture[str],
) -> None:
    leave = Leave("alpha", 500, 3, "a decree", "agent-7")
    with pytest.raises(InvalidSetting):     # the key is not on this machine
        await approve(here, leave)
    make_key(here.path(here.officer_key_file), demonstration=True)
    assert await approve(here, leave) == 0
    assert "alpha may erase 500 records more" in capsys.readouterr().out
    traced = await command.portal.fetchrow(
        "select actor ->> 'identifier', detail ->> 'most' from audit_event where act = 'approve_erasures'")
    assert tuple(traced) == ("agent-7", "500")
    assert len(await command.stores.hosting.erasure.approvals("alpha")) == 1
    with pytest.raises(InvalidInput):
        await approve(here, Leave("nobody", 1, 1, "", ""))

"""The whole key store is lost and restored from its backup: records open again, those erased since never do."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from rich.console import Console

from carnet.errors import Gone
from carnet.journal.database import Database
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.inbox.sealed import key_of_day, sealed
from carnet.record.retrieve import retrieve
from carnet.record.submit import submit
from carnet.roles import key_restore
from carnet.roles.key_backup import backup
from carnet.roles.key_files import make_key, written
from carnet.roles.key_restore import erased_in, restore
from carnet.roles.lock_file import write_secret
from carnet.roles.postgres import Postgres
from carnet.roles.settings import Settings
from carnet.roles.wiring import assembled
from tests.record.test_due import due_to_erase, work
from tests.running import PATIENT, Platform, another_patient, letter, lot, professional

SILENT = Console(quiet=True)
OTHER = another_patient(77)


@pytest.fixture
async def settings(platform: Platform, cluster: Postgres, tmp_path: Path) -> Settings:
    """What commands are told of this platform: its databases, and a file with its platform key."""
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "backups").mkdir()
    key = platform.parts.platform_key._holders[0]._keys[1]      # type: ignore[attr-defined]
    write_secret(tmp_path / "keys" / "platform.key", written(key))
    make_key(tmp_path / "keys" / "audit.key", demonstration=True)
    urls = [
        cluster.url(await pool.fetchval("select current_database()")) for pool in (platform.portal, platform.keys)]
    return Settings(home=str(tmp_path), demonstration=True, portal_database_url=urls[0], keys_database_url=urls[1])


async def backed_up(settings: Settings) -> Path:
    assert await backup(settings, Path(settings.home) / "backups", by="nadia", console=SILENT) == 0
    [file] = (Path(settings.home) / "backups").iterdir()
    return file


async def test_the_key_of_a_day_of_the_inbox_comes_back_unless_the_day_is_over(
    platform: Platform, settings: Settings
) -> None:
    today = platform.stores.clock.now().date()
    kept, over = (today - timedelta(days=settings.inbox_days + more) for more in (0, 1))
    for day in (kept, over):
        await sealed(b"x", day, platform.stores.keys)
    file = await backed_up(settings)
    await platform.keys.execute("truncate wrapped_key, platform_key, unwrap_count")
    assert await restore(settings, file, by="nadia", console=SILENT) == 0
    rows = await platform.keys.fetch("select record_id, wrapped is null as is_destroyed from wrapped_key")
    assert {row["record_id"]: row["is_destroyed"] for row in rows} == {key_of_day(kept): False, key_of_day(over): True}


@pytest.mark.parametrize("known_by", ["everything", "the audit log alone", "the orders alone", "the row alone"])
async def test_what_was_erased_since_the_backup_stays_erased_when_the_store_is_lost(
    platform: Platform, settings: Settings, known_by: str
) -> None:
    document = letter(of=OTHER)
    kept = await platform.opened(OTHER)
    await submit(professional(), lot(document), platform.stores)
    erased = await due_to_erase(platform)
    file = await backed_up(settings)
    await work(platform)
    await platform.keys.execute("truncate wrapped_key, platform_key, unwrap_count")
    if known_by != "everything":
        await platform.portal.execute("update record set state = 'closed' where record_id = $1", erased)
        await platform.portal.execute("delete from erasure where record_id = $1", erased)
        await platform.portal.execute("alter table audit_event disable trigger user")
        if known_by != "the audit log alone":
            await platform.portal.execute("delete from audit_event where record_id = $1 and act = 'erase'", erased)
        if known_by == "the orders alone":
            await platform.portal.execute(
                "insert into erasure (record_id, erased_at) values ($1, clock_timestamp())", erased)
        if known_by == "the row alone":
            await platform.portal.execute("update record set state = 'erased' where record_id = $1", erased)
    assert await restore(settings, file, by="nadia", console=SILENT) == 0
    async with assembled(dataclasses.replace(platform.parts), platform.portal, platform.keys) as again:
        with pytest.raises(Gone):
            await again.keys.keys_of(erased)
        assert (await retrieve(professional(), document.entry.unique_id, again)).content == document.content
        assert (await find(professional(), OTHER.ins, Criteria(), again)).entries
    rows = await platform.keys.fetch("select record_id, wrapped is null as is_destroyed from wrapped_key")
    assert {row["record_id"]: row["is_destroyed"] for row in rows} == {kept: False, erased: True}


async def test_a_record_erased_while_keys_come_back_stays_erased(
    platform: Platform, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await due_to_erase(platform)
    file = await backed_up(settings)
    await platform.keys.execute("truncate wrapped_key")
    known = [await erased_in(Database(platform.portal))]

    async def asked(portal: Database) -> frozenset[UUID]:
        if known:       # what was true when the restore began
            return known.pop()
        await work(platform)
        return await erased_in(portal)

    monkeypatch.setattr(key_restore, "erased_in", asked)
    assert await restore(settings, file, by="nadia", console=SILENT) == 0
    with pytest.raises(Gone):
        await platform.stores.keys.keys_of(record)
    assert PATIENT.ins.value not in file.read_text()

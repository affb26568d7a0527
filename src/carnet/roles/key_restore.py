"""`carnet keys restore`: bring back keys that the key store lost, and never one of a record that was erased.

A key that is in the store stays as it is, above all a destroyed one. For keys that are not, the portal says which
records were erased: their rows, the orders to erase, and the audit log, which keep the record's pseudonym. Without the
portal's database nothing is brought back. A day of the inbox that is over by its date needs nobody to say so.
May import: errors, journal, `inbox/sealed` of record; of this room `audit_log`, `key_backup`, `key_store`, `settings`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID

import msgspec
from rich.console import Console
from rich.progress import Progress

from carnet.errors import InvalidInput, Issue
from carnet.journal.database import Database
from carnet.journal.key_backup.format import BackedUpKey, Reader, is_too_old
from carnet.journal.key_backup.store import BackupStore
from carnet.journal.store import KeyStore
from carnet.record.inbox.sealed import key_of_day
from carnet.roles.audit_log import audit_key
from carnet.roles.key_backup import check_versions
from carnet.roles.key_store import opened_key_store, portal_database, trace
from carnet.roles.platform_key import process_name
from carnet.roles.settings import Settings

_BATCH = 500
_DAYS_BACK = 3660

# All that says, in the portal's database, that a record was erased. A trace outlives everything else.
_ERASED = """
select record_id from record where state = 'erased'
union select record_id from erasure
union select record_id from audit_event where act = 'erase' and outcome = 'done'
"""


@dataclass(slots=True)
class Restored:
    """What was done with the keys of a backup."""

    brought_back: int = 0
    there_already: int = 0
    kept_destroyed: int = 0


async def restore(settings: Settings, file: Path, *, by: str, console: Console) -> int:
    """Bring back what is missing from a whole, signed backup that is not too old. Raises InvalidInput, IntegrityError.
    """
    async with (
        opened_key_store(settings) as (keys, database),
        portal_database(settings) as portal,
    ):
        store = BackupStore(database)
        await _verified(settings, file, store, console)
        await check_versions(file, keys.platform_key)
        await trace(settings, "restore_keys", by=by, step="begun")
        with file.open("rb") as lines:
            reader = Reader(lines, audit_key(settings).public_key())
            gone = await erased_in(portal) | days_over(await store.now(), keep_days=settings.inbox_days)
            restored = await _brought_back(reader, gone, keys=keys, store=store, console=console)
        # Once more: a record may have been erased while its key was on its way back.
        restored.kept_destroyed += await store.destroy(await erased_in(portal))
        await trace(settings, "restore_keys", by=by, step="done", **asdict(restored))
    console.print(
        f"{restored.brought_back} keys brought back, {restored.there_already} were there,"
        f" {restored.kept_destroyed} of erased records, and of days of the inbox that are over, kept destroyed")
    return 0


async def erased_in(portal: Database) -> frozenset[UUID]:
    """The records that the portal knows were erased."""
    return frozenset(row["record_id"] for row in await portal.fetch(_ERASED))


def days_over(now: datetime, *, keep_days: int) -> frozenset[UUID]:
    """The names of the keys of days whose messages the inbox keeps no more, as far back as any backup may go."""
    first_kept = now.date() - timedelta(days=keep_days)
    return frozenset(key_of_day(first_kept - timedelta(days=back)) for back in range(1, _DAYS_BACK))


async def _verified(settings: Settings, file: Path, store: BackupStore, console: Console) -> None:
    with Progress(console=console) as progress, file.open("rb") as lines:
        reader = Reader(lines, audit_key(settings).public_key())
        if is_too_old(reader.head.taken_at, await store.now(), days=settings.key_backup_days):
            why = f"is older than {settings.key_backup_days} days: what was erased since would be readable"
            raise InvalidInput(Issue("business-rule", why, str(file)))
        task = progress.add_task("reading the backup", total=reader.head.keys)
        for _ in reader.rows():
            progress.advance(task)


async def _brought_back(
    reader: Reader, erased: frozenset[UUID], *, keys: KeyStore, store: BackupStore, console: Console
) -> Restored:
    restored = Restored()
    await store.bring_back_versions(reader.head.versions)
    with Progress(console=console) as progress:
        task = progress.add_task("bringing back keys", total=reader.head.keys)
        async with keys.beating(process_name("restore")):
            for batch in _batches(reader.rows()):
                rows = [await _to_bring_back(each, erased, keys=keys, store=store) for each in batch]
                living, inserted = await store.bring_back(rows)
                restored.brought_back += living
                restored.kept_destroyed += inserted - living
                restored.there_already += len(rows) - inserted
                progress.advance(task, len(rows))
    return restored


async def _to_bring_back(
    each: BackedUpKey, erased: frozenset[UUID], *, keys: KeyStore, store: BackupStore
) -> BackedUpKey:
    """A row as it may come back: destroyed if its record was erased, wrapped by the version in force if not."""
    if each.wrapped is None:
        return each
    if each.record in erased:
        return msgspec.structs.replace(each, wrapped=None, destroyed_at=await store.now())
    return await _under(await keys.in_force(), each, keys)


async def _under(in_force: int, each: BackedUpKey, keys: KeyStore) -> BackedUpKey:
    """Wrapped by the version in force: the one that the backup knows may be retired since."""
    if each.platform_key == in_force or each.wrapped is None:
        return each
    keys.unwraps.note()
    key = await keys.platform_key.unwrap(each.platform_key, each.wrapped)
    return msgspec.structs.replace(each, platform_key=in_force, wrapped=await keys.platform_key.wrap(in_force, key))


def _batches(keys: Iterator[BackedUpKey]) -> Iterator[list[BackedUpKey]]:
    while batch := list(islice(keys, _BATCH)):
        yield batch

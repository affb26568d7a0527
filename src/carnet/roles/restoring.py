"""Restoring: a portal that finds itself older than its hosts is compared with them, by the worker or from a command.

May import: record, hosting, audit, errors; `settings`, `wiring`, `key_files`, `audit_log` and `restore_report` of this
room.
"""

from __future__ import annotations

import asyncio
import getpass
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console
from rich.progress import Progress as Bar

from carnet.audit.events import NO_RECORD, Event
from carnet.errors import CarnetError, InvalidSetting, Issue, NotFound, Unavailable
from carnet.journal.content import Actor
from carnet.record.reconcile.found import Finding
from carnet.record.reconcile.guard import Guard, Suspicions
from carnet.record.reconcile.host import at_host
from carnet.record.reconcile.officers import check, sentence, signed_by
from carnet.record.reconcile.streams import batches
from carnet.record.reconcile.values import Reconcile
from carnet.record.reconcile.walk import Progress, Walk
from carnet.record.stores import Stores
from carnet.roles.audit_log import audit_key
from carnet.roles.key_files import read_bytes, read_signing_key
from carnet.roles.restore_report import Report, described, written
from carnet.roles.settings import Settings
from carnet.roles.wiring import stores_of

log = logging.getLogger(__name__)

AGAIN_SECONDS = 3.0


async def compare_when_restored(stores: Stores, key: Ed25519PrivateKey, stop: asyncio.Event) -> None:
    """Notice that the portal was restored, and compare it with its hosts, until `stop` is set."""
    suspicions, walk = Suspicions(stores.guard, stores.copies, stores.keys), Walk(stores, stores.guard, key)
    while not stop.is_set():
        try:
            await suspicions.look()
            if not await stores.guard.look():
                await walk.run()
        except CarnetError as error:
            log.warning("the comparison with hosts goes on later: %s", error)
        await _pause(stop)


@dataclass(frozen=True, slots=True)
class Word:
    """What two officers say, with their key files; `by` is who types it."""

    officers: Sequence[Path]
    by: str = ""


async def restore_portal(
    settings: Settings, console: Console, *, without: Sequence[str], word: Word, anyway: bool,
) -> int:
    """Compare the portal with its hosts, now and here, and say what differed. 1 while a host does not answer.

    `anyway` compares also a portal that nothing says was restored.
    """
    async with stores_of(settings, role="restore") as (stores, _):
        if anyway and await stores.guard.look():
            await stores.guard.distrust(f"{word.by or getpass.getuser()} asked to compare it")
        reconcile = await stores.guard.store.reconcile()
        if reconcile is None or not reconcile.is_under_way:
            console.print("nothing says that this portal was restored: it serves (--anyway compares it all the same)")
            return 0
        if without:
            await _go_on_without(settings, stores, reconcile, without, word)
        return await _walked(stores, audit_key(settings), reconcile, console)


async def _walked(stores: Stores, key: Ed25519PrivateKey, reconcile: Reconcile, console: Console) -> int:
    with Bar(console=console) as bar:
        task = bar.add_task("Comparing with the hosts", total=1.0)

        def tell(progress: Progress) -> None:
            told = f"{progress.seen} records, {progress.differences} differences"
            bar.update(task, completed=progress.part, description=told)

        try:
            is_done = await Walk(stores, stores.guard, key).run(tell)
        except Unavailable as error:
            console.print(f"not yet: {error}\nWhat was compared is served. Ask again, or see --without.")
            return 1
    if not is_done:
        console.print("another process compares: `carnet restore status` says how far it is")
        return 1
    async with _report(stores.guard, reconcile.reconcile_id) as report:
        console.print(described(report))
    return 0


async def status(settings: Settings, console: Console, report_file: Path | None) -> int:
    """Say whether the portal is being compared, and what differed; 1 while it is not all served."""
    async with stores_of(settings, role="restore") as (stores, _):
        last = await stores.guard.store.reconcile()
        if last is None:
            console.print("this portal was never found to be restored")
            return 0
        async with _report(stores.guard, last.reconcile_id) as report:
            console.print(described(report))
            if report_file is not None:
                await written(report, report_file)
                console.print(f"all of it is in {report_file}")
        return 1 if last.is_under_way else 0


async def accept(settings: Settings, records: Sequence[UUID], word: Word) -> int:
    """Two officers say that these records are as the portal has them, and they are served.

    Raises InvalidInput unless two officers signed, NotFound for a record that awaits nobody's word.
    """
    async with stores_of(settings, role="restore") as (stores, _):
        reconcile = await _last(stores.guard)
        signatures = _signed(settings, "accept", reconcile, [str(record) for record in records], word)
        for record in records:
            event = _event(record, "restore_accept", reconcile, word, {"officers": signatures})
            if not await stores.guard.store.accept(record, event):
                raise NotFound(f"the record {record} awaits nobody's word")
    return 0


async def let_go(settings: Settings, word: Word) -> int:
    """Two officers say that bodies which no entry names may be collected. Raises InvalidInput."""
    async with stores_of(settings, role="restore") as (stores, _):
        reconcile = await _last(stores.guard)
        signatures = _signed(settings, "let_go", reconcile, [], word)
        event = _event(NO_RECORD, "restore_let_go", reconcile, word, {"officers": signatures})
        await stores.guard.store.let_go(reconcile.reconcile_id, event)
    return 0


async def compare_host(settings: Settings, host: str, console: Console, report_file: Path | None) -> int:
    """Say what this host has less, or otherwise, than the portal committed, and have it caught up; 1 if anything.

    Raises InvalidSetting for a host that is none, HostUnavailable when it does not answer.
    """
    async with stores_of(settings, role="restore") as (stores, _):
        if host not in stores.copies.clients:
            names = ", ".join(sorted(stores.copies.clients))
            raise InvalidSetting(Issue("value", f"no such host; accepted: {names}", host))
        guard, found = stores.guard, list[Finding]()
        clients = {host: stores.copies.clients[host]}
        async for batch in batches(guard.store, guard.marks, clients, after=NO_RECORD):
            differences = [each for one in batch.found for each in at_host(one, host)]
            behind = [each.record for each in differences if each.kind == "behind"]
            await stores.hosting.note_lacks(behind, host, "compared after a restore")
            found += differences
        report = Report(f"host {host}, compared with the portal", {}, found)
        console.print(described(report))
        if report_file is not None:
            await written(report, report_file)
        return 1 if found else 0


async def _go_on_without(
    settings: Settings, stores: Stores, reconcile: Reconcile, hosts: Sequence[str], word: Word,
) -> None:
    signatures = _signed(settings, "go_on_without", reconcile, hosts, word)
    event = _event(
        NO_RECORD, "restore_go_on_without", reconcile, word, {"hosts": sorted(hosts), "officers": signatures})
    await stores.guard.store.go_on_without(reconcile.reconcile_id, [*reconcile.without, *hosts], event)


def _signed(
    settings: Settings, act: str, reconcile: Reconcile, about: Sequence[str], word: Word,
) -> dict[str, str]:
    what = sentence(act, reconcile.reconcile_id, about)
    keys = [
        read_signing_key(file, setting="--officer", demonstration=settings.demonstration) for file in word.officers]
    signatures = signed_by(keys, what)
    officers = [read_bytes(key, setting="officer_public_keys") for key in settings.officer_public_keys]
    check(signatures, what, officers)
    return signatures


async def _last(guard: Guard) -> Reconcile:
    reconcile = await guard.store.reconcile()
    if reconcile is None:
        raise NotFound("this portal was never found to be restored")
    return reconcile


@asynccontextmanager
async def _report(guard: Guard, reconcile_id: UUID) -> AsyncIterator[Report]:
    reconcile = await guard.store.reconcile(reconcile_id)
    if reconcile is None:
        raise NotFound("no such reconcile")
    counts = await guard.store.counts(reconcile_id)
    yield Report.of(reconcile, counts, guard.store.findings(reconcile_id))


def _event(record: UUID, act: str, reconcile: Reconcile, word: Word, detail: dict[str, object]) -> Event:
    name = word.by or getpass.getuser()
    return Event(
        record, act, "done", "command", str(reconcile.reconcile_id), Actor("officer", name, name), detail)


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(AGAIN_SECONDS):
            await stop.wait()
    except TimeoutError:
        return

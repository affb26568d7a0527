"""Doctor: look at an installation and say, check by check, what is well, what is wrong and what to do about it.

May import: errors; `body_store`, `intake`, `key_files`, `lock_file`, `migrate`, `platform_key`, `settings` and
`postgres` of this room. Touches the world, changes nothing.
"""

from __future__ import annotations

import asyncio
import platform
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import aiohttp
import asyncpg
from rich.console import Console
from rich.markup import escape

from carnet.errors import CarnetError
from carnet.hosting.accreditation.reminders import reminders_of
from carnet.roles.body_store import body_store_of
from carnet.roles.hosts import accreditation_of
from carnet.roles.hosts_told import reminded, why_not_active
from carnet.roles.intake import antivirus_at
from carnet.roles.key_files import read_key
from carnet.roles.lock_file import is_locked
from carnet.roles.migrate import pending_of
from carnet.roles.platform_key import opened_platform_key, secrets_of
from carnet.roles.settings import Settings

_LEAST_DISK = 1024**3
_MARKS = {True: "[green]well[/] ", False: "[red]wrong[/]"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `advice` says what to do when it is wrong."""

    what: str
    is_well: bool
    advice: str = ""


async def examine(settings: Settings) -> int:
    """Print every finding; the exit code is 1 if anything is wrong."""
    console = Console()
    wrong = 0
    async for finding in _findings(settings):
        wrong += not finding.is_well
        advice = f" — {escape(finding.advice)}" if finding.advice and not finding.is_well else ""
        console.print(f"{_MARKS[finding.is_well]} {escape(finding.what)}{advice}", highlight=False, soft_wrap=True)
    return 1 if wrong else 0


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    yield Finding(f"Python {platform.python_version()}", True)
    yield Finding(f"settings, {'demonstration' if settings.demonstration else 'production'} mode", True)
    yield await asyncio.to_thread(_disk, settings)
    for name, file in _keys(settings).items():
        yield _tried(
            f"{name} {file}",
            lambda file=file, name=name: read_key(  # type: ignore[misc]
                settings.path(file), setting=name, demonstration=settings.demonstration
            ),
        )
    if settings.hosts:
        yield await _platform_key(settings)
    for which, url in _databases(settings).items():
        yield await _database(which, url)
    if settings.host_body_store_url:
        yield await _body_store(settings)
    if settings.antivirus:
        yield await _antivirus(settings.antivirus)
    for host in settings.hosts:
        yield await _answers(f"host {host.id}", f"{host.url.rstrip('/')}/v1/status")
    if settings.hosts and settings.portal_database_url:
        for finding in await _accreditations(settings):
            yield finding
    for issuer in settings.issuers:
        yield await _answers(f"issuer {issuer.url}", f"{issuer.url.rstrip('/')}/.well-known/openid-configuration")
    if not settings.hosts and not settings.host_id:
        yield Finding("no host and no portal is set up here: `carnet demo` starts all of it", True)


def _disk(settings: Settings) -> Finding:
    place = Path(settings.home).resolve()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    return Finding(f"{free / _LEAST_DISK:.1f} GiB free in {place}", free > _LEAST_DISK, "make room: 1 GiB at least")


def _keys(settings: Settings) -> dict[str, str]:
    names = ["portal_key_file", "erasure_key_file", "audit_key_file"] if settings.hosts else []
    names += ["receipt_key_file"] if settings.host_id else []
    return {name: getattr(settings, name) for name in names}


async def _platform_key(settings: Settings) -> Finding:
    if any(is_locked(file) for file in secrets_of(settings).values()):
        return Finding("platform key, locked under two passphrases", True)
    try:
        async with opened_platform_key(settings, role="doctor") as key:
            versions = await key.look()
    except CarnetError as error:
        return Finding("platform key", False, str(error))
    where = ", ".join(f"version {number} ({key.holder_of(number)})" for number in sorted(versions))
    return Finding(f"platform key: {where or 'none'}", bool(versions), "`carnet keys rotate` makes the first")


def _databases(settings: Settings) -> dict[str, str]:
    urls = {
        "portal": settings.portal_database_url,
        "keys": settings.keys_database_url,
        "host": settings.host_database_url,
    }
    return {which: url for which, url in urls.items() if url}


def _tried(what: str, attempt: Callable[[], object]) -> Finding:
    try:
        attempt()
    except CarnetError as error:
        return Finding(what, False, str(error))
    return Finding(what, True)


async def _database(which: str, url: str) -> Finding:
    what = f"{which} database"
    try:
        waiting = await pending_of(url, which)
    except (OSError, asyncpg.PostgresError, CarnetError) as error:
        return Finding(what, False, f"{type(error).__name__}: is its server running, is its address right?")
    return Finding(what, not waiting, f"run `carnet migrate --database {which}`: {', '.join(waiting)} wait")


async def _body_store(settings: Settings) -> Finding:
    """Whether it answers: whether a bucket is on disk when it answers, only who runs it can see."""
    what = f"body store {settings.host_body_store_url}"
    name = f"doctor-{uuid4().hex}"
    try:
        store = body_store_of(settings)
        if store is None:
            return Finding(what, True)
        await store.put(name, name.encode())
        is_whole = await store.get(name) == name.encode()
        await store.delete(name)
    except CarnetError as error:
        return Finding(what, False, str(error))
    durable = (
        "each file is forced to disk"
        if settings.host_body_store_url.startswith("file:")
        else "S3 does not say whether it forces to disk: see docs/operators/body-store.md"
    )
    return Finding(f"{what}: takes, gives and deletes; {durable}", is_whole, "it gave other bytes than it was given")


async def _accreditations(settings: Settings) -> list[Finding]:
    """Which hosts are active, and why the others are not; what ends soon is said of those that are."""
    try:
        async with accreditation_of(settings) as store:
            standings = {each.host: each for each in await store.standings()}
            reminders = reminders_of(await store.dossiers())
    except (OSError, asyncpg.PostgresError, CarnetError) as error:
        return [Finding("accreditation of hosts", False, f"the portal database does not say ({type(error).__name__})")]
    found = []
    for host in settings.hosts:
        why = why_not_active(standings.get(host.id))
        soon = "; ".join(reminded(each) for each in reminders if each.host == host.id)
        found.append(Finding(f"accreditation of host {host.id}{f': {soon}' if soon else ''}", not why, why))
    return found


async def _antivirus(address: str) -> Finding:
    try:
        antivirus = antivirus_at(address)
        if antivirus is not None:
            await antivirus.scan(b"carnet doctor")
    except CarnetError as error:
        return Finding(f"antivirus {address}", False, f"{error}: while it does, nothing is deposited")
    return Finding(f"antivirus {address}", True)


async def _answers(what: str, address: str) -> Finding:
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http,
            http.get(address) as answer,
        ):
            return Finding(what, answer.status == 200, f"{address} answers {answer.status}")
    except (aiohttp.ClientError, TimeoutError) as error:
        return Finding(what, False, f"{address} does not answer ({type(error).__name__})")

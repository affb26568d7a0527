"""Documents held to the national rules by the worker, until it is stopped, and what officers ask of it.

May import: record, errors; `settings`, `intake`, `wiring` of this room.
"""

from __future__ import annotations

import asyncio
import getpass
import logging
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from carnet.audit.events import NO_RECORD, done
from carnet.errors import InvalidSetting, Issue, Unavailable
from carnet.journal.database import Database
from carnet.people.caller import OfficerCaller
from carnet.record.conformity.check import check_due
from carnet.record.conformity.client import Checker
from carnet.record.conformity.store import CheckStore
from carnet.record.conformity.words import explain_not_run
from carnet.record.stores import Stores
from carnet.rights.access import Asker
from carnet.roles.intake import checker_of
from carnet.roles.settings import Settings
from carnet.roles.wiring import open_pool, stores_of

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
CANNOT_SECONDS = 300.0
IDLE_LOOKS = 60         # then the process that runs the rules gives its memory back


async def check_documents(stores: Stores, checker: Checker, stop: asyncio.Event) -> None:
    """Check what is due until `stop` is set. Where rules cannot be run, it is said in the log and tried again later."""
    idle, said = 0, ""
    try:
        while not stop.is_set():
            seconds = 0.0
            try:
                if await stores.records.checks.is_any_due():
                    idle = 0
                    await check_due(stores, checker)
                else:
                    seconds, idle = LOOK_SECONDS, idle + 1
            except Unavailable as error:
                if str(error) != said:
                    said = str(error)
                    log.warning("%s", said)
                seconds = CANNOT_SECONDS
            if idle >= IDLE_LOOKS:
                await checker.close()
            await _pause(stop, seconds)
    finally:
        await checker.close()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def show_status(settings: Settings, console: Console) -> int:
    """Print how far checking has come; 1 when rules are set and cannot be run here."""
    checker = checker_of(settings)
    if checker is None:
        console.print("not checked: document_rules_folder names no folder with schematrons")
        return 0
    version, why = "", ""
    try:
        version = await checker.version()
    except Unavailable as error:
        why = str(error)
    finally:
        await checker.close()
    async with open_pool(settings.portal_database_url, 1) as pool:
        counts = await CheckStore(Database(pool)).counts(version)
    console.print(f"rules {version}" if version else escape(why))
    console.print(f"{counts.settled} documents checked, {counts.by_other_rules} of them by other rules")
    oldest = f", the oldest since {counts.oldest:%Y-%m-%d %H:%M} UTC" if counts.oldest else ""
    console.print(f"{counts.waiting} wait{oldest}, {counts.tried} of them after a failure")
    return 1 if why else 0


async def check_again(settings: Settings, console: Console, *, days: int, by: str) -> int:
    """Have documents of the last days checked again that were held to other rules than these. Traced."""
    checker = checker_of(settings)
    if checker is None:
        raise InvalidSetting(Issue("required", "names no folder with schematrons", "document_rules_folder"))
    try:
        version = await checker.version()
    finally:
        await checker.close()
    name = by or getpass.getuser()
    async with stores_of(settings) as (stores, _):
        asker = Asker(OfficerCaller(name, name, ""), door="command")
        await stores.records.trace((done(asker, "check_again", NO_RECORD, days=str(days), rules=version), None))
        asked = await stores.records.checks.again(days, version)
    console.print(f"{asked} documents are checked again by rules {version}")
    return 0


async def check_file(settings: Settings, console: Console, file: Path) -> int:
    """Hold one file to the rules, as documents are: nothing is deposited. 1 when a rule is broken."""
    checker = checker_of(settings)
    if checker is None:
        raise InvalidSetting(Issue("required", "names no folder with schematrons", "document_rules_folder"))
    try:
        with console.status("Checking"):
            verdict = await checker.check(await asyncio.to_thread(file.read_bytes))
    finally:
        await checker.close()
    for rule in verdict.broken:
        console.print(escape(f"{rule.severity}: {rule.text} ({rule.rules}#{rule.pattern}, {rule.count} times)"))
        for place in rule.places:
            console.print(escape(f"    {place}"), highlight=False, soft_wrap=True)
    for each in verdict.not_run:
        console.print(escape(f"not run: {explain_not_run(each, 'en')}"))
    console.print(f"{len(verdict.run)} rule sets run, {len(verdict.broken)} rules broken")
    return 0 if verdict.is_clean else 1

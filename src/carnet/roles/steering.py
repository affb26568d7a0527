"""Adoption and its plan, from the command line.

May import: steering, ledger, audit; `ledger` and `settings` of this room.
"""

from __future__ import annotations

import getpass
import hashlib
from datetime import date
from pathlib import Path

import msgspec

from carnet.audit.events import NO_RECORD, Event
from carnet.audit.store import AuditStore
from carnet.errors import InvalidInput, Issue, NotFound, TooLarge
from carnet.journal.content import Actor
from carnet.ledger.counts.count import PLATFORM, Measure
from carnet.ledger.counts.store import CountStore
from carnet.roles.ledger import database_of
from carnet.roles.settings import Settings
from carnet.steering.adoption.export import NAMES, Table, as_csv, table_of
from carnet.steering.adoption.plan import MOST_BYTES, Target
from carnet.steering.adoption.store import AdoptionStore
from carnet.steering.adoption.told import Adoption, told
from carnet.steering.cells import is_small

LOADED = "load_plan"        # what the trace of a loading says was done


async def show_adoption(settings: Settings, on: date | None, form: str) -> int:
    """Print the last count, or what is kept of another day, in words, as `csv` or `json`."""
    if on is not None:
        return await _show_day(settings, on, form)
    async with database_of(settings) as database:
        store = AdoptionStore(database)
        counted, plans = await store.counted(), await store.plans()
    if counted is None:
        raise NotFound("records are not counted yet: a worker does, within a minute of its start")
    adoption = told(counted, plans[0].plan if plans else None)
    if form == "json":
        tables = {name: _rows(table_of(name, adoption, {})) for name in NAMES if name != "growth"}
        print(msgspec.json.encode({"day": adoption.day, **tables}).decode())
    elif form == "csv":
        print(as_csv(table_of("departements", adoption, {})).decode(), end="")
    else:
        print("\n".join(_in_words(adoption)))
    return 0


async def load_plan(settings: Settings, file: Path, *, by: str) -> int:
    """Put a plan in force. Raises InvalidInput with every issue: nothing is then changed."""
    content, who = _text(file), by or getpass.getuser()
    async with database_of(settings) as database:
        version = await AdoptionStore(database).load_plan(content, who)
        event = Event(
            NO_RECORD, LOADED, "done", "command", "", Actor("officer", who, ""),
            {"version": version, "sha256": hashlib.sha256(content.encode()).hexdigest()})
        await AuditStore(database).append(event)
    print(f"the plan is version {version}")
    return 0


async def show_plan(settings: Settings, version: int) -> int:
    """Print a version's file."""
    async with database_of(settings) as database:
        store = AdoptionStore(database)
        plans = await store.plans()
        wanted = version or (plans[0].version if plans else 0)
        text = await store.plan_text(wanted)
    if text is None:
        raise NotFound(f"there is no plan of version {wanted}" if wanted else "no plan is loaded")
    print(text, end="")
    return 0


async def list_plans(settings: Settings) -> int:
    """A line for each version."""
    async with database_of(settings) as database:
        for each in await AdoptionStore(database).plans():
            print(f"{each.version}: {each.plan.name}, {len(each.plan.target)} targets, "
                  f"loaded on {each.loaded_on} by {each.loaded_by}")
    return 0


async def _show_day(settings: Settings, on: date, form: str) -> int:
    found: dict[str, int | None] = {}
    async with database_of(settings) as database:
        for each in await CountStore(database).on(on, PLATFORM):
            found[each.measure.value] = (found.get(each.measure.value) or 0) + each.count
    if not found:
        raise NotFound(f"nothing was counted until {on}")
    shown = {name: None if is_small(found[name] or 0) else found[name] for name in map(str, Measure) if name in found}
    if form == "json":
        print(msgspec.json.encode({"on": on, **shown}).decode())
        return 0
    lines = [(name, "" if form else "not shown") if count is None else (name, str(count))
             for name, count in shown.items()]
    print("\n".join((["measure,count"] if form else []) + [(("," if form else ": ").join(line)) for line in lines]))
    return 0


def _text(file: Path) -> str:
    if file.stat().st_size > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InvalidInput(Issue("value", f"{file.name} is not UTF-8")) from None


def _rows(table: Table) -> list[dict[str, str | int | None]]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def _in_words(of: Adoption) -> list[str]:
    def said(count: int | None) -> str:
        return "not shown" if count is None else str(count)

    return [
        f"on {of.day}",
        *(f"  {name.replace('_', ' ')}: {said(count)}" for name, count in of.whole.items()),
        "why records are empty, and nearly so (the first reason that holds)",
        *(f"  {each.reason.replace('_', ' ')}: {said(each.empty)}, {said(each.thin)}" for each in of.reasons),
        *(f"planned: {each.target.count} {each.target.what} by {each.target.by}{_where(each.target)}, "
          f"now {said(each.reached)}" for each in of.stands)]


def _where(target: Target) -> str:
    if target.departement:
        return f" in département {target.departement}"
    return f" in region {target.region}" if target.region else ""

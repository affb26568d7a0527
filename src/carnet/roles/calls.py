"""Calls for projects from the command line: open, amend, apply, decide by files; list, report, verify.

May import: ledger, steering; `ledger` and `settings` of this room.
"""

from __future__ import annotations

import getpass
import hashlib
from pathlib import Path
from typing import Annotated
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from msgspec import Meta

from carnet.journal.database import Database
from carnet.ledger.costs import by_axes, costs_of
from carnet.ledger.kept import Wanted
from carnet.ledger.money import euros_of
from carnet.ledger.store import LedgerStore
from carnet.roles.ledger import database_of, trace
from carnet.roles.settings import Settings
from carnet.steering.calls.handling import Calls
from carnet.steering.calls.reading import MOST_BYTES, read
from carnet.steering.calls.report import accounts, as_csv, fed_by, total
from carnet.steering.calls.steps import Given, broken
from carnet.steering.calls.store import CallStore
from carnet.steering.store import FigureStore

OPENED, AMENDED, APPLIED, DECIDED = "call_open", "call_amend", "call_apply", "call_decide"


class DecisionFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decision as a file."""

    legal_act: Annotated[str, Meta(max_length=200)]
    given: tuple[Given, ...]


async def open_call(settings: Settings, file: Path, *, by: str) -> int:
    """Open the call in this file; the same file a second time changes nothing."""
    content = _content(file)
    async with database_of(settings) as database:
        life = await _calls(database).open(content, _who(by), _id("open", content))
        await trace(database, OPENED, by, call=life.call.call)
    print(f"{life.call.call}: open, head {life.head}")
    return 0


async def amend_call(settings: Settings, file: Path, reason: str, *, by: str) -> int:
    """Amend the call that this file is of."""
    content = _content(file)
    async with database_of(settings) as database:
        life = await _calls(database).amend(content, reason, _who(by), _id("amend", content, reason))
        await trace(database, AMENDED, by, call=life.call.call, number=life.amendments)
    print(f"{life.call.call}: amendment {life.amendments}, head {life.head}")
    return 0


async def take_application(settings: Settings, call: str, file: Path, *, by: str) -> int:
    """Take an application down."""
    content = _content(file)
    async with database_of(settings) as database:
        submitted = await _calls(database).apply(call, content, _who(by), _id("apply", content))
        await trace(database, APPLIED, by, call=call, application=submitted.id)
    print(f"{submitted.id}-{submitted.sha256[:8]}")
    return 0


async def decide_call(settings: Settings, call: str, file: Path, *, by: str) -> int:
    """Decide, as this file says."""
    content = _content(file)
    said = read(content, DecisionFile)
    async with database_of(settings) as database:
        life = await _calls(database).decide(
            call, said.legal_act, said.given, by=_who(by), step_id=_id("decide", content, call))
        await trace(database, DECIDED, by, call=call)
    print(f"{call}: {len(life.grants)} grants, {euros_of(sum(each.cents for each in life.grants.values()))} committed")
    return 0


async def list_calls(settings: Settings) -> int:
    """Every call, a line each."""
    async with database_of(settings) as database:
        for life in await CallStore(database).lives():
            whole = total(accounts(life, {}))
            print(
                f"{life.call.call}: {life.call.opens} to {life.call.closes}, {len(life.applications)} applications,"
                f" granted {euros_of(whole.granted)}, released {euros_of(whole.released)},"
                f" cancelled {euros_of(whole.cancelled)}, committed {euros_of(whole.left)}")
    return 0


async def report(settings: Settings, call: str) -> int:
    """A call's report, as CSV."""
    async with database_of(settings) as database:
        life = await CallStore(database).life(call)
        print(as_csv([(life, accounts(life, await fed_by(life, FigureStore(database))))]), end="")
    return 0


async def verify(settings: Settings, call: str) -> int:
    """A call's steps and its commitments; 1 when anything is not as it was written down."""
    async with database_of(settings) as database:
        store, ledger = CallStore(database), LedgerStore(database)
        life, faults = await store.life(call), [broken(await store.steps(call))]
        sums = costs_of(await ledger.sums(by_axes("contract", "lot"), Wanted(where={"phase": (call,)})))
        for name, grant in life.grants.items():
            for milestone in grant.tranches:
                cost, left = sums.get((f"{life.call.contract}/{name}", milestone)), life.left((name, milestone))
                if (cost.committed if cost else 0) != left:
                    faults.append(f"{name} {milestone}: {euros_of(left)} is left, and the books say otherwise")
    for each in filter(None, faults):
        print(each)
    print(f"{call}: {'NOT sound' if any(faults) else 'sound'}, {life.steps} steps, head {life.head}")
    return 1 if any(faults) else 0


def _calls(database: Database) -> Calls:
    return Calls(CallStore(database), LedgerStore(database))


def _who(by: str) -> str:
    return by or getpass.getuser()


def _content(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES + 1)


def _id(act: str, content: bytes, about: str = "") -> UUID:
    """The id of a step that is asked for by a file: the same file asks for the same step."""
    return uuid5(NAMESPACE_URL, f"{act} {about} {hashlib.sha256(content).hexdigest()}")

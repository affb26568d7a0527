"""The books from the command line: which there are, one entry, closing a month, verifying, bank statements.

May import: ledger, audit; `audit_log`, `settings` and `wiring` of this room.
"""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from carnet.audit.events import NO_RECORD, Event
from carnet.audit.store import AuditStore
from carnet.errors import InvalidInput, Issue, NotFound, TooLarge
from carnet.journal.content import Actor
from carnet.journal.database import Database
from carnet.ledger.bank.camt053 import LIMIT_BYTES
from carnet.ledger.bank.match import Match
from carnet.ledger.bank.settle import Bank
from carnet.ledger.bank.store import BankStore
from carnet.ledger.keep import Keeper
from carnet.ledger.kept import KeptEntry
from carnet.ledger.money import euros_of
from carnet.ledger.period import month_of
from carnet.ledger.store import LedgerStore
from carnet.ledger.verifying.store import VerifyingStore
from carnet.ledger.verifying.verify import Verdict, Verifier
from carnet.roles.audit_log import audit_key
from carnet.roles.settings import Settings
from carnet.roles.wiring import open_pool

OPENED, CLOSED, LOADED, CONFIRMED = "ledger_open_books", "ledger_close", "ledger_bank", "ledger_confirm"


async def list_books(settings: Settings) -> int:
    """Every books, a line each."""
    async with database_of(settings) as database:
        for each in await LedgerStore(database).all_books():
            closed = f"closed through {each.closed_through}" if each.closed_through.year > 1 else "no month closed"
            print(f"{each.books}: {each.name}, {each.entries} entries, {closed}, head {each.head.hex()}")
    return 0


async def open_books(settings: Settings, books: str, name: str, *, siren: str, by: str) -> int:
    """Have books of this name."""
    async with database_of(settings) as database:
        if not await LedgerStore(database).open_books(books, name, siren):
            raise InvalidInput(Issue("duplicate", f"there are books {books!r} already", "books"))
        await trace(database, OPENED, by, books=books)
    print(f"{books}: open")
    return 0


async def show_entry(settings: Settings, books: str, place: int) -> int:
    """One entry, by its place in the chain of its books."""
    async with database_of(settings) as database:
        found = await LedgerStore(database).entries(books, after=place - 1, limit=1)
    if not found or found[0].place != place:
        raise NotFound(f"there is no entry {place} in the books {books!r}")
    for line in _told_entry(found[0]):
        print(line)
    return 0


async def close(settings: Settings, books: str, month: str, *, by: str) -> int:
    """Close a month: the worker signs it within seconds."""
    async with database_of(settings) as database:
        period = await Keeper(LedgerStore(database), by or getpass.getuser(), books=books).close(month_of(month))
        await trace(database, CLOSED, by, books=books, month=month)
    print(period.text, end="")
    return 0


async def verify(settings: Settings, books: str, month: str) -> int:
    """Compute the books again from their lines; 1 if anything is not as it was entered."""
    async with database_of(settings) as database:
        verifier = Verifier(LedgerStore(database), VerifyingStore(database), audit_key(settings).public_key())
        verdict = await verifier.verify(books, month=month_of(month) if month else None)
    for line in _told(verdict):
        print(line)
    return 1 if verdict.faults else 0


async def load_statement(settings: Settings, file: Path, *, books: str, confirms: bool, by: str) -> int:
    """Load a bank statement, and say what each payment of it may have paid; confirm those that are sure if asked to."""
    content = _bytes(file)
    async with database_of(settings) as database:
        store = BankStore(database)
        bank = Bank(LedgerStore(database), store, by or getpass.getuser(), books)
        statements = await bank.load(file.name, content)
        await trace(database, LOADED, by, books=books, statements=[each.statement_id for each in statements])
        for statement in statements:
            print(f"{statement.account} {statement.statement_id}: {len(statement.movements)} movements, from"
                  f" {euros_of(statement.opening_cents)} to {euros_of(statement.closing_cents)}")
            for kept in await store.of_statement(books, statement.account, statement.statement_id):
                [(_, match)] = await bank.matches([kept])       # one by one: each confirmed one changes what is owed
                print(_told_match(match))
                if confirms and match.sure is not None:
                    paid = await bank.confirm(kept.movement_id, of=match.sure.owed.entry_id)
                    await trace(database, CONFIRMED, by, books=books, entry=str(paid.entry_id))
                    print(f"    entered as {paid.journal} {paid.number}")
    return 0


def _bytes(file: Path) -> bytes:
    if file.stat().st_size > LIMIT_BYTES:
        raise TooLarge(LIMIT_BYTES)
    return file.read_bytes()


@asynccontextmanager
async def database_of(settings: Settings) -> AsyncIterator[Database]:
    """The portal's database, until the block ends."""
    settings.require("portal_database_url")
    async with open_pool(settings.portal_database_url, 2) as pool:
        yield Database(pool)


async def trace(database: Database, act: str, by: str, **detail: object) -> None:
    """Leave the trace of something that an accountant did at a command line."""
    actor = Actor("accountant", by or getpass.getuser(), "")
    await AuditStore(database).append(Event(NO_RECORD, act, "done", "command", "", actor, detail))


def _told_match(match: Match) -> str:
    movement = match.movement
    said = ", ".join(f"{each.owed.number} ({' '.join(each.reasons)})" for each in match.proposals)
    return f"  {movement.booked_on} {euros_of(movement.cents)} {movement.counterparty}: {said or 'no invoice'}"


def _told_entry(kept: KeptEntry) -> list[str]:
    entry = kept.entry
    return [
        f"{entry.journal} {entry.number} of {entry.on}: {entry.label}",
        f"entered by {kept.entered_by} at {kept.entered_at:%Y-%m-%d %H:%M:%S %Z}",
        f"head {kept.head.hex()}", f"proof {entry.proof.hex() if entry.proof else 'none'}",
        *(f"  {line.account:<8} debit {euros_of(line.debit_cents):>15} credit {euros_of(line.credit_cents):>15}"
          f"  {line.dimensions.category or '-'} {line.dimensions.certainty}" for line in entry.lines)]


def _told(verdict: Verdict) -> list[str]:
    counted = f"{verdict.entries} entries, {verdict.proofs} proofs, {verdict.periods} closed months"
    waiting = [f"not signed yet: {', '.join(verdict.unsigned)}"] if verdict.unsigned else []
    if not verdict.faults:
        return [*waiting, f"sound: {counted}; head {verdict.head.hex()}"]
    return [*waiting, *verdict.faults, f"NOT sound: {len(verdict.faults)} faults; {counted} looked at"]

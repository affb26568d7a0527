"""SQL of bank statements and of what is still owed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from carnet.journal.database import Database
from carnet.ledger.accounts import SUPPLIERS
from carnet.ledger.bank.match import Owed
from carnet.ledger.bank.statement import Movement, Statement
from carnet.ledger.refusals import Refused, Rule, refusal

_KEEP = """
insert into bank_statement
  (books, account, statement_id, digest, opened_on, closed_on, opening_cents, closing_cents, loaded_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_COLUMNS = (
    "movement_id", "books", "account", "statement_id", "number", "booked_on", "cents", "counterparty",
    "counterparty_iban", "end_to_end_id", "reference", "bank_reference")
# What a movement paid counts as long as it was not taken back.
_MOVEMENTS = """
select m.*, s.digest, e.entry_id as standing from bank_movement m
join bank_statement s using (books, account, statement_id)
left join ledger_entry e on e.entry_id = m.paid_by
  and not exists (select from ledger_entry r where r.reverses = e.entry_id)
"""
_WAITING = (
    f"{_MOVEMENTS} where m.books = $1 and m.cents < 0 and e.entry_id is null order by m.booked_on, m.number limit $2")
_OF_STATEMENT = f"{_MOVEMENTS} where m.books = $1 and m.account = $2 and m.statement_id = $3 order by m.number"
_ONE = f"{_MOVEMENTS} where m.movement_id = $1"
_STATEMENTS = """
select s.*, count(*) filter (where m.cents < 0 and (e.entry_id is null)) as waiting, count(m.*) as movements
from bank_statement s
left join bank_movement m using (books, account, statement_id)
left join ledger_entry e on e.entry_id = m.paid_by
  and not exists (select from ledger_entry r where r.reverses = e.entry_id)
where s.books = $1 group by s.books, s.account, s.statement_id order by s.closed_on desc, s.statement_id
"""
_OWED = """
with standing as (
  select e.* from ledger_entry e where e.books = $1 and e.reverses is null
    and not exists (select from ledger_entry r where r.reverses = e.entry_id)),
owed as (
  select e.entry_id, e.journal || ' ' || e.number as number, e.piece, e.dated, e.label,
    max(d.beneficiary) as beneficiary, sum(l.credit_cents - l.debit_cents) as cents
  from standing e join ledger_line l using (books, place) join ledger_dimensions d using (dimensions_id)
  where e.invoiced_on is not null and e.paid_on is null and l.account = $2
  group by e.entry_id, e.journal, e.number, e.piece, e.dated, e.label),
paid as (
  select e.settles as entry_id, sum(l.debit_cents - l.credit_cents) as cents
  from standing e join ledger_line l using (books, place)
  where e.paid_on is not null and l.account = $2 group by e.settles)
select owed.*, owed.cents - coalesce(paid.cents, 0) as still from owed left join paid using (entry_id)
where owed.cents > coalesce(paid.cents, 0) order by dated, number
"""
_SUPPLIERS = """
select distinct m.counterparty_iban, d.beneficiary from bank_movement m
join ledger_entry e on e.entry_id = m.paid_by
join ledger_line l on l.books = e.books and l.place = e.place join ledger_dimensions d using (dimensions_id)
where m.counterparty_iban = any($1) and m.paid_by is not null and d.beneficiary <> ''
  and not exists (select from ledger_entry r where r.reverses = e.entry_id)
"""


@dataclass(frozen=True, slots=True)
class KeptStatement:
    """A statement that was loaded, how many movements it has, and how many payments of it wait for an invoice."""

    books: str
    account: str
    statement_id: str
    digest: bytes
    opened_on: date
    closed_on: date
    opening_cents: int
    closing_cents: int
    loaded_by: str
    movements: int
    waiting: int


@dataclass(frozen=True, slots=True)
class KeptMovement:
    """A movement where it is kept. `paid_by` is the entry that it paid, None where it waits."""

    movement_id: UUID
    books: str
    account: str
    statement_id: str
    digest: bytes
    paid_by: UUID | None
    content: Movement


class BankStore:
    """The tables of bank statements."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, books: str, statements: Sequence[Statement], by: str) -> None:
        """Keep these, all or none. Raises Refused for one that is there already."""
        try:
            async with self._database.transaction() as connection:
                for each in statements:
                    await self._keep(connection, books, each, by)
        except asyncpg.UniqueViolationError as error:      # somebody loaded the same meanwhile
            raise Refused(refusal(Rule.STATEMENT_LOADED, "this statement was loaded already", "file")) from error

    async def _keep(self, connection: asyncpg.Connection, books: str, statement: Statement, by: str) -> None:
        key = books, statement.account, statement.statement_id
        there = await connection.fetchrow(
            "select digest, loaded_at, loaded_by from bank_statement"
            " where (books, account, statement_id) = ($1, $2, $3)", *key)
        if there is not None:
            same = there["digest"] == statement.digest
            words = "was loaded already" if same else "was loaded already from another file"
            rule = Rule.STATEMENT_LOADED if same else Rule.STATEMENT_DIFFERS
            raise Refused(refusal(
                rule, f"the statement {statement.statement_id} {words}, by {there['loaded_by']}", "file",
                number=statement.statement_id, day=there["loaded_at"].date()))
        await connection.execute(
            _KEEP, *key, statement.digest, statement.opened_on, statement.closed_on, statement.opening_cents,
            statement.closing_cents, by)
        await connection.copy_records_to_table("bank_movement", columns=_COLUMNS, records=[
            (uuid4(), *key, each.number, each.booked_on, each.cents, each.counterparty, each.counterparty_iban,
             each.end_to_end_id, each.reference, each.bank_reference) for each in statement.movements])

    async def statements(self, books: str) -> list[KeptStatement]:
        """The statements of these books, the last first."""
        return [KeptStatement(**{name: row[name] for name in KeptStatement.__dataclass_fields__})
                for row in await self._database.fetch(_STATEMENTS, books)]

    async def of_statement(self, books: str, account: str, statement_id: str) -> list[KeptMovement]:
        """The movements of one statement."""
        return [_movement(row) for row in await self._database.fetch(_OF_STATEMENT, books, account, statement_id)]

    async def waiting(self, books: str, *, limit: int = 50) -> list[KeptMovement]:
        """The payments that no invoice was found for yet, the oldest first."""
        return [_movement(row) for row in await self._database.fetch(_WAITING, books, limit)]

    async def movement(self, movement_id: UUID) -> KeptMovement | None:
        """One movement."""
        row = await self._database.fetchrow(_ONE, movement_id)
        return _movement(row) if row is not None else None

    async def owed(self, books: str) -> list[Owed]:
        """The invoices of these books that are not paid in full."""
        return [
            Owed(row["entry_id"], row["number"], row["piece"], row["dated"], row["label"], row["beneficiary"],
                 int(row["still"])) for row in await self._database.fetch(_OWED, books, SUPPLIERS)]

    async def suppliers(self, ibans: Sequence[str]) -> dict[str, list[str]]:
        """The SIRENs that were paid on each of these accounts before."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for row in await self._database.fetch(_SUPPLIERS, [each for each in ibans if each]):
            found[row["counterparty_iban"]].append(row["beneficiary"])
        return dict(found)


async def movement_within(connection: asyncpg.Connection, movement_id: UUID) -> KeptMovement | None:
    """One movement as this transaction finds it: who writes to its books is alone to pay with it."""
    row = await connection.fetchrow(_ONE, movement_id)
    return _movement(row) if row is not None else None


async def note_payment(connection: asyncpg.Connection, movement_id: UUID, entry_id: UUID) -> None:
    """This movement paid what this entry says."""
    await connection.execute("update bank_movement set paid_by = $2 where movement_id = $1", movement_id, entry_id)


def _movement(row: Mapping[str, Any]) -> KeptMovement:
    content = Movement(**{name: row[name] for name in Movement.__dataclass_fields__})
    return KeptMovement(
        row["movement_id"], row["books"], row["account"], row["statement_id"], row["digest"], row["standing"], content)

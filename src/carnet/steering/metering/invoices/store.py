"""SQL of invoices: as they were read and checked, what was said of their lines, what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

import asyncpg
import msgspec

from carnet.errors import NotFound
from carnet.journal.database import Database
from carnet.steering.metering.invoices.check import CheckedLine, State, to_explain
from carnet.steering.metering.invoices.faults import Stands, fault
from carnet.steering.metering.invoices.invoice import Invoice

_ADD = """
insert into host_invoice (invoice_id, host_id, number, month, issued_on, net_cents, vat_cents, proof, checked, state,
  read_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb, $10, $11)
on conflict (host_id, number) do nothing returning invoice_id
"""
_SELECT = """
select i.*, i.checked::text as lines, array(
  select (w.line, w.words, w.said_by, w.said_at) from host_invoice_word w where w.invoice_id = i.invoice_id
  order by w.said_at, w.word_id) as said
from host_invoice i
"""
# Refused and entered are the ends: nothing leads out of them.
_MOVE = """
update host_invoice set state = $3, reason = $4, decided_by = $5, decided_at = clock_timestamp()
where invoice_id = $1 and state = any($2::text[]) returning invoice_id
"""
_decoder = msgspec.json.Decoder(tuple[CheckedLine, ...])


@dataclass(frozen=True, slots=True)
class Word:
    """What a named person said of a line."""

    line: int
    words: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KeptInvoice:
    """An invoice with what became of it. Its entry of the ledger has its id. Of the words on a line the last hold."""

    invoice_id: UUID
    host: str
    number: str
    month: date
    issued_on: date
    net_cents: int
    vat_cents: int
    proof: bytes
    lines: tuple[CheckedLine, ...]
    state: State
    reason: str
    read_by: str
    read_at: datetime
    decided_by: str
    decided_at: datetime | None
    words: dict[int, Word]

    @property
    def expected_cents(self) -> int:
        """What was expected in all."""
        return sum(line.expected_cents or 0 for line in self.lines)

    @property
    def unexplained(self) -> list[int]:
        """Places of lines that differ, of which nobody said why."""
        return to_explain(self.lines, set(self.words))


class InvoiceStore:
    """The invoices of hosts in the portal's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, host: str, invoice: Invoice, lines: Sequence[CheckedLine], *, proof: bytes, by: str) -> UUID:
        """Keep an invoice that was checked. Raises Stands when the host has one of this number already."""
        invoice_id = uuid4()
        state = State.TO_EXPLAIN if to_explain(lines, set()) else State.READY
        added = await self._database.fetchval(
            _ADD, invoice_id, host, invoice.number, invoice.month, invoice.issued_on, invoice.net_cents,
            invoice.vat_cents, proof, msgspec.json.encode(tuple(lines)).decode(), state.value, by)
        if added is None:
            raise Stands(fault("twice", "number", value=invoice.number))
        return invoice_id

    async def invoice(self, invoice_id: UUID) -> KeptInvoice:
        """One of them. Raises NotFound."""
        row = await self._database.fetchrow(f"{_SELECT} where i.invoice_id = $1", invoice_id)
        if row is None:
            raise NotFound("there is no such invoice")
        return _kept(row)

    async def invoices(self, *, host: str = "", limit: int = 200) -> list[KeptInvoice]:
        """The latest months first."""
        rows = await self._database.fetch(
            f"{_SELECT} where $1 in ('', i.host_id) order by i.month desc, i.host_id, i.read_at desc limit $2",
            host, limit)
        return [_kept(row) for row in rows]

    async def explain(self, invoice_id: UUID, line: int, words: str, by: str) -> State:
        """Keep these words on a line; the invoice's state then. Raises NotFound, Stands when it was decided."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(f"{_SELECT} where i.invoice_id = $1 for update of i", invoice_id)
            if row is None:
                raise NotFound("there is no such invoice")
            kept = _kept(row)
            if kept.state not in (State.TO_EXPLAIN, State.READY):
                raise Stands(fault("decided", value=kept.number))
            await connection.execute(
                "insert into host_invoice_word (invoice_id, line, words, said_by) values ($1, $2, $3, $4)",
                invoice_id, line, words, by)
            state = State.TO_EXPLAIN if to_explain(kept.lines, {*kept.words, line}) else State.READY
            await connection.execute(
                "update host_invoice set state = $2 where invoice_id = $1", invoice_id, state.value)
            return state

    async def move(
        self, invoice_id: UUID, since: Sequence[State], to: State, *, by: str, reason: str = "",
    ) -> bool:
        """Bring an invoice from one of these states to another; False when it is in none of them."""
        return await self._database.fetchval(
            _MOVE, invoice_id, [each.value for each in since], to.value, reason, by) is not None


def _kept(row: asyncpg.Record) -> KeptInvoice:
    return KeptInvoice(
        row["invoice_id"], row["host_id"], row["number"], row["month"], row["issued_on"], row["net_cents"],
        row["vat_cents"], row["proof"], _decoder.decode(row["lines"]), State(row["state"]), row["reason"],
        row["read_by"], row["read_at"], row["decided_by"], row["decided_at"],
        {said[0]: Word(*said) for said in row["said"]})

"""Loading a statement, proposing what its movements paid, and entering what an accountant confirms."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from carnet.errors import InvalidInput, NotFound
from carnet.ledger.bank.camt053 import read
from carnet.ledger.bank.match import Match, match
from carnet.ledger.bank.statement import Statement
from carnet.ledger.bank.store import BankStore, KeptMovement, movement_within, note_payment
from carnet.ledger.entry import Entry
from carnet.ledger.keep import paid
from carnet.ledger.postings import Piece
from carnet.ledger.refusals import Refused, Rule, refusal
from carnet.ledger.store import LedgerStore

MEDIA_TYPE = "application/xml"


class Bank:
    """The bank statements of these books, for somebody (`by`) who keeps them."""

    def __init__(self, ledger: LedgerStore, store: BankStore, by: str, books: str) -> None:
        self._ledger, self._store, self._by, self._books = ledger, store, by, books

    async def load(self, name: str, content: bytes) -> tuple[Statement, ...]:
        """Keep a file and its statements, once. Raises InvalidInput with every fault, TooLarge, Refused."""
        statements = read(content)
        await self._ledger.keep_proof(statements[0].digest, name, MEDIA_TYPE, content)
        await self._store.load(self._books, statements, self._by)
        return statements

    async def matches(self, movements: Sequence[KeptMovement]) -> list[tuple[KeptMovement, Match]]:
        """What each of these movements may have paid."""
        invoices = await self._store.owed(self._books)
        suppliers = await self._store.suppliers([each.content.counterparty_iban for each in movements])
        return [(each, match(each.content, invoices, suppliers)) for each in movements]

    async def confirm(self, movement_id: UUID, *, of: UUID) -> Entry:
        """Enter that this movement paid this invoice, on the day and with the statement of the bank.

        A movement pays once: what was confirmed before is given back, and refused for another invoice.
        """
        async with self._ledger.writing(self._books, self._by) as writing:
            kept = await movement_within(writing.connection, movement_id)
            if kept is None or kept.books != self._books:
                raise NotFound("there is no such movement in these books")
            if kept.paid_by is not None:
                before = await writing.entry(kept.paid_by)
                if before is not None and before.entry.settles == of:
                    return before.entry
                raise Refused(refusal(Rule.MOVEMENT_USED, "this movement paid another invoice already", "of"))
            if kept.content.cents >= 0:
                raise InvalidInput(refusal(Rule.MOVEMENT_NO_PAYMENT, "this movement brought money in", "of"))
            entry = await paid(writing, _piece(kept), -kept.content.cents, of=of)
            await note_payment(writing.connection, movement_id, entry.entry_id)
            return entry


def _piece(kept: KeptMovement) -> Piece:
    movement = kept.content
    label = f"Virement {movement.counterparty or movement.reference}".strip()
    return Piece(
        on=movement.booked_on, label=label, piece=movement.bank_reference or f"{kept.statement_id}/{movement.number}",
        piece_on=movement.booked_on, proof=kept.digest)

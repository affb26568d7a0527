"""Keeping books: enter, promise, invoice, pay, lend, take back, close. Each is done whole or not at all.

What may be entered is decided here, on the books as they are while nobody else writes to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from carnet.errors import Conflict, InvalidInput, Issue, NotFound
from carnet.ledger import dimensions, postings
from carnet.ledger import entry as entries
from carnet.ledger.entry import Entry
from carnet.ledger.kept import KeptEntry
from carnet.ledger.money import euros_of
from carnet.ledger.period import Period, last_day
from carnet.ledger.postings import Amount, Piece, owed_by, promised_by
from carnet.ledger.store import LedgerStore, Writing

PROGRAMME = "programme"


class Keeper:
    """Somebody (`by`) who writes to these books. Methods raise NotFound, InvalidInput with every reason, Conflict."""

    def __init__(self, store: LedgerStore, by: str, *, books: str = PROGRAMME) -> None:
        self._store, self._by, self._books = store, by, books

    async def enter(self, *wished: Entry, batch: UUID | None = None) -> list[Entry]:
        """Enter these as they are, all or none."""
        async with self._store.writing(self._books, self._by, batch=batch) as writing:
            return await _append(writing, wished)

    async def promise(self, piece: Piece, *amounts: Amount) -> Entry:
        """Enter a commitment."""
        _above_nothing(amounts)
        return (await self.enter(postings.commitment(piece, amounts)))[0]

    async def invoice(self, piece: Piece, *amounts: Amount, of: UUID) -> Entry:
        """Enter an invoice of a commitment, which has enough left of each thing that is invoiced."""
        _above_nothing(amounts)
        async with self._store.writing(self._books, self._by) as writing:
            promise = await _found(writing, of, "commitment")
            invoice = postings.invoice(piece, amounts, of=promise.entry)
            left = promised_by(promise.entry)
            for before in await writing.settling(of):
                left.update(promised_by(before.entry))
            left.update(promised_by(invoice))
            _not_below_zero(left, "the commitment has less left of it", "amounts")
            return (await _append(writing, [invoice]))[0]

    async def pay(self, piece: Piece, cents: int, *, of: UUID) -> Entry:
        """Enter a payment of an invoice, of which so much is still owed."""
        if cents <= 0:
            raise InvalidInput(Issue("value", "a payment is more than 0", "cents"))
        async with self._store.writing(self._books, self._by) as writing:
            invoice = await _found(writing, of, "invoice")
            paid = -sum(owed_by(each.entry).total() for each in await writing.settling(of))
            owed = owed_by(invoice.entry).total()
            if owed <= 0:
                raise InvalidInput(Issue("business-rule", "is no invoice: a payment pays one", "of"))
            if paid + cents > owed:
                words = f"{euros_of(owed - paid)} is still owed, and this would pay {euros_of(cents)}"
                raise InvalidInput(Issue("business-rule", words, "cents"))
            return (await _append(writing, [postings.payment(piece, cents, of=invoice.entry)]))[0]

    async def lend(self, piece: Piece, cents: int, of: dimensions.Dimensions) -> Entry:
        """Enter what was given in kind, valued."""
        if cents <= 0:
            raise InvalidInput(Issue("value", "what is given is worth more than 0", "cents"))
        return (await self.enter(postings.in_kind(piece, cents, of)))[0]

    async def take_back(self, piece: Piece, entry_id: UUID) -> Entry:
        """Enter the reversal of an entry. A reversal is not taken back, nor what something else still rests on."""
        async with self._store.writing(self._books, self._by) as writing:
            before = await _found(writing, entry_id, "entry")
            if before.entry.reverses is not None:
                raise InvalidInput(Issue(
                    "business-rule", "is a reversal, and is not taken back: enter again what it took back", "entry"))
            if (reversal := await writing.reversal(entry_id)) is not None:
                raise Conflict(f"was taken back on {reversal.entry.on}, by entry {reversal.entry.number}")
            if resting := await writing.settling(entry_id):
                words = ", ".join(f"{each.entry.journal} {each.entry.number}" for each in resting)
                raise InvalidInput(Issue("business-rule", f"rests under {words}: take that back first", "entry"))
            return (await _append(writing, [postings.reversal(piece, before.entry)]))[0]

    async def close(self, month: date) -> Period:
        """Close these books through this month: nothing is entered there any more. The signature follows."""
        today = await self._store.today()
        async with self._store.writing(self._books, self._by) as writing:
            if last_day(month) >= today:
                raise InvalidInput(Issue("business-rule", f"{month:%Y-%m} is not over", "month"))
            period = await writing.close(month)
            if period is None:
                through = writing.books.closed_through
                raise Conflict(f"these books are closed through {through:%Y-%m-%d} already")
            return period


async def _append(writing: Writing, wished: Sequence[Entry]) -> list[Entry]:
    taken: dict[tuple[str, int], int] = {}
    numbered = [each if each.number else await _with_number(writing, each, taken) for each in wished]
    issues = [issue for place, each in enumerate(numbered) for issue in _issues(each, f"entries[{place}]", writing)]
    if issues:
        raise InvalidInput(*issues)
    await writing.append(numbered)
    return numbered


async def _with_number(writing: Writing, entry: Entry, taken: dict[tuple[str, int], int]) -> Entry:
    key = entry.journal, entry.fiscal_year
    if key not in taken:
        taken[key] = int(await writing.next_number(*key))
    number, taken[key] = taken[key], taken[key] + 1
    return msgspec.structs.replace(entry, number=str(number))


def _issues(entry: Entry, where: str, writing: Writing) -> list[Issue]:
    closed = writing.books.closed_through
    said = {line.dimensions for line in entry.lines}
    found = [
        *entries.issues_of(entry, where),
        *(issue for each in said for issue in dimensions.issues_of(each, f"{where}.dimensions"))]
    if entry.on <= closed:
        found.append(Issue("business-rule", f"these books are closed through {closed:%Y-%m-%d}", f"{where}.on"))
    return found


async def _found(writing: Writing, entry_id: UUID, what: str) -> KeptEntry:
    found = await writing.entry(entry_id)
    if found is None or found.books != writing.books.books:
        raise NotFound(f"there is no such {what} in these books")
    if what != "entry" and await writing.reversal(entry_id) is not None:
        raise InvalidInput(Issue("business-rule", f"this {what} was taken back", "of"))
    return found


def _above_nothing(amounts: Sequence[Amount]) -> None:
    if not amounts or any(each.net_cents <= 0 or each.vat_cents < 0 for each in amounts):
        raise InvalidInput(Issue("value", "amounts are more than 0, and their tax not below", "amounts"))


def _not_below_zero(left: dict[dimensions.Dimensions, int], words: str, where: str) -> None:
    short = [
        Issue("business-rule", f"{words}: {euros_of(-cents)} too much for {each.category or 'nothing'}", where)
        for each, cents in left.items() if cents < 0]
    if short:
        raise InvalidInput(*short)

"""Keeping books: enter, promise, invoice, pay, decommit, lend, take back, close. Each is done whole or not at all.

What may be entered is decided here, on the books as they are while nobody else writes to them. An entry whose id was
chosen beforehand (`Piece.entry_id`) and that is there already is given back, not entered twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from carnet.errors import InvalidInput, Issue, NotFound
from carnet.ledger import dimensions, postings
from carnet.ledger import entry as entries
from carnet.ledger.entry import Entry
from carnet.ledger.kept import KeptEntry
from carnet.ledger.money import euros_of
from carnet.ledger.period import Period, last_day
from carnet.ledger.postings import Amount, Piece, owed_by, promised_by
from carnet.ledger.refusals import Refused, Rule, refusal
from carnet.ledger.store import LedgerStore, Writing

PROGRAMME = "programme"


class Keeper:
    """Somebody (`by`) who writes to these books. Methods raise NotFound, InvalidInput with every reason, Conflict."""

    def __init__(self, store: LedgerStore, by: str, *, books: str = PROGRAMME) -> None:
        self._store, self._by, self._books = store, by, books

    async def enter(self, *wished: Entry, batch: UUID | None = None) -> list[Entry]:
        """Enter these as they are, all or none."""
        async with self._store.writing(self._books, self._by, batch=batch) as writing:
            return await append(writing, wished)

    async def promise(self, piece: Piece, *amounts: Amount) -> Entry:
        """Enter a commitment."""
        async with self._store.writing(self._books, self._by) as writing:
            return await promised(writing, piece, *amounts)

    async def invoice(self, piece: Piece, *amounts: Amount, of: UUID) -> Entry:
        """Enter an invoice of a commitment, which has enough left of each thing that is invoiced."""
        async with self._store.writing(self._books, self._by) as writing:
            return await invoiced(writing, piece, *amounts, of=of)

    async def decommit(self, piece: Piece, *amounts: Amount, of: UUID) -> Entry:
        """Enter that so much of a commitment, which has enough left of each thing, will not be spent."""
        async with self._store.writing(self._books, self._by) as writing:
            return await decommitted(writing, piece, *amounts, of=of)

    async def pay(self, piece: Piece, cents: int, *, of: UUID) -> Entry:
        """Enter a payment of an invoice, of which so much is still owed."""
        async with self._store.writing(self._books, self._by) as writing:
            return await paid(writing, piece, cents, of=of)

    async def lend(self, piece: Piece, cents: int, of: dimensions.Dimensions) -> Entry:
        """Enter what was given in kind, valued."""
        if cents <= 0:
            raise InvalidInput(refusal(Rule.ABOVE_NOTHING, "what is given is worth more than 0", "cents"))
        async with self._store.writing(self._books, self._by) as writing:
            return await _once(writing, postings.in_kind(piece, cents, of))

    async def take_back(self, piece: Piece, entry_id: UUID) -> Entry:
        """Enter the reversal of an entry. A reversal is not taken back, nor what something else still rests on."""
        async with self._store.writing(self._books, self._by) as writing:
            before = await _found(writing, entry_id, "entry")
            wished = postings.reversal(piece, before.entry)
            if (same := await _before(writing, wished)) is not None:
                return same
            if before.entry.reverses is not None:
                raise InvalidInput(refusal(
                    Rule.IS_A_REVERSAL, "is a reversal, and is not taken back: enter again what it took back", "entry"))
            if (reversal := await writing.reversal(entry_id)) is not None:
                on, number = reversal.entry.on, reversal.entry.number
                raise Refused(refusal(
                    Rule.ALREADY_TAKEN_BACK, f"was taken back on {on}, by entry {number}", "entry", day=on,
                    number=number))
            if resting := await writing.settling(entry_id):
                words = ", ".join(f"{each.entry.journal} {each.entry.number}" for each in resting)
                raise InvalidInput(refusal(
                    Rule.RESTED_UPON, f"rests under {words}: take that back first", "entry", what=words))
            return (await append(writing, [wished]))[0]

    async def close(self, month: date) -> Period:
        """Close these books through this month: nothing is entered there any more. The signature follows."""
        today = await self._store.today()
        async with self._store.writing(self._books, self._by) as writing:
            if last_day(month) >= today:
                raise InvalidInput(refusal(Rule.NOT_OVER, f"{month:%Y-%m} is not over", "month", day=month))
            period = await writing.close(month)
            if period is None:
                through = writing.books.closed_through
                raise Refused(refusal(
                    Rule.ALREADY_CLOSED, f"these books are closed through {through:%Y-%m-%d} already", "month",
                    day=through))
            return period


async def promised(writing: Writing, piece: Piece, *amounts: Amount) -> Entry:
    """Enter a commitment into books that are being written to."""
    _above_nothing(amounts)
    return await _once(writing, postings.commitment(piece, amounts))


async def invoiced(writing: Writing, piece: Piece, *amounts: Amount, of: UUID) -> Entry:
    """Enter an invoice of a commitment into books that are being written to."""
    _above_nothing(amounts)
    promise = await _found(writing, of, "commitment")
    return await _using_up(writing, postings.invoice(piece, amounts, of=promise.entry), promise.entry)


async def decommitted(writing: Writing, piece: Piece, *amounts: Amount, of: UUID) -> Entry:
    """Enter into books that are being written to that so much of a commitment will not be spent."""
    _above_nothing(amounts)
    promise = await _found(writing, of, "commitment")
    return await _using_up(writing, postings.decommitment(piece, amounts, of=promise.entry), promise.entry)


async def _using_up(writing: Writing, wished: Entry, promise: Entry) -> Entry:
    """Enter what uses a commitment up: there is enough left of each thing that it is for."""
    if (same := await _before(writing, wished)) is not None:
        return same
    if not is_commitment(promise):
        raise InvalidInput(refusal(Rule.NO_COMMITMENT, "is no commitment: an invoice uses one up", "of"))
    left = promised_by(promise)
    for before in await writing.settling(promise.entry_id):
        left.update(promised_by(before.entry))
    left.update(promised_by(wished))
    _not_below_zero(left)
    return (await append(writing, [wished]))[0]


async def paid(writing: Writing, piece: Piece, cents: int, *, of: UUID) -> Entry:
    """Enter a payment of an invoice, of which so much is still owed, into books that are being written to."""
    if cents <= 0:
        raise InvalidInput(refusal(Rule.ABOVE_NOTHING, "a payment is more than 0", "cents"))
    invoice = await _found(writing, of, "invoice")
    if not is_invoice(invoice.entry):
        raise InvalidInput(refusal(Rule.NO_INVOICE, "is no invoice: a payment pays one", "of"))
    payment = postings.payment(piece, cents, of=invoice.entry)
    if (same := await _before(writing, payment)) is not None:
        return same
    before = -sum(owed_by(each.entry).total() for each in await writing.settling(of))
    left = owed_by(invoice.entry).total() - before
    if cents > left:
        words = f"{euros_of(left)} is still owed, and this would pay {euros_of(cents)}"
        raise InvalidInput(refusal(Rule.TOO_MUCH_PAID, words, "cents", owed=left, wished=cents))
    return (await append(writing, [payment]))[0]


def is_commitment(entry: Entry) -> bool:
    """True for what an invoice may use up."""
    return entry.reverses is None and promised_by(entry).total() > 0


def is_invoice(entry: Entry) -> bool:
    """True for what a payment may settle."""
    return entry.reverses is None and owed_by(entry).total() > 0


async def _once(writing: Writing, wished: Entry) -> Entry:
    return await _before(writing, wished) or (await append(writing, [wished]))[0]


async def _before(writing: Writing, wished: Entry) -> Entry | None:
    """The same entry, entered before. Raises Refused when its id was used for something else."""
    there = await writing.entry(wished.entry_id)
    if there is None:
        return None
    same = msgspec.structs.replace(wished, number=wished.number or there.entry.number)
    if there.books != writing.books.books or there.entry != same:
        raise Refused(refusal(
            Rule.SENT_BEFORE, f"was sent before with other words, and entered as {there.entry.journal}"
            f" {there.entry.number}", "", number=f"{there.entry.journal} {there.entry.number}"))
    return there.entry


async def append(writing: Writing, wished: Sequence[Entry]) -> list[Entry]:
    """Number these entries where they have no number, and write them. Raises InvalidInput with everything wrong."""
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
        words = f"these books are closed through {closed:%Y-%m-%d}"
        found.append(refusal(Rule.CLOSED, words, f"{where}.on", day=closed))
    return found


async def _found(writing: Writing, entry_id: UUID, what: str) -> KeptEntry:
    found = await writing.entry(entry_id)
    if found is None or found.books != writing.books.books:
        raise NotFound(f"there is no such {what} in these books")
    if what != "entry" and await writing.reversal(entry_id) is not None:
        raise InvalidInput(refusal(Rule.TAKEN_BACK, f"this {what} was taken back", "of"))
    return found


def _above_nothing(amounts: Sequence[Amount]) -> None:
    if not amounts or any(each.net_cents <= 0 or each.vat_cents < 0 for each in amounts):
        raise InvalidInput(refusal(Rule.ABOVE_NOTHING, "amounts are more than 0, and their tax not below", "amounts"))


def _not_below_zero(left: dict[dimensions.Dimensions, int]) -> None:
    short = [
        refusal(
            Rule.TOO_MUCH_INVOICED, "the commitment has less left of it:"
            f" {euros_of(-cents)} too much for {each.category or 'nothing'}", "amounts", over=-cents)
        for each, cents in left.items() if cents < 0]
    if short:
        raise InvalidInput(*short)

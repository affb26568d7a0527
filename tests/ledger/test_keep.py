"""What may be entered in the programme's books, and what it comes to."""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import UUID

import asyncpg
import pytest
from msgspec.structs import replace

from carnet.errors import Conflict, InvalidInput, NotFound
from carnet.ledger.category import Category
from carnet.ledger.chain import first_head, next_head, public_form, words_digest
from carnet.ledger.costs import Cost, by_axes, costs_of
from carnet.ledger.dimensions import Certainty, Dimensions, attributable
from carnet.ledger.entry import Entry
from carnet.ledger.keep import PROGRAMME, Keeper
from carnet.ledger.period import month_of
from carnet.ledger.postings import Amount, Piece, commitment
from carnet.ledger.search import Search
from carnet.ledger.store import LedgerStore

HOSTING = Dimensions(
    category=Category.HOSTING, payer="180035024", beneficiary="552100554", contract="2010-H1", host="alpha")
DAY = date(2026, 3, 2)


def piece(label: str = "une pièce", *, on: date = DAY) -> Piece:
    return Piece(on=on, label=label, piece="P1")


def amount(net_cents: int = 10_000, vat_cents: int = 2_000, **said: object) -> Amount:
    return Amount(net_cents=net_cents, vat_cents=vat_cents, dimensions=replace(HOSTING, **said))


async def costs(ledger: LedgerStore, *axes: str) -> dict[tuple[object, ...], Cost]:
    return costs_of(await ledger.sums(by_axes(*axes)))


async def test_a_euro_is_promised_then_owed_then_paid_and_counted_once(ledger: LedgerStore) -> None:
    keeper = Keeper(ledger, "C. Comptable")
    promise = await keeper.promise(piece("marché"), amount(20_000, 4_000))
    assert await costs(ledger) == {(): Cost(committed=24_000)}
    invoice = await keeper.invoice(piece("facture"), amount(), of=promise.entry_id)
    assert await costs(ledger) == {(): Cost(owed=12_000, committed=12_000, vat=2_000)}
    await keeper.pay(piece("virement"), 5_000, of=invoice.entry_id)
    assert await costs(ledger, "host") == {("alpha",): Cost(paid=5_000, owed=7_000, committed=12_000, vat=2_000)}


async def test_what_is_given_in_kind_is_in_no_total(ledger: LedgerStore) -> None:
    await Keeper(ledger, "C").lend(piece("agents prêtés"), 300_000, replace(HOSTING, category=Category.GOVERNANCE))
    [cost] = (await costs(ledger)).values()
    assert (cost.in_kind, cost.total) == (300_000, 0)


async def test_more_than_was_promised_is_not_invoiced(ledger: LedgerStore) -> None:
    keeper = Keeper(ledger, "C")
    promise = await keeper.promise(piece(), amount())
    with pytest.raises(InvalidInput, match="the commitment has less left of it: 0,01 too much for hosting"):
        await keeper.invoice(piece(), amount(10_001), of=promise.entry_id)
    with pytest.raises(InvalidInput, match="too much for security"):
        await keeper.invoice(piece(), amount(category=Category.SECURITY), of=promise.entry_id)


async def test_a_payment_without_what_it_pays_is_refused(ledger: LedgerStore) -> None:
    keeper = Keeper(ledger, "C")
    promise = await keeper.promise(piece(), amount())
    with pytest.raises(InvalidInput, match="is no invoice"):
        await keeper.pay(piece(), 100, of=promise.entry_id)
    with pytest.raises(NotFound):
        await keeper.pay(piece(), 100, of=commitment(piece(), [amount()]).entry_id)
    invoice = await keeper.invoice(piece(), amount(), of=promise.entry_id)
    await keeper.pay(piece(), 12_000, of=invoice.entry_id)
    with pytest.raises(InvalidInput, match="0,00 is still owed, and this would pay 0,01"):
        await keeper.pay(piece(), 1, of=invoice.entry_id)


async def test_what_is_taken_back_is_as_if_it_had_not_been_but_stays(ledger: LedgerStore) -> None:
    keeper = Keeper(ledger, "C")
    promise = await keeper.promise(piece(), amount())
    invoice = await keeper.invoice(piece(), amount(), of=promise.entry_id)
    paid = await keeper.pay(piece(), 12_000, of=invoice.entry_id)
    with pytest.raises(InvalidInput, match="rests under BQ 1: take that back first"):
        await keeper.take_back(piece(), invoice.entry_id)
    back = await keeper.take_back(piece("erreur de banque"), paid.entry_id)
    with pytest.raises(Conflict, match="was taken back on 2026-03-02, by entry 2"):
        await keeper.take_back(piece(), paid.entry_id)
    with pytest.raises(InvalidInput, match="a reversal, and is not taken back"):
        await keeper.take_back(piece(), back.entry_id)
    await keeper.take_back(piece(), invoice.entry_id)
    assert await costs(ledger) == {(): Cost(committed=12_000)}
    assert len(await ledger.entries(PROGRAMME)) == 5


async def test_a_closed_month_takes_nothing_and_is_closed_once(ledger: LedgerStore) -> None:
    keeper = Keeper(ledger, "C")
    await keeper.promise(piece(), amount())
    period = await keeper.close(month_of("2026-03"))
    assert (period.entries, period.debit_cents, period.credit_cents) == (1, 12_000, 12_000)
    with pytest.raises(Conflict, match="closed through 2026-03-31 already"):
        await Keeper(ledger, "D").close(month_of("2026-03"))
    with pytest.raises(InvalidInput, match="closed through 2026-03-31"):
        await keeper.promise(piece(), amount())
    with pytest.raises(InvalidInput, match="is not over"):
        await keeper.close(month_of("2999-01"))


async def test_the_database_itself_refuses_what_does_not_balance_or_is_closed(ledger: LedgerStore) -> None:
    good = replace(commitment(piece(), [amount()]), number="1")
    torn = replace(good, lines=(
        good.lines[0], replace(good.lines[1], dimensions=replace(HOSTING, certainty=Certainty.COMMITTED, host="beta"))))
    with pytest.raises(InvalidInput, match="debits and credits differ"):
        await _write(ledger, torn)
    await Keeper(ledger, "C").close(month_of("2026-03"))
    with pytest.raises(InvalidInput, match="closed"):
        await _write(ledger, good)
    assert await ledger.sums(("books",)) == []


async def test_nothing_is_changed_deleted_or_added_to_an_entry(ledger: LedgerStore) -> None:
    await Keeper(ledger, "C").promise(piece(), amount())
    for order in (
        "update ledger_line set debit_cents = 0", "delete from ledger_entry", "update ledger_dimensions set host = 'x'",
        "truncate ledger_line",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await ledger._database.execute(order)
    for place in ("place", "place + 1"):        # to an entry that was there; to none
        assert await _lines_refused(ledger, place) == "ledger_entry_whole"


async def test_the_database_itself_refuses_an_account_that_is_none(ledger: LedgerStore) -> None:
    good = replace(commitment(piece(), [amount()]), number="1")
    for account in ("", "06110", "61-1", "6" * 21):
        bad = replace(good, lines=tuple(replace(line, account=account) for line in good.lines))
        with pytest.raises(InvalidInput, match="breaks a rule of the ledger's tables"):
            await _write(ledger, bad)
    assert await ledger.sums(("books",)) == []


async def _lines_refused(ledger: LedgerStore, place: str) -> str:
    """Add all lines once more, at this place and with other numbers: the constraint that refuses them."""
    said = (
        "dated, dimensions_id, share_millionths, account, debit_cents, credit_cents, label, account_label, auxiliary,"
        " auxiliary_label, lettering, currency, currency_amount, source_line")
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await ledger._database.execute(
            f"insert into ledger_line (books, place, line, {said}) select books, {place}, line + 2, {said}"
            " from ledger_line")
    return str(refused.value.constraint_name)


async def test_the_head_is_computed_from_what_is_published(ledger: LedgerStore) -> None:
    keeper = Keeper(ledger, "C")
    promise = await keeper.promise(piece(), amount())
    await keeper.invoice(piece(), amount(), of=promise.entry_id)
    head = first_head(PROGRAMME)
    for kept in await ledger.entries(PROGRAMME):
        head = next_head(head, public_form(kept.entry, words_digest(kept.entry, kept.salt), {}))
        assert kept.head == head
    [books] = await ledger.all_books()
    assert (books.entries, books.head) == (2, head)


async def test_the_share_of_the_record_is_what_figures_count(ledger: LedgerStore) -> None:
    shared = {"share_millionths": 333_333, "share_reason": "un tiers des serveurs"}
    await Keeper(ledger, "C").promise(piece(), amount(10_001, 0, **shared))
    assert await costs(ledger) == {(): Cost(committed=3334)}
    assert attributable(10_001, 333_333) == 3334
    with pytest.raises(InvalidInput, match="says why"):
        await Keeper(ledger, "C").promise(piece(), amount(share_millionths=1, share_reason=""))


async def _write(ledger: LedgerStore, entry: Entry) -> None:
    async with ledger.writing(PROGRAMME, "C") as writing:
        await writing.append([entry])


async def test_what_is_sent_twice_is_entered_once(ledger: LedgerStore) -> None:
    keeper, said = Keeper(ledger, "C"), replace(piece(), entry_id=UUID(int=7))
    promise = await keeper.promise(said, amount())
    assert await keeper.promise(said, amount()) == promise
    invoiced = replace(said, entry_id=UUID(int=8))
    invoice = await keeper.invoice(invoiced, amount(), of=promise.entry_id)
    assert await keeper.invoice(invoiced, amount(), of=promise.entry_id) == invoice     # nothing is left of the promise
    payment = replace(said, entry_id=UUID(int=9))
    paid = await keeper.pay(payment, 12_000, of=invoice.entry_id)
    assert await keeper.pay(payment, 12_000, of=invoice.entry_id) == paid
    back = replace(said, entry_id=UUID(int=10))
    assert await keeper.take_back(back, paid.entry_id) == await keeper.take_back(back, paid.entry_id)
    lent = replace(said, entry_id=UUID(int=11))
    assert await keeper.lend(lent, 5, HOSTING) == await keeper.lend(lent, 5, HOSTING)
    assert len(await ledger.entries(PROGRAMME)) == 5
    with pytest.raises(Conflict, match="was sent before with other words, and entered as EN 1"):
        await keeper.promise(said, amount(20_000))


async def test_an_invoice_without_a_commitment_is_refused(ledger: LedgerStore) -> None:
    keeper = Keeper(ledger, "C")
    lent = await keeper.lend(piece(), 5, HOSTING)
    with pytest.raises(InvalidInput, match="is no commitment"):
        await keeper.invoice(piece(), amount(), of=lent.entry_id)


async def test_entries_are_found_by_what_one_remembers_of_them(ledger: LedgerStore) -> None:
    keeper = Keeper(ledger, "C")
    first = await keeper.promise(piece("Marché Alpha"), amount())
    other = replace(piece(on=date(2026, 4, 1)), piece="F-2026-17")
    second = await keeper.promise(other, amount(7_000, 0, contract="M2", beneficiary="", category=Category.SUPPORT))

    async def found(**said: object) -> list[UUID]:
        return [each.entry.entry_id for each in await ledger.find(Search(PROGRAMME, **said))]      # type: ignore[arg-type]

    assert await found() == [second.entry_id, first.entry_id]
    assert await found(before=2) == [first.entry_id]
    for said in ({"text": "alpha"}, {"contract": "2010-H1"}, {"beneficiary": "552100554"}, {"cents": 12_000},
                 {"category": Category.HOSTING}, {"until": date(2026, 3, 31)}):
        assert await found(**said) == [first.entry_id], said
    assert await found(text="f-2026-17", cents=7_000, category=Category.SUPPORT) == [second.entry_id]
    assert await found(text="alpha", cents=7_000) == []
    assert await ledger.find(Search("history")) == []


async def test_what_is_decommitted_is_promised_no_more_and_nothing_was_bought(ledger: LedgerStore) -> None:
    keeper = Keeper(ledger, "C")
    promise = await keeper.promise(piece(), amount(20_000, 4_000))
    invoice = await keeper.invoice(piece(), amount(), of=promise.entry_id)
    said = replace(piece("jalon non atteint"), entry_id=UUID(int=12))
    with pytest.raises(InvalidInput, match="0,01 too much for hosting"):
        await keeper.decommit(piece(), amount(10_001), of=promise.entry_id)
    with pytest.raises(InvalidInput, match="is no commitment"):
        await keeper.decommit(piece(), amount(), of=invoice.entry_id)
    less = await keeper.decommit(said, amount(7_000, 0), of=promise.entry_id)
    assert await keeper.decommit(said, amount(7_000, 0), of=promise.entry_id) == less      # sent twice, entered once
    assert await costs(ledger) == {(): Cost(owed=12_000, committed=5_000, vat=2_000)}
    with pytest.raises(InvalidInput, match="0,01 too much"):
        await keeper.invoice(piece(), amount(5_001, 0), of=promise.entry_id)
    with pytest.raises(InvalidInput, match="rests under"):
        await keeper.take_back(piece(), promise.entry_id)
    await keeper.take_back(piece(), less.entry_id)
    assert await costs(ledger) == {(): Cost(owed=12_000, committed=12_000, vat=2_000)}


async def test_two_people_close_a_month_or_take_back_an_entry_at_once_and_one_is_told(ledger: LedgerStore) -> None:
    promise = await Keeper(ledger, "C").promise(piece(), amount())
    backs = await asyncio.gather(
        *(Keeper(ledger, by).take_back(piece("erreur"), promise.entry_id) for by in "CD"), return_exceptions=True)
    closed = await asyncio.gather(
        *(Keeper(ledger, by).close(month_of("2026-03")) for by in "CD"), return_exceptions=True)
    assert sorted(type(each).__name__ for each in (*backs, *closed)) == ["Entry", "Period", "Refused", "Refused"]
    assert (len(await ledger.entries(PROGRAMME)), len(await ledger.periods())) == (2, 1)

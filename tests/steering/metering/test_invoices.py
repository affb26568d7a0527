"""Checking what a host asks for: line by line, explained by somebody, entered to the cent, or refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import asyncpg
import pytest
from msgspec.structs import replace

from carnet.errors import Conflict, InvalidInput, NotFound
from carnet.ledger.category import Category
from carnet.ledger.costs import Cost, by_axes, costs_of
from carnet.ledger.dimensions import Dimensions
from carnet.ledger.keep import PROGRAMME
from carnet.ledger.postings import Amount, Piece
from carnet.steering.metering.invoices.check import State, checked
from carnet.steering.metering.invoices.read import read_invoice
from carnet.steering.metering.tariff import DayMeter, ExpectedLine, Kind
from tests.steering.metering.desk import Desk
from tests.steering.metering.sent import CSV, ubl

RECORDS = ExpectedLine(Kind.RECORDS, "2026-1", date(2026, 4, 1), date(2026, 5, 1), 5006, 365, 90)
STORAGE = ExpectedLine(Kind.STORAGE, "2026-1", date(2026, 4, 1), date(2026, 5, 1), 25 * 30 * 10**9, 30 * 10**9, 4)
HEADER = CSV.splitlines()[0]
ON, MONTH = date(2026, 5, 10), date(2026, 4, 1)


def row(kind: str, quantity: str, price: str, amount: str, *, number: str = "F1", version: str = "2026-1") -> str:
    return f"{number};2026-05-04;2026-04;{kind};{version};{quantity};{price};{amount};;"


def asked(*rows: str) -> bytes:
    return "\n".join((HEADER, *rows)).encode()


def test_a_line_agrees_to_the_cent_and_as_far_as_the_invoice_writes_decimals() -> None:
    lines = checked(read_invoice(CSV.encode()), [RECORDS, STORAGE])
    assert [(line.is_equal, line.cents_over) for line in lines] == [(True, 0), (True, 0)]
    finer = checked(read_invoice(asked(row("records", "13,71507", "0,90", "12,34"))), [RECORDS])
    assert finer[0].is_equal
    finest = checked(read_invoice(asked(row("records", "13,7150685", "0,90", "12,34"))), [RECORDS])
    assert finest[0].is_equal       # 13.71506849…: rounded once, not first to a millionth


@pytest.mark.parametrize(("said", "cents", "units"), [
    (row("records", "13,715", "0,90", "12,35"), 1, "0"), (row("records", "13,716", "0,90", "12,34"), 0, "0.001"),
    (row("records", "13,715", "0,91", "12,34"), 0, "0"), (row("records", "12", "0,90", "10,80"), -154, "-2")])
def test_a_cent_a_quantity_or_a_price_makes_a_difference(said: str, cents: int, units: str) -> None:
    [line] = checked(read_invoice(asked(said)), [RECORDS])
    assert (line.is_equal, line.cents_over, line.quantity_over) == (False, cents, Decimal(units))


def test_what_is_not_asked_for_asked_twice_or_of_another_version_differs() -> None:
    twice = asked(*[row("records", "13,715", "0,90", "12,34")] * 2, row("astreinte", "1", "50", "50,00"))
    lines = checked(read_invoice(twice), [RECORDS, STORAGE])
    assert [line.cents_over for line in lines] == [0, 1234, 5000, -100]
    assert [line.is_equal for line in lines] == [True, False, False, False]
    old = checked(read_invoice(asked(row("storage", "25", "0,04", "1,00", version="2025"))), [STORAGE])
    assert [line.cents_over for line in old] == [100, -100]


# 1,000 records for 30 days and 10 for 15, 25 GB for a month.
RIGHT = asked(row("records", "82,602740", "0,90", "74,34"), row("storage", "25", "0,04", "1,00"))


async def test_a_month_is_what_was_held_at_the_end_of_each_of_its_days(desk: Desk) -> None:
    days = await desk.invoices.meters.quantities_of(MONTH, "alpha")
    assert days[0] == DayMeter(MONTH, 1000, 25 * 10**9, 0, 0)
    assert (len(days), days[14].records, days[15].records, days[15].deposits) == (30, 1000, 1010, 7)
    lines = await desk.invoices.expected("alpha", MONTH)
    assert [(line.kind, line.cents) for line in lines] == [(Kind.RECORDS, 7434), (Kind.STORAGE, 100)]
    assert await desk.invoices.meters.quantities_of(date(2999, 1, 1), "alpha") == ()
    with pytest.raises(NotFound, match="price list"):
        await desk.invoices.expected("gamma", MONTH)


async def test_an_invoice_that_agrees_is_entered_once_to_the_cent(desk: Desk) -> None:
    kept = await desk.invoices.take("alpha", RIGHT + b"\n" + row("autre", "1", "0", "0").encode(), "f.csv", "C")
    assert kept.state is State.TO_EXPLAIN       # a line of nothing, for something that nobody knows
    kept = await desk.invoices.take("alpha", RIGHT.replace(b"F1", b"F2"), "f.csv", "C")
    assert (kept.state, kept.expected_cents) == (State.READY, 7534)
    entry = await desk.invoices.enter(kept.invoice_id, desk.keeper, of=desk.contract, on=ON, by="C")
    assert (entry.entry_id, entry.piece, entry.proof, entry.invoiced_on) == (kept.invoice_id, "F2", kept.proof, ON)
    sums = await desk.invoices.ledger.sums(by_axes("host"))
    assert costs_of(sums) == {("alpha",): Cost(owed=7534, committed=10**6 - 7534)}
    with pytest.raises(Conflict, match="decided before"):
        await desk.invoices.enter(kept.invoice_id, desk.keeper, of=desk.contract, on=ON, by="C")
    with pytest.raises(Conflict, match="decided before"):
        await desk.invoices.refuse(kept.invoice_id, "trop tard", "C")
    with pytest.raises(Conflict, match="decided before"):
        await desk.invoices.explain(kept.invoice_id, 0, "trop tard", "C")


async def test_a_difference_is_explained_by_somebody_before_it_is_entered(desk: Desk) -> None:
    dear = RIGHT.replace(b"1,00", b"9,00") + b"\n" + row("astreinte", "1", "50", "50,00").encode()
    kept = await desk.invoices.take("alpha", dear, "f.csv", "C")
    assert (kept.state, kept.unexplained) == (State.TO_EXPLAIN, [1, 2])
    with pytest.raises(Conflict, match="named person must first say why it differs: lines 2, 3"):
        await desk.invoices.enter(kept.invoice_id, desk.keeper, of=desk.contract, on=ON, by="C")
    for line, words in ((1, " "), (7, "une raison"), (-1, "une raison")):
        with pytest.raises(InvalidInput):
            await desk.invoices.explain(kept.invoice_id, line, words, "C. Comptable")
    assert await desk.invoices.explain(kept.invoice_id, 1, "Reprise de mars.", "C. Comptable") is State.TO_EXPLAIN
    assert await desk.invoices.explain(kept.invoice_id, 2, "Astreinte du 3 avril.", "A. Autre") is State.READY
    await desk.invoices.enter(kept.invoice_id, desk.keeper, of=desk.contract, on=ON, by="C")
    kept = await desk.invoices.store.invoice(kept.invoice_id)
    assert {place: (word.words, word.by) for place, word in kept.words.items()} == {
        1: ("Reprise de mars.", "C. Comptable"), 2: ("Astreinte du 3 avril.", "A. Autre")}


async def test_a_number_is_taken_once_for_each_host_even_after_a_refusal(desk: Desk) -> None:
    kept = await desk.invoices.take("alpha", RIGHT, "f.csv", "C")
    refused = await desk.invoices.refuse(kept.invoice_id, "Le marché ne prévoit pas cela.", "C. Comptable")
    assert (refused.state, refused.reason, refused.decided_by) == (
        State.REFUSED, "Le marché ne prévoit pas cela.", "C. Comptable")
    with pytest.raises(Conflict, match="gave an invoice F1 before"):
        await desk.invoices.take("alpha", RIGHT, "f.csv", "C")
    with pytest.raises(Conflict, match="decided before"):
        await desk.invoices.enter(kept.invoice_id, desk.keeper, of=desk.contract, on=ON, by="C")
    assert (await desk.invoices.take("beta", RIGHT, "f.csv", "C")).state is State.TO_EXPLAIN
    assert [each.number for each in await desk.invoices.store.invoices(host="alpha")] == ["F1"]


async def test_what_the_ledger_refuses_may_be_tried_again(desk: Desk) -> None:
    kept = await desk.invoices.take("alpha", RIGHT, "f.csv", "C")
    other = await desk.keeper.promise(Piece(on=ON, label="autre"), Amount(
        net_cents=100, dimensions=Dimensions(category=Category.HOSTING, host="beta")))
    small = await desk.keeper.promise(Piece(on=ON, label="petit"), Amount(
        net_cents=100, dimensions=Dimensions(category=Category.HOSTING, host="alpha")))
    for of, why in ((other.entry_id, "promises nothing for host alpha"), (small.entry_id, "has less left of it")):
        with pytest.raises(InvalidInput, match=why):
            await desk.invoices.enter(kept.invoice_id, desk.keeper, of=of, on=ON, by="C")
        assert (await desk.invoices.store.invoice(kept.invoice_id)).state is State.READY
    # A process that died once the ledger had it: whoever does it again enters nothing twice.
    await desk.pool.execute("update host_invoice set state = 'entering'")
    for _ in range(2):
        await desk.invoices.enter(kept.invoice_id, desk.keeper, of=desk.contract, on=ON, by="C")
        await desk.pool.execute("update host_invoice set state = 'entering'")
    assert [each.entry.piece for each in await desk.invoices.ledger.entries(PROGRAMME)].count("F1") == 1


async def test_an_invoice_of_another_company_or_of_a_month_that_is_not_over_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match="is of 404833048, and this host is 732829320"):
        await desk.invoices.take("alpha", ubl("404833048"), "f.xml", "C")
    later = RIGHT.replace(b"2026-04", b"2999-04").replace(b"2026-05", b"2999-05")
    with pytest.raises(InvalidInput, match="is not over"):
        await desk.invoices.take("alpha", later, "f", "C")
    assert await desk.invoices.store.invoices() == []


async def test_words_and_ends_stay(desk: Desk) -> None:
    kept = await desk.invoices.take("alpha", RIGHT.replace(b"1,00", b"2,00"), "f.csv", "C")
    await desk.invoices.explain(kept.invoice_id, 1, "une raison", "C")
    for order in ("update host_invoice_word set words = 'x'", "delete from host_invoice_word"):
        with pytest.raises(asyncpg.PostgresError, match="only ever appended"):
            await desk.pool.execute(order)
    assert replace(kept.lines[1], cents=0).cents_over == -100

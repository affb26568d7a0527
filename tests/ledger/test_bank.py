"""Statements are read whole or refused with every fault; a movement pays one invoice, once, when somebody says so."""

from __future__ import annotations

import asyncio
import re
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from carnet.errors import Conflict, InvalidDocument, InvalidInput, TooLarge
from carnet.ledger.bank import camt053
from carnet.ledger.bank.camt053 import LIMIT_BYTES, read
from carnet.ledger.bank.match import Owed, Reason, match
from carnet.ledger.bank.settle import Bank
from carnet.ledger.bank.statement import Movement
from carnet.ledger.bank.store import BankStore
from carnet.ledger.costs import Cost
from carnet.ledger.entry import Entry
from carnet.ledger.keep import PROGRAMME, Keeper
from carnet.ledger.period import month_of
from carnet.ledger.refusals import Rule
from carnet.ledger.store import LedgerStore
from carnet.web.words import Language, words
from tests.ledger.statements import IBAN, SUPPLIER_IBAN, Camt, Told
from tests.ledger.test_keep import amount, costs, piece

PAYMENT = Told(-12_000, "ALPHA SAS", end_to_end_id="F-2026-017", reference="Facture F-2026-017 SIREN 552100554")


@pytest.mark.parametrize("version", ["02", "04", "08", "13"])
def test_a_statement_is_read_in_every_version(version: str) -> None:
    received = Told(500_000, "ETAT", reference="Subvention")
    pending = Told(-1, status="PDNG")
    [statement] = read(Camt((PAYMENT, pending, received), version=version).content)
    assert (statement.account, statement.statement_id) == (IBAN, "REL-2026-03")
    assert (statement.opening_cents, statement.closing_cents) == (10_000_000, 10_488_000)
    assert (statement.opened_on, statement.closed_on) == (date(2026, 3, 1), date(2026, 3, 31))
    assert statement.movements == (
        Movement(1, date(2026, 3, 20), -12_000, "ALPHA SAS", SUPPLIER_IBAN, "F-2026-017",
                 "Facture F-2026-017 SIREN 552100554", "BR-12000"),
        Movement(2, date(2026, 3, 20), 500_000, "ETAT", SUPPLIER_IBAN, "", "Subvention", "BR500000"))


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_batch_is_taken_part_by_part_when_its_parts_are_told(version: str) -> None:
    parts = (Told(-4_000, "A", reference="F1"), Told(-8_000, "B", reference="F2"))
    [statement] = read(Camt((Told(-12_000, parts=parts),), version=version).content)
    assert [(each.number, each.cents, each.counterparty) for each in statement.movements] == [
        (1, -4_000, "A"), (2, -8_000, "B")]
    with pytest.raises(InvalidInput, match="parts of a batch do not sum to its amount -130,00"):
        read(Camt((Told(-13_000, parts=parts),), version=version).content)


@pytest.mark.parametrize(("content", "faults"), [
    (Camt((PAYMENT,), closing_cents=1).content,
     ["line 4: the opening balance 100000,00 and movements of -120,00 do not give the closing balance 0,01"]),
    (Camt((PAYMENT,), currency="CHF").content, ["line 6: an amount is in CHF: euros are taken",
        "line 7: an amount is in CHF: euros are taken", "line 8: an amount is in CHF: euros are taken"]),
    (Camt((PAYMENT,)).content.replace(b"OPBD", b"ITBD"), ["line 4: a statement has a balance OPBD or PRCD"]),
    (Camt((PAYMENT,)).content.replace(b"2026-03-20", b"2026-02-30", 1).replace(b">120.00<", b">1,2O<"),
     ["line 8: '1,2O' is no amount of euros and cents", "line 8: '2026-02-30' is no date (BookgDt)"]),
    (Camt((PAYMENT,)).content.replace(b">120.00<", b">120.001<"),
     ["line 8: '120.001' is no amount of euros and cents"]),
    (Camt((PAYMENT,), statement_id="").content.replace(b"<IBAN>FR7630001007941234567890185</IBAN>", b""),
     ["line 4: a statement has an id (Id)", "line 4: a statement has an account (Acct/Id)"]),
    (b"<a xmlns='urn:iso:std:iso:20022:tech:xsd:camt.054.001.08'/>",
     ["line 1: is no camt.053 statement of ISO 20022"]),
    (b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'/>",
     ["line 1: holds no statement (Stmt)"]),
])
def test_a_file_that_is_wrong_says_everything_that_is(content: bytes, faults: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(content)
    assert [str(each) for each in refused.value.issues] == faults


def test_a_file_that_is_no_xml_or_asks_for_more_than_its_bytes_is_refused() -> None:
    for content in (b"%PDF-1.4", b"", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"):
        with pytest.raises(InvalidDocument):
            read(content)
    with pytest.raises(TooLarge):
        read(b" " * (LIMIT_BYTES + 1))


def owed(cents: int = 12_000, **said: object) -> Owed:
    base: dict[str, object] = {
        "entry_id": uuid4(), "number": "HA 1", "piece": "F-2026-017", "on": date(2026, 3, 2), "label": "",
        "beneficiary": "552100554", "owed_cents": cents}
    return Owed(**{**base, **said})     # type: ignore[arg-type]


@pytest.mark.parametrize(("said", "reasons"), [
    ({"end_to_end_id": "F2026017"}, (Reason.END_TO_END, Reason.AMOUNT)),
    ({"reference": "règlement F 2026 017"}, (Reason.REFERENCE, Reason.AMOUNT)),
    ({"reference": "F-2026-0178"}, (Reason.AMOUNT,)),
    ({"reference": "552 100 554"}, (Reason.AMOUNT, Reason.SIREN)),
    ({"counterparty_iban": SUPPLIER_IBAN}, (Reason.AMOUNT, Reason.IBAN)),
    ({"cents": -5_000, "reference": "F-2026-017"}, (Reason.REFERENCE,)),
    ({"cents": -5_000, "reference": "552100554"}, None),
    ({"cents": -12_001, "reference": "F-2026-017"}, None),
    ({"cents": 12_000, "reference": "F-2026-017"}, None),
])
def test_a_proposal_says_why(said: dict[str, object], reasons: tuple[Reason, ...] | None) -> None:
    movement = Movement(**{"number": 1, "booked_on": date(2026, 3, 20), "cents": -12_000, **said})     # type: ignore[arg-type]
    found = match(movement, [owed()], {SUPPLIER_IBAN: ["552100554"]})
    assert [each.reasons for each in found.proposals] == ([] if reasons is None else [reasons])


def test_nothing_is_chosen_where_two_invoices_are_as_likely() -> None:
    movement = Movement(1, date(2026, 3, 20), -12_000)
    twins = [owed(piece="A"), owed(piece="B")]
    assert match(movement, twins, {}).clear is None
    likelier = match(Movement(1, date(2026, 3, 20), -12_000, reference="F-2026-017"), [*twins, owed()], {})
    assert likelier.clear is not None
    assert (likelier.clear.owed.piece, len(likelier.proposals)) == ("F-2026-017", 3)


async def invoiced(ledger: LedgerStore, *pieces: str) -> list[Entry]:
    """Invoices of 120 euros each, with these numbers."""
    keeper = Keeper(ledger, "C")
    promise = await keeper.promise(piece(), amount(100_000, 20_000))
    return [
        await keeper.invoice(replace(piece("facture"), piece=each), amount(), of=promise.entry_id) for each in pieces]


def bank_of(ledger: LedgerStore, by: str = "C") -> tuple[Bank, BankStore]:
    store = BankStore(ledger._database)
    return Bank(ledger, store, by, PROGRAMME), store


async def test_a_confirmed_movement_pays_its_invoice_on_the_day_of_the_bank(ledger: LedgerStore) -> None:
    invoice, other = await invoiced(ledger, "F-2026-017", "F-2026-018")
    bank, store = bank_of(ledger)
    content = Camt((PAYMENT, Told(-500, "INCONNU"))).content
    [statement] = await bank.load("releve.xml", content)
    waiting = await store.waiting(PROGRAMME)
    [(movement, found), (_, nothing)] = await bank.matches(waiting)
    assert found.clear is not None
    assert (found.clear.owed.entry_id, nothing.proposals) == (invoice.entry_id, ())
    paid = await bank.confirm(movement.movement_id, of=found.clear.owed.entry_id)
    assert (paid.on, paid.proof, paid.settles) == (date(2026, 3, 20), statement.digest, invoice.entry_id)
    assert await ledger.proof(statement.digest) == ("releve.xml", "application/xml", content)
    assert (await costs(ledger))[()] == Cost(paid=12_000, owed=12_000, committed=96_000, vat=4_000)
    assert [each.content.cents for each in await store.waiting(PROGRAMME)] == [-500]
    assert await bank.confirm(movement.movement_id, of=invoice.entry_id) == paid
    with pytest.raises(Conflict, match="paid another invoice already"):
        await bank.confirm(movement.movement_id, of=other.entry_id)
    assert [each.owed_cents for each in await store.owed(PROGRAMME)] == [12_000]
    assert await store.suppliers([SUPPLIER_IBAN]) == {SUPPLIER_IBAN: ["552100554"]}


async def test_a_payment_that_was_taken_back_leaves_its_movement_to_be_matched_again(ledger: LedgerStore) -> None:
    wrong, right = await invoiced(ledger, "F-1", "F-2")
    bank, store = bank_of(ledger)
    await bank.load("releve.xml", Camt((PAYMENT,)).content)
    [movement] = await store.waiting(PROGRAMME)
    paid = await bank.confirm(movement.movement_id, of=wrong.entry_id)
    await Keeper(ledger, "C").take_back(piece("mauvaise facture"), paid.entry_id)
    assert [each.movement_id for each in await store.waiting(PROGRAMME)] == [movement.movement_id]
    assert (await bank.confirm(movement.movement_id, of=right.entry_id)).settles == right.entry_id


async def test_a_statement_is_loaded_once_and_nothing_of_a_second_is_kept(ledger: LedgerStore) -> None:
    bank, store = bank_of(ledger)
    await bank.load("releve.xml", Camt((PAYMENT,)).content)
    with pytest.raises(Conflict, match="REL-2026-03 was loaded already, by C"):
        await bank.load("releve.xml", Camt((PAYMENT,)).content)
    with pytest.raises(Conflict, match="loaded already from another file"):
        await bank.load("releve.xml", Camt((PAYMENT, PAYMENT)).content)
    assert [each.movements for each in await store.statements(PROGRAMME)] == [1]


async def test_two_people_confirm_one_movement_and_it_pays_once(ledger: LedgerStore) -> None:
    invoices = await invoiced(ledger, "F-1", "F-2")
    bank, store = bank_of(ledger)
    await bank.load("releve.xml", Camt((PAYMENT,)).content)
    [movement] = await store.waiting(PROGRAMME)
    outcomes = await asyncio.gather(*(
        bank_of(ledger, by)[0].confirm(movement.movement_id, of=each.entry_id)
        for by, each in zip("CD", invoices, strict=True)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["Entry", "Refused"]
    assert (await costs(ledger))[()].paid == 12_000


async def test_a_movement_pays_nothing_in_a_closed_month_nor_more_than_is_owed(ledger: LedgerStore) -> None:
    [invoice] = await invoiced(ledger, "F-2026-017")
    bank, store = bank_of(ledger)
    await bank.load("releve.xml", Camt((replace_cents(PAYMENT, -12_001), Told(7, "ETAT"))).content)
    [movement] = await store.waiting(PROGRAMME)
    with pytest.raises(InvalidInput, match="120,00 is still owed"):
        await bank.confirm(movement.movement_id, of=invoice.entry_id)
    came = next(each for each in await store.of_statement(PROGRAMME, IBAN, "REL-2026-03") if each.content.cents > 0)
    with pytest.raises(InvalidInput, match="brought money in"):
        await bank.confirm(came.movement_id, of=invoice.entry_id)
    await Keeper(ledger, "C").close(month_of("2026-03"))
    await bank.load("releve.xml", Camt((PAYMENT,), statement_id="SUITE").content)
    late = (await store.waiting(PROGRAMME))[-1]
    with pytest.raises(InvalidInput, match="closed through 2026-03-31"):
        await bank.confirm(late.movement_id, of=invoice.entry_id)
    with pytest.raises(Exception, match="no such movement"):
        await bank.confirm(UUID(int=1), of=invoice.entry_id)


def replace_cents(told: Told, cents: int) -> Told:
    return Told(cents, told.counterparty, told.iban, told.end_to_end_id, told.reference)


def test_every_fault_of_a_statement_has_words_on_the_page() -> None:
    source = Path(camt053.__file__).read_text(encoding="utf-8")
    keys = set(re.findall(r'self\.fault\(\s*\w+, "(\w+)"', source)) | {"no_camt", "no_statement"}
    assert len(keys) > 10
    assert {key for key in keys if not words(Language.FR).has(f"bank.fault.{key}")} == set()
    assert {rule for rule in Rule if not words(Language.FR).has(f"accounts.rule.{rule}")} == set()

"""Whoever changes rows of the ledger behind its back is found out, and the first entry that does not hold is named."""

from __future__ import annotations

import hashlib
import re
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from carnet.errors import NotFound
from carnet.ledger.chain import first_head, next_head, public_form, words_digest
from carnet.ledger.keep import PROGRAMME, Keeper
from carnet.ledger.period import month_of
from carnet.ledger.store import LedgerStore
from carnet.ledger.verifying.store import VerifyingStore
from carnet.ledger.verifying.verify import Verdict, Verifier
from tests.ledger.test_keep import amount, piece

KEY = Ed25519PrivateKey.generate()
SCAN = b"%PDF-1.4 facture"
MARCH = month_of("2026-03")


async def kept(ledger: LedgerStore, *, closes: bool = True) -> None:
    """Four entries, with a proof; the month is closed and signed; one entry of the next month."""
    digest = hashlib.sha256(SCAN).digest()
    await ledger.keep_proof(digest, "facture.pdf", "application/pdf", SCAN)
    keeper = Keeper(ledger, "C")
    promise = await keeper.promise(piece("marché"), amount(20_000))
    invoice = await keeper.invoice(replace(piece("facture"), proof=digest), amount(), of=promise.entry_id)
    await keeper.pay(piece("virement"), 12_000, of=invoice.entry_id)
    if closes:
        await keeper.close(MARCH)
        await ledger.sign_periods(KEY.sign)
    await keeper.promise(piece("avenant", on=date(2026, 4, 2)), amount(5_000))


async def verified(ledger: LedgerStore, *, month: date | None = None) -> Verdict:
    """What the verifier says."""
    return await Verifier(ledger, VerifyingStore(ledger._database), KEY.public_key()).verify(PROGRAMME, month=month)


async def altered(ledger: LedgerStore, *orders: str) -> None:
    """Rows changed with triggers and constraints out of the way, as whoever owns the database can."""
    async with ledger._database.transaction() as connection:
        await connection.execute("set local session_replication_role = replica")
        for order in orders:
            await connection.execute(order)


async def test_books_as_they_were_entered_hold(ledger: LedgerStore) -> None:
    await kept(ledger)
    verdict = await verified(ledger)
    assert (verdict.faults, verdict.entries, verdict.proofs, verdict.periods) == ((), 4, 1, 1)
    of_march = await verified(ledger, month=MARCH)
    assert (of_march.faults, of_march.entries, of_march.head) == ((), 3, (await ledger.periods())[0].head)
    with pytest.raises(NotFound, match="2026-04 of 'programme' is not closed"):
        await verified(ledger, month=month_of("2026-04"))


ALTERED = [
    (("update ledger_line set debit_cents = debit_cents * 2 where place = 2",), r"entry 2 \(HA 1 of 2026-03-02\) is a"),
    (("delete from ledger_line where place = 2", "delete from ledger_entry where place = 2"), "entry 2 is missing"),
    (("delete from ledger_line where place = 4", "delete from ledger_entry where place = 4"), "entry 4 is missing, "),
    (("update ledger_entry set place = place + 10 where place in (2, 3)",
      "update ledger_line set place = place + 10 where place in (2, 3)",
      "update ledger_entry set place = 15 - place where place in (12, 13)",
      "update ledger_line set place = 15 - place where place in (12, 13)"), "entry 2 .* not in its place"),
]
ALSO_ALTERED = [
    (("update ledger_line set label = 'autre' where place = 3 and line = 1",), "entry 3 .* is altered"),
    (("update ledger_entry set dated = '2026-03-03' where place = 1",), "entry 1 .* is altered"),
    (("update ledger_entry set label = 'autre chose' where place = 2",), "entry 2 .* is altered"),
    (("update ledger_dimensions set host = 'beta' where certainty = 'invoiced'",), "entry 2 .* is altered"),
    (("update ledger_dimensions set category = 'soup'",), "entry 1 is altered: its rows are no entry"),
    (("delete from ledger_line where place = 2 and line = 1",), "entry 2 .* is altered"),
    (("alter table ledger_proof drop constraint ledger_proof_check", "update ledger_proof set content = 'x'"),
     "another file than the one that was kept"),
    (("delete from ledger_proof",), "the proof .* is missing"),
    (("update ledger_period set signature = 'x'",), "the signature of 2026-03 is not this platform's"),
    (("update ledger_period set debit_cents = 0",), "2026-03 was closed with other sums"),
    (("update ledger_sum set debit_cents = debit_cents + 1 where account = '401'",), "not the sum of the lines: 2026"),
    (("update ledger_line set dated = '2026-05-01' where place = 4",), "entry 4 has a line of another day"),
    (("update ledger_books set head = 'x'",), "these books say 4 entries with the head 78"),
]


@pytest.mark.parametrize(
    ("orders", "fault"), [*ALTERED, *(pytest.param(*each, marks=pytest.mark.slow) for each in ALSO_ALTERED)])
async def test_what_is_altered_missing_or_reordered_is_named(
    ledger: LedgerStore, orders: tuple[str, ...], fault: str,
) -> None:
    await kept(ledger)
    await altered(ledger, *orders)
    assert re.search(fault, "; ".join((await verified(ledger)).faults))


async def test_a_chain_that_was_computed_anew_is_caught_by_a_closed_month(ledger: LedgerStore) -> None:
    await kept(ledger)
    await altered(ledger, "update ledger_entry set piece = 'P9' where place = 1")
    head = first_head(PROGRAMME)
    for each in await ledger.entries(PROGRAMME):
        head = next_head(head, public_form(each.entry, words_digest(each.entry, each.salt), {}))
        await altered(ledger, f"update ledger_entry set head = '\\x{head.hex()}' where place = {each.place}")
    await altered(ledger, f"update ledger_books set head = '\\x{head.hex()}'")
    assert (await verified(ledger)).faults == ("2026-03 was closed with another head than that of entry 3",)


async def test_a_month_that_is_not_signed_yet_is_no_fault(ledger: LedgerStore) -> None:
    await kept(ledger, closes=False)
    await Keeper(ledger, "C").close(MARCH)
    verdict = await verified(ledger)
    assert (verdict.faults, verdict.unsigned) == ((), ("2026-03",))

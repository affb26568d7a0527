"""The demonstration's books: an invented year of the programme, up to last month's bank statement.

Amounts are small, for a dozen invented records; suppliers and their SIRENs are invented. Hosts bill each month; what
was billed last month is on a bank statement that waits for an accountant to confirm it.
May import: ledger.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from carnet.documents.pdf import text_pdf
from carnet.ledger.bank.settle import Bank
from carnet.ledger.bank.store import BankStore
from carnet.ledger.category import Category
from carnet.ledger.contribution import Contribution, Given
from carnet.ledger.dimensions import Dimensions
from carnet.ledger.entry import Entry
from carnet.ledger.keep import PROGRAMME, Keeper
from carnet.ledger.money import euros_of
from carnet.ledger.period import last_day
from carnet.ledger.postings import Amount, Piece, owed_by
from carnet.ledger.store import LedgerStore

BY = "demonstration"
_PAYER = "999000102"
_IBAN = "FR7630001007941234567890185"


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract of the year: with whom, for what, so many cents without tax, billed each month or once."""

    name: str
    supplier: str
    siren: str
    category: Category
    cents: int
    host: str = ""
    is_monthly: bool = False


CONTRACTS = (
    Contract("H1", "Hébergeur Alpha (fictif)", "999000201", Category.HOSTING, 1_440, "alpha", is_monthly=True),
    Contract("H2", "Hébergeur Bêta (fictif)", "999000300", Category.HOSTING, 1_200, "beta", is_monthly=True),
    Contract("H3", "Opérateur de référence (fictif)", "999000409", Category.HOSTING, 960, "reference", is_monthly=True),
    Contract("L1", "Atelier logiciel (fictif)", "999000508", Category.SOFTWARE, 1_999),
    Contract("S1", "Accueil téléphonique (fictif)", "999000607", Category.SUPPORT, 700),
    Contract("A1", "Audit de sécurité (fictif)", "999000706", Category.SECURITY, 550),
    Contract("C1", "Imprimerie des courriers (fictive)", "999000805", Category.COMMUNICATION, 420),
)


async def enter_year(ledger: LedgerStore, bank: BankStore, today: date) -> None:
    """Enter the year up to this day into the programme's books, which are empty."""
    keeper = Keeper(ledger, BY)
    months = [date(today.year, number, 1) for number in range(1, today.month)]
    billed: list[tuple[Contract, Entry]] = []
    for contract in CONTRACTS:
        about = _about(contract, today.year)
        promise = await keeper.promise(
            Piece(on=date(today.year, 1, 1), label=f"Contrat {contract.name}, {contract.supplier}",
                  piece=f"{today.year}-{contract.name}"), _amount(contract.cents, about))
        for number, month in enumerate(months if contract.is_monthly else months[1:2], start=1):
            invoice = await _bill(ledger, keeper, contract, about, (promise.entry_id, number, month))
            if month == months[-1] and contract.is_monthly:
                billed.append((contract, invoice))
            else:
                await keeper.pay(
                    Piece(on=last_day(month), label=f"Virement {contract.supplier}", piece=f"V-{invoice.piece}"),
                    owed_by(invoice).total(), of=invoice.entry_id)
    await _lend(keeper, today.year)
    if billed:
        await _statement(Bank(ledger, bank, BY, PROGRAMME), billed, months[-1])
    if len(months) > 2:
        await keeper.close(months[-3])


async def _bill(
    ledger: LedgerStore, keeper: Keeper, contract: Contract, about: Dimensions, of: tuple[UUID, int, date],
) -> Entry:
    promise, number, month = of
    name = f"{contract.name}-{month:%Y%m}"
    cents = contract.cents // 12 if contract.is_monthly else contract.cents
    scan = text_pdf(f"Facture {name}", (contract.supplier, f"Total hors taxe : {euros_of(cents)} euros"))
    digest = hashlib.sha256(scan).digest()
    await ledger.keep_proof(digest, f"{name}.pdf", "application/pdf", scan)
    piece = Piece(
        on=month + timedelta(days=14), label=f"Facture {number}, {contract.supplier}", piece=name, proof=digest)
    return await keeper.invoice(piece, _amount(cents, about), of=promise)


async def _lend(keeper: Keeper, year: int) -> None:
    for given, quantity, cents, category in (
        (Given.STAFF, "0.01", 540_000, Category.GOVERNANCE), (Given.TRAINING, "1.5", 4_200, Category.TRAINING),
        (Given.TIME, "45", 83, Category.INDUCED),
    ):
        worth = Contribution(given, Decimal(quantity), cents, "barème inventé")
        about = Dimensions(category=category, payer=_PAYER, phase="demonstration")
        await keeper.lend(Piece(on=date(year, 1, 1), label=worth.label), worth.cents, about)


async def _statement(bank: Bank, billed: Sequence[tuple[Contract, Entry]], month: date) -> None:
    """The bank statement of last month: each payment names its invoice, but for the last, which only says to whom."""
    await bank.load(f"releve-{month:%Y-%m}.xml", "\n".join(_camt(billed, month)).encode())


def _camt(billed: Sequence[tuple[Contract, Entry]], month: date) -> Iterator[str]:
    end, opening = last_day(month), 100_000
    paid = [(contract, invoice, owed_by(invoice).total()) for contract, invoice in billed]
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
    yield f"<GrpHdr><MsgId>DEMO</MsgId></GrpHdr><Stmt><Id>REL-{month:%Y-%m}</Id>"
    yield f"<Acct><Id><IBAN>{_IBAN}</IBAN></Id></Acct>"
    for code, day, cents in (("OPBD", month, opening), ("CLBD", end, opening - sum(each[2] for each in paid))):
        yield f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amt(cents, 'CRDT')}"
        yield f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    for contract, invoice, cents in paid:
        words = f"Facture {invoice.piece}" if contract is not paid[-1][0] else ""
        yield (
            f"<Ntry>{_amt(cents, 'DBIT')}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{end}</Dt></BookgDt>"
            f"<AcctSvcrRef>B{invoice.piece}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties><Cdtr><Pty><Nm>{contract.supplier}"
            f"</Nm></Pty></Cdtr></RltdPties><RmtInf><Ustrd>{words}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>")
    yield "</Stmt></BkToCstmrStmt></Document>"


def _amt(cents: int, side: str) -> str:
    return f'<Amt Ccy="EUR">{cents // 100}.{cents % 100:02d}</Amt><CdtDbtInd>{side}</CdtDbtInd>'


def _about(contract: Contract, year: int) -> Dimensions:
    return Dimensions(
        category=contract.category, host=contract.host, contract=f"{year}-{contract.name}", payer=_PAYER,
        beneficiary=contract.siren, funding_line="Dotation inventée", phase="demonstration")


def _amount(cents: int, about: Dimensions) -> Amount:
    return Amount(net_cents=cents, vat_cents=cents // 5, dimensions=about)

"""Bank statements for tests: camt.053 as banks write it in an early version (.02) and in a late one (.08)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

IBAN = "FR7630001007941234567890185"
SUPPLIER_IBAN = "FR7610107001011234567890129"


@dataclass(frozen=True)
class Told:
    """One movement: below 0 it is a payment."""

    cents: int
    counterparty: str = ""
    iban: str = SUPPLIER_IBAN
    end_to_end_id: str = "NOTPROVIDED"
    reference: str = ""
    on: date = date(2026, 3, 20)
    status: str = "BOOK"
    parts: tuple[Told, ...] = ()


@dataclass(frozen=True)
class Camt:
    """A file with one statement. `closing_cents` None: what opening and movements give."""

    movements: tuple[Told, ...]
    opening_cents: int = 10_000_000
    closing_cents: int | None = None
    statement_id: str = "REL-2026-03"
    version: str = "02"
    currency: str = "EUR"
    more: str = field(default="", repr=False)

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        closing = self.closing_cents
        if closing is None:
            closing = self.opening_cents + sum(each.cents for each in self.movements if each.status == "BOOK")
        entries = "\n".join(self._entry(each) for each in self.movements)
        return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{self.version}"><BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-04-01T06:00:00</CreDtTm></GrpHdr>
<Stmt><Id>{self.statement_id}</Id><CreDtTm>2026-04-01T06:00:00</CreDtTm>
<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>
{self._balance("OPBD", self.opening_cents, "2026-03-01")}
{self._balance("CLBD", closing, "2026-03-31")}
{entries}{self.more}</Stmt></BkToCstmrStmt></Document>
""".encode()

    def _balance(self, code: str, cents: int, day: str) -> str:
        return (f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{self._amount(cents)}"
                f"<Dt><Dt>{day}</Dt></Dt></Bal>")

    def _amount(self, cents: int) -> str:
        side = "CRDT" if cents >= 0 else "DBIT"
        return f'<Amt Ccy="{self.currency}">{abs(cents) / 100:.2f}</Amt><CdtDbtInd>{side}</CdtDbtInd>'

    def _entry(self, told: Told) -> str:
        status = f"<Sts>{told.status}</Sts>" if self.version < "04" else f"<Sts><Cd>{told.status}</Cd></Sts>"
        details = "".join(self._details(each, self._part(each)) for each in told.parts) or self._details(told, "")
        return (
            f"<Ntry>{self._amount(told.cents)}{status}<BookgDt><Dt>{told.on}</Dt></BookgDt>"
            f"<ValDt><Dt>{told.on}</Dt></ValDt><AcctSvcrRef>BR{told.cents}</AcctSvcrRef>"
            f"<NtryDtls>{details}</NtryDtls></Ntry>")

    def _part(self, told: Told) -> str:
        if self.version >= "04":
            return self._amount(told.cents)
        return f'<AmtDtls><TxAmt><Amt Ccy="EUR">{abs(told.cents) / 100:.2f}</Amt></TxAmt></AmtDtls>'

    def _details(self, told: Told, amount: str) -> str:
        party, account = ("Cdtr", "CdtrAcct") if told.cents < 0 else ("Dbtr", "DbtrAcct")
        name = f"<Nm>{told.counterparty}</Nm>"
        return (
            f"<TxDtls><Refs><EndToEndId>{told.end_to_end_id}</EndToEndId></Refs>{amount}<RltdPties>"
            f"<{party}>{name if self.version < '08' else f'<Pty>{name}</Pty>'}</{party}>"
            f"<{account}><Id><IBAN>{told.iban}</IBAN></Id></{account}></RltdPties>"
            f"<RmtInf><Ustrd>{told.reference}</Ustrd></RmtInf></TxDtls>")

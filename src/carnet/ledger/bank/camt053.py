"""camt.053, the bank statement of ISO 20022 (BankToCustomerStatement): its bytes to statements, or everything wrong.

Versions .02 to .13 differ in where a few elements stand, not in what they are called: names are read, whatever their
namespace. Only booked movements in euros are taken; a batch booking whose parts are told is taken part by part.
May import: errors, documents (its one way to read XML).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from lxml import etree

from carnet.documents.xml import parse
from carnet.errors import InvalidInput, Issue
from carnet.ledger.bank.statement import Movement, Statement
from carnet.ledger.money import cents_of, euros_of

LIMIT_BYTES = 8 * 1024 * 1024
_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(\d\d)")
_LONGEST = 500
Element: TypeAlias = "etree._Element"  # noqa: SLF001  lxml has no other name for it


def read(content: bytes) -> tuple[Statement, ...]:
    """Every statement of this file. Raises InvalidInput with every fault and its line, TooLarge."""
    root = parse(content, limit_bytes=LIMIT_BYTES)
    if _NAMESPACE.fullmatch(etree.QName(root).namespace or "") is None:
        raise InvalidInput(Fault("value", "is no camt.053 statement of ISO 20022", "line 1", "no_camt", {"line": 1}))
    reading, digest = _Reading(), hashlib.sha256(content).digest()
    found = [reading.statement(each, digest) for each in _all(root, "BkToCstmrStmt", "Stmt")]
    if not found:
        reading.fault(root, "no_statement", "holds no statement (Stmt)")
    if reading.faults:
        raise InvalidInput(*reading.faults)
    return tuple(each for each in found if each is not None)


@dataclass(frozen=True, slots=True)
class Fault(Issue):
    """Something wrong in a statement: in English in `message`; `key` and `values` are for pages. Numbers are cents,
    but for `line`.
    """

    key: str = ""
    values: Mapping[str, int | str] = field(default_factory=dict)


class _Reading:
    """What is read, and every fault met on the way."""

    def __init__(self) -> None:
        self.faults: list[Issue] = []

    def fault(self, at: Element, key: str, message: str, /, **values: int | str) -> None:
        """One more thing that is wrong, at the line of this element."""
        line: Any = at.sourceline       # which lxml's stubs give the type of an ellipsis
        self.faults.append(Fault("value", message, f"line {line}", key, {"line": line, **values}))

    def statement(self, stmt: Element, digest: bytes) -> Statement | None:
        """One statement, whose balances agree with its movements; None with faults."""
        before = len(self.faults)
        statement_id, account = _text(stmt, "Id"), _text(stmt, "Acct", "Id", "IBAN") or _text(
            stmt, "Acct", "Id", "Othr", "Id")
        if not statement_id:
            self.fault(stmt, "no_id", "a statement has an id (Id)")
        if not account:
            self.fault(stmt, "no_account", "a statement has an account (Acct/Id)")
        opening, closing = self._balance(stmt, "OPBD", "PRCD"), self._balance(stmt, "CLBD")
        parts = [part for entry in _all(stmt, "Ntry") for part in self._movements(entry)]
        if opening is None or closing is None or len(self.faults) > before:
            return None
        movements = tuple(_numbered(parts))
        moved = sum(each.cents for each in movements)
        if opening[0] + moved != closing[0]:
            self.fault(
                stmt, "unbalanced", f"the opening balance {euros_of(opening[0])} and movements of {euros_of(moved)} do"
                f" not give the closing balance {euros_of(closing[0])}", opening=opening[0], moved=moved,
                closing=closing[0])
        return Statement(digest, statement_id, account, opening[1], closing[1], opening[0], closing[0], movements)

    def _balance(self, stmt: Element, *codes: str) -> tuple[int, date] | None:
        for code in codes:      # a balance of another kind (interim, available) says nothing of what is booked
            for each in _all(stmt, "Bal"):
                if _text(each, "Tp", "CdOrPrtry", "Cd") == code:
                    cents, day = self._cents(each), self._day(each, "Dt")
                    return (cents, day) if cents is not None and day is not None else None
        self.fault(stmt, "no_balance", f"a statement has a balance {' or '.join(codes)}", what=" / ".join(codes))
        return None

    def _movements(self, entry: Element) -> Iterator[Movement]:
        if (_text(entry, "Sts", "Cd") or _text(entry, "Sts")) != "BOOK":
            return      # pending or for information: no money moved yet
        cents, day = self._cents(entry), self._day(entry, "BookgDt")
        if cents is None or day is None:
            return
        details = _all(entry, "NtryDtls", "TxDtls")
        whole = _movement(entry, details[0] if len(details) == 1 else None, day, cents)
        if len(details) < 2:
            yield whole
            return
        parts = [self._part(each, 1 if cents > 0 else -1) for each in details]
        if all(each is None for each in parts):
            yield whole
        elif None in parts or sum(each or 0 for each in parts) != cents:
            self.fault(entry, "parts", f"the parts of a batch do not sum to its amount {euros_of(cents)}", amount=cents)
        else:
            for part, details_of_it in zip(parts, details, strict=True):
                yield _movement(entry, details_of_it, day, part or 0)

    def _part(self, details: Element, side: int) -> int | None:
        """The amount of one payment of a batch: as TxDtls says it itself, or in AmtDtls."""
        said = _first(details, "Amt")
        amount = said if said is not None else _first(details, "AmtDtls", "TxAmt", "Amt")
        if amount is None:
            return None
        value = self._amount(amount)
        sign = {"CRDT": 1, "DBIT": -1}.get(_text(details, "CdtDbtInd"), side)
        return None if value is None else sign * value

    def _cents(self, at: Element) -> int | None:
        amount, side = _first(at, "Amt"), _text(at, "CdtDbtInd")
        if amount is None or side not in ("CRDT", "DBIT"):
            self.fault(at, "no_amount", "an amount (Amt) and its side (CdtDbtInd: CRDT or DBIT) are missing")
            return None
        value = self._amount(amount)
        return None if value is None else value if side == "CRDT" else -value

    def _amount(self, amount: Element) -> int | None:
        text, currency = (amount.text or "").strip(), amount.get("Ccy", "")
        if currency != "EUR":
            self.fault(
                amount, "currency", f"an amount is in {currency or 'no currency'}: euros are taken", what=currency[:10])
            return None
        try:
            cents = cents_of(_plain(text))
        except ValueError:
            self.fault(amount, "amount", f"{text[:40]!r} is no amount of euros and cents", what=text[:40])
            return None
        if cents < 0:
            self.fault(amount, "below", "an amount is below 0: its side says which way it goes")
            return None
        return cents

    def _day(self, at: Element, name: str) -> date | None:
        text = _text(at, name, "Dt") or _text(at, name, "DtTm")
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            words = f"{text[:40]!r} is no date ({name})" if text else f"a date ({name}) is missing"
            self.fault(at, "date", words, what=text[:40], name=name)
            return None


def _plain(text: str) -> str:
    """ISO 20022 allows five decimals: those beyond the cents must be zeros."""
    euros, point, cents = text.partition(".")
    return f"{euros}.{cents[:2]}{cents[2:].rstrip('0')}" if point and cents else euros


def _movement(entry: Element, details: Element | None, day: date, cents: int) -> Movement:
    """The movement; `details` is None for a batch that is not told apart."""
    bank_reference = _text(entry, "AcctSvcrRef") or _text(entry, "NtryRef")
    if details is None:
        return Movement(0, day, cents, reference=_text(entry, "AddtlNtryInf"), bank_reference=bank_reference)
    party, account = ("Cdtr", "CdtrAcct") if cents < 0 else ("Dbtr", "DbtrAcct")
    name = _text(details, "RltdPties", party, "Nm") or _text(details, "RltdPties", party, "Pty", "Nm")
    end_to_end_id = _text(details, "Refs", "EndToEndId")
    words = [
        *(_said(each) for each in _all(details, "RmtInf", "Ustrd")),
        *(_said(each) for each in _all(details, "RmtInf", "Strd", "CdtrRefInf", "Ref")),
        *(_said(each) for each in _all(details, "RmtInf", "Strd", "RfrdDocInf", "Nb")),
        _text(details, "AddtlTxInf"), _text(entry, "AddtlNtryInf")]
    return Movement(
        0, day, cents, name, _text(details, "RltdPties", account, "Id", "IBAN"),
        "" if end_to_end_id == "NOTPROVIDED" else end_to_end_id,
        " ".join(dict.fromkeys(each for each in words if each))[:_LONGEST],
        _text(details, "Refs", "AcctSvcrRef") or bank_reference)


def _numbered(movements: list[Movement]) -> Iterator[Movement]:
    for number, each in enumerate(movements, start=1):
        yield Movement(
            number, each.booked_on, each.cents, each.counterparty, each.counterparty_iban, each.end_to_end_id,
            each.reference, each.bank_reference)


def _all(at: Element, *path: str) -> list[Element]:
    """The elements at this path, by their names."""
    found = [at]
    for name in path:
        found = [child for each in found for child in each if etree.QName(child).localname == name]
    return found


def _first(at: Element, *path: str) -> Element | None:
    return next(iter(_all(at, *path)), None)


def _text(at: Element, *path: str) -> str:
    found = _first(at, *path)
    return "" if found is None else _said(found)


def _said(element: Element) -> str:
    return " ".join((element.text or "").split())[:_LONGEST]

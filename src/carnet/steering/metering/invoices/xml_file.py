"""A host's invoice as XML of EN 16931: UBL 2.1, or the CII of Factur-X (`factur-x.xml`), as Chorus Pro takes. Pure.

The terms (BT) are those of EN 16931. Read through `documents/xml.py`. A line says what it is for by the buyer's item
identifier (BT-156), else the seller's (BT-155): `storage` or `storage:2026-1`. Quantities are in the unit priced.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lxml import etree

from carnet.documents.xml import parse
from carnet.errors import InvalidDocument, InvalidInput
from carnet.ledger.money import cents_of
from carnet.steering.metering.invoices.faults import Fault, fault
from carnet.steering.metering.invoices.invoice import (
    Invoice,
    InvoiceLine,
    checked_by_itself,
    decimal_of,
    kind_of,
)

LIMIT_BYTES = 4 * 2**20
_COMMERCIAL = {"380", "384", "386", "389"}      # UNTDID 1001: what asks for a payment; 381 is a credit note


@dataclass(frozen=True, slots=True)
class _Syntax:
    """Where each term stands."""

    namespaces: dict[str, str]
    number: str             # BT-1
    issued_on: str          # BT-2
    type_code: str          # BT-3
    currency: str           # BT-5
    begins_on: str          # BT-73
    seller: str             # BT-30
    net: str                # BT-109
    vat: str                # BT-110
    lines: str              # BG-25
    items: tuple[str, str]  # BT-156, BT-155
    name: str               # BT-153
    quantity: str           # BT-129
    price: str              # BT-146
    price_for: str          # BT-149
    amount: str             # BT-131


_UBL = _Syntax(
    {"i": "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
     "a": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
     "b": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"},
    "b:ID", "b:IssueDate", "b:InvoiceTypeCode", "b:DocumentCurrencyCode", "a:InvoicePeriod/b:StartDate",
    "a:AccountingSupplierParty/a:Party/a:PartyLegalEntity/b:CompanyID", "a:LegalMonetaryTotal/b:TaxExclusiveAmount",
    "a:TaxTotal/b:TaxAmount", "a:InvoiceLine",
    ("a:Item/a:BuyersItemIdentification/b:ID", "a:Item/a:SellersItemIdentification/b:ID"), "a:Item/b:Name",
    "b:InvoicedQuantity", "a:Price/b:PriceAmount", "a:Price/b:BaseQuantity", "b:LineExtensionAmount")
_DEAL = "r:SupplyChainTradeTransaction"
_SETTLED = f"{_DEAL}/a:ApplicableHeaderTradeSettlement"
_SUMMED = f"{_SETTLED}/a:SpecifiedTradeSettlementHeaderMonetarySummation"
_CII = _Syntax(
    {"r": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
     "a": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
     "u": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"},
    "r:ExchangedDocument/a:ID", "r:ExchangedDocument/a:IssueDateTime/u:DateTimeString",
    "r:ExchangedDocument/a:TypeCode",
    f"{_SETTLED}/a:InvoiceCurrencyCode", f"{_SETTLED}/a:BillingSpecifiedPeriod/a:StartDateTime/u:DateTimeString",
    f"{_DEAL}/a:ApplicableHeaderTradeAgreement/a:SellerTradeParty/a:SpecifiedLegalOrganization/a:ID",
    f"{_SUMMED}/a:TaxBasisTotalAmount", f"{_SUMMED}/a:TaxTotalAmount", f"{_DEAL}/a:IncludedSupplyChainTradeLineItem",
    ("a:SpecifiedTradeProduct/a:BuyerAssignedID", "a:SpecifiedTradeProduct/a:SellerAssignedID"),
    "a:SpecifiedTradeProduct/a:Name", "a:SpecifiedLineTradeDelivery/a:BilledQuantity",
    "a:SpecifiedLineTradeAgreement/a:NetPriceProductTradePrice/a:ChargeAmount",
    "a:SpecifiedLineTradeAgreement/a:NetPriceProductTradePrice/a:BasisQuantity",
    "a:SpecifiedLineTradeSettlement/a:SpecifiedTradeSettlementLineMonetarySummation/a:LineTotalAmount")
_SYNTAXES = {
    f"{{{_UBL.namespaces['i']}}}Invoice": _UBL, f"{{{_CII.namespaces['r']}}}CrossIndustryInvoice": _CII}


def read_xml(content: bytes) -> Invoice:
    """The invoice in these bytes. Raises InvalidInput with every mistake, TooLarge."""
    try:
        root = parse(content, limit_bytes=LIMIT_BYTES)
    except InvalidDocument as error:
        raise InvalidInput(*(fault("xml", value=issue.message) for issue in error.issues)) from error
    syntax = _SYNTAXES.get(str(root.tag))
    if syntax is None:
        raise InvalidInput(fault("root", value=root.tag))
    return _Reading(root, syntax).invoice()


class _Reading:
    """One invoice being read, and what is wrong with it."""

    def __init__(self, root: etree._Element, syntax: _Syntax) -> None:
        self.root, self.syntax = root, syntax
        self.faults: list[Fault] = []

    def invoice(self) -> Invoice:
        issued_on, month = self._day(self.syntax.issued_on, "BT-2"), self._day(self.syntax.begins_on, "BT-73")
        if (code := self._text(self.root, self.syntax.type_code)) not in _COMMERCIAL:
            self.faults.append(fault("type", "BT-3", value=code))
        if (currency := self._text(self.root, self.syntax.currency)) != "EUR":
            self.faults.append(fault("currency", "BT-5", value=currency or "?"))
        lines = [self._line(element, place) for place, element in enumerate(self._all(self.syntax.lines), 1)]
        net = self._cents(self.root, self.syntax.net, "BT-109")
        vat = self._cents(self.root, self.syntax.vat, "BT-110") if self._text(self.root, self.syntax.vat) else 0
        if self.faults or issued_on is None or month is None:
            raise InvalidInput(*self.faults)
        return checked_by_itself(Invoice(
            number=self._text(self.root, self.syntax.number), issued_on=issued_on, month=month.replace(day=1),
            lines=tuple(line for line in lines if line), vat_cents=vat or 0,
            seller=self._text(self.root, self.syntax.seller)[:9]), net_cents=net)

    def _line(self, element: etree._Element, place: int) -> InvoiceLine | None:
        at = f"line {place}"
        kind, version = next(
            (found for found in (kind_of(self._text(element, path)) for path in self.syntax.items) if found[0]),
            (None, ""))
        quantity, price = (self._number(element, path, f"{at}, {term}") for path, term in (
            (self.syntax.quantity, "BT-129"), (self.syntax.price, "BT-146")))
        price_for = self._number(element, self.syntax.price_for, f"{at}, BT-149", otherwise=Decimal(1))
        cents = self._cents(element, self.syntax.amount, f"{at}, BT-131")
        if quantity is None or price is None or not price_for or cents is None:
            return None
        return InvoiceLine(
            kind=kind, version=version, quantity=quantity, unit_cents=price * 100 / price_for, cents=cents,
            label=self._text(element, self.syntax.name)[:200])

    def _all(self, path: str) -> list[etree._Element]:
        return self.root.findall(path, self.syntax.namespaces)

    def _text(self, element: etree._Element, path: str) -> str:
        return (element.findtext(path, "", self.syntax.namespaces) or "").strip()

    def _day(self, path: str, term: str) -> date | None:
        text = self._text(self.root, path)
        try:
            return date.fromisoformat(text)     # 2026-04-02, and 20260402 as CII writes it
        except ValueError:
            self._wrong("no_day", term, text)
            return None

    def _number(
        self, element: etree._Element, path: str, term: str, *, otherwise: Decimal | None = None,
    ) -> Decimal | None:
        text = self._text(element, path)
        if not text and otherwise is not None:
            return otherwise
        try:
            return decimal_of(text)
        except ValueError:
            self._wrong("no_number", term, text)
            return None

    def _cents(self, element: etree._Element, path: str, term: str) -> int | None:
        text = self._text(element, path)
        try:
            return cents_of(text)
        except ValueError:
            self._wrong("no_amount", term, text)
            return None

    def _wrong(self, key: str, term: str, text: str) -> None:
        self.faults.append(fault(key, term, value=text) if text else fault("missing", term))

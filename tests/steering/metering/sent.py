"""The same small invoice as CSV, as UBL and as CII."""

from __future__ import annotations

CSV = """number;issued_on;month;kind;version;quantity;unit_price;amount;vat;label
F-2026-04;2026-05-04;2026-04;records;2026-1;13,715;0,90;12,34;2,47;Dossiers
F-2026-04;2026-05-04;2026-04;storage;;25;0,04;1,00;0,20;Stockage"""

_SELLER = "732829320"


def ubl(seller: str = _SELLER) -> bytes:
    """UBL 2.1."""
    def line(number: int, item: str, quantity: str, price: str, amount: str) -> str:
        return f"""<a:InvoiceLine><b:ID>{number}</b:ID>
          <b:InvoicedQuantity unitCode="C62">{quantity}</b:InvoicedQuantity>
          <b:LineExtensionAmount currencyID="EUR">{amount}</b:LineExtensionAmount>
          <a:Item><b:Name>Ligne {number}</b:Name>{item}</a:Item>
          <a:Price><b:PriceAmount>{price}</b:PriceAmount></a:Price></a:InvoiceLine>"""

    buyers = "<a:BuyersItemIdentification><b:ID>records:2026-1</b:ID></a:BuyersItemIdentification>"
    sellers = "<a:SellersItemIdentification><b:ID>storage</b:ID></a:SellersItemIdentification>"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<i:Invoice xmlns:i="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
  xmlns:a="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:b="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <b:ID>F-2026-04</b:ID><b:IssueDate>2026-05-04</b:IssueDate><b:InvoiceTypeCode>380</b:InvoiceTypeCode>
  <b:DocumentCurrencyCode>EUR</b:DocumentCurrencyCode>
  <a:InvoicePeriod><b:StartDate>2026-04-01</b:StartDate><b:EndDate>2026-04-30</b:EndDate></a:InvoicePeriod>
  <a:AccountingSupplierParty><a:Party><a:PartyLegalEntity><b:CompanyID schemeID="0002">{seller}</b:CompanyID>
  </a:PartyLegalEntity></a:Party></a:AccountingSupplierParty>
  <a:TaxTotal><b:TaxAmount currencyID="EUR">2.67</b:TaxAmount></a:TaxTotal>
  <a:LegalMonetaryTotal><b:TaxExclusiveAmount currencyID="EUR">13.34</b:TaxExclusiveAmount></a:LegalMonetaryTotal>
  {line(1, buyers, "13.715", "0.90", "12.34")}{line(2, sellers, "25", "0.04", "1.00")}
</i:Invoice>""".encode()


def cii(seller: str = _SELLER) -> bytes:
    """The CII of Factur-X."""
    def line(number: int, item: str, quantity: str, price: str, amount: str) -> str:
        return f"""<a:IncludedSupplyChainTradeLineItem>
          <a:AssociatedDocumentLineDocument><a:LineID>{number}</a:LineID></a:AssociatedDocumentLineDocument>
          <a:SpecifiedTradeProduct>{item}<a:Name>Ligne {number}</a:Name></a:SpecifiedTradeProduct>
          <a:SpecifiedLineTradeAgreement><a:NetPriceProductTradePrice><a:ChargeAmount>{price}</a:ChargeAmount>
          </a:NetPriceProductTradePrice></a:SpecifiedLineTradeAgreement>
          <a:SpecifiedLineTradeDelivery><a:BilledQuantity unitCode="C62">{quantity}</a:BilledQuantity>
          </a:SpecifiedLineTradeDelivery><a:SpecifiedLineTradeSettlement>
          <a:SpecifiedTradeSettlementLineMonetarySummation><a:LineTotalAmount>{amount}</a:LineTotalAmount>
          </a:SpecifiedTradeSettlementLineMonetarySummation></a:SpecifiedLineTradeSettlement>
          </a:IncludedSupplyChainTradeLineItem>"""

    return f"""<?xml version="1.0" encoding="UTF-8"?>
<r:CrossIndustryInvoice xmlns:r="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
  xmlns:a="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
  xmlns:u="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
  <r:ExchangedDocument><a:ID>F-2026-04</a:ID><a:TypeCode>380</a:TypeCode>
  <a:IssueDateTime><u:DateTimeString format="102">20260504</u:DateTimeString></a:IssueDateTime></r:ExchangedDocument>
  <r:SupplyChainTradeTransaction>
  {line(1, "<a:BuyerAssignedID>records:2026-1</a:BuyerAssignedID>", "13.715", "0.90", "12.34")}
  {line(2, "<a:SellerAssignedID>storage</a:SellerAssignedID>", "25", "0.04", "1.00")}
  <a:ApplicableHeaderTradeAgreement><a:SellerTradeParty><a:SpecifiedLegalOrganization>
  <a:ID schemeID="0002">{seller}</a:ID></a:SpecifiedLegalOrganization></a:SellerTradeParty>
  </a:ApplicableHeaderTradeAgreement>
  <a:ApplicableHeaderTradeSettlement><a:InvoiceCurrencyCode>EUR</a:InvoiceCurrencyCode>
  <a:BillingSpecifiedPeriod><a:StartDateTime><u:DateTimeString format="102">20260401</u:DateTimeString>
  </a:StartDateTime></a:BillingSpecifiedPeriod>
  <a:SpecifiedTradeSettlementHeaderMonetarySummation><a:TaxBasisTotalAmount>13.34</a:TaxBasisTotalAmount>
  <a:TaxTotalAmount currencyID="EUR">2.67</a:TaxTotalAmount></a:SpecifiedTradeSettlementHeaderMonetarySummation>
  </a:ApplicableHeaderTradeSettlement></r:SupplyChainTradeTransaction>
</r:CrossIndustryInvoice>""".encode()

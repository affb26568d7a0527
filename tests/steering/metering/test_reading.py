"""Invoices as hosts send them: CSV, UBL, the CII of Factur-X; and all that may be wrong with them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from carnet.errors import InvalidInput, TooLarge
from carnet.steering.metering.invoices.read import read_invoice
from carnet.steering.metering.tariff import Kind
from tests.steering.metering.sent import CSV, cii, ubl


def wrong(content: bytes | str) -> list[str]:
    """Everything that is said to be wrong with it."""
    with pytest.raises(InvalidInput) as refused:
        read_invoice(content.encode() if isinstance(content, str) else content)
    return [f"{issue.expression}: {issue.message}" for issue in refused.value.issues]


@pytest.mark.parametrize("content", [CSV.encode(), ubl(), cii()], ids=["CSV", "UBL", "CII"])
def test_an_invoice_says_the_same_in_every_form(content: bytes) -> None:
    invoice = read_invoice(content)
    assert (invoice.number, invoice.issued_on, invoice.month) == ("F-2026-04", date(2026, 5, 4), date(2026, 4, 1))
    assert (invoice.net_cents, invoice.vat_cents) == (1234 + 100, 267)
    assert [(line.kind, line.version, line.quantity, line.unit_cents, line.cents) for line in invoice.lines] == [
        (Kind.RECORDS, "2026-1", Decimal("13.715"), Decimal(90), 1234),
        (Kind.STORAGE, "", Decimal(25), Decimal(4), 100)]


def test_columns_come_in_any_order_with_a_mark_and_commas() -> None:
    rows = [line.split(";") for line in CSV.splitlines()]
    content = "\ufeff" + "\r\n".join(",".join(f'"{cell}"' for cell in reversed(row)) for row in rows)
    assert read_invoice(content.encode()) == read_invoice(CSV.encode())


def test_a_csv_is_refused_with_all_its_mistakes_and_their_lines() -> None:
    bad = CSV.replace("13,715", "treize").replace(";1;", ";1;").replace("0,04", "0,0,4").replace("1,00", "1,005")
    assert [each.partition(":")[0] for each in wrong(bad)] == [
        "line 2, quantity", "line 3, unit_price", "line 3, amount"]
    assert wrong(CSV.replace("F-2026-04", "F-X", 1)) == ["line 3, number: is not that of the first line"]
    assert "as many cells" in wrong(CSV + "\nun;deux")[0]
    assert "names the columns" in wrong("a;b\n1;2")[0]
    assert "names the columns" in wrong("")[0]
    assert "no line" in wrong(CSV.splitlines()[0])[0]
    assert "not UTF-8" in wrong(CSV.encode("utf-16"))[0]
    assert "issued before" in wrong(CSV.replace("2026-05-04", "2026-03-04"))[0]
    assert "avril is no month" in wrong(CSV.replace("2026-04;", "avril;"))[0]


def test_what_asks_for_nothing_is_no_invoice() -> None:
    assert "credit note" in wrong(CSV.replace("12,34", "0").replace("1,00", "0"))[0]
    assert "credit note" in wrong(ubl().replace(b">380<", b">381<"))[0]


def test_an_invoice_of_xml_says_what_it_sums_to() -> None:
    assert "its lines sum to 13,34 and it says 13,35" in wrong(ubl().replace(b">13.34<", b">13.35<"))[0]
    assert "BT-5: is in USD" in wrong(cii().replace(b">EUR<", b">USD<"))[0]
    bad = ubl().replace(b"2026-04-01", b"le 1").replace(b">25<", b">beaucoup<")
    assert [each.partition(":")[0] for each in wrong(bad)] == ["BT-73", "line 2, BT-129"]


def test_a_price_for_many_is_the_price_of_one() -> None:
    content = ubl().replace(b"<b:PriceAmount>0.04</b:PriceAmount>",
                            b"<b:PriceAmount>40</b:PriceAmount><b:BaseQuantity>1000</b:BaseQuantity>")
    assert read_invoice(content).lines[1].unit_cents == 4


@pytest.mark.parametrize("content", [
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', b"<a>", b"<a/>", b"<"])
def test_xml_that_is_hostile_broken_or_no_invoice_is_refused(content: bytes) -> None:
    assert wrong(content)


def test_a_pdf_is_refused_with_what_to_give_instead() -> None:
    assert "factur-x.xml" in wrong(b"%PDF-1.7 ...")[0]


def test_what_is_too_large_is_not_read() -> None:
    with pytest.raises(TooLarge):
        read_invoice(b"<" + b" " * 2**23)

"""A host's invoice for a month, as it was read: its lines, and their sum without tax. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import msgspec

from carnet.errors import InvalidInput
from carnet.ledger.money import euros_of
from carnet.steering.metering.invoices.faults import Fault, fault
from carnet.steering.metering.tariff import Kind

MOST_LINES = 1000
_MOST_CENTS = 10**13
_NUMBER = re.compile(r"[0-9]{1,15}(?:[.,][0-9]{1,12})?")
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line: `kind` and `version` as the price list has them, empty for something else. The price may have parts of
    a cent; the amount has none.
    """

    kind: Kind | None
    version: str
    quantity: Decimal
    unit_cents: Decimal
    cents: int
    label: str = ""


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice; `seller` is the SIREN that it says, empty when it says none."""

    number: str
    issued_on: date
    month: date
    lines: tuple[InvoiceLine, ...]
    vat_cents: int = 0
    seller: str = ""

    @property
    def net_cents(self) -> int:
        """Without tax: the sum of its lines."""
        return sum(line.cents for line in self.lines)


def checked_by_itself(invoice: Invoice, *, net_cents: int | None = None) -> Invoice:
    """The same invoice. `net_cents` is the sum that it says itself. Raises InvalidInput with all that is wrong."""
    if faults := list(_faults(invoice, net_cents)):
        raise InvalidInput(*faults)
    return invoice


def _faults(invoice: Invoice, net_cents: int | None) -> Iterator[Fault]:
    if not invoice.number or len(invoice.number) > 100:
        yield fault("number", "number")
    if not 0 < len(invoice.lines) <= MOST_LINES:
        yield fault("lines", "lines", value=MOST_LINES)
    if invoice.issued_on < invoice.month:
        yield fault("issued_before", "issued_on")
    if net_cents is not None and net_cents != invoice.net_cents:
        yield fault("sum", "total", value=euros_of(net_cents), other=euros_of(invoice.net_cents))
    if invoice.net_cents <= 0:
        yield fault("nothing", "total")
    if invoice.vat_cents < 0:
        yield fault("below", "vat")
    for place, line in enumerate(invoice.lines, 1):
        if abs(line.cents) > _MOST_CENTS or line.quantity > _MOST_CENTS or line.unit_cents > _MOST_CENTS:
            yield fault("too_much", f"line {place}")


def decimal_of(text: str) -> Decimal:
    """A quantity or a price, with a point or a comma. Raises ValueError."""
    found = text.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    if _NUMBER.fullmatch(found) is None:
        raise ValueError(f"not a number, with 12 decimals at most: {text.strip()[:40]!r}")
    return Decimal(found.replace(",", "."))


def month_of(text: str) -> date:
    """The first day of `2026-03`. Raises ValueError."""
    found = _MONTH.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"not a month, as 2026-03: {text.strip()[:20]!r}")
    return date(int(found[1]), int(found[2]), 1)


def kind_of(text: str) -> tuple[Kind | None, str]:
    """The kind and the version in `storage` or `storage:2026-1`; None for anything else."""
    kind, _, version = text.strip().partition(":")
    return (Kind(kind), version) if kind in set(Kind) else (None, "")


def decimals_of(number: Decimal) -> int:
    """How many decimals it is written with."""
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0

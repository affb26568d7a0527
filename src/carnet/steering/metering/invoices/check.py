"""The check: each line of an invoice against the one that the meter and the price list make. Pure.

A line agrees when its amount is the same to the cent, its unit price the same, and its quantity the same to as many
decimals as the invoice writes. What is expected and not invoiced is a difference too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import StrEnum

import msgspec

from carnet.steering.metering.invoices.invoice import Invoice, InvoiceLine, decimals_of
from carnet.steering.metering.tariff import PLACES, ExpectedLine, Kind


class State(StrEnum):
    """What became of an invoice."""

    TO_EXPLAIN = "to_explain"       # a line differs, and nobody said why yet
    READY = "ready"
    ENTERING = "entering"           # somebody enters it into the ledger, or began to
    ENTERED = "entered"
    REFUSED = "refused"


class CheckedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the invoice (None: it is not there) and what was expected (None: nothing)."""

    kind: Kind | None
    version: str
    label: str
    quantity: Decimal | None = None
    unit_cents: Decimal | None = None
    cents: int | None = None
    expected_quantity: Decimal | None = None
    expected_unit_cents: int | None = None
    expected_cents: int | None = None

    @property
    def cents_over(self) -> int:
        """The cents that are invoiced beyond what was expected; below 0 when they are fewer."""
        return (self.cents or 0) - (self.expected_cents or 0)

    @property
    def quantity_over(self) -> Decimal:
        """The same of the quantity, to as many decimals as the invoice writes."""
        return (self.quantity or Decimal(0)) - (self.expected_quantity or Decimal(0))

    @property
    def is_equal(self) -> bool:
        """True when there is nothing to explain."""
        if self.cents is None:      # nothing was asked for, and nothing was due
            return self.expected_cents == 0
        return (
            self.cents == self.expected_cents and self.unit_cents == self.expected_unit_cents
            and self.quantity_over == 0)


def checked(invoice: Invoice, expected: Sequence[ExpectedLine]) -> tuple[CheckedLine, ...]:
    """Every line of the invoice in its order, then what was expected beside."""
    left = list(expected)
    lines = [_checked(line, _taken(line, left)) for line in invoice.lines]
    return (*lines, *_not_invoiced(left))


def to_explain(lines: Sequence[CheckedLine], explained: set[int]) -> list[int]:
    """The places of lines that differ and have no words yet."""
    return [place for place, line in enumerate(lines) if not line.is_equal and place not in explained]


def _taken(line: InvoiceLine, left: list[ExpectedLine]) -> ExpectedLine | None:
    """The line that was expected of this kind and version; without a version, if there is only one."""
    of_kind = [each for each in left if each.kind is line.kind]
    found = [each for each in of_kind if each.version == line.version] if line.version else of_kind
    if len(found) != 1:
        return None
    left.remove(found[0])
    return found[0]


def _checked(line: InvoiceLine, due: ExpectedLine | None) -> CheckedLine:
    said = CheckedLine(
        kind=line.kind, version=line.version, label=line.label, quantity=line.quantity, unit_cents=line.unit_cents,
        cents=line.cents)
    places = decimals_of(line.quantity)
    return said if due is None else msgspec.structs.replace(said, version=due.version, **_due(due, places))


def _not_invoiced(left: Sequence[ExpectedLine]) -> Iterator[CheckedLine]:
    for due in left:
        if due.quantity:
            nothing = CheckedLine(kind=due.kind, version=due.version, label="")
            yield msgspec.structs.replace(nothing, **_due(due, PLACES))


def _due(due: ExpectedLine, places: int) -> dict[str, object]:
    return {
        "expected_quantity": due.units_to(places), "expected_unit_cents": due.unit_cents,
        "expected_cents": due.cents}

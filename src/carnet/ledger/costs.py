"""Costs: what sums of lines come to, told apart by how sure they are. Pure; whole cents; always the record's share.

A euro is counted once: bought and paid (`paid`), bought and still owed (`owed`), promised and not yet bought
(`committed`), or only reckoned (`estimated`). What moved no money (`in_kind`) stands beside, and is in no total.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from carnet.ledger.accounts import COMMITMENTS_GIVEN, COSTS, Kind, kind_of
from carnet.ledger.dimensions import Certainty
from carnet.ledger.kept import Sum

# What a query must be grouped by, beside the axes of the figure, for its sums to be read here.
READ_BY = ("certainty", "account")


@dataclass(frozen=True, slots=True)
class Cost:
    """Cents by certainty. `vat` is the tax within `spent`; what is paid before its invoice makes `owed` negative."""

    paid: int = 0
    owed: int = 0
    committed: int = 0
    estimated: int = 0
    in_kind: int = 0
    vat: int = 0

    @property
    def spent(self) -> int:
        """What was bought, tax included: paid or owed."""
        return self.paid + self.owed

    @property
    def total(self) -> int:
        """All money: spent, committed and estimated. Contributions in kind are not in it."""
        return self.spent + self.committed + self.estimated

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.paid + other.paid, self.owed + other.owed, self.committed + other.committed,
            self.estimated + other.estimated, self.in_kind + other.in_kind, self.vat + other.vat)


def costs_of(sums: Iterable[Sum]) -> dict[tuple[object, ...], Cost]:
    """The cost of each value of the axes: `sums` are by those axes, then `READ_BY`."""
    found: defaultdict[tuple[object, ...], Cost] = defaultdict(Cost)
    for each in sums:
        *values, certainty, account = each.values
        found[tuple(values)] += cost_of_line(Certainty(str(certainty)), str(account), each.attributable_cents)
    return {values: cost for values, cost in found.items() if cost != Cost()}


def total_of(costs: Iterable[Cost]) -> Cost:
    """All of them together."""
    return sum(costs, Cost())


def by_axes(*axes: str) -> Sequence[str]:
    """What to ask `LedgerStore.sums` for, to have costs by these axes."""
    return (*axes, *READ_BY)


def cost_of_line(certainty: Certainty, account: str, cents: int) -> Cost:
    """What so many cents (debits less credits) on this account come to, where this is how sure they are."""
    kind = kind_of(account)
    if kind is Kind.IN_KIND:
        return Cost(in_kind=cents)
    if certainty is Certainty.ESTIMATED:
        return Cost(estimated=cents) if kind in COSTS else Cost()
    match kind:
        case Kind.TREASURY:         # what was paid is paid, and no more owed
            return Cost(paid=-cents, owed=cents)
        case Kind.COMMITMENT:       # its credits are promises, its debits the invoices that used them up
            return Cost(committed=-cents) if account == COMMITMENTS_GIVEN else Cost()
        case _ if kind in COSTS:
            return Cost(owed=cents, vat=cents if kind is Kind.VAT else 0)
        case _:
            return Cost()

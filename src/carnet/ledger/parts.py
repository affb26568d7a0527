"""Parts of a cost: the figures that a page shows of it, and which lines each of them is made of. Pure."""

from __future__ import annotations

from enum import StrEnum

from carnet.ledger.costs import Cost, cost_of_line
from carnet.ledger.dimensions import Certainty


class Part(StrEnum):
    """A figure of a cost. `TOTAL` is spent, committed and estimated; what came in kind is in no other part."""

    SPENT = "spent"             # bought, tax included: paid, or owed
    PAID = "paid"
    OWED = "owed"
    VAT = "vat"                 # the tax within what was spent
    COMMITTED = "committed"     # promised, and not yet invoiced
    ESTIMATED = "estimated"
    TOTAL = "total"
    IN_KIND = "in_kind"


# What is shown side by side: no euro is in two of them.
APART = (Part.SPENT, Part.COMMITTED, Part.ESTIMATED, Part.IN_KIND)


def cents_of(cost: Cost, part: Part) -> int:
    """The cents of this part of a cost."""
    cents: int = getattr(cost, part.value)
    return cents


def counted(part: Part, certainty: Certainty, account: str, cents: int) -> int:
    """What a line of so many cents (the record's share of its debit, less credit) adds to this part."""
    return cents_of(cost_of_line(certainty, account, cents), part)


def is_made_of(part: Part, certainty: Certainty, account: str) -> bool:
    """Say whether lines on this account, that sure, are among those that make this part."""
    return counted(part, certainty, account, 1) != 0

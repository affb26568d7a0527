"""The ceiling: 15.00 € per patient and year, where a cost stands under it, and a contract before it is signed.

Pure; whole cents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from carnet.errors import InvalidInput, Issue
from carnet.ledger.money import share_out
from carnet.ledger.unit_costs import UnitCost

CEILING_CENTS = 1500
NEAR_PERCENT = 80
MONTHS = 12
MOST_MONTHS = 240


class Level(StrEnum):
    """Where a cost stands under the ceiling."""

    UNDER = "under"
    NEAR = "near"           # 80 % of it, or more
    OVER = "over"           # 100 % of it, or more


@dataclass(frozen=True, slots=True)
class Extension:
    """A contract that somebody may sign: so many cents, tax included, for so many months from a day."""

    cents: int
    months: int
    begins: date

    @property
    def ends(self) -> date:
        """The day after its last."""
        months = self.begins.year * MONTHS + self.begins.month - 1 + self.months
        first = date(months // MONTHS, months % MONTHS + 1, 1)
        following = date((months + 1) // MONTHS, (months + 1) % MONTHS + 1, 1)
        return min(first + timedelta(days=self.begins.day - 1), following - timedelta(days=1))

    @property
    def yearly_cents(self) -> int:
        """What twelve months of it cost, to the nearest cent."""
        return UnitCost(self.cents * MONTHS, self.months).nearest

    def by_year(self) -> dict[int, int]:
        """What falls in each calendar year, by its days; all of them sum to the whole."""
        years = range(self.begins.year, (self.ends - timedelta(days=1)).year + 1)
        days = [
            (min(self.ends, date(year + 1, 1, 1)) - max(self.begins, date(year, 1, 1))).days for year in years]
        return dict(zip(years, share_out(self.cents, days), strict=True))


def level_of(cents: int, records: int) -> Level:
    """Where so many cents for so many patients stand. What costs something and serves nobody is over."""
    ceiling = CEILING_CENTS * records
    if cents >= ceiling and cents > 0:
        return Level.OVER
    return Level.NEAR if cents * 100 >= ceiling * NEAR_PERCENT and cents > 0 else Level.UNDER


def extension_of(cents: int, months: int, begins: date) -> Extension:
    """The contract. Raises InvalidInput for months that are none, or an amount below 0."""
    issues = []
    if not 1 <= months <= MOST_MONTHS:
        issues.append(Issue("value", f"a contract lasts from 1 to {MOST_MONTHS} months", "months"))
    if cents <= 0:
        issues.append(Issue("value", "a contract costs more than 0", "amount"))
    if not 1990 <= begins.year <= 2900:
        issues.append(Issue("value", "begins in a year from 1990 to 2900", "begins"))
    if issues:
        raise InvalidInput(*issues)
    return Extension(cents, months, begins)

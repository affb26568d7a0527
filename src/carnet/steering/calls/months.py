"""Months, as feeds are promised by: whole ones between two days. Pure."""

from __future__ import annotations

from datetime import date


def whole_months(since: date, until: date) -> int:
    """The months from a day to another that are over: from the 31st of January to the 28th of February there is none.
    """
    return max(0, (until.year - since.year) * 12 + until.month - since.month - (until.day < since.day))

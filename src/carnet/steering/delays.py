"""How long after the act documents are deposited. Pure.

Delays are kept as counts by minute within the hour, by hour within two days, by day beyond: each stands for the whole
minutes, hours or days that it begins. Counts add up over days and lines; a percentile is one of the delays kept.
"""

from __future__ import annotations

from collections.abc import Mapping


def percentile(documents: Mapping[int, int], hundredths: int) -> int | None:
    """The delay, in minutes, that at least so many hundredths of the documents do not exceed; None for no document."""
    in_all, seen = sum(documents.values()), 0
    for minutes in sorted(documents):
        seen += documents[minutes]
        if seen * 100 >= in_all * hundredths and seen:
            return minutes
    return None

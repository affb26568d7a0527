"""Splitting: an entry whose charges are several sets of dimensions, in lines that balance within each set.

Tax and all but one of the lines that stand against the charges are shared by the charges' amounts (largest remainder);
the largest of them takes what is left of each set. So every set balances, and each line's parts sum to it. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from carnet.ledger.dimensions import Dimensions
from carnet.ledger.money import share_out

Part = tuple[Dimensions, int]


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of each line, as debits less credits; those of a link, where no line stands between the sets."""

    lines: list[list[Part]]
    link: list[Part]


def split(cents: Sequence[int], said: Sequence[Dimensions | None]) -> Parts:
    """Lines that sum to 0, and what each is; None for those that stand against the others."""
    sets = list(dict.fromkeys(each for each in said if each is not None))
    left: Counter[Dimensions] = Counter(dict.fromkeys(sets, 0))
    for amount, each in zip(cents, said, strict=True):
        if each is not None:
            left[each] -= amount
    parts: list[list[Part]] = [[(each or sets[0], amount)] for amount, each in zip(cents, said, strict=True)]
    against = [place for place, each in enumerate(said) if each is None and cents[place]]
    weights = [abs(left[each]) for each in sets]
    if not any(weights):
        weights = [1] * len(sets)
    last = max(against, key=lambda place: abs(cents[place]), default=None)
    for place in against:
        if place != last:
            parts[place] = [
                (each, share) for each, share in zip(sets, share_out(cents[place], weights), strict=True) if share]
            for each, share in parts[place]:
                left[each] -= share
    rest = [(each, amount) for each, amount in left.items() if amount]
    if last is not None:
        parts[last] = rest
        rest = []
    return Parts(parts, rest)

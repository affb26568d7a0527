"""Amounts: whole cents, read from what people and files write, and shared out so that the shares sum to the whole."""

from __future__ import annotations

import re
from collections.abc import Sequence

_AMOUNT = re.compile(r"([+-]?)([0-9]{1,15})(?:[.,]([0-9]{1,2}))?")
_SPACES = str.maketrans("", "", " \u00a0\u202f")


def cents_of(text: str) -> int:
    """The cents of `1 234,56` or `-12.5`. Raises ValueError: also for a third decimal, which would have to be guessed.
    """
    found = _AMOUNT.fullmatch(text.translate(_SPACES))
    if found is None:
        raise ValueError(f"not an amount of euros and cents: {text!r}")
    sign, euros, cents = found.groups()
    value = int(euros) * 100 + int((cents or "").ljust(2, "0"))
    return -value if sign == "-" else value


def euros_of(cents: int) -> str:
    """The same cents as files write them: `-1234,56`."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02d}"


def share_out(cents: int, weights: Sequence[int]) -> list[int]:
    """The cents shared by these weights: whole cents, whose sum is exactly the whole (largest remainder).

    Where remainders are equal the first gets the cent. Raises ValueError for no weight above 0, or one below.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("weights are whole numbers, none below 0 and one at least above")
    sign, whole = (-1, -cents) if cents < 0 else (1, cents)
    shares = [whole * weight // total for weight in weights]
    remainders = sorted(range(len(weights)), key=lambda place: (-(whole * weights[place] % total), place))
    for place in remainders[:whole - sum(shares)]:
        shares[place] += 1
    return [sign * share for share in shares]

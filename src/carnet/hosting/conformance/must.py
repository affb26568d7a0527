"""What a host must do: said as a condition, with the sentence that tells what it did instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from carnet.errors import CarnetError

T = TypeVar("T")


class RuleBrokenError(CarnetError):
    """The host did not do what it must: a plain sentence says what it did instead."""


class NotRunError(CarnetError):
    """The check could not be made on this host as it is: a plain sentence says what it lacks."""


def must(holds: bool, otherwise: str) -> None:
    """Raise RuleBrokenError, with this sentence, unless it holds."""
    if not holds:
        raise RuleBrokenError(otherwise)


def the_one(things: Sequence[T], what: str) -> T:
    """The only one there is. Raises RuleBrokenError, naming what there should be one of."""
    must(len(things) == 1, f"it gave {len(things)} {what}, not one")
    return things[0]

"""What may be shown of a table of places: no cell of one to four records, none that a sum would give away. Pure.

A column is of parts of a known whole. What is small is hidden, and what is all but a small part of a known whole too;
then, while what is hidden is one cell, or comes to fewer than five, the smallest cell that is shown is hidden with it
(one that is zero only where there is no other).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import fields
from typing import TypeVar

from carnet.steering.adoption.standing import Standing
from carnet.steering.cells import FEWEST, is_small

Name = TypeVar("Name", bound=Hashable)
Shown = Mapping[str, int | None]
COLUMNS = ("opened", "refused", "closed", "activated", "read", "with_1", "with_5")
# What each column is a part of. Records in use and empty ones are in no table of places: with them and the whole, what
# is hidden in one column could be found in another.
_WITHIN = {"open": "opened", "activated": "open", "read": "open", "with_1": "open", "with_5": "with_1"}


def hidden(column: Mapping[Name, int], small: frozenset[Name] = frozenset()) -> frozenset[Name]:
    """The names whose number is not shown, when the sum of all is known. `small` are hidden whatever their number."""
    found = {name for name, number in column.items() if is_small(number)} | (small & set(column))
    rest = sorted((name for name in column if name not in found), key=lambda name: (not column[name], column[name]))
    while found and rest and (len(found) == 1 or (column[rest[0]] and sum(column[name] for name in found) < FEWEST)):
        found.add(rest.pop(0))
    return frozenset(found)


def shown_places(places: Mapping[Name, Standing]) -> Mapping[Name, Shown]:
    """Each place's numbers; None for what is not shown."""
    told: dict[Name, dict[str, int | None]] = {name: {} for name in places}
    for column in COLUMNS:
        numbers = {name: int(getattr(each, column)) for name, each in places.items()}
        kept_back = hidden(numbers, frozenset(
            name for name, each in places.items()
            if column in _WITHIN and is_small(getattr(each, _WITHIN[column]) - numbers[name])))
        for name, number in numbers.items():
            told[name][column] = None if name in kept_back else number
    return told


def shown_whole(standing: Standing) -> Shown:
    """The numbers of all records together."""
    def of(name: str) -> int | None:
        number = int(getattr(standing, name))
        rest = getattr(standing, _WITHIN[name]) - number if name in _WITHIN else 0
        return None if is_small(number) or is_small(rest) else number

    told = {each.name: of(each.name) for each in fields(standing) if each.name != "documents"}
    told["empty"] = None if told["with_1"] is None or told["open"] is None else standing.empty
    told["thin"] = None if told["with_1"] is None or told["with_5"] is None else standing.thin
    is_of_few = told["with_1"] is None
    return {**told, "documents": None if is_of_few else standing.documents}


def summed(parts: Sequence[int | None]) -> int | None:
    """The sum of what is shown; None when a part is not."""
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None

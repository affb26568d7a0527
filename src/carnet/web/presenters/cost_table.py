"""Tables of amounts: the shape that templates print. An amount is a link to the lines that make it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from babel.numbers import format_decimal

from carnet.ledger.unit_costs import UnitCost
from carnet.web.presenters.money import euros
from carnet.web.words import Language, Words

BAR = 100


@dataclass(frozen=True, slots=True)
class Cell:
    """An amount or a number, and where it opens; `more` is said in small under it."""

    words: str
    path: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its name, where that leads, its cells, and the length of its bar (of 100)."""

    name: str
    cells: tuple[Cell, ...]
    path: str = ""
    bar: float = 0
    is_total: bool = False
    weight: int = field(default=0, repr=False)


@dataclass(frozen=True, slots=True)
class CostTable:
    """A table of amounts. `has_bars` when its rows are drawn too."""

    caption: str
    head: tuple[str, ...]
    lines: tuple[Line, ...]
    has_bars: bool = False


def with_bars(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The same lines, each with a bar as long as its weight is great; what is below 0 has none."""
    most = max((line.weight for line in lines), default=0)
    return tuple(replace(line, bar=round(max(BAR * line.weight / most, 0), 1) if most > 0 else 0) for line in lines)


def number(value: int, language: Language) -> str:
    """`418 011`."""
    return str(format_decimal(value, locale=language.value))


def of_each(unit: UnitCost | None, words: Words, path: str = "") -> Cell:
    """The cost of each unit, to the cent, and where that opens; a dash where nobody counted any."""
    return Cell("—") if unit is None else Cell(euros(unit.nearest, words.language), path if unit.cents else "")


def exactly(unit: UnitCost, words: Words) -> str:
    """`1 196,14 € chacun, et un centime de plus pour 32 246 d'entre eux`."""
    key = "cost.exact" if not unit.more else "cost.exactly_less" if unit.cents < 0 else "cost.exactly"
    each = euros(unit.each, words.language)
    if not unit.more:
        return words(key, each=each)
    return words(key, each=each, more=number(unit.more, words.language), n=unit.more)

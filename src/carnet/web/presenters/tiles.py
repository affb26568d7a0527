"""A map of one square for each département: where each square stands, what is written in it, how dark it is.

Numbers only; a template draws them. The table beside it says the same: the map is for whoever looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carnet.steering.adoption.places import COLUMNS, PLACES, ROWS

SIDE, STEP, EDGE = 46, 50, 4
WIDTH, HEIGHT = COLUMNS * STEP + EDGE, ROWS * STEP + EDGE
LEVELS = 4
NOTHING, HIDDEN = "none", "hidden"


@dataclass(frozen=True, slots=True)
class Value:
    """What a square says: a word in it, a longer one for whoever points at it, and how much of the most it is (0 to 1).
    """

    words: str
    told: str
    share: float | None = None
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """A drawn square: its corner, its département's code, its words, and the name of its shade."""

    x: int
    y: int
    code: str
    words: str
    told: str
    shade: str


@dataclass(frozen=True, slots=True)
class Tiles:
    """The map, drawn."""

    width: int
    height: int
    side: int
    tiles: tuple[Tile, ...]


def tiles_of(values: Mapping[str, Value]) -> Tiles:
    """The map of these values by département; a square without any is empty."""
    drawn = tuple(
        Tile(EDGE + place.x * STEP, EDGE + place.y * STEP, code, *_said(place.name, values.get(code)))
        for code, place in PLACES.items())
    return Tiles(WIDTH, HEIGHT, SIDE, drawn)


def _said(name: str, value: Value | None) -> tuple[str, str, str]:
    if value is None:
        return "", name, NOTHING
    return value.words, f"{name} : {value.told}", _shade(value)


def _shade(value: Value) -> str:
    if value.is_hidden or value.share is None:
        return HIDDEN if value.is_hidden else NOTHING
    return f"level-{min(LEVELS - 1, int(value.share * LEVELS))}"

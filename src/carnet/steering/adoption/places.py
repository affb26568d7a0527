"""Where records are: each département, or collectivity overseas, with its name, its region and its square on the map.

Regions go by their code of INSEE. A collectivity overseas is in none: it stands for its own, under its own code.
`x` and `y` are columns and rows of a map of one square for each (places.tsv), which is ours: neighbours are near, areas
and distances say nothing. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Place:
    """A département or a collectivity."""

    departement: str
    name: str
    region: str
    x: int
    y: int


def _rows(name: str) -> list[list[str]]:
    text = (files("carnet.steering.adoption") / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()[1:]]


PLACES: Mapping[str, Place] = {
    row[0]: Place(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in _rows("places.tsv")}
REGIONS: Mapping[str, str] = {row[0]: row[1] for row in _rows("regions.tsv")}
COLUMNS, ROWS = 1 + max(each.x for each in PLACES.values()), 1 + max(each.y for each in PLACES.values())


def region_of(departement: str) -> str:
    """The region of a département; empty for a record of which nobody knows where it is."""
    place = PLACES.get(departement)
    return place.region if place is not None else ""

"""What an address of these pages asks for: books, years, a part of the cost, values of axes. And back: addresses.

An address that asks for what there cannot be is no page.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from carnet.errors import NotFound
from carnet.ledger.counts.count import Measure
from carnet.ledger.dimensions import AXES as DIMENSIONS
from carnet.ledger.figures import AXES, HISTORY, PUBLIC_BOOKS, Asked, Span
from carnet.ledger.parts import Part
from carnet.ledger.unit_costs import UNITS

PATH = "/transparence/couts"
LAST_OF_FIRST_PROGRAMME = 2014
_FILTERS = tuple(name for name in DIMENSIONS if name != "share_millionths")
_MOST = 200


def asked_of(path: Mapping[str, str], query: Mapping[str, str]) -> Asked:
    """Which lines an address asks for. Raises NotFound."""
    books = path["books"]
    if books not in PUBLIC_BOOKS or any(len(value) > _MOST for value in query.values()):
        raise NotFound("no such page")
    where: dict[str, tuple[object, ...]] = {name: (query[name],) for name in _FILTERS if name in query}
    return Asked(books, _span(query), where)


def part_of(query: Mapping[str, str]) -> Part:
    """The part of the cost; what was spent where none is said. Raises NotFound."""
    if query.get("part", "spent") not in set(Part):
        raise NotFound("no such page")
    return Part(query.get("part", "spent"))


def axis_of(query: Mapping[str, str]) -> str:
    """The axis; categories where none is said. Raises NotFound."""
    axis = query.get("axe", "category")
    if axis not in AXES:
        raise NotFound("no such page")
    return axis


def unit_of(query: Mapping[str, str]) -> Measure | None:
    """What the figure was divided by, if anything. Raises NotFound."""
    unit = query.get("unite")
    if unit is not None and unit not in set(UNITS):
        raise NotFound("no such page")
    return Measure(unit) if unit is not None else None


def after_of(query: Mapping[str, str]) -> tuple[int, int]:
    """After which line of which entry a page of lines begins. Raises NotFound."""
    place, _, line = query.get("apres", "0.0").partition(".")
    if not (place.isdecimal() and line.isdecimal() and len(place) <= 15 and len(line) <= 6):
        raise NotFound("no such page")
    return int(place), int(line)


def span_query(span: Span) -> dict[str, str]:
    """How an address says these years."""
    if span.is_a_year:
        return {"annee": str(span.last)}
    return {"jusque": str(span.last)} if span.last is not None else {}


def table_path(asked: Asked, axis: str, part: Part = Part.SPENT) -> str:
    """The page of the costs by this axis."""
    return _path(f"{PATH}/{asked.books}", {"axe": axis, "part": part.value, **span_query(asked.span)})


def lines_path(
    asked: Asked, part: Part, where: Mapping[str, str] | None = None, *, unit: Measure | None = None,
    after: tuple[int, int] | None = None,
) -> str:
    """The page of the lines that make this part of what is asked for, where axes have these values."""
    said = {name: str(values[0]) for name, values in asked.where.items()} | dict(where or {})
    query = {"part": part.value, **span_query(asked.span), **said}
    if unit is not None:
        query["unite"] = unit.value
    if after is not None:
        query["apres"] = f"{after[0]}.{after[1]}"
    return _path(f"{PATH}/{asked.books}/lignes", query)


def first_programme() -> Asked:
    """The first programme: all that was published of it, up to the year in which it was counted."""
    return Asked(HISTORY, Span(None, LAST_OF_FIRST_PROGRAMME))


def _span(query: Mapping[str, str]) -> Span:
    for name in ("annee", "jusque"):
        text = query.get(name)
        if text is not None:
            if not (text.isascii() and text.isdecimal() and len(text) == 4 and text > "1900"):
                raise NotFound("no such page")
            return Span(int(text) if name == "annee" else None, int(text))
    return Span()


def _path(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}"

"""Growth as a drawing: some lines over days, from nothing upwards, and what was planned as a line across.

Numbers only; a template draws them. Lines differ by their dashes and by the words at their ends, not by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from carnet.web.days import Calendar
from carnet.web.presenters.cost_table import number
from carnet.web.presenters.curve import Mark
from carnet.web.presenters.scale import Scale

WIDTH, HEIGHT = 760, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 92, 736, 22, 268
_FEW_DAYS, _MARKS = 62, 6
DASHES = ("whole", "long", "short", "dots")


@dataclass(frozen=True, slots=True)
class Growing:
    """One thing that grew: its name, and how many there were on each day."""

    name: str
    points: tuple[tuple[date, int], ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """What there was to be, in words, and how many."""

    words: str
    count: int


@dataclass(frozen=True, slots=True)
class GrowthLine:
    """A drawn line: its dash, the coordinates of SVG's polyline, its points, and its name."""

    name: str
    dash: str
    line: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Growth:
    """The curve, drawn. `planned` is the line across, with its words."""

    title: str
    description: str
    anchor: str
    lines: tuple[GrowthLine, ...]
    values: tuple[Mark, ...]
    days: tuple[Mark, ...]
    planned: Mark | None = None
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = _RIGHT
    bottom: int = _BOTTOM


@dataclass(frozen=True, slots=True)
class Titles:
    """What a drawing is called, what it says in a sentence, and the name of its anchor."""

    title: str
    description: str
    anchor: str


def grown(titles: Titles, series: Sequence[Growing], calendar: Calendar, *, planned: Planned | None = None) -> Growth:
    """The drawing of these lines, of which at least one has a point."""
    days = sorted({day for each in series for day, _ in each.points})
    counts = [count for each in series for _, count in each.points] + ([planned.count] if planned else [])
    top = _round_up(max(counts, default=1))
    across = Scale(days[0].toordinal(), days[-1].toordinal(), _LEFT + 8, _RIGHT - 8)
    upwards = Scale(0, top, _BOTTOM, _TOP)
    language = calendar.language
    return Growth(
        titles.title, titles.description, titles.anchor,
        tuple(_line(each, DASHES[place % len(DASHES)], across, upwards) for place, each in enumerate(series)),
        tuple(Mark(_LEFT, upwards(top * quarter / 4), number(top * quarter // 4, language)) for quarter in range(5)),
        tuple(_days(days, across, calendar)),
        Mark(_RIGHT, upwards(planned.count), planned.words) if planned else None)


def _line(each: Growing, dash: str, across: Scale, upwards: Scale) -> GrowthLine:
    points = tuple((across(day.toordinal()), upwards(count)) for day, count in each.points)
    return GrowthLine(each.name, dash, " ".join(f"{x},{y}" for x, y in points), points)


def _round_up(most: int) -> int:
    """The first of 4, 8, 20, 40, 80, 200… that is not less: quarters of it are whole."""
    power = 1
    while True:
        for factor in (4, 8, 20):
            if factor * power >= most:
                return factor * power
        power *= 10


def _days(days: Sequence[date], across: Scale, calendar: Calendar) -> list[Mark]:
    """The first and the last day, or years or months between them, at most six or so."""
    first, last = days[0], days[-1]
    if (last - first).days < _FEW_DAYS:
        return [Mark(across(day.toordinal()), _BOTTOM, calendar.medium(day)) for day in dict.fromkeys((first, last))]
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if months / step < _MARKS)
    found = []
    for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        day = date(month // 12, month % 12 + 1, 1)
        if month % step == 0 and day >= first:
            found.append(Mark(across(day.toordinal()), _BOTTOM, calendar.short_month(day)))
    return found

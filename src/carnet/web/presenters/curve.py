"""A curve as a drawing: where each point, band and mark of the axes stands. Numbers only; a template draws them.

Points of different laboratories differ by shape. What is usual is drawn around each point as its own laboratory says
it, and only in the unit of the curve.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise

from carnet.web.days import Calendar
from carnet.web.presenters.measures import number
from carnet.web.presenters.scale import Scale

WIDTH, HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 700, 18, 258
SHAPES = ("circle", "square", "triangle", "diamond", "cross")
"""In the order in which laboratories are met; the fifth stands for all others."""
SPARK_WIDTH, SPARK_HEIGHT = 120, 36
_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600)      # months between two marks
_MARKS, _FEW_DAYS = 6, 92


@dataclass(frozen=True, slots=True)
class Plotted:
    """A point to draw: its day, its number, what is usual, the shape of its laboratory, its link and its words."""

    day: date
    number: Decimal
    low: Decimal | None
    high: Decimal | None
    shape: str
    path: str
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A drawn point, or a mark of an axis (whose place is `x` or `y`)."""

    x: float
    y: float
    words: str
    shape: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """What is usual, around one point."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A curve, drawn. `line` is the list of coordinates of SVG's polyline."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    marks: tuple[Mark, ...]
    line: str
    bands: tuple[Band, ...]
    values: tuple[Mark, ...]
    days: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Spark:
    """A small curve beside a value: it says nothing that the page of the test does not."""

    width: int
    height: int
    line: str
    x: float
    y: float
    band: Band | None


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the curve may be drawn."""

    left: float
    right: float
    top: float
    bottom: float


_FRAME = _Frame(_LEFT, _RIGHT, _TOP, _BOTTOM)


def draw(points: Sequence[Plotted], calendar: Calendar) -> Drawing:
    """The drawing of these points, of which there is at least one."""
    ordered = sorted(points, key=lambda point: point.day)
    across = Scale(ordered[0].day.toordinal(), ordered[-1].day.toordinal(), _LEFT + 24, _RIGHT - 24)
    steps, upwards = _values(ordered)
    marks = tuple(
        Mark(across(point.day.toordinal()), upwards(float(point.number)), point.words, point.shape, point.path)
        for point in ordered)
    bands = tuple(_bands(ordered, marks, upwards, _FRAME))
    return Drawing(
        WIDTH, HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM, marks, _line(marks), bands,
        tuple(Mark(_LEFT, upwards(float(step)), number(step, calendar.language)) for step in steps),
        tuple(_days(ordered, across, calendar)))


def spark(points: Sequence[Plotted]) -> Spark | None:
    """The small curve of these points; None for fewer than two, which are no curve."""
    ordered = sorted(points, key=lambda point: point.day)
    if len(ordered) < 2:
        return None
    across = Scale(ordered[0].day.toordinal(), ordered[-1].day.toordinal(), 6, SPARK_WIDTH - 6)
    latest = ordered[-1]
    known = [*(point.number for point in ordered), *(each for each in (latest.low, latest.high) if each is not None)]
    upwards = Scale(float(min(known)), float(max(known)), SPARK_HEIGHT - 5, 5)
    marks = [Mark(across(point.day.toordinal()), upwards(float(point.number)), "") for point in ordered]
    bands = _bands([latest], marks[-1:], upwards, _Frame(0, SPARK_WIDTH, 0, SPARK_HEIGHT))
    return Spark(SPARK_WIDTH, SPARK_HEIGHT, _line(marks), marks[-1].x, marks[-1].y, next(bands, None))


def _values(points: Sequence[Plotted]) -> tuple[list[Decimal], Scale]:
    """The marks of the upright axis, at round numbers around all values and all that is usual; and its scale."""
    known = [value for point in points for value in (point.number, point.low, point.high) if value is not None]
    if any(point.low is None and point.high is not None for point in points):
        known.append(Decimal(0))        # usual is all that is under a bound: that begins at nothing
    low, high = min(known), max(known)
    step = _round_step((high - low) / 4 if high > low else max(abs(high), Decimal(1)) / 4)
    first, last = (low / step).to_integral_value("ROUND_FLOOR"), (high / step).to_integral_value("ROUND_CEILING")
    if first == last:
        first, last = first - 1, last + 1
    steps = [step * place for place in range(int(first), int(last) + 1)]
    return steps, Scale(float(steps[0]), float(steps[-1]), _BOTTOM, _TOP)


def _round_step(least: Decimal) -> Decimal:
    """The first of 1, 2, 5, 10 (or of their tenths, hundredths…) that is not less."""
    power = Decimal(1).scaleb(least.adjusted())
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least)


def _bands(
    ordered: Sequence[Plotted], marks: Sequence[Mark], upwards: Scale, frame: _Frame
) -> Iterator[Band]:
    """What is usual, from half way to the point before until half way to the next; neighbours that agree are one."""
    middles = [(one.x + other.x) / 2 for one, other in pairwise(marks)]
    starts, ends = [frame.left, *middles], [*middles, frame.right]
    places = zip(ordered, starts, ends, strict=True)
    for (low, high), held in groupby(places, key=lambda place: (place[0].low, place[0].high)):
        together = list(held)
        start, end = together[0][1], together[-1][2]
        if (low, high) == (None, None) or end <= start:
            continue
        top = upwards(float(high)) if high is not None else frame.top
        bottom = upwards(float(low)) if low is not None else frame.bottom
        yield Band(round(start, 1), top, round(end - start, 1), round(max(bottom - top, 0), 1))


def _days(ordered: Sequence[Plotted], across: Scale, calendar: Calendar) -> Iterator[Mark]:
    """Beginnings of months, at most six; for less than three months, the days of the first and the last point."""
    first, last = ordered[0].day, ordered[-1].day
    if (last - first).days < _FEW_DAYS:
        for day in dict.fromkeys((first, last)):
            yield Mark(across(day.toordinal()), _BOTTOM, calendar.medium(day))
        return
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((step for step in _STEPS if months / step < _MARKS), _STEPS[-1])
    for number_of_month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        year, month = divmod(number_of_month, 12)
        day = date(year, month + 1, 1)
        if number_of_month % step == 0 and day >= first:
            yield Mark(across(day.toordinal()), _BOTTOM, calendar.short_month(day))


def _line(marks: Iterable[Mark]) -> str:
    return " ".join(f"{mark.x},{mark.y}" for mark in marks)

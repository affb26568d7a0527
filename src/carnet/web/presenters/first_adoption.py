"""The first programme's adoption, 2004 to 2014, as it was published: what was planned, and what was opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from carnet.steering.adoption.first_programme import COUNTED_ON, PLANNED_BY, PLANNED_RECORDS
from carnet.web.days import Calendar
from carnet.web.presenters.cost_table import Cell, CostTable, Line, number
from carnet.web.presenters.growth import Growing, Growth, Planned, Titles, grown
from carnet.web.presenters.home import Figure
from carnet.web.words import Words


@dataclass(frozen=True, slots=True)
class FirstAdoption:
    """What the page says of it."""

    figures: tuple[Figure, ...]
    table: CostTable
    curve: Growth


def first_adoption(points: Sequence[tuple[date, int]], words: Words, calendar: Calendar) -> FirstAdoption | None:
    """Records opened until the first programme was counted last; None where what was published is not loaded."""
    then = tuple(point for point in points if point[0] <= COUNTED_ON)
    if not then:
        return None
    opened, language = then[-1][1], words.language
    figures = (
        Figure(words("adoption.then.planned", by=calendar.medium(PLANNED_BY)), number(PLANNED_RECORDS, language)),
        Figure(words("adoption.then.opened", on=calendar.medium(then[-1][0])), number(opened, language)),
        Figure(words("adoption.head.share"), words("cost.percent", n=100 * opened // PLANNED_RECORDS)),
        Figure(words("adoption.then.fill"), words("adoption.then.empty"), is_words=True))
    name = words("adoption.measure.records_opened")
    table = CostTable(
        words("adoption.then.caption"), (words("adoption.day"), name),
        tuple(Line(calendar.medium(day), (Cell(number(count, language)),)) for day, count in then))
    titles = Titles(words("adoption.then.caption"), words("adoption.then.text"), "then")
    planned = Planned(words("adoption.then.planned_line", n=PLANNED_RECORDS), PLANNED_RECORDS)
    return FirstAdoption(figures, table, grown(titles, [Growing(name, then)], calendar, planned=planned))

"""From the daily count to the counts that costs are divided by: every measure, by host and département. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from carnet.ledger.counts.count import Count, Measure
from carnet.steering.adoption.cell import Cell
from carnet.steering.adoption.places import region_of
from carnet.steering.adoption.standing import Standing, standing_of

Where = tuple[str, str]     # host, département
_OF = {
    Measure.RECORDS_OPENED: "opened", Measure.RECORDS_REFUSED: "refused", Measure.RECORDS_CLOSED: "closed",
    Measure.RECORDS_ACTIVATED: "activated", Measure.RECORDS_READ: "read", Measure.RECORDS_WITH_1: "with_1",
    Measure.RECORDS_WITH_5: "with_5", Measure.RECORDS_OPEN: "open", Measure.DOCUMENTS: "documents"}


def counts_of(day: date, cells: Iterable[Cell], consultations: Mapping[Where, int]) -> list[Count]:
    """The counts of this day. What is zero is left out where the same is counted elsewhere: a measure that nothing is
    counted of is said to be zero, at the first place, so that the count of a day before does not stand for it.
    """
    groups: dict[Where, list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.home, cell.departement), []).append(cell)
    standings = {where: standing_of(groups[where]) for where in sorted(groups)}
    if not standings:
        return []
    found: list[Count] = []
    for measure in Measure:
        numbers = _numbers(measure, standings, consultations)
        told = {where: number for where, number in numbers.items() if number} or {min(standings): 0}
        found += [
            Count(measure=measure, on=day, count=number, host=host, region=region_of(departement),
                  departement=departement)
            for (host, departement), number in sorted(told.items())]
    return found


def _numbers(
    measure: Measure, standings: Mapping[Where, Standing], consultations: Mapping[Where, int],
) -> Mapping[Where, int]:
    if measure is Measure.CONSULTATIONS:
        return consultations
    return {where: getattr(each, _OF[measure]) for where, each in standings.items()}

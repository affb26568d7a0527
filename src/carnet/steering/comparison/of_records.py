"""Size, fill and use: shares of the records of a cohort, standardised over strata. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from carnet.steering.comparison.estimates import Interval, bootstrap
from carnet.steering.comparison.facts import Counts, Facts
from carnet.steering.comparison.figure import DIFFERENCE, Figure, Unit, Verdict, Within, number, within
from carnet.steering.comparison.of_costs import records_of
from carnet.steering.comparison.protocol import Cohort, Protocol

_SOURCE = "daily count of adoption"
_METHOD = "standardised over strata, weights of both cohorts together; bootstrap of départements within strata"
_NO_INTERVAL = "standardised over strata; no interval: a stratum has less than three départements"
_LEAST_DEPARTEMENTS = 3     # of two, drawing again says next to nothing
Unit_ = tuple[int, int]     # numerator and denominator of a département
Cells = list[list[Unit_]]


def size(protocol: Protocol, facts: Facts) -> Iterator[Figure]:
    """How many records each cohort has, beside how many it was to have."""
    for cohort in protocol.cohorts:
        found = records_of(facts, cohort.id)
        yield Figure(
            measure="size.records", who=cohort.id, unit=Unit.COUNT, value=str(found or ""), numerator=str(found or ""),
            denominator=str(cohort.records), source=_SOURCE, method="count; planned as denominator",
            missing="" if found else "the records of this cohort were not counted")


def fill(protocol: Protocol, facts: Facts) -> Iterator[Figure]:
    """Records with one document or more, with five or more, and documents of each."""
    yield from _measure(protocol, facts, "fill.with_1", "with_1")
    yield from _measure(protocol, facts, "fill.with_5", "with_5")
    yield from _measure(protocol, facts, "fill.documents", "documents", Unit.EACH)


def use(protocol: Protocol, facts: Facts) -> Iterator[Figure]:
    """Records whose holder came, those read in the last 90 days, and useful consultations of each."""
    yield from _measure(protocol, facts, "use.activated", "activated")
    yield from _measure(protocol, facts, "use.read", "read")
    yield from _measure(protocol, facts, "use.consultations", "consultations", Unit.EACH)


def _measure(protocol: Protocol, facts: Facts, measure: str, name: str, unit: Unit = Unit.SHARE) -> Iterator[Figure]:
    found = [_cells(protocol, facts, cohort, name) for cohort in protocol.cohorts]
    weights = _weights(protocol, facts)
    estimates: list[Interval | None] = []
    for cohort, cells in zip(protocol.cohorts, found, strict=True):
        if isinstance(cells, str):
            yield Figure(measure=measure, who=cohort.id, unit=unit, source=_SOURCE, missing=cells)
            continue
        interval = _interval(protocol, cells, weights, f"{measure} {cohort.id}")
        estimates.append(interval)
        fields = within(interval) if interval else _alone(_standardised(cells, weights))
        counted = [unit_ for stratum in cells for unit_ in stratum]
        yield Figure(
            measure=measure, who=cohort.id, unit=unit, numerator=str(sum(each[0] for each in counted)),
            denominator=str(sum(each[1] for each in counted)), source=_SOURCE,
            method=_METHOD if interval else _NO_INTERVAL, **fields)
    if isinstance(found[0], str) or isinstance(found[1], str):
        yield Figure(measure=measure, who=DIFFERENCE, unit=unit, missing="one cohort was not counted")
        return
    yield _difference(protocol, measure, unit, (found[0], found[1]), weights)


def _difference(
    protocol: Protocol, measure: str, unit: Unit, found: tuple[Cells, Cells], weights: Sequence[int],
) -> Figure:
    strata = len(weights)

    def statistic(units: Sequence[Sequence[Unit_]]) -> float:
        return _standardised(units[strata:], weights) - _standardised(units[:strata], weights)

    both = [*found[0], *found[1]]
    if min(len(each) for each in both) < _LEAST_DEPARTEMENTS:
        return Figure(measure=measure, who=DIFFERENCE, unit=unit, method=_NO_INTERVAL, source=_SOURCE,
                      verdict=Verdict.NOT_JUDGED, **_alone(statistic(both)))
    interval = bootstrap(
        both, statistic, seed=f"{protocol.seed} {measure}", times=protocol.bootstraps,
        confidence=protocol.differences.confidence)
    least = protocol.differences.visits if unit is Unit.EACH else protocol.differences.points / 100
    return Figure(measure=measure, who=DIFFERENCE, unit=unit, method=_METHOD, source=_SOURCE,
                  verdict=judged(interval, least), **within(interval))


def judged(interval: Interval, least: float) -> Verdict:
    """What the protocol calls it: a difference leaves 0 out of its interval, and is as large as what counts."""
    if interval.low <= 0 <= interval.high:
        return Verdict.NOT_SHOWN
    return Verdict.DIFFERENT if abs(interval.value) >= least else Verdict.TOO_SMALL


def _interval(protocol: Protocol, cells: Cells, weights: Sequence[int], what: str) -> Interval | None:
    if min(len(each) for each in cells) < _LEAST_DEPARTEMENTS:
        return None
    return bootstrap(
        cells, lambda units: _standardised(units, weights), seed=f"{protocol.seed} {what}", times=protocol.bootstraps,
        confidence=protocol.differences.confidence)


def _alone(value: float) -> Within:
    """A value without an interval."""
    return {"value": number(value), "low": "", "high": ""}


def _standardised(cells: Sequence[Sequence[Unit_]], weights: Sequence[int]) -> float:
    """The share of each stratum, by the weights of the strata."""
    whole = sum(weights)
    return sum(
        weight / whole * (sum(each[0] for each in units) / max(1, sum(each[1] for each in units)))
        for weight, units in zip(weights, cells, strict=True))


def _weights(protocol: Protocol, facts: Facts) -> list[int]:
    """Records of both cohorts in each stratum."""
    return [
        sum(each.records for each in facts.counts if each.departement in stratum.departements)
        for stratum in protocol.strata]


def _cells(protocol: Protocol, facts: Facts, cohort: Cohort, name: str) -> Cells | str:
    """What was counted by stratum and département; else why there is no figure."""
    counts = [each for each in facts.counts if each.cohort == cohort.id]
    cells: Cells = []
    for stratum in protocol.strata:
        there = [each for each in counts if each.departement in stratum.departements and each.records]
        if not there:
            return "a stratum has no record counted"
        values = [_value(each, name) for each in there]
        if None in values:
            return "not counted"
        cells.append([(value or 0, each.records) for value, each in zip(values, there, strict=True)])
    return cells


def _value(counts: Counts, name: str) -> int | None:
    value: int | None = getattr(counts, name)
    return value

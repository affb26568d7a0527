"""Availability, and incidents: what hosts answered when chance asked them, and what named persons said. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from carnet.steering.comparison.estimates import Interval, newcombe, wilson
from carnet.steering.comparison.facts import Facts, Gravity, Incident
from carnet.steering.comparison.figure import DIFFERENCE, Figure, Unit, Verdict, within
from carnet.steering.comparison.of_records import judged
from carnet.steering.comparison.protocol import Cohort, Protocol

_CHALLENGES = "oversight: challenges at moments of chance"
_SAID = "incidents, entered by named persons"
_MEASURE = "availability.answered"


def availability(protocol: Protocol, facts: Facts) -> Iterator[Figure]:
    """The share of challenges that the hosts of a cohort answered: chance chose the moments, so it has an interval."""
    found: list[Interval | None] = []
    for cohort in protocol.cohorts:
        there = [each for each in facts.answered if each.host in cohort.hosts]
        asked = sum(each.asked for each in there)
        answered = asked - sum(each.unanswered for each in there)
        interval = wilson(answered, asked, protocol.differences.confidence) if asked else None
        found.append(interval)
        yield Figure(
            measure=_MEASURE, who=cohort.id, unit=Unit.SHARE, numerator=str(answered) if asked else "",
            denominator=str(asked) if asked else "", method="Wilson", source=_CHALLENGES,
            missing="" if asked else "its hosts were not asked", **within(interval))
    first, second = found
    if first is None or second is None:
        yield Figure(measure=_MEASURE, who=DIFFERENCE, unit=Unit.SHARE, missing="one cohort's hosts were not asked")
    else:
        apart = newcombe(second, first)
        yield Figure(
            measure=_MEASURE, who=DIFFERENCE, unit=Unit.SHARE, method="Newcombe, method 10", source=_CHALLENGES,
            verdict=judged(apart, protocol.differences.points / 100), **within(apart))
    for cohort in protocol.cohorts:
        asked_on = [each.days for each in facts.answered if each.host in cohort.hosts]
        days = (protocol.until - protocol.from_).days + 1
        yield Figure(
            measure="availability.days", who=cohort.id, unit=Unit.COUNT, value=str(min(asked_on)) if asked_on else "",
            denominator=str(days), source=_CHALLENGES, method="days on which the host least asked was asked",
            missing="" if asked_on else "its hosts were not asked")
        yield Figure(
            measure="availability.hosts", who=cohort.id, unit=Unit.COUNT, value=str(len(asked_on)),
            denominator=str(len(cohort.hosts)), source=_CHALLENGES, method="hosts asked at all, of those of the cohort")
    yield from _down(protocol, facts)


def _down(protocol: Protocol, facts: Facts) -> Iterator[Figure]:
    for cohort in protocol.cohorts:
        told = [each.minutes_down for each in facts.incidents if concerns(each, cohort)]
        minutes = [each for each in told if each is not None]
        unsaid = len(told) - len(minutes)
        yield Figure(
            measure="availability.minutes_down", who=cohort.id, unit=Unit.MINUTES,
            value=str(sum(minutes)) if minutes else "", source=_SAID,
            method=f"sum; {unsaid} incidents of which nobody said how long",
            missing="" if minutes else "nobody entered an interruption with its length")


def incidents(protocol: Protocol, facts: Facts) -> Iterator[Figure]:
    """How many of each gravity; those of the platform count for both."""
    for gravity in Gravity:
        for cohort in protocol.cohorts:
            count = sum(each.gravity is gravity and concerns(each, cohort) for each in facts.incidents)
            yield Figure(
                measure=f"incidents.{gravity}", who=cohort.id, unit=Unit.COUNT,
                value=str(count) if facts.incidents else "", source=_SAID,
                method="count; incidents of the platform count for both", verdict=Verdict.NONE,
                missing="" if facts.incidents else "nobody entered an incident")


def concerns(incident: Incident, cohort: Cohort) -> bool:
    """Say whether an incident was of this cohort: its own, of a host of it, or of the whole platform."""
    if incident.cohort:
        return incident.cohort == cohort.id
    return not incident.host or incident.host in cohort.hosts

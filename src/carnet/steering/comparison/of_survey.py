"""Satisfaction: what a sample answered, weighed by the strata it was drawn from. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from carnet.steering.comparison.estimates import (
    Interval,
    Mean,
    Sampled,
    around,
    difference,
    newcombe,
    stratified,
    wilson,
)
from carnet.steering.comparison.facts import Facts
from carnet.steering.comparison.figure import DIFFERENCE, Figure, Unit, within
from carnet.steering.comparison.of_records import judged
from carnet.steering.comparison.protocol import Protocol

_SOURCE = "survey of a drawn sample"
_MEAN = "stratified mean, finite population correction; normal"
_SHARE = "stratified share of 4 and 5; Wilson on the effective size"
_SATISFIED = 4
_MOST = 5


def satisfaction(protocol: Protocol, facts: Facts) -> Iterator[Figure]:
    """Who answered, then for each question the mean score, and the share of those who were satisfied."""
    for cohort in protocol.cohorts:
        drawn = sum(each.drawn for each in facts.drawn if each.cohort == cohort.id)
        returned = sum(each.people for each in facts.returned if each.cohort == cohort.id)
        share = wilson(min(returned, drawn), drawn, protocol.differences.confidence) if drawn else None
        yield Figure(
            measure="satisfaction.returned", who=cohort.id, unit=Unit.SHARE, source=_SOURCE, method="Wilson",
            numerator=str(returned) if drawn else "", denominator=str(drawn) if drawn else "",
            missing="" if drawn else "no sample was drawn", **within(share))
    for question in protocol.questions:
        yield from _score(protocol, facts, question.id)
        yield from _satisfied(protocol, facts, question.id)


def _score(protocol: Protocol, facts: Facts, question: str) -> Iterator[Figure]:
    measure, confidence = f"satisfaction.{question}.score", protocol.differences.confidence
    means: list[Mean | None] = []
    for cohort in protocol.cohorts:
        strata = _strata(protocol, facts, cohort.id, question)
        mean = None if isinstance(strata, str) else stratified(strata, _weights(protocol, facts))
        means.append(mean)
        yield Figure(
            measure=measure, who=cohort.id, unit=Unit.SCORE, source=_SOURCE, method=_MEAN,
            denominator="" if isinstance(strata, str) else str(sum(each.answers for each in strata)),
            missing=strata if isinstance(strata, str) else "", **within(around(mean, confidence) if mean else None))
    first, second = means
    if first is None or second is None:
        yield Figure(measure=measure, who=DIFFERENCE, unit=Unit.SCORE, missing="one cohort has no answer to compare")
        return
    apart = difference(second, first, confidence)
    yield Figure(
        measure=measure, who=DIFFERENCE, unit=Unit.SCORE, source=_SOURCE, method=_MEAN,
        verdict=judged(apart, protocol.differences.score), **within(apart))


def _satisfied(protocol: Protocol, facts: Facts, question: str) -> Iterator[Figure]:
    measure = f"satisfaction.{question}.satisfied"
    shares: list[Interval | None] = []
    for cohort in protocol.cohorts:
        strata = _strata(protocol, facts, cohort.id, question)
        share = None if isinstance(strata, str) else _share(protocol, facts, strata)
        shares.append(share)
        yield Figure(
            measure=measure, who=cohort.id, unit=Unit.SHARE, source=_SOURCE, method=_SHARE,
            numerator="" if isinstance(strata, str) else str(sum(_of(each)[1] for each in strata)),
            denominator="" if isinstance(strata, str) else str(sum(each.answers for each in strata)),
            missing=strata if isinstance(strata, str) else "", **within(share))
    first, second = shares
    if first is None or second is None:
        yield Figure(measure=measure, who=DIFFERENCE, unit=Unit.SHARE, missing="one cohort has no answer to compare")
        return
    apart = newcombe(second, first)
    yield Figure(
        measure=measure, who=DIFFERENCE, unit=Unit.SHARE, source=_SOURCE, method="Newcombe, method 10",
        verdict=judged(apart, protocol.differences.points / 100), **within(apart))


def _share(protocol: Protocol, facts: Facts, strata: list[Sampled]) -> Interval:
    """The stratified share with Wilson's interval for as many answers as would vary like it."""
    mean = stratified([Sampled(each.size, _of(each)) for each in strata], _weights(protocol, facts))
    answers = sum(each.answers for each in strata)
    binomial = mean.value * (1 - mean.value)
    effective = binomial / mean.variance if mean.variance > 0 and binomial > 0 else answers
    share = min(1.0, max(0.0, mean.value))
    return wilson(share * effective, effective, protocol.differences.confidence)


def _of(stratum: Sampled) -> dict[int, int]:
    satisfied = sum(count for score, count in stratum.scores.items() if score >= _SATISFIED)
    return {0: stratum.answers - satisfied, 1: satisfied}


def _weights(protocol: Protocol, facts: Facts) -> list[int]:
    """The frames of both cohorts in each stratum: strata weigh the same for both."""
    sizes = {
        stratum.id: sum(each.frame for each in facts.drawn if each.stratum == stratum.id)
        for stratum in protocol.strata}
    return [size for size in sizes.values() if size]


def _strata(protocol: Protocol, facts: Facts, cohort: str, question: str) -> list[Sampled] | str:
    """The answers by stratum; else why there is no figure."""
    frames = {each.stratum: each.frame for each in facts.drawn if each.cohort == cohort}
    if not frames:
        return "no sample was drawn"
    found = []
    drawn = {each.stratum for each in facts.drawn}
    for stratum in [each.id for each in protocol.strata if each.id in drawn]:
        scores = dict.fromkeys(range(1, _MOST + 1), 0)
        for each in facts.answers:
            if (each.cohort, each.stratum, each.question) == (cohort, stratum, question):
                scores[each.score] += each.people
        if not any(scores.values()) or stratum not in frames:
            return "a stratum has no answer"
        found.append(Sampled(frames[stratum], scores))
    return found

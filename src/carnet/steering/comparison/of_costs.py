"""Cost per record, by category: exact, to the cent, each with what makes it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from carnet.ledger.category import Category
from carnet.steering.comparison.allocation import Borne, Key, allocate, charged
from carnet.steering.comparison.facts import Facts
from carnet.steering.comparison.figure import DIFFERENCE, Figure, Unit, Verdict, number, quotient
from carnet.steering.comparison.protocol import Protocol

_NO_LINE = "the ledger has no line of these months"
_SOURCE = "ledger, books programme"
_METHOD = "(own + shared + charged) / records in use on the last day; exact"


def costs(protocol: Protocol, facts: Facts) -> Iterator[Figure]:
    """Each category that counts, then all of them, for each cohort, and what is between them."""
    borne = allocate(protocol, facts)
    counted = [rule.category for rule in protocol.costs if rule.rule != "aside"]
    said = {each.category for each in facts.spent} | {each.category for each in protocol.charges}
    for category in [each for each in Category if each in counted]:
        yield from _pair(protocol, facts, f"cost.{category}", [
            _cents(protocol, borne, cohort.id, category) for cohort in protocol.cohorts],
            "" if category in said else "the ledger has no line of this category")
    yield from _pair(protocol, facts, "cost.total", [
        sum(_cents(protocol, borne, cohort.id, category) for category in counted) for cohort in protocol.cohorts])
    for name in ("own", "shared"):
        for cohort in protocol.cohorts:
            cents = sum(
                getattr(each, name) for (of, category, part), each in borne.items()
                if of == cohort.id and category in counted and part in protocol.parts)
            yield _count(f"cost.of_which_{name}", cohort.id, cents if facts.spent else None)
    for cohort in protocol.cohorts:
        yield _count("cost.of_which_charged", cohort.id, sum(
            each.cents for each in protocol.charges if each.cohort == cohort.id and each.category in counted))


def records_of(facts: Facts, cohort: str) -> int | None:
    """The records of a cohort on the last day; None where nobody counted them."""
    found = [each.records for each in facts.counts if each.cohort == cohort]
    return sum(found) if found and sum(found) else None


def _cents(protocol: Protocol, borne: dict[Key, Borne], cohort: str, category: Category) -> int:
    said = sum(borne.get((cohort, category, part), Borne()).cents for part in protocol.parts)
    return said + charged(protocol, cohort, category)


def _pair(protocol: Protocol, facts: Facts, measure: str, cents: list[int], why: str = "") -> Iterator[Figure]:
    records = [records_of(facts, cohort.id) for cohort in protocol.cohorts]
    if not facts.spent:
        why = _NO_LINE
    for cohort, spent, count in zip(protocol.cohorts, cents, records, strict=True):
        missing = why or ("" if count else "the records of this cohort were not counted")
        yield Figure(
            measure=measure, who=cohort.id, unit=Unit.CENTS,
            value="" if missing or not count else quotient(spent, count), numerator="" if why else str(spent),
            denominator=str(count or ""), method=_METHOD, source=_SOURCE,
            missing=missing)
    first, second = records
    if why or not first or not second:
        yield Figure(measure=measure, who=DIFFERENCE, unit=Unit.CENTS, missing=why or "one cohort was not counted")
        return
    value = Decimal(cents[1]) / second - Decimal(cents[0]) / first
    is_large = abs(value) >= protocol.differences.cents
    yield Figure(
        measure=measure, who=DIFFERENCE, unit=Unit.CENTS, value=number(value), method="exact", source=_SOURCE,
        verdict=Verdict.DIFFERENT if is_large else Verdict.TOO_SMALL if value else Verdict.NOT_SHOWN)


def _count(measure: str, cohort: str, cents: int | None) -> Figure:
    return Figure(
        measure=measure, who=cohort, unit=Unit.COUNT, value="" if cents is None else str(cents), source=_SOURCE,
        method="sum of cents", missing=_NO_LINE if cents is None else "")

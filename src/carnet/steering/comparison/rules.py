"""What a protocol must say to be registered, and to be amended: every reason against it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta

from carnet.errors import InvalidInput, Issue
from carnet.hosting.placing.cohorts import LEAST_RECORDS, MOST_RECORDS
from carnet.ledger.category import Category
from carnet.people.departement import CODES
from carnet.steering.comparison.protocol import Protocol

_FIXED = ("id", "cohorts", "strata", "from_", "seed", "is_demonstration")


def check(protocol: Protocol, today: date, *, demonstration: bool) -> None:
    """Accept this protocol as one to register today. Raises InvalidInput with every reason against it.

    Only a platform of demonstration takes a demonstration: invented, small, over already.
    """
    issues = [*_about_days(protocol), *_about_cohorts(protocol), *_about_strata(protocol), *_about_costs(protocol)]
    if protocol.is_demonstration and not demonstration:
        issues.append(_rule("this platform is no demonstration", "is_demonstration"))
    if not protocol.is_demonstration:
        issues += _about_a_real_one(protocol, today)
    if issues:
        raise InvalidInput(*issues)


def check_amendment(protocol: Protocol, before: Protocol, *, because: str) -> None:
    """Accept this as an amendment. Raises InvalidInput: what was drawn and counted by does not change any more."""
    issues = [*_about_days(protocol), *_about_cohorts(protocol), *_about_strata(protocol), *_about_costs(protocol)]
    issues += [
        _rule("is fixed: another one is another comparison", name.rstrip("_"))
        for name in _FIXED if getattr(protocol, name) != getattr(before, name)]
    if not because.strip():
        issues.append(Issue("required", "an amendment says why", "because"))
    if protocol.content == before.content:
        issues.append(_rule("changes nothing", "the file"))
    if issues:
        raise InvalidInput(*issues)


def _about_days(protocol: Protocol) -> Iterator[Issue]:
    if protocol.from_.day != 1 or (protocol.until + timedelta(days=1)).day != 1:
        yield _rule("begins on the first day of a month and ends on the last of one: costs are kept by month", "from")
    if protocol.until <= protocol.from_:
        yield _rule("ends before it begins", "until")


def _about_a_real_one(protocol: Protocol, today: date) -> Iterator[Issue]:
    if today >= protocol.from_:
        yield _rule(f"is registered before its first day; today is {today}", "from")
    begins, end = protocol.from_, protocol.until + timedelta(days=1)
    if (end.year - begins.year) * 12 + end.month - begins.month < 12:
        yield _rule("lasts a year at least", "until")
    for place, cohort in enumerate(protocol.cohorts):
        if not LEAST_RECORDS <= cohort.records <= MOST_RECORDS:
            accepted = f"{LEAST_RECORDS} to {MOST_RECORDS}"
            yield _rule(f"{cohort.records} records; accepted: {accepted}", f"cohorts[{place}].records")
        if cohort.opened_until >= protocol.from_:
            yield _rule("its last record is opened before the first day", f"cohorts[{place}].opened_until")


def _about_cohorts(protocol: Protocol) -> Iterator[Issue]:
    first, second = protocol.cohorts
    if {first.approach, second.approach} != {"consortia", "portal"}:
        yield _rule("one is of consortia, the other of the portal", "cohorts")
    for name in ("id", "consortium"):
        if getattr(first, name) and getattr(first, name) == getattr(second, name):
            yield Issue("duplicate", f"both cohorts have the same {name}", "cohorts")
    for name in ("hosts", "placing", "departements"):
        if both := sorted(set(getattr(first, name)) & set(getattr(second, name))):
            yield _rule(f"{', '.join(both)}: in both cohorts", f"cohorts.{name}")
    for place, cohort in enumerate(protocol.cohorts):
        if cohort.approach == "consortia" and not cohort.consortium:
            yield Issue("required", "a cohort of consortia names its own", f"cohorts[{place}].consortium")
        if cohort.opened_until < cohort.opened_from:
            yield _rule("ends before it begins", f"cohorts[{place}].opened_until")
        if cohort.records < 1:
            yield Issue("value", "a cohort has records", f"cohorts[{place}].records")
        yield from (
            Issue("value", f"{code!r} is no département", f"cohorts[{place}].departements")
            for code in cohort.departements if code not in CODES)


def _about_strata(protocol: Protocol) -> Iterator[Issue]:
    named = [code for stratum in protocol.strata for code in stratum.departements]
    for code in _twice(named):
        yield Issue("duplicate", f"{code} is in two strata", "strata")
    for cohort in protocol.cohorts:
        if missing := sorted(set(cohort.departements) - set(named)):
            yield _rule(f"{', '.join(missing)} of cohort {cohort.id}: in no stratum", "strata")
        for stratum in protocol.strata:
            if not set(cohort.departements) & set(stratum.departements):
                yield _rule(f"has no département of cohort {cohort.id}: nothing to compare", f"strata {stratum.id}")
    if strange := sorted(set(named) - {code for cohort in protocol.cohorts for code in cohort.departements}):
        yield _rule(f"{', '.join(strange)}: of no cohort", "strata")


def _about_costs(protocol: Protocol) -> Iterator[Issue]:
    said = [rule.category for rule in protocol.costs]
    for category in Category:
        if said.count(category) != 1:
            wrong = "has no rule" if category not in said else "has two rules"
            yield _rule(f"{category} {wrong}: each of the sixteen has one", "costs")
    cohorts = {cohort.id for cohort in protocol.cohorts}
    for charge in protocol.charges:
        if charge.cohort not in cohorts:
            yield Issue("not-found", f"there is no cohort {charge.cohort}", f"charges {charge.id}")
    for name in ("charges", "questions", "assumptions", "strata"):
        for each in _twice(item.id for item in getattr(protocol, name)):
            yield Issue("duplicate", f"{each} is named twice", name)
    if len(set(protocol.parts)) != len(protocol.parts):
        yield Issue("duplicate", "a part is named twice", "parts")


def _twice(names: Iterable[str]) -> Collection[str]:
    return sorted(name for name, times in Counter(names).items() if times > 1)


def _rule(words: str, where: str) -> Issue:
    return Issue("business-rule", words, where)

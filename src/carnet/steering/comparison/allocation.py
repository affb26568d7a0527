"""Which cohort bears which cents: what the ledger says, shared by the rules of the protocol, to the cent.

A line that names a consortium is its cohort's; one that names a host is shared over the records that the host keeps;
one that names nobody is shared over all records where the protocol says so. What is left is of nobody here (`""`), and
everything together is what the ledger says: no cent appears or goes. Charges come on top, and stand apart. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from carnet.ledger.category import Category
from carnet.ledger.money import share_out
from carnet.steering.comparison.facts import Facts, Spent
from carnet.steering.comparison.protocol import CountedPart, Protocol

OF_NOBODY = ""
Key = tuple[str, Category | None, CountedPart]


@dataclass(frozen=True, slots=True)
class Borne:
    """Cents of a cohort: those its own lines say, and its share of what is shared."""

    own: int = 0
    shared: int = 0

    @property
    def cents(self) -> int:
        """Both."""
        return self.own + self.shared


def allocate(protocol: Protocol, facts: Facts) -> dict[Key, Borne]:
    """What each cohort bears, by category and part; under no cohort what is of neither."""
    found: defaultdict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for line in facts.spent:
        is_shared, shares = _shares(line, protocol, facts)
        for cohort, cents in shares.items():
            found[cohort, line.category, line.part][is_shared] += cents
    return {key: Borne(*cents) for key, cents in found.items()}


def charged(protocol: Protocol, cohort: str, category: Category) -> int:
    """The cents that a cohort is charged beside the ledger."""
    return sum(each.cents for each in protocol.charges if (each.cohort, each.category) == (cohort, category))


def _shares(line: Spent, protocol: Protocol, facts: Facts) -> tuple[bool, Mapping[str, int]]:
    """Whether a line is shared, and its shares by cohort."""
    rule = next((each.rule for each in protocol.costs if each.category is line.category), "aside")
    if rule == "aside":
        return False, {OF_NOBODY: line.cents}
    if line.consortium:
        of = next((each.id for each in protocol.cohorts if each.consortium == line.consortium), OF_NOBODY)
        return False, {of: line.cents}
    if line.host:
        return False, _by_records(line.cents, _records(facts, line.host)) or {_of_host(protocol, line.host): line.cents}
    if rule == "own":
        return False, {OF_NOBODY: line.cents}
    return True, _by_records(line.cents, _records(facts)) or {OF_NOBODY: line.cents}


def _of_host(protocol: Protocol, host: str) -> str:
    """The cohort that this host is of, where nobody counted its records: the protocol names it."""
    return next((each.id for each in protocol.cohorts if host in each.hosts), OF_NOBODY)


def _records(facts: Facts, host: str = "") -> dict[str, int]:
    found: dict[str, int] = {}
    for each in facts.at_hosts:
        if not host or each.host == host:
            found[each.cohort] = found.get(each.cohort, 0) + each.records
    return found


def _by_records(cents: int, records: Mapping[str, int]) -> dict[str, int]:
    if not any(records.values()):
        return {}
    return dict(zip(records, share_out(cents, list(records.values())), strict=True))

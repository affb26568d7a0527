"""The figures: what a protocol says of facts. The same two always give the same figures, here and in anybody's hands.

Costs, counts and incidents are of all there is: they have no interval. Shares of records are standardised (the strata
weigh the same for both cohorts), with an interval by bootstrap over départements: how much territories differ. What was
asked by chance has the interval of its formula. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from carnet.steering.comparison import of_costs, of_hosts, of_records, of_survey
from carnet.steering.comparison.facts import Facts
from carnet.steering.comparison.figure import Figure
from carnet.steering.comparison.protocol import Protocol


def figures_of(protocol: Protocol, facts: Facts) -> list[Figure]:
    """Every figure of the report, in its order."""
    return list(_all(protocol, facts))


def _all(protocol: Protocol, facts: Facts) -> Iterator[Figure]:
    return chain.from_iterable(
        each(protocol, facts) for each in (
            of_records.size, of_costs.costs, of_records.fill, of_records.use, of_hosts.availability,
            of_hosts.incidents, of_survey.satisfaction))

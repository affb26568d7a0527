"""Gathering: the facts of a comparison, asked of those who keep them. Nothing is decided here, and nothing made up.

Records are counted on the last day that was counted; costs, consultations and challenges are of the days compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from carnet.hosting.oversight.figures import HostFigures
from carnet.hosting.oversight.store import OversightStore
from carnet.journal.database import Database
from carnet.ledger.category import Category
from carnet.ledger.costs import by_axes, costs_of
from carnet.ledger.keep import PROGRAMME
from carnet.ledger.kept import Wanted
from carnet.ledger.parts import cents_of
from carnet.ledger.store import LedgerStore
from carnet.steering.adoption.cell import Cell, Visits
from carnet.steering.adoption.standing import standing_of
from carnet.steering.adoption.store import AdoptionStore
from carnet.steering.comparison.facts import Amended, Answered, AtHost, Counts, Facts, Spent
from carnet.steering.comparison.protocol import PARTS, Cohort, Protocol
from carnet.steering.comparison.store import ComparisonStore, KeptProtocol

_PARIS = ZoneInfo("Europe/Paris")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sources:
    """Who keeps the facts."""

    comparisons: ComparisonStore
    ledger: LedgerStore
    adoption: AdoptionStore
    oversight: OversightStore


def sources_of(database: Database) -> Sources:
    """All of them in one database, the portal's."""
    return Sources(
        ComparisonStore(database), LedgerStore(database), AdoptionStore(database), OversightStore(database))


async def gather(comparison: str, sources: Sources) -> tuple[Protocol, Facts]:
    """The protocol in force, and all that is known now of what it asks. Raises NotFound."""
    store = sources.comparisons
    versions = await store.protocols(comparison)
    protocol = versions[-1].protocol
    until = protocol.until + _DAY
    counted_on, cells = await _cells(sources.adoption)
    visits = await sources.adoption.visits(protocol.from_, until)
    oversight = await sources.oversight.figures(protocol.from_)
    strata, frames = await store.drawn(comparison)
    answers, returned = await store.answers(comparison)
    return protocol, Facts(
        protocol=protocol.digest, gathered_on=await store.today(), counted_on=counted_on,
        amendments=tuple(_amended(protocol, each) for each in versions),
        counts=counts_of(protocol, cells, visits), at_hosts=at_hosts(protocol, cells),
        spent=await _spent(protocol, sources.ledger),
        answered=answered_of(protocol, [each for each in oversight if each.day < until]),
        incidents=tuple(await store.incidents(comparison, protocol.from_, protocol.until)), drawn=tuple(strata),
        frame_digests=tuple(frames), answers=tuple(answers), returned=tuple(returned))


def counts_of(protocol: Protocol, cells: Sequence[Cell], visits: Sequence[Visits]) -> tuple[Counts, ...]:
    """The records of each cohort and département. Consultations are counted once any day of them was."""
    found = []
    for cohort in protocol.cohorts:
        for departement in sorted(cohort.departements):
            there = [each for each in cells if each.departement == departement and each.cohort in cohort.placing]
            standing = standing_of(there)
            if not standing.open:
                continue
            seen = [each.visits for each in visits
                    if each.departement == departement and each.cohort in cohort.placing]
            found.append(Counts(
                cohort=cohort.id, departement=departement, records=standing.open, activated=standing.activated,
                read=standing.read, with_1=standing.with_1, with_5=standing.with_5,
                documents=sum(each.in_force for each in there if each.is_open),
                consultations=sum(seen) if visits else None))
    return tuple(found)


def at_hosts(protocol: Protocol, cells: Iterable[Cell]) -> tuple[AtHost, ...]:
    """The records in use at each host, by cohort of the comparison."""
    records: defaultdict[tuple[str, str], int] = defaultdict(int)
    for each in cells:
        if each.is_open:
            records[each.home, _cohort_of(protocol.cohorts, each)] += each.records
    return tuple(AtHost(host=host, cohort=cohort, records=count) for (host, cohort), count in sorted(records.items()))


def answered_of(protocol: Protocol, figures: Sequence[HostFigures]) -> tuple[Answered, ...]:
    """How the hosts of the cohorts answered challenges in these days."""
    hosts = sorted({host for cohort in protocol.cohorts for host in cohort.hosts})
    found = []
    for host in hosts:
        days = [each for each in figures if each.host == host and each.asked]
        if days:
            found.append(Answered(
                host=host, asked=sum(each.asked for each in days), unanswered=sum(each.unanswered for each in days),
                days=len(days)))
    return tuple(found)


async def _cells(adoption: AdoptionStore) -> tuple[date | None, list[Cell]]:
    counted = await adoption.counted()
    return (None, []) if counted is None else (counted.day, list(counted.cells))


async def _spent(protocol: Protocol, ledger: LedgerStore) -> tuple[Spent, ...]:
    wanted = Wanted(protocol.from_, protocol.until.replace(day=1), where={"books": (PROGRAMME,)})
    costs = costs_of(await ledger.sums(by_axes("host", "consortium", "category"), wanted))
    return tuple(
        Spent(host=str(host), consortium=str(consortium), category=Category(str(category)) if category else None,
              part=name, cents=cents)
        for (host, consortium, category), cost in sorted(costs.items(), key=str)
        for name, part in PARTS.items() if (cents := cents_of(cost, part)))


def _cohort_of(cohorts: Sequence[Cohort], cell: Cell) -> str:
    return next((
        each.id for each in cohorts if cell.cohort in each.placing and cell.departement in each.departements), "")


def _amended(protocol: Protocol, kept: KeptProtocol) -> Amended:
    on = kept.at.astimezone(_PARIS).date()
    return Amended(
        version=kept.version, digest=kept.protocol.digest, said_on=on, by=kept.by, because=kept.because,
        after_first_day=on >= protocol.from_)

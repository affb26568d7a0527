"""What a worker does for adoption: count all records once a day, some at a time, and write the counts down.

Everything may be done twice: whoever dies is followed by another, who goes on with the day or ends it again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from carnet.ledger.counts.store import CountStore
from carnet.people.departement import Departement
from carnet.steering.adoption.cell import READ_DAYS, Brought, Feeder
from carnet.steering.adoption.measured import counts_of
from carnet.steering.adoption.store import AdoptionStore
from carnet.steering.figure import By, Span
from carnet.steering.scoreboard import figures
from carnet.steering.sources import source_of
from carnet.steering.store import FigureStore

ADOPTION_SECONDS = 30.0     # between two looks at whether today was counted
BATCH = 5000


async def keep_adoption(store: AdoptionStore, counts: CountStore, fed: FigureStore) -> None:
    """Count today, unless it was. Raises Unavailable: what was counted until then stays so."""
    while not await store.is_counted():
        step = await store.count(BATCH)
        if step is None:
            return
        if step.is_whole:
            await end_day(step.day, store, counts, fed)


async def end_day(day: date, store: AdoptionStore, counts: CountStore, fed: FigureStore) -> None:
    """All records of this day are counted: write what follows from them."""
    since = day - timedelta(days=READ_DAYS)
    lately = await figures(fed, Span(since + timedelta(days=1), day + timedelta(days=1)), (By.TYPE,))
    brought = [
        Brought(each.line.type_code, each.documents, each.structured, each.records)
        for each in lately if each.documents]
    await store.put(day, brought, feeders_of(await store.brought_by(since)))
    await counts.put(counts_of(day, await store.cells(day), await store.consultations(day)))
    await store.end(day)


def feeders_of(brought: Iterable[tuple[str, str, int]]) -> list[Feeder]:
    """How many organisations of each département brought documents of each source. One whose number says nothing of
    where it is, is of no département.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for organisation, type_code, documents in brought:
        departement = Departement.of_organisation(organisation)
        if departement is not None and documents:
            found.setdefault((departement.code, source_of(type_code)), set()).add(organisation)
    return [Feeder(*where, len(organisations)) for where, organisations in sorted(found.items())]

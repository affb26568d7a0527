"""A platform whose records are counted, and read by people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from carnet.journal.database import Database
from carnet.ledger.counts.count import PLATFORM, Count, Measure
from carnet.ledger.counts.store import CountStore
from carnet.rights.held import RecordState
from carnet.steering.adoption.cell import Cell
from carnet.steering.adoption.counting import keep_adoption
from carnet.steering.adoption.store import AdoptionStore
from carnet.steering.counting import count_what_came
from carnet.steering.store import FigureStore
from tests.running import Platform
from tests.steering.ground import Ground as FedGround

TODAY = date(2100, 1, 1)


def cell(records: int, documents: int = 0, **said: object) -> Cell:
    """So many records at one place, in use unless it is said otherwise."""
    place = {"home": "alpha", "departement": "75", "cohort": "", "state": RecordState.ACTIVE, **said}
    in_force = int(str(place.pop("in_force", records * documents)))
    return Cell(records=records, in_force=in_force, documents=documents, **place)  # type: ignore[arg-type]


@dataclass
class Ground:
    """What these tests work with."""

    platform: Platform
    fed: FedGround = field(init=False)
    store: AdoptionStore = field(init=False)
    counts: CountStore = field(init=False)
    figures: FigureStore = field(init=False)

    def __post_init__(self) -> None:
        database = Database(self.platform.portal)
        self.fed, self.figures = FedGround(self.platform), FigureStore(database)
        self.store, self.counts = AdoptionStore(database), CountStore(database)

    async def count(self) -> None:
        """Count the day, as a worker does."""
        await count_what_came(self.figures)
        await keep_adoption(self.store, self.counts, self.figures)

    async def counted(self) -> dict[Measure, int]:
        """What is counted of all records, by measure."""
        found: dict[Measure, int] = {}
        for each in await self.rows():
            found[each.measure] = found.get(each.measure, 0) + each.count
        return found

    async def rows(self) -> list[Count]:
        """The counts of the last day."""
        return await self.counts.on(TODAY, PLATFORM)

    async def days_pass(self, days: int = 1) -> None:
        """What happened until now, and was counted until now, is of so many days ago."""
        back = timedelta(days=days)
        portal = self.platform.portal
        await portal.execute("update record_visit set day = day - $1::interval", back)
        await portal.execute(
            "update record_read set by_professional = by_professional - $1::interval,"
            " by_holder = by_holder - $1::interval", back)
        await portal.execute("update visit_day set day = day - $1::interval", back)
        await portal.execute("update record set opened_at = opened_at - $1::interval", back)
        for table in ("adoption_cell", "adoption_source", "adoption_type", "adoption_feeder"):
            await portal.execute(f"update {table} set day = day - $1::interval", back)
        await portal.execute("update measured_count set on_day = on_day - $1::interval", back)
        await portal.execute(
            "update adoption_turn set counted = counted - $1::interval, counting = counting - $1::interval", back)

"""A platform with an inbox, laboratories that feed it by files and software that feeds it directly, and its figures."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import msgspec

from carnet.documents.submission import SubmittedDocument
from carnet.journal.database import Database
from carnet.record.inbox.message import Channel, Partner, Taken
from carnet.record.inbox.take import Arrived, Inbox, take
from carnet.record.submit import submit
from carnet.rights.access import Asker
from carnet.steering.counting import count_what_came
from carnet.steering.figure import ALL, EACH_LINE, By, Figure, Only, Span
from carnet.steering.scoreboard import figures
from carnet.steering.store import FigureStore
from tests.record.inbox.ground import PARTNER
from tests.record.inbox.ground import Ground as InboxGround
from tests.running import DOCTOR, Platform, lot, professional

SPAN = Span(date(2000, 1, 1), date(2100, 1, 1))
OTHER_PARTNER = Partner("labo-autre", "1990001042", "Autre laboratoire inventé", "Autre logiciel 2")


@dataclass
class Ground:
    """What these tests work with."""

    platform: Platform
    inbox: Inbox = field(init=False)
    store: FigureStore = field(init=False)

    def __post_init__(self) -> None:
        self.inbox = InboxGround(self.platform).inbox
        self.store = FigureStore(Database(self.platform.portal))

    async def send(self, raw: bytes, partner: Partner = PARTNER) -> Taken:
        """Send these bytes as a file."""
        return await take(Arrived(raw, Channel.FOLDER, partner), self.inbox)

    async def deposit(self, *documents: SubmittedDocument, door: str = "fhir", kind: str = "ITI-65") -> None:
        """Deposit these as a professional's software does."""
        asker: Asker = replace(professional(DOCTOR), door=door)
        await submit(asker, msgspec.structs.replace(lot(*documents), kind=kind), self.platform.stores)

    async def figures(
        self, by: tuple[By, ...] = EACH_LINE, only: Only = ALL, span: Span = SPAN,
    ) -> list[Figure]:
        """What is counted, once all is."""
        await count_what_came(self.store)
        return await figures(self.store, span, by, only)

    async def figure(self, *by: By, only: Only = ALL) -> Figure:
        """The one figure that there is."""
        [found] = await self.figures(by, only)
        return found


def days(number: int) -> timedelta:
    """So many."""
    return timedelta(days=number)

"""An authority with a call for projects, on a real platform: its steps may be of other days than today."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from uuid import uuid4

import asyncpg

from carnet.journal.database import Database
from carnet.ledger.costs import Cost, by_axes, costs_of
from carnet.ledger.keep import PROGRAMME
from carnet.ledger.kept import Wanted
from carnet.ledger.store import LedgerStore
from carnet.steering.calls.granting import Granting
from carnet.steering.calls.handling import Calls
from carnet.steering.calls.life import Life, Tranche
from carnet.steering.calls.scoring import Mark
from carnet.steering.calls.steps import Given
from carnet.steering.calls.store import CallStore
from carnet.steering.store import FigureStore
from tests.steering.calls.files import CABINET, CALL, FIRST, LABO, SECOND, THIRD, application_file, call_file, day

GROUPS = (
    (LABO, "Groupe des Lilas", 60_001), (CABINET, "Groupe des Acacias", 40_000), (THIRD, "Tard venu", 9_000))
BY = "Inès Fictive (officer-0001)"
MEASURED = "alimentation"


@dataclass
class Board:
    """What these tests work with. A call opened 60 days ago, was closed 45 days ago and ends tomorrow."""

    portal: asyncpg.Pool
    store: CallStore = field(init=False)
    ledger: LedgerStore = field(init=False)
    calls: Calls = field(init=False)
    granting: Granting = field(init=False)
    today: date = field(init=False)

    def __post_init__(self) -> None:
        database = Database(self.portal)
        self.store, self.ledger = CallStore(database), LedgerStore(database)
        self.calls = Calls(self.store, self.ledger)
        self.granting = Granting(self.store, self.ledger, FigureStore(database))

    async def prepare(self) -> None:
        """Have the programme's books."""
        await self.ledger.open_books(PROGRAMME, "Le programme")
        self.today = await self.store.today()

    @contextmanager
    def days(self, number: int) -> Iterator[None]:
        """So many days from today."""
        self.store.ahead_days = number
        yield
        self.store.ahead_days = 0

    def file(self, *, more: str = "", then: str = "") -> bytes:
        """The call."""
        return call_file(day(self.today, -60), day(self.today, -45), day(self.today, 1), more=more, then=then)

    def application(self, **said: object) -> bytes:
        """An application to it."""
        return application_file(day(self.today, -40), **said)       # type: ignore[arg-type]

    async def opened(self, *, more: str = "", then: str = "") -> Life:
        """The call, with three applications."""
        with self.days(-60):
            await self.calls.open(self.file(more=more, then=then), BY, uuid4())
            for organisation, name, asked in GROUPS:
                content = self.application(organisation=organisation, name=name, asked=asked)
                await self.calls.apply(CALL, content, "", uuid4())
        return await self.store.life(CALL)

    async def scored(self, *marks: tuple[str, int, int]) -> Life:
        """Each of these applications scored by two, once the call is closed."""
        with self.days(-42):
            for application, first, second in marks:
                for scorer, mark in ((FIRST, first), (SECOND, second)):
                    await self.calls.score(CALL, application, scorer=scorer, marks=marked(mark), step_id=uuid4())
        return await self.store.life(CALL)

    async def decided(self, *, more: str = "", then: str = "") -> Life:
        """The first two granted what they asked for, the last refused, forty days ago."""
        await self.opened(more=more, then=then)
        await self.scored(("A001", 9, 8), ("A002", 7, 7), ("A003", 2, 3))
        with self.days(-40):
            return await self.calls.decide(CALL, "Décision 12", GIVEN, by=BY, step_id=uuid4())

    async def costs(self, *axes: str) -> dict[tuple[object, ...], Cost]:
        """What the books say of the call."""
        return costs_of(await self.ledger.sums(by_axes(*axes), Wanted(where={"phase": (CALL,)})))

    async def is_even(self) -> bool:
        """True when what is committed in the books is, tranche by tranche, what the call says is left."""
        life = await self.store.life(CALL)
        left = {
            (f"AAP-01/{name}", milestone): life.left((name, milestone)) for name, grant in life.grants.items()
            for milestone in grant.tranches}
        committed = {key: cost.committed for key, cost in (await self.costs("contract", "lot")).items()}
        return all(committed.get(key, 0) == cents >= 0 for key, cents in left.items())


def marked(mark: int) -> tuple[Mark, ...]:
    """This mark for everything."""
    return tuple(Mark(criterion=each, mark=mark, words="voilà pourquoi") for each in ("volume", "method"))


GIVEN = (
    Given(application="A001", cents=60_001), Given(application="A002", cents=40_000),
    Given(application="A003", cents=0, reason="sous le seuil"))
FIRST_TRANCHE: Tranche = ("A001", "avance")
SECOND_TRANCHE: Tranche = ("A001", MEASURED)

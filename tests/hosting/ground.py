"""The ground of these tests: one platform for a whole file, a record of its own for each test.

Hosts are real, on loopback sockets; in front of each stands an application that breaks as a test tells it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from uuid import UUID

from carnet.documents.submission import Submission, SubmittedDocument
from carnet.hosting.circuit import Circuit
from carnet.hosting.copies import Budgets
from carnet.hosting.directory import Placement
from carnet.hosting.worker import Worker
from carnet.journal.content import Submitted
from carnet.journal.view import View
from carnet.people.patient import Patient
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.known import Commit, Known
from carnet.record.lot import prepared
from carnet.record.retrieve import retrieve
from carnet.record.stores import Stores
from carnet.record.submit import _events, _located, _put, submit
from carnet.rights.access import Asker
from carnet.roles.wiring import assembled
from tests.conftest import CreateDatabase
from tests.hosting.faults import Faults
from tests.running import UNHURRIED, Platform, another_patient, letter, lot, patient, professional, running_platform

_people = count(1)
_HURRIED = Budgets(stand_in_after_seconds=0.2, total_seconds=2.0)


@dataclass(frozen=True)
class Kept:
    """A record of one test."""

    patient: Patient
    record: UUID
    placement: Placement

    @property
    def home(self) -> str:
        return self.placement.home

    @property
    def reference(self) -> str:
        return self.placement.reference

    @property
    def third(self) -> str:
        """The host that may stand in."""
        return "beta" if self.home == "alpha" else "alpha"


@dataclass(frozen=True)
class Frozen:
    """A deposit whose bodies are at two hosts, and whose process went no further."""

    asker: Asker
    commit: Commit
    submitted: Submitted
    document: SubmittedDocument
    event: object

    def with_ticket_ended(self) -> Frozen:
        """The same, after its ticket ended."""
        return replace(self, commit=replace(self.commit, ticket_end=self.commit.known.opened_at))


@dataclass
class Ground:
    """A platform, and what goes wrong at its hosts."""

    platform: Platform
    faults: dict[str, Faults]
    stack: AsyncExitStack
    _first: Stores = field(init=False)
    _budgets: Budgets = field(init=False)

    def __post_init__(self) -> None:
        self._first = self.platform.stores
        self._budgets = self.platform.parts.budgets

    @property
    def stores(self) -> Stores:
        return self.platform.stores

    async def opened(self) -> Kept:
        """A record of an invented patient, whose first entries are at both hosts."""
        who = another_patient(next(_people))
        record = await self.platform.opened(who)
        await self.platform.quiet()
        return Kept(who, record, (await self.stores.known(record)).placement)

    async def opened_at(self, home: str) -> Kept:
        """A record with this home: as many are opened as it takes, for homes are drawn."""
        while (kept := await self.opened()).home != home:
            pass
        return kept

    async def deposit(self, kept: Kept, text: str = "Toux depuis trois jours.") -> SubmittedDocument:
        """A letter that was acknowledged."""
        document = letter(text, of=kept.patient)
        await submit(professional(), lot(document), self.stores)
        return document

    async def frozen(self, kept: Kept, submission: Submission | None = None) -> Frozen:
        """A deposit that stops between its bodies and its commit."""
        asker = professional()
        submission = submission or lot(letter(of=kept.patient))
        known = await self.stores.known(kept.record)
        keys = await self.stores.keys.keys_of(kept.record)
        facts = self.stores.facts(known)
        new = prepared(
            submission, View.empty(kept.record), await _located(submission, self.stores),
            asker=asker, facts=facts, depositor="")
        commit, submitted = await _put(asker, new, known, keys, self.stores)
        [event] = _events(asker, new, known)
        return Frozen(asker, commit, submitted, submission.documents[0], event)

    async def commit(self, frozen: Frozen) -> object:
        """The process wakes and commits; None when it was too late or the record's state is another."""
        return await self.stores.records.commit((frozen.commit, frozen.event))      # type: ignore[arg-type]

    async def new_portal(self) -> Stores:
        """Another process of the portal, that has nothing in memory, takes the place of the one there was."""
        parts = self.platform.parts
        stores = await self.stack.enter_async_context(assembled(parts, self.platform.portal, self.platform.keys))
        self.platform.stores = stores
        self.platform.worker = Worker(stores.copies, stores.hosting)
        return stores

    async def read_back(self, kept: Kept, *documents: SubmittedDocument) -> None:
        """Each of them, and nothing else, is found by a portal that has nothing in memory, and comes back as it was."""
        await self.new_portal()
        found = await find(patient(kept.patient), kept.patient.ins, Criteria(), self.stores)
        assert {entry.unique_id for entry in found.entries} == {each.entry.unique_id for each in documents}
        for each in documents:
            back = await retrieve(patient(kept.patient), each.entry.unique_id, self.stores)
            assert back.content == each.content

    async def known(self, kept: Kept) -> Known:
        return await self.stores.known(kept.record, fresh=True)

    async def entries_at(self, host: str, kept: Kept) -> list[bytes]:
        """The heads of the entries that this host has, in order of place."""
        rows = await self.platform.hosts[host].pool.fetch(
            "select head from entry where record_id = $1 order by place", kept.record)
        return [row[0] for row in rows]

    async def bodies_at(self, host: str, kept: Kept) -> set[bytes]:
        """The ids of the bodies that this host has."""
        rows = await self.platform.hosts[host].pool.fetch(
            "select body_id from body where record_id = $1", kept.record)
        return {row[0] for row in rows}

    async def holders(self, kept: Kept) -> set[str]:
        """Hosts that have anything of this record."""
        return {
            name for name, host in self.platform.hosts.items()
            if await host.pool.fetchval("select count(*) from record where record_id = $1", kept.record)}

    async def end_tickets(self, kept: Kept) -> None:
        """Time passes: every ticket that hosts have for this record ended."""
        for host in self.platform.hosts.values():
            await host.pool.execute("update ticket set ends = 1000000000 where record_id = $1", kept.record)

    async def collect(self, kept: Kept) -> int:
        """The worker orders every host to collect; how many bodies of this record went."""
        before = [len(await self.bodies_at(host, kept)) for host in self.platform.hosts]
        for host in self.platform.hosts:
            await self.platform.worker._collection.collect(host)
        return sum(before) - sum([len(await self.bodies_at(host, kept)) for host in self.platform.hosts])

    def hurry(self, budgets: Budgets = _HURRIED) -> None:
        """Wait for hosts as little as this, until it is calm again: for tests whose hosts hang."""
        self.platform.parts = replace(self.platform.parts, budgets=budgets)
        copies = self.stores.copies
        copies._budgets, copies.hedged._late_after_seconds = budgets, budgets.stand_in_after_seconds

    def probe(self) -> None:
        """A second passes for every circuit: what was taken for down is asked again."""
        for client in self.stores.copies.clients.values():
            client.puts, client.writes, client.reads = Circuit(), Circuit(), Circuit()

    async def calm(self) -> None:
        """Nothing goes wrong any more, and the first portal is back."""
        for name, faults in self.faults.items():
            faults.none()
            if self.platform.hosts[name].server is None:
                await self.platform.hosts[name].start()
        if self.stores is not self._first:
            self.platform.stores = self._first
            self.platform.worker = Worker(self._first.copies, self._first.hosting)
        self.hurry(self._budgets)
        self.probe()
        await self.stores.delivery.settle()
        self.stores.last_known.clear()


@asynccontextmanager
async def running_ground(
    create_database: CreateDatabase, *, homes: tuple[str, ...] = ("alpha", "beta"), budgets: Budgets = UNHURRIED,
) -> AsyncIterator[Ground]:
    """A platform whose hosts break on demand."""
    faults = {name: Faults() for name in (*homes, "reference")}
    async with AsyncExitStack() as stack:
        platform = await stack.enter_async_context(
            running_platform(create_database, homes=homes, wraps=faults, budgets=budgets))
        yield Ground(platform, faults, await stack.enter_async_context(AsyncExitStack()))

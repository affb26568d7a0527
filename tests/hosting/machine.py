"""A machine that deposits, breaks, loses, delays, collects and reads, in any order, and knows what must still be true.

Everything it drives is real: portals (two processes' worth of memory on one database), three hosts on sockets, worker.
One host at most has losses until all is whole again; what any host is told may be lost, doubled or late.

What is drawn never depends on what came of it: deliveries and workers run beside the machine, and are sooner or later
done. A rule that has nothing to do does nothing; which of several things it is about is drawn as a number.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import asyncpg
import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from carnet.documents.entry import AvailabilityStatus
from carnet.documents.submission import SubmittedDocument
from carnet.errors import CarnetError, Conflict, TooFewCopies, Unavailable
from carnet.hosting.circuit import Circuit
from carnet.record.authorise import authorise
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.retrieve import retrieve
from carnet.record.snapshot import take_snapshot
from carnet.record.stores import Stores
from carnet.record.submit import submit
from tests.hosting.faults import Faults, answer_lost, no_answer
from tests.hosting.ground import Frozen, Kept
from tests.hosting.losses import lose_all, lose_body, lose_last_entry
from tests.hosting.world import World
from tests.running import OTHER_DOCTOR, letter, lot, patient, professional

T = TypeVar("T")
WHO = st.sampled_from(["home", "reference", "third"])
PORTALS = st.integers(0, 1)
WHICH = st.integers(0, 63)
TRIES = 4       # hosts have a second and a half for an answer; a machine that is busy with other things needs more
FAULTS = st.tuples(
    st.sampled_from(["home", "reference"]), st.sampled_from(["put", "put", "append"]),
    st.sampled_from(["no answer", "answer lost", "late"]))
LOSSES = st.tuples(WHO, st.sampled_from([lose_all, lose_last_entry, lose_body]))
Fault = tuple[str, str, str]
Loss = tuple[str, Callable[[asyncpg.Pool, UUID], Coroutine[Any, Any, None]]]


class ProtocolMachine(RuleBasedStateMachine):
    """One record, and everything that may happen to it."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.acknowledged: dict[str, SubmittedDocument] = {}
        self.replaced: set[str] = set()
        self.frozen: list[Frozen] = []
        self.lossy: str | None = None
        self.log: list[str] = []
        self.ground = self.world.ground

    @property
    def is_moving(self) -> bool:
        """Is a host perhaps being filled, or released? It does not stand in then."""
        return False

    @initialize()
    def open(self) -> None:
        if self.world.failure is not None:
            raise self.world.failure    # hypothesis tries again, and what is left of the world fails otherwise
        async def opened() -> Kept:
            for which in (0, 1):
                await self.world.new_portal(which)
            return await self.ground.opened()

        self.kept = self.world.run(opened())

    @rule(portal=PORTALS, documents=st.integers(1, 2), fault=st.none() | FAULTS, loss=st.none() | LOSSES)
    def deposit(self, portal: int, documents: int, fault: Fault | None, loss: Loss | None) -> None:
        """While this goes wrong; and right after it was acknowledged, a host loses something."""
        if fault is not None:
            self.next_goes_wrong(fault)
        impaired = [faults for faults in self.ground.faults.values() if faults.is_down or faults.waits_for("put")]
        new = [letter(of=self.kept.patient) for _ in range(documents)]
        may_fail = len(impaired) + self.is_moving > 1        # one host that is away stops no deposit
        assert any(self._do(self._submit(portal, new)) for _ in range(1 if may_fail else TRIES)) or may_fail
        if loss is not None:
            self.lose(loss, portal)

    @rule(portal=PORTALS)
    def all_at_once(self, portal: int) -> None:
        """Both portals deposit, one reads, the worker works and collects: in whatever order it happens."""
        lots = [[letter(of=self.kept.patient) for _ in range(2)] for _ in (0, 1)]
        worker = self.ground.platform.worker

        async def at_once() -> None:
            await asyncio.gather(
                *(self._submit(which, documents) for which, documents in enumerate(lots)), worker.round(),
                worker.collect(), self._glimpse(self._portal(portal), lots))

        self._do(at_once())

    @rule(portal=PORTALS, which=WHICH)
    def replace_a_document(self, portal: int, which: int) -> None:
        if left := [name for name in self.acknowledged if name not in self.replaced]:
            old = left[which % len(left)]
            new = msgspec.structs.replace(letter("Corrigé.", of=self.kept.patient), replaces=old)
            if self._do(self._submit(portal, [new])):
                self.replaced.add(old)

    @rule(portal=PORTALS, which=WHICH)
    def deposit_again(self, portal: int, which: int) -> None:
        if self.acknowledged:
            again = list(self.acknowledged.values())[which % len(self.acknowledged)]
            outcome = self._do(submit(professional(), lot(again), self._portal(portal)), may_fail=(Unavailable,))
            assert outcome is None or not outcome.created

    @rule(portal=PORTALS)
    def grant(self, portal: int) -> None:
        """Rights move: what was decided before is not committed any more."""
        self._do(authorise(
            patient(self.kept.patient), self.kept.patient.ins, OTHER_DOCTOR.ps_id, self._portal(portal)))

    @rule(portal=PORTALS)
    def snapshot(self, portal: int) -> None:
        self._do(take_snapshot(self.kept.record, self._portal(portal)), may_fail=(Unavailable,))

    @rule(portal=PORTALS, nap=st.sampled_from(["short", "long", "too long", "over"]))
    def put_and_freeze(self, portal: int, nap: str) -> None:
        """A process stops after its bodies are at two hosts; perhaps until its ticket ended and hosts collected."""
        self.ground.platform.stores = self._portal(portal)
        frozen = self._do(self.ground.frozen(self.kept), may_fail=(TooFewCopies,))
        if frozen is not None:
            self.frozen.append(frozen)
        if nap in ("long", "too long"):
            self.time_passes()
            self.collect()
        if nap in ("too long", "over"):
            self.wake_and_commit(portal)

    @rule(portal=PORTALS)
    def wake_and_commit(self, portal: int) -> None:
        """It wakes, commits if it still may, and dies before delivery: what is committed counts as acknowledged."""
        if not self.frozen:
            return
        frozen = self.frozen.pop(0)
        self.ground.platform.stores = self._portal(portal)
        rights_moved = self.world.run(self.ground.known(self.kept)).rights_version != frozen.commit.known.rights_version
        if self._do(self.ground.commit(frozen), may_fail=(Conflict,)) is not None:
            assert not rights_moved
            self.acknowledged[frozen.document.entry.unique_id] = frozen.document

    @rule()
    def time_passes(self) -> None:
        """Every ticket ends: those hosts keep, and those of processes that are still frozen."""
        self.frozen = [frozen.with_ticket_ended() for frozen in self.frozen]
        self._do(self.ground.end_tickets(self.kept))

    @rule()
    def collect(self) -> None:
        self._do(self.ground.platform.worker.collect())

    @rule(who=WHO)
    def stop_or_start_a_host(self, who: str) -> None:
        faults = self._faults(who)
        faults.is_down = not faults.is_down
        self.log.append(f"{who} is {'down' if faults.is_down else 'up'}")

    @rule(fault=FAULTS)
    def next_goes_wrong(self, fault: Fault) -> None:
        who, kind, how = fault
        self.log.append(f"next {kind} at {who}: {how}")
        if how == "late":
            self._faults(who).late(kind)
        else:
            self._faults(who).next(kind, no_answer if how == "no answer" else answer_lost)

    @rule()
    def what_was_late_lands(self) -> None:
        for faults in self.ground.faults.values():
            self._do(faults.land())

    @rule(loss=LOSSES, portal=PORTALS)
    def lose(self, loss: Loss, portal: int) -> None:
        """A host loses something and does not know; then a process that has nothing in memory reads."""
        who, what = loss
        host = getattr(self.kept, who)
        if self.lossy in (None, host):
            self.lossy = host
            self._do(what(self.ground.platform.hosts[host].pool, self.kept.record))
            self.log[-1] += f" at {who}"
            self.a_portal_dies(portal)
            self.read(portal)

    @rule(portal=PORTALS)
    def a_portal_dies(self, portal: int) -> None:
        self._do(self.world.new_portal(portal))

    @rule(portal=PORTALS)
    def deliveries_arrive(self, portal: int) -> None:
        self._do(self.world.portals[portal].delivery.settle())

    @rule()
    def the_worker_works(self) -> None:
        self._do(self._everything_due())
        self._do(self.ground.platform.worker.round())

    @rule(portal=PORTALS)
    def read(self, portal: int) -> None:
        """One host that is away or lost something stops no reading; with two, nothing false is read."""
        impaired = self._is_down() | ({self.lossy} if self.lossy is not None else set())
        self._do(self._read(self._portal(portal)), may_fail=(Unavailable,) if len(impaired) > 1 else ())

    @rule()
    def all_is_quiet(self) -> None:
        """Every host is there again and the worker had time: both copies are whole, each alone is enough."""
        for who in ("home", "reference", "third"):
            self._faults(who).calm()
        self._do(self._quiet())
        if not self.frozen:
            self.lossy = None

    def teardown(self) -> None:
        failure = sys.exc_info()[1]
        try:
            if not isinstance(failure, Exception):
                self.ends()
        except (CarnetError, AssertionError) as error:
            failure = error
            raise
        finally:
            self._remember(failure)

    def ends(self) -> None:
        """What must be true at the end of each example."""
        if hasattr(self, "kept"):
            self.all_is_quiet()
            self._do(self._each_copy_alone())
            for faults in self.ground.faults.values():
                faults.none()

    def _remember(self, failure: BaseException | None) -> None:
        if isinstance(failure, Exception) and self.world.failure is None:
            failure.add_note("after: " + ", ".join(self.log))
            self.world.failure = failure

    def _do(self, what: Coroutine[Any, Any, T], *, may_fail: tuple[type[CarnetError], ...] = ()) -> T | None:
        """Do it, and log it; an error that is allowed is logged, and nothing was acknowledged."""
        self._a_second_passes()
        self.log.append(getattr(what, "__name__", "?"))
        try:
            return self.world.run(what)
        except may_fail as error:
            self.log[-1] += f" -> {type(error).__name__}"
            return None

    def _a_second_passes(self) -> None:
        for portal in self.world.portals:      # circuits may probe
            for client in portal.copies.clients.values():
                client.puts, client.writes, client.reads = Circuit(), Circuit(), Circuit()

    def _portal(self, which: int) -> Stores:
        return self.world.portals[which]

    def _faults(self, who: str) -> Faults:
        return self.ground.faults[getattr(self.kept, who)]

    def _is_down(self) -> set[str]:
        return {name for name, faults in self.ground.faults.items() if faults.is_down}

    async def _submit(self, portal: int, documents: list[SubmittedDocument]) -> bool:
        try:
            outcome = await submit(professional(), lot(*documents), self._portal(portal))
        except Unavailable as error:        # too few copies, or no host gives the journal a replacement needs
            self.log.append(f"{type(error).__name__}: {error}")
            return False
        assert outcome.created
        self.acknowledged |= {each.entry.unique_id: each for each in documents}
        return True

    async def _read(self, stores: Stores) -> None:
        for _ in range(TRIES - 1):
            try:
                return await self._all_is_there(stores)
            except Unavailable as error:
                self.log.append(f"{type(error).__name__}: {error}")
                self._a_second_passes()
        return await self._all_is_there(stores)

    async def _all_is_there(self, stores: Stores) -> None:
        asker = patient(self.kept.patient)
        found = await find(asker, self.kept.patient.ins, Criteria(), stores)
        status = {entry.unique_id: entry.availability_status for entry in found.entries}
        assert status == {
            name: AvailabilityStatus.DEPRECATED if name in self.replaced else AvailabilityStatus.APPROVED
            for name in self.acknowledged}
        for name, document in self.acknowledged.items():
            assert (await retrieve(asker, name, stores)).content == document.content

    async def _glimpse(self, stores: Stores, lots: list[list[SubmittedDocument]]) -> None:
        """What was acknowledged before is found, and of what is being deposited a lot as a whole or nothing."""
        before = set(self.acknowledged)
        try:
            found = await find(patient(self.kept.patient), self.kept.patient.ins, Criteria(), stores)
        except Unavailable:
            return
        names = {entry.unique_id for entry in found.entries}
        assert before <= names
        for documents in lots:
            assert len(names & {each.entry.unique_id for each in documents}) in (0, len(documents))

    async def _everything_due(self) -> None:
        portal = self.ground.platform.portal
        await portal.execute("update outbox set committed_at = least(committed_at, now() - interval '1 hour')")
        for table in ("outbox", "catch_up"):
            await portal.execute(f"update {table} set leased_until = '-infinity'")

    async def _is_anything_due(self) -> bool:
        is_due: bool = await self.ground.platform.portal.fetchval(
            "select exists (select from outbox) or exists (select from catch_up)")
        return is_due

    async def _quiet(self) -> None:
        for portal in self.world.portals:
            await portal.delivery.settle()
        worker = self.ground.platform.worker
        for _ in range(10):     # calls may fail once more, on a machine that is busy
            self.ground.probe()
            worker._surveyed.clear()
            await worker.watch_hosts()
            await self._everything_due()
            await worker.round()
            if not await self._is_anything_due():
                break
        kept, known = self.kept, await self.ground.known(self.kept)
        heads = await self.ground.platform.heads(kept.record)
        assert heads == {known.head.hex()}, await self._all_there_is(heads)
        assert await self.ground.stores.hosting.tail(kept.record) == []
        for host in kept.placement.both:
            chain = await self.ground.entries_at(host, kept)
            assert len(chain) == len(set(chain)) == known.place
        placed = await self.ground.platform.portal.fetch(
            "select host_id from placement where record_id = $1", kept.record)
        assert {row[0] for row in placed} >= await self.ground.holders(kept)
        await self.world.new_portal(1)
        await self._read(self._portal(1))

    async def _all_there_is(self, heads: set[str]) -> list[object]:
        """What one wants to see when copies differ."""
        portal, record = self.ground.platform.portal, self.kept.record
        there: list[object] = [self.kept, heads]
        for table in ("outbox", "catch_up", "placement", "move"):
            there += await portal.fetch(f"select * from {table} where record_id = $1", record)
        for name, host in self.ground.platform.hosts.items():
            for table in ("record", "named_body", "ticket", "lacking"):
                rows = await host.pool.fetch(f"select * from {table} where record_id = $1", record)
                there += [(name, table, *row) for row in rows]
            there += [(name, "body", row[0]) for row in await host.pool.fetch(
                "select body_id from body where record_id = $1", record)]
        return there

    async def _each_copy_alone(self) -> None:
        for host in self.kept.placement.both:
            self.ground.faults[host].is_down = True
            await self.world.new_portal(0)
            await self._read(self._portal(0))
            self.ground.faults[host].is_down = False


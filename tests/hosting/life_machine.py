"""The same machine through a record's life: it moves, is erased, and the portal is restored, all with crash points.

A mover dies with any of its calls, or a host fails it; another takes the campaign up. After a restore nothing is served
before it was compared, and what is missing then stands on the list. What was erased is at no host, and readable by
nobody.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import count
from typing import ClassVar
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from carnet.errors import CarnetError, Conflict, Gone, NotFound, Unavailable
from carnet.hosting.erasure.orders import Orders
from carnet.hosting.moving.campaign import Plan
from carnet.record.criteria import Criteria
from carnet.record.due import act_on_due
from carnet.record.find import find
from carnet.record.retrieve import retrieve
from carnet.record.submit import submit
from carnet.roles.wiring import open_pool
from tests.conftest import CreateDatabase
from tests.hosting.erasure.erased import days_pass, erased
from tests.hosting.faults import answer_lost, no_answer
from tests.hosting.ground import Kept
from tests.hosting.machine import ProtocolMachine
from tests.hosting.moves import Moves
from tests.record.reconcile.restored import Restored, backed_up
from tests.running import letter, lot, patient, professional

CRASHES = st.none() | st.integers(1, 9)         # with which call of a host it dies; a small record needs seven
MOVER_FAULTS = st.none() | st.tuples(
    st.sampled_from(["home", "reference", "third"]), st.sampled_from(["export", "fill", "challenge", "erase"]),
    st.sampled_from(["no answer", "answer lost", "late"]))

SINCE = st.lists(st.sampled_from(["deposit", "undelivered", "block", "move", "erase"]), min_size=1, max_size=4)

RESTORED = "a host that was behind when the portal was restored"
"""What it lacks may be at one host only, until the worker had time: no other host loses anything before."""


class LifeMachine(ProtocolMachine):
    """One record after another, each through its life."""

    create: ClassVar[list[CreateDatabase]]
    lives: ClassVar[list[AsyncExitStack]]       # what keeps the present life's database open

    def __init__(self) -> None:
        super().__init__()
        self.campaigns: list[UUID] = []
        self.gone: list[tuple[Kept, list[str]]] = []

    @property
    def is_moving(self) -> bool:
        """Is a host perhaps being filled, or released?"""
        return bool(self.campaigns)

    @initialize(since=SINCE, is_quiet=st.booleans())
    def open(self, since: list[str], *, is_quiet: bool) -> None:
        """Every life begins with a restore: hypothesis would try it seldom."""
        super().open()
        self.deposit(0, 1, None, None)
        self.restore(since, is_quiet=is_quiet)

    @rule(crash=CRASHES, fault=MOVER_FAULTS)
    def move(self, crash: int | None, fault: tuple[str, str, str] | None) -> None:
        """To the third host. The mover may die, or a host fail it."""
        if fault is not None:
            who, kind, how = fault
            faults = self._faults(who)
            if how == "late":
                faults.late(kind)
            else:
                faults.next(kind, no_answer if how == "no answer" else answer_lost)
        self._do(self._move(crash))

    @rule()
    def another_mover_goes_on(self) -> None:
        self._do(self._run_all(), may_fail=(Conflict, Unavailable))

    @rule(since=SINCE, is_quiet=st.booleans())
    def restore(self, since: list[str], *, is_quiet: bool) -> None:
        """The portal begins again as it was before this, perhaps with a quiet moment before and after it.

        A loss during a restore is covered by no rule.
        """
        if self.lossy not in (None, RESTORED):
            return
        self._do(self._delivered())
        backup = self._do(backed_up(self.ground.platform, self.create[0]))
        for what in since:
            self._happens(what)
        if is_quiet:
            self.all_is_quiet()
        for faults in self.ground.faults.values():
            faults.calm()
        assert backup is not None
        self._do(self._restored(backup))
        self.lossy = RESTORED
        if is_quiet:
            self.all_is_quiet()

    def _happens(self, what: str) -> None:
        match what:
            case "deposit":
                self.deposit(0, 1, None, None)
            case "undelivered":
                for host in self.kept.placement.both:
                    self.ground.faults[host].next("append", no_answer)
                self.deposit(1, 1, None, None)
            case "block":
                self.grant(0)
            case "move":
                self.move(None, None)
            case "erase":
                self.erase()

    @rule()
    def erase(self) -> None:
        """Closed, asked, and the days have passed; then there is another record."""
        if self.lossy not in (None, RESTORED) or self.gone:
            return
        self.all_is_quiet()
        if self.lossy is None:
            self._do(erased(self.ground, self.kept))
            self.gone.append((self.kept, sorted(self.acknowledged)))
            self.acknowledged, self.replaced, self.frozen, self.campaigns = {}, set(), [], []
            self.kept = self.world.run(self.ground.opened())
            self._do(self._nothing_erased_is_readable())

    def all_is_quiet(self) -> None:
        for who in ("home", "reference", "third"):
            self._faults(who).calm()
        self._do(self._moves_end())
        super().all_is_quiet()

    def ends(self) -> None:
        super().ends()
        if self.gone:
            self._do(self._orders_are_carried_out())

    async def _move(self, crash: int | None) -> None:
        moves = Moves(self.ground)
        campaign = await moves.begun(Plan("migrate", self.kept.home, self.kept.third), self.kept)
        self.campaigns.append(campaign)
        running = asyncio.ensure_future(self._run(moves, campaign))
        calls = count(1)

        def comes() -> None:
            if next(calls) == crash:
                running.cancel()

        for faults in self.ground.faults.values():
            faults.comes = comes
        [failure] = await asyncio.gather(running, return_exceptions=True)
        for faults in self.ground.faults.values():
            faults.comes = None
        if isinstance(failure, Exception) and not isinstance(failure, (Conflict, Unavailable)):
            raise failure
        await self._where_it_is()

    async def _run(self, moves: Moves, campaign: UUID) -> None:
        await self.ground.platform.portal.execute(
            "update move_campaign set leased_until = '-infinity' where campaign_id = $1", campaign)
        counts = await moves.run(campaign)
        if not counts.to_do:
            self.campaigns.remove(campaign)

    async def _run_all(self) -> None:
        for campaign in tuple(self.campaigns):
            await self._run(Moves(self.ground), campaign)
        await self._where_it_is()

    async def _moves_end(self) -> None:
        for _ in range(8):
            if not self.campaigns:
                break
            self.ground.probe()
            await self._everything_due()
            await self.ground.platform.worker.round()
            await self._run_all()
        assert not self.campaigns, await self._all_there_is({"a move does not end"})
        await self._where_it_is()       # a mover that died may have left it elsewhere a moment later

    async def _where_it_is(self) -> None:
        self.kept = replace(self.kept, placement=(await self.ground.known(self.kept)).placement)

    async def _delivered(self) -> None:
        for portal in self.world.portals:
            await portal.delivery.settle()

    async def _restored(self, backup: str) -> None:
        platform, later = self.ground.platform, AsyncExitStack()
        for portal in self.world.portals:
            await portal.guard.look()      # what worker and portal do every second
        former, platform.portal = platform.stores, await later.enter_async_context(open_pool(backup, 8))
        platform.parts = replace(platform.parts, signer=copy.copy(platform.parts.signer))
        for which in (0, 1):
            await self.world.new_portal(which)
        await self.lives[0].aclose()
        self.lives[0] = later
        life = Restored(platform, self.world.portals[0], former, Ed25519PrivateKey.generate())
        if not await life.stores.guard.look():
            await self._serves_nothing(life)
            assert await life.walk()
        for which in (0, 1):
            await self.world.new_portal(which)
        self.campaigns = [row[0] for row in await platform.portal.fetch(
            "select campaign_id from move where record_id = $1 and state not in ('released', 'elsewhere')",
            self.kept.record)]
        await self._what_is_listed(life)

    async def _serves_nothing(self, life: Restored) -> None:
        """Rule RECON: neither read nor committed, until it was compared."""
        asker = patient(self.kept.patient)
        await _is_refused(find(asker, self.kept.patient.ins, Criteria(), life.stores), Unavailable, NotFound)
        new = lot(letter(of=self.kept.patient))
        await _is_refused(submit(professional(), new, self.world.portals[1]), Unavailable, NotFound)

    async def _what_is_listed(self, life: Restored) -> None:
        """What is not found any more was acknowledged and brought to no host: bodies that no entry names are listed."""
        await self._where_it_is()
        found = await find(patient(self.kept.patient), self.kept.patient.ins, Criteria(), self.world.portals[0])
        missing = set(self.acknowledged) - {entry.unique_id for entry in found.entries}
        if missing:
            assert ("unnamed", self.kept.record) in {each[:2] for each in await life.differed()}
            self.log.append(f"{len(missing)} listed")
        for name in missing:
            del self.acknowledged[name]
        self.replaced &= set(self.acknowledged)

    async def _nothing_erased_is_readable(self) -> None:
        for kept, documents in self.gone:
            for stores in self.world.portals:
                for name in documents:
                    await _is_refused(retrieve(patient(kept.patient), name, stores), Gone, NotFound)
                await _is_refused(find(patient(kept.patient), kept.patient.ins, Criteria(), stores), Gone, NotFound)

    async def _orders_are_carried_out(self) -> None:
        """Days later, also what was late and lands now: no host has anything of it."""
        for faults in self.ground.faults.values():
            await faults.land()
        while await act_on_due(self.ground.stores):
            pass
        for kept, _ in self.gone:
            await days_pass(self.ground, kept)
        orders = Orders(self.ground.stores.copies, self.ground.stores.hosting)
        for host in self.ground.platform.hosts:
            await orders.carry_out(host)
        for kept, _ in self.gone:
            for host in self.ground.platform.hosts:
                assert await self.ground.entries_at(host, kept) == []
                assert await self.ground.bodies_at(host, kept) == set()
        await self._nothing_erased_is_readable()


async def _is_refused(asked: Awaitable[object], *errors: type[CarnetError]) -> None:
    try:
        await asked
    except errors:
        return
    raise AssertionError("what was not to be had was given")

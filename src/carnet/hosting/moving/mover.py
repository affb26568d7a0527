"""The mover: works on one campaign, batch by batch, until nothing is left that it can do.

Each pass goes along the records that are not done, whatever state a mover before it left them in. A few batches are
under way at once; what is in memory is bounded by them. The campaign's row is looked at before each batch: another
shell pauses it there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID, uuid4

from carnet.errors import Conflict
from carnet.hosting.copies import Copies
from carnet.hosting.moving.campaign import Campaign, Filled, Left, Move
from carnet.hosting.moving.copy import EXPORT_BYTES, Copying
from carnet.hosting.moving.release import Outcome, Release
from carnet.hosting.moving.store import FIRST, LEASE_SECONDS, MoveStore
from carnet.hosting.moving.turning.target import Targets
from carnet.hosting.store import HostingStore

log = logging.getLogger(__name__)

_SWITCHES = 5
_VERIFICATIONS = (0.0, 0.1, 0.3, 1.0)       # what was just committed is delivered in some hundredths of a second
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Pace:
    """How a mover works: records in a batch, batches at once, bytes in a call, passes in vain before it gives up.

    `rest_seconds`: what it leaves undone is left alone for so long.
    """

    batch: int = 100
    at_once: int = 6
    export_bytes: int = EXPORT_BYTES
    patience: int = 3
    pause_seconds: float = 1.0
    rest_seconds: float = 0.0


@dataclass
class _Pass:
    """One pass along the records that are not done. Batches take their records from it in turn."""

    after: UUID = FIRST
    done: int = 0
    is_over: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Mover:
    """Works on campaigns. `told` is called with how many more records are done."""

    def __init__(
        self, copies: Copies, hosting: HostingStore, moves: MoveStore, *, pace: Pace | None = None,
        told: Callable[[int], None] | None = None,
    ) -> None:
        self._moves = moves
        self._pace = pace or Pace()
        self._copying = Copying(copies, hosting, most_bytes=self._pace.export_bytes)
        self._release = Release(copies, hosting, moves)
        self._targets = Targets(copies.directory, hosting, moves)
        self._turned = 0
        self._told = told or (lambda _: None)
        self._runner = uuid4()
        self._began = self._looked = monotonic()
        self._copied = self._taken = 0

    async def run(self, campaign: UUID, stop: asyncio.Event) -> Campaign:
        """Work until all records are done, nothing more can be done for now, an officer is needed, or `stop` is set.

        Raises Conflict when another process works on it, Unavailable when the portal's database is away.
        """
        patience = self._pace.patience
        while patience and not stop.is_set():
            pass_, turned = _Pass(), self._turned
            await asyncio.gather(*(self._lane(campaign, pass_, stop) for _ in range(self._pace.at_once)))
            if (await self._look(campaign)).why or not (await self._moves.counts(campaign)).to_do:
                break
            patience = self._pace.patience if pass_.done or self._turned > turned else patience - 1
            if patience:
                await _pause(stop, self._pace.pause_seconds)
        now = await self._look(campaign)
        await self._moves.leave(campaign, self._runner, rest_seconds=self._pace.rest_seconds)
        return now

    async def _lane(self, campaign: UUID, pass_: _Pass, stop: asyncio.Event) -> None:
        while not stop.is_set():
            async with pass_.turn:
                if pass_.is_over:
                    return
                now = await self._may_go_on(campaign, stop)
                if now.why or stop.is_set():
                    return
                taken = await self._moves.take(now.id, after=pass_.after, limit=self._batch(now))
                pass_.is_over, pass_.after = taken.last is None, taken.last or pass_.after
                self._taken += len(taken.moves)
            self._turned += await self._targets.turn(now, taken.refused)
            done = taken.done + await self._do(now, taken.moves)
            pass_.done += done
            self._told(done)

    async def _may_go_on(self, campaign: UUID, stop: asyncio.Event) -> Campaign:
        """Wait while somebody paused it, or it is too fast. One that says why it waits is waited for by nobody."""
        now = await self._look(campaign)
        while now.state == "paused" and not now.why and not stop.is_set():
            await _pause(stop, _LOOK_SECONDS)
            now = await self._look(campaign, has_worked=False)
            self._began, self._taken = monotonic(), 0
        if now.rate and not now.why:
            await _pause(stop, min(self._began + self._taken / now.rate - monotonic(), LEASE_SECONDS / 2))
        return now

    def _batch(self, campaign: Campaign) -> int:
        return min(self._pace.batch, campaign.rate or self._pace.batch)

    async def _look(self, campaign: UUID, *, has_worked: bool = True) -> Campaign:
        worked, copied = monotonic() - self._looked, self._copying.copied - self._copied
        self._looked, self._copied = monotonic(), self._copying.copied
        now = await self._moves.work_on(
            campaign, self._runner, worked_ms=int(worked * 1000) if has_worked else 0, copied=copied)
        if now is None:
            raise Conflict("another process is at work on it, or was seconds ago, or the portal is being restored")
        return now

    async def _do(self, now: Campaign, moves: Sequence[Move]) -> int:
        """All that can be done now to these records; how many are done."""
        left = [_left(move) for move in moves if move.state == "leaving"]
        goes = [Filled(move, move.place, move.head) for move in moves if not _is_to_fill(move)]
        left += await self._moves.switch(now.id, goes) if goes else []
        left += await self._filled_and_switched(now, [move for move in moves if _is_to_fill(move)])
        return await self._released(now, left) if left else 0

    async def _filled_and_switched(self, now: Campaign, moves: Sequence[Move]) -> list[Left]:
        left: list[Left] = []
        moves = await self._with_room(now, moves)
        filled = await self._copying.fill(moves) if moves else []
        for _ in range(_SWITCHES):
            if filled:
                left += await self._moves.switch(now.id, filled, is_asked=now.kind == "requests")
            switched = {each.record for each in left}
            behind = [each.move for each in filled if each.move.record not in switched]
            if not behind:
                break
            filled = await self._copying.bring(behind)      # something was committed meanwhile
        late = [move.record for move in moves if move.record not in {each.record for each in left}]
        if late:
            await self._moves.put_back(now.id, late, "its new host does not hold all of it yet")
        return left

    async def _with_room(self, now: Campaign, moves: Sequence[Move]) -> list[Move]:
        """Those for which their new hosts have room, by their accreditation."""
        fit: list[Move] = []
        for host in dict.fromkeys(move.to_host for move in moves):
            of_host = [move for move in moves if move.to_host == host]
            room = await self._moves.room(host, len(of_host))
            fit += of_host[:room]
            if room < len(of_host):
                await self._moves.put_back(
                    now.id, [move.record for move in of_host[room:]], f"host {host} has no room for it")
                self._turned += await self._targets.turn(now, of_host[room:])
        return fit

    async def _released(self, now: Campaign, left: Sequence[Left]) -> int:
        released = 0
        for seconds in _VERIFICATIONS:
            await asyncio.sleep(seconds)
            outcome = await self._release.release(now.id, left, approval=now.approval)
            released += outcome.released
            await self._note(now, outcome)
            left = outcome.not_verified
            if not left:
                return released
        await self._release.note_lacks(left)
        await self._moves.hold(now.id, left, "its two copies could not both be verified yet")
        return released

    async def _note(self, now: Campaign, outcome: Outcome) -> None:
        if outcome.to_leave_again:
            await self._moves.hold(now.id, outcome.to_leave_again, "it holds something of a later time")
        if outcome.not_erased and outcome.is_at_ceiling:
            await self._moves.hold(now.id, outcome.not_erased, "an officer has to approve more erasures")
            host = outcome.not_erased[0].host
            why = f"host {host} erases no more today without an officer's approval"
            await self._moves.change(now.id, "paused", why)
        elif outcome.not_erased:
            await self._moves.say_why(
                now.id, [each.record for each in outcome.not_erased], "its old host has not erased it: no answer")


def _is_to_fill(move: Move) -> bool:
    return move.state in ("waiting", "filling") and move.part != "stand_in"


def _left(move: Move) -> Left:
    return Left(
        move.record, move.from_host, move.leaving_version or 0, move.both, move.version, move.place, move.head)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(max(seconds, 0)):
            await stop.wait()
    except TimeoutError:
        return

"""What the worker does to oversee hosts: challenges, orders of erasure, daily roots, counts of reads, offences traced.

Any number of workers may run: each thing is one worker's at a time (`OversightStore.may`), and bears being done twice.
May import: every room.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.audit.events import NO_RECORD, done
from carnet.audit.merkle import Frontier
from carnet.errors import CarnetError, HostUnavailable, IntegrityError, Unavailable
from carnet.hosting.bulk_wire import DailyCounts
from carnet.hosting.erasure.orders import Orders
from carnet.hosting.oversight.possession import Challenges, Proven, Verdict
from carnet.hosting.oversight.reads import explained
from carnet.hosting.oversight.store import RootStore
from carnet.people.caller import SystemCaller
from carnet.record.daily_root import DailyRoot, Said, tree_of
from carnet.record.stores import Stores
from carnet.rights.access import Asker

log = logging.getLogger(__name__)

WORKER = Asker(SystemCaller(), door="worker")
PAUSE_SECONDS = 10.0
ERASE_SECONDS = 30.0
DAILY_SECONDS = 300.0
AFTER_MIDNIGHT = timedelta(minutes=15)      # what was heard at the end of a day is kept by then
NEAR_MIDNIGHT = timedelta(minutes=2)        # a trace of before, or after, whose bodies were counted on the day
_DAYS_BACK = 31
_ONCE_A_DAY = 86_400.0
_LEAVES_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class OversightRules:
    """What settings say: how often hosts are challenged, and how many reads a day nobody has to explain."""

    challenges_per_hour: int = 12
    reads_margin: int = 20


AS_USUAL = OversightRules()


class Overseer:
    """Oversees every host of the platform."""

    def __init__(self, stores: Stores, audit_key: Ed25519PrivateKey, rules: OversightRules) -> None:
        self._stores = stores
        self._kept = stores.hosting.oversight
        self._key = audit_key
        self._rules = rules
        self._challenges = Challenges(stores.copies, stores.hosting)
        self._orders = Orders(stores.copies, stores.hosting)

    async def run(self, stop: asyncio.Event) -> None:
        """Oversee until `stop` is set. What fails now is done at another turn; one host keeps no other waiting."""
        hosts = list(self._stores.copies.clients)
        async with asyncio.TaskGroup() as tasks:
            for host in hosts:
                tasks.create_task(_again(self._host_turn, host, stop))
            tasks.create_task(_again(self._platform_turn, "", stop))

    async def challenge(self, host: str, records: int = 1) -> Sequence[Proven]:
        """Have this host prove that it holds some of its records; what it could not is traced."""
        found = await self._challenges.ask(host, records)
        for each in found:
            if each.verdict in (Verdict.WRONG, Verdict.MISSING):
                log.error("host %s could not prove that it holds a record: %s", host, each.verdict.value)
                await self._trace("possession_not_proven", host=host, about=str(each.record), found=each.verdict.value)
        return found

    async def erase(self, host: str) -> int:
        """Have this host erase what it was ordered to and is due, as far as it may today."""
        erased = await self._orders.carry_out(host)
        if erased:
            log.info("host %s erased %d records", host, erased)
            await self._trace("erased_at_host", host=host, records=erased)
        return erased

    async def trace_offences(self) -> int:
        """Tell the audit log of receipts that their hosts contradicted; how many there were."""
        offences = await self._kept.offences_to_trace()
        for each in offences:
            log.error("host %s contradicts a receipt that it signed", each.host)
            await self._trace(
                "receipt_contradicted", host=each.host, about=str(each.record), held=each.place, told=each.later_place,
                how=each.how)
            await self._kept.offence_traced(each)
        return len(offences)

    async def close_days(self) -> int:
        """Make the root of every day that is over, and have the reference operator keep it; how many were made."""
        days = await self._stores.hosting.roots.days_due(before=self._today())
        for day in days:
            root = await root_of(self._stores.hosting.roots, day, self._key)
            await self._stores.hosting.roots.add(day, root.size, root.root, root.signature)
        await self._have_witnessed()
        return len(days)

    async def compare_reads(self) -> int:
        """Compare what hosts count with what explains it, for days that are over; of how many hosts and days it was."""
        first = await self._kept.first_counted_day()
        if first is None:
            return 0
        today = self._today()
        since, until = max(first + timedelta(1), today - timedelta(_DAYS_BACK)), today - timedelta(1)
        due: dict[date, list[str]] = {}
        for host in self._stores.copies.clients:
            for day in await self._kept.days_not_compared(host, since=since, until=until):
                due.setdefault(day, []).append(host)
        return sum([await self._compare_day(day, due[day]) for day in sorted(due)])

    async def _compare_day(self, day: date, hosts: Sequence[str]) -> int:
        start, end = _midnight(day) - NEAR_MIDNIGHT, _midnight(day + timedelta(1)) + NEAR_MIDNIGHT
        traced = await self._stores.audit.log.bodies_traced(start, end)
        if traced is None:
            return 0
        counts = {host: told for host in hosts if (told := await self._counts(host, day)) is not None}
        left = {host: told.bodies_read - told.challenged for host, told in counts.items()}
        found = explained(left, await self._kept.asked_for(day), traced)
        for host, each in found.items():
            reads = each.left, each.explained, each.unexplained
            is_new = await self._kept.reads_were_compared(host, day, reads, counts[host].receipt)
            if is_new and each.is_alarm(self._rules.reads_margin):
                log.error("ALARM: %d bodies left host %s on %s without a trace", each.unexplained, host, day)
                await self._trace(
                    "reads_without_trace", host=host, day=day.isoformat(), left=each.left, unexplained=each.unexplained)
        return len(found)

    async def _counts(self, host: str, day: date) -> DailyCounts | None:
        try:
            return await self._stores.copies.clients[host].counts(day.isoformat())
        except CarnetError as error:
            log.info("host %s did not give its counts of %s: %s", host, day, error)
            return None

    async def _have_witnessed(self) -> None:
        reference = self._stores.copies.directory.reference.id
        for root in await self._stores.hosting.roots.unwitnessed():
            day = root.day.isoformat()
            try:
                receipt = await self._stores.copies.clients[reference].witness(day, root.root, root.size)
            except IntegrityError as error:
                log.error("ALARM: the daily root of %s is not the one that is kept: %s", day, error)
                if await self._kept.may("tell_root_refused", day, every_seconds=_ONCE_A_DAY):
                    await self._trace("daily_root_refused", host=reference, day=day)
                continue
            except HostUnavailable as error:
                log.info("the daily root of %s waits for its witness: %s", day, error)
                return
            await self._stores.hosting.roots.witnessed(root.day, receipt)

    async def _host_turn(self, host: str) -> None:
        often = self._rules.challenges_per_hour
        if often and await self._kept.may("challenge", host, every_seconds=3600 / often):
            await self.challenge(host)
        if await self._kept.may("erase", host, every_seconds=ERASE_SECONDS):
            await self.erase(host)

    async def _platform_turn(self, _: str) -> None:
        if await self._kept.may("offences", "", every_seconds=PAUSE_SECONDS):
            await self.trace_offences()
        if self._is_day_over() and await self._kept.may("daily", "", every_seconds=DAILY_SECONDS):
            await self.close_days()
            await self.compare_reads()

    def _today(self) -> date:
        return self._stores.clock.now().astimezone(UTC).date()

    def _is_day_over(self) -> bool:
        now = self._stores.clock.now()
        return now - _midnight(self._today()) >= AFTER_MIDNIGHT

    async def _trace(self, act: str, **detail: Any) -> None:
        # Not in the record's own history: nobody visited it, and its holder is told by what the host must then do.
        await self._stores.records.trace((done(WORKER, act, NO_RECORD, **detail), None))


async def root_of(roots: RootStore, day: date, key: Ed25519PrivateKey) -> DailyRoot:
    """The root of what was said on this day, signed. The portal's own word is added first, once."""
    await roots.close(day)
    return DailyRoot.of(day, await tree_on(roots, day), key)


async def tree_on(roots: RootStore, day: date) -> Frontier:
    """The tree of what was said on this day, computed again."""
    tree, waiting = Frontier(), []
    async for row in roots.said_on(day):
        waiting.append(Said(
            day, row["head"].hex(), row["host_id"], row["lacking"], row["place"], row["signed"].hex(),
            row["record_id"], row["says"]))
        if len(waiting) == _LEAVES_AT_ONCE:
            tree, waiting = tree_of(waiting, tree), []
    return tree_of(waiting, tree)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


async def _again(turn: Callable[[str], Awaitable[None]], host: str, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await turn(host)
        except Unavailable as error:
            log.info("oversight waits: %s", error)
        except CarnetError as error:
            log.error("oversight of %s left for later: %s", host or "the platform", error)
        await _pause(stop)


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(PAUSE_SECONDS):
            await stop.wait()
    except TimeoutError:
        return

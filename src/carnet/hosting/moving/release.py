"""Release: a host that has left a record erases it, once both present copies were just verified (rule RELEASE).

Verified means: each of the two, asked with the same fresh number, hashed every entry and every body from the bytes it
stores, and both say the same. The order to erase is for the version that the record had while the host held it: what
the host may be given later is not touched, and a late order of that version finds a tombstone (rule TOMB).
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from carnet.errors import CarnetError, HostUnavailable, IntegrityError
from carnet.hosting.bulk import SLOW_SECONDS, CeilingReached
from carnet.hosting.bulk_wire import Answer, ErasedAnswer, Question
from carnet.hosting.copies import Copies
from carnet.hosting.line.client import Refused
from carnet.hosting.moving.campaign import MOST_AT_ONCE, Left, Released
from carnet.hosting.moving.store import MoveStore
from carnet.hosting.store import HostingStore
from carnet.journal.chain import Header

log = logging.getLogger(__name__)

MOST_ENTRIES = 1000     # in the range of one question, and bodies: no host takes more
MOST_BODIES = 64
_QUESTIONS = 200        # in one call, and bodies in all of them
_BODIES = 2000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of records that were to be released. What could not be verified, or not be erased, may be so later.

    Hosts of those `to_leave_again` hold something of a later time: they go under a new version.
    """

    released: int = 0
    not_verified: tuple[Left, ...] = ()
    not_erased: tuple[Left, ...] = ()
    to_leave_again: tuple[Left, ...] = ()
    is_at_ceiling: bool = False


class Release:
    """Has hosts erase what they left."""

    def __init__(self, copies: Copies, hosting: HostingStore, moves: MoveStore) -> None:
        self._copies = copies
        self._hosting = hosting
        self._moves = moves

    async def release(self, campaign: UUID, left: Sequence[Left], *, approval: str = "") -> Outcome:
        """Verify both copies of each, then order the host that left to erase; its receipt is kept when this returns."""
        at = await self._hosting.now()
        answering = {host: await self._answers(host) for host in dict.fromkeys(each.host for each in left)}
        may_go = [each for each in left if answering[each.host]]
        verified = await self._verified(may_go)
        records = {each.record for each in verified}
        outcome = Outcome(
            not_verified=tuple(each for each in may_go if each.record not in records),
            not_erased=tuple(each for each in left if not answering[each.host]))
        for host in dict.fromkeys(each.host for each in verified):
            of_host = [each for each in verified if each.host == host]
            for start in range(0, len(of_host), MOST_AT_ONCE):
                outcome = await self._erased(
                    campaign, of_host[start:start + MOST_AT_ONCE], outcome, approval=approval, at=at)
        return outcome

    async def _answers(self, host: str) -> bool:
        """Is the host that should erase there at all? If not, nothing needs to be verified."""
        try:
            return (await self._copies.clients[host].status()).state != "read_only"
        except HostUnavailable:
            return False

    async def note_lacks(self, left: Sequence[Left]) -> None:
        """Have the worker look at both copies of these: they could not be verified."""
        for host in dict.fromkeys(host for each in left for host in each.both):
            records = [each.record for each in left if host in each.both]
            await self._hosting.note_lacks(records, host, "it could not be verified before a release")

    async def _erased(
        self, campaign: UUID, left: list[Left], so_far: Outcome, *, approval: str, at: datetime,
    ) -> Outcome:
        try:
            answer = await self._ordered(left, approval)
        except CeilingReached as error:
            log.warning("nothing more is erased: %s", error)
            return replace(so_far, not_erased=(*so_far.not_erased, *left), is_at_ceiling=True)
        except HostUnavailable as error:
            log.info("a host erases later: %s", error)
            return replace(so_far, not_erased=(*so_far.not_erased, *left))
        refused = {each.record for each in answer.refused}
        gone = [each for each in left if each.record not in refused]
        if gone:
            await self._moves.released(campaign, answer.receipt, [
                Released(each.record, each.host, each.leaving_version, each.both, len(each.bodies or ()))
                for each in gone], verified_at=at)
        again = tuple(each for each in left if each.record in refused)
        return replace(
            so_far, released=so_far.released + len(gone), to_leave_again=(*so_far.to_leave_again, *again))

    async def _ordered(self, left: Sequence[Left], approval: str) -> ErasedAnswer:
        """The order, under the campaign's approval, else under any that officers gave for this host."""
        host = left[0].host
        items = [(each.record, each.leaving_version) for each in left]
        try:
            return await self._copies.clients[host].erase_all(items, approval=approval or None)
        except CeilingReached:
            for other in await self._hosting.erasure.approvals(host):
                try:
                    return await self._copies.clients[host].erase_all(items, approval=other)
                except CeilingReached as error:
                    log.info("an officer's approval does not do: %s", error)
            raise

    async def _verified(self, left: Sequence[Left]) -> list[Left]:
        """Those of which both hosts just proved, from what they store, that they hold every entry and every body."""
        named = [each for each in await asyncio.gather(*(self._named(each) for each in left)) if each is not None]
        doubted: set[UUID] = set()
        for both in dict.fromkeys(each.both for each in named):
            asked = [question for each in named if each.both == both for question in questions_of(each)]
            for batch in _batches(asked):
                doubted |= await self._not_proved(both, batch)
        return [each for each in named if each.record not in doubted]

    async def _named(self, left: Left) -> Left | None:
        """The same, with the bodies that its entries name: from the journal of whichever of the two gives it."""
        if left.bodies is not None:
            return left
        for host in left.both:
            try:
                return replace(left, bodies=await self._names(host, left))
            except CarnetError as error:
                log.info("the journal of a record that moved is asked from the other host: %s", error)
        return None

    async def _names(self, host: str, left: Left) -> tuple[bytes, ...]:
        names: list[bytes] = []
        after = 0
        while after < left.place:
            page = await self._copies.clients[host].journal(
                left.record, left.version, after=after, seconds=SLOW_SECONDS)
            if not page.entries:
                raise IntegrityError(f"host {host} does not have all entries of a record")
            for entry in page.entries[:left.place - after]:
                names += [body.id for body in Header.parse(entry.header).bodies]
            after += len(page.entries)
        return tuple(dict.fromkeys(names))

    async def _not_proved(self, both: tuple[str, str], questions: Sequence[Question]) -> set[UUID]:
        """Records of which one of the two cannot answer, or the two answer otherwise: the worker looks at those."""
        nonce = os.urandom(32)
        try:
            of_one, of_other = await asyncio.gather(
                *(self._copies.clients[host].challenge(nonce, questions) for host in both))
        except Refused as refusal:
            if len(questions) > 1:      # one of the records was erased there meanwhile, say: the others were not
                half = len(questions) // 2
                return await self._not_proved(both, questions[:half]) | await self._not_proved(both, questions[half:])
            log.info("a copy cannot be verified: %s", refusal)
            return {questions[0].record}
        except CarnetError as error:
            log.info("copies cannot be verified now: %s", error)
            return {question.record for question in questions}
        answered = list(zip(questions, of_one, of_other, strict=True))
        for question in {each[0].record: each[0] for each in answered if differ(each[1], each[2])}.values():
            await self._examine(both, question)
        return {question.record for question, one, other in answered if not is_proved(question, one, other)}

    async def _examine(self, both: tuple[str, str], question: Question) -> None:
        """Two hosts say two things of one record: each reads all it has of it, and catch-up brings what was altered."""
        for host in both:
            try:
                there = await self._copies.clients[host].head(question.record, question.version, verify=True)
            except CarnetError as error:
                log.info("a copy cannot be examined now: %s", error)
                continue
            if there.lacking or there.damaged:
                await self._hosting.note_lack(question.record, host, "found altered before a release")


def questions_of(left: Left) -> list[Question]:
    """What each of the two hosts is asked of a record: all its entries and bodies, in questions that a host takes."""
    bodies, questions = left.bodies or (), []
    for number in range(max(_parts(len(bodies), MOST_BODIES), _parts(left.place, MOST_ENTRIES))):
        first = number * MOST_ENTRIES + 1
        last = min(left.place, first + MOST_ENTRIES - 1)
        named = bodies[number * MOST_BODIES:(number + 1) * MOST_BODIES]
        questions.append(Question(left.record, left.version, named, *((first, last) if first <= last else (0, 0))))
    return questions


def is_proved(question: Question, one: Answer, other: Answer) -> bool:
    """Do both hold all of it, the same? An answer of nothing is no proof, also when both give it."""
    if question.first and (one.journal is None or one.journal != other.journal):
        return False
    return None not in one.bodies and one.bodies == other.bodies


def differ(one: Answer, other: Answer) -> bool:
    """Do they say two things of what both say they hold? One of the two was altered."""
    pairs = zip((one.journal, *one.bodies), (other.journal, *other.bodies), strict=True)
    return any(None not in pair and pair[0] != pair[1] for pair in pairs)


def _batches(questions: Sequence[Question]) -> Iterator[list[Question]]:
    batch: list[Question] = []
    bodies = 0
    for question in questions:
        if batch and (len(batch) == _QUESTIONS or bodies + len(question.bodies) > _BODIES):
            yield batch
            batch, bodies = [], 0
        batch.append(question)
        bodies += len(question.bodies)
    if batch:
        yield batch


def _parts(things: int, most: int) -> int:
    return -(-things // most)

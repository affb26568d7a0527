"""Possession: a host proves that it holds what it should, by hashing it with a nonce that it did not know before.

Which records, which entries and which bodies is chance's: each record of a host is as likely as any other. What the
host must answer is computed from the bytes of the *other* copy, and those are believed by their names and because they
lead to the portal's own head: that the other host is honest is not needed, nor that the two do not talk.
It does not show that the bytes are *at* the host: one that is slow may have fetched them. Its time is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from time import monotonic
from uuid import UUID, uuid4

from carnet.errors import CarnetError, HostUnavailable, IntegrityError
from carnet.hosting.bulk_wire import Answer, Question
from carnet.hosting.client import HostClient
from carnet.hosting.copies import Copies
from carnet.hosting.oversight.figures import Possession
from carnet.hosting.oversight.store import ChallengedRecord, new_nonce, number_between, picked
from carnet.hosting.store import NOT_PROVEN, NOT_THERE, HostingStore
from carnet.hosting.suffix import ChainEnd, suffix_from
from carnet.hosting.wire import BodyAt
from carnet.journal.chain import Header

log = logging.getLogger(__name__)

AMONG = 256         # records next to each other, of which some are asked: ids are random, and so is the first one
ENTRIES = 16
BODIES = 4
_DEEPEST = 5_000    # entries back from the head: all of them are read from the other copy to be believed
_PREFIX = b"carnet challenge 1"


class Verdict(Enum):
    """What an answer was."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Proven:
    """A record that a host was asked about, what came of it, and how long it took."""

    record: UUID
    verdict: Verdict
    ms: int


@dataclass(frozen=True, slots=True)
class Expected:
    """What is asked, and the bytes that answer it."""

    question: Question
    bodies: tuple[bytes, ...]
    journal: bytes

    def judged(self, nonce: bytes, answer: Answer) -> Verdict:
        """Whether this is the one right answer, under this nonce."""
        due = [*(digest(nonce, body) for body in self.bodies), digest(nonce, self.journal)]
        given = [*answer.bodies, answer.journal]
        if given == due:
            return Verdict.RIGHT
        wrong = [told for told, right in zip(given, due, strict=True) if told is not None and told != right]
        return Verdict.WRONG if wrong else Verdict.MISSING


def digest(nonce: bytes, held: bytes) -> bytes:
    """What a host that holds these bytes answers."""
    return sha256(_PREFIX + nonce + held).digest()


def summed(found: Sequence[Proven]) -> Possession:
    """The counts of these, for the figures of a day."""
    verdicts = [each.verdict for each in found]
    return Possession(
        asked=len(found), right=verdicts.count(Verdict.RIGHT), wrong=verdicts.count(Verdict.WRONG),
        missing=verdicts.count(Verdict.MISSING), unanswered=verdicts.count(Verdict.UNANSWERED),
        answer_ms=sum(each.ms for each in found if each.verdict is not Verdict.UNANSWERED))


class Challenges:
    """Asks hosts to prove what they hold."""

    def __init__(self, copies: Copies, store: HostingStore) -> None:
        self._copies = copies
        self._store = store

    async def ask(self, host: str, records: int = 1) -> list[Proven]:
        """Ask this host about so many of its records, and keep the figures; what it lacks is noted and brought."""
        near_by = await self._store.oversight.some_records_of(host, after=uuid4(), limit=AMONG)
        found = []
        for record in picked(near_by, records):
            proven = await self._ask_about(host, record)
            if proven is not None:
                found.append(proven)
        if found:
            await self._store.oversight.was_challenged(host, summed(found))
        return found

    async def _ask_about(self, host: str, record: ChallengedRecord) -> Proven | None:
        try:
            expected = await self._expected(host, record)
        except CarnetError as error:
            log.info("host %s is not asked about a record: the other copy cannot be read (%s)", host, error)
            return None
        nonce, began = new_nonce(), monotonic()
        verdict = await self._verdict(self._copies.clients[host], expected, nonce)
        ms = round((monotonic() - began) * 1000)
        if verdict in (Verdict.WRONG, Verdict.MISSING) and not await self._found_lacking(host, record):
            return None
        return Proven(record.record, verdict, ms)

    async def _verdict(self, client: HostClient, expected: Expected, nonce: bytes) -> Verdict:
        try:
            [answer] = await client.challenge(nonce, [expected.question])
        except HostUnavailable:
            return Verdict.UNANSWERED
        except IntegrityError:      # an answer to another question, or one that the host did not sign
            return Verdict.WRONG
        return expected.judged(nonce, answer)

    async def _found_lacking(self, host: str, record: ChallengedRecord) -> bool:
        """Note the lack; False when the record moved meanwhile, so that nothing is held against the host."""
        placement = await self._store.placement(record.record)
        if placement is None or placement.version != record.version or host not in placement.both:
            return False
        await self._store.note_lack(record.record, host, NOT_PROVEN)
        return True

    async def _expected(self, host: str, record: ChallengedRecord) -> Expected:
        """A question about the record, and its answer from the other copy. Raises CarnetError when that has none."""
        other = self._copies.clients[record.reference if host == record.home else record.home]
        first = number_between(max(1, record.place - _DEEPEST + 1), record.place)
        end = ChainEnd(record.record, record.version, record.place, record.head)
        _, entries = await suffix_from(other, end, first)
        range_ = entries[:ENTRIES]
        names = [body.id for entry in range_ for body in Header.parse(entry.header).bodies]
        bodies = {}
        for name in picked(names, BODIES):
            sealed = await other.read(BodyAt(record.record, record.version, name, "challenge"))
            if sealed is None:
                await self._store.note_lack(record.record, other.host.id, NOT_THERE)
            else:
                bodies[name] = sealed
        question = Question(record.record, record.version, tuple(bodies), first, first + len(range_) - 1)
        return Expected(question, tuple(bodies.values()), b"".join(each.header + each.sealed for each in range_))


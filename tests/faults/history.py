"""The history of a run under faults, and what must be true of it whatever was broken. Pure: facts in, a verdict out.

All times are of one steady clock. A request that got no answer says nothing: what it did may be there, or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor

SLOW_SECONDS = 2.0
NO_ANSWER = 0
_DONE = (200, 201)
_MAY_FAIL = (NO_ANSWER, 503)


@dataclass(frozen=True, slots=True)
class Request:
    """When something was asked, when the answer came, and its status."""

    sent_at: float
    answered_at: float
    status: int

    @property
    def seconds(self) -> float:
        """How long somebody waited."""
        return self.answered_at - self.sent_at

    @property
    def is_done(self) -> bool:
        """Was it done, and said so?"""
        return self.status in _DONE


@dataclass(frozen=True, slots=True)
class Deposit:
    """A document that was sent, perhaps not for the first time; `digest` is of its bytes."""

    request: Request
    patient: str
    document: str
    digest: str


@dataclass(frozen=True, slots=True)
class Found:
    """All documents of a patient were asked for; those that were listed, which a page may not hold whole."""

    request: Request
    asker: str
    patient: str
    listed: tuple[str, ...] = ()
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Retrieved:
    """One document was asked for; the digest of the bytes that came."""

    request: Request
    asker: str
    document: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Blocked:
    """From its acknowledgement until the patient began to take it back (never: None), this asker may see nothing."""

    asker: str
    patient: str
    acknowledged_at: float
    released_at: float | None = None

    def forbids(self, request: Request) -> bool:
        """Was this asked and answered while it held?"""
        ended_before = self.released_at is None or request.answered_at < self.released_at
        return request.sent_at >= self.acknowledged_at and ended_before


@dataclass(frozen=True, slots=True)
class Broken:
    """Something that was broken from one moment to another."""

    what: str
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class End:
    """What there was at the end, when all was whole again.

    `listed` is what each patient's own list names, `digests` what came when the owner asked for it. `differing` are
    records whose heads are not the portal's at both hosts; the rest counts what hosts lack or hold altered.
    """

    listed: Mapping[str, Sequence[str]]
    digests: Mapping[str, str]
    differing: int
    lacking: int
    altered: int
    waiting: int
    log_verifies: bool


@dataclass
class History:
    """All that was asked and answered, in any order, and all that was broken."""

    deposits: list[Deposit] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    retrieved: list[Retrieved] = field(default_factory=list)
    blocks: list[Blocked] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)

    def acknowledged(self) -> dict[str, tuple[float, Deposit]]:
        """Each document that was acknowledged, with the first time it was."""
        kept: dict[str, tuple[float, Deposit]] = {}
        for each in self.deposits:
            at = each.request.answered_at
            if each.request.is_done and at < kept.get(each.document, (float("inf"), each))[0]:
                kept[each.document] = (at, each)
        return kept


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was false, one line each. Nothing, when all is well."""

    lost: tuple[str, ...]
    stale: tuple[str, ...]
    forbidden: tuple[str, ...]
    doubled: tuple[str, ...]
    copies: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Was every promise kept?"""
        return not (self.lost or self.stale or self.forbidden or self.doubled or self.copies)


def judged(history: History, end: End) -> Verdict:
    """Everything in this history that must not be."""
    return Verdict(
        tuple(_lost(history, end)), tuple(_stale(history)), tuple(_forbidden(history)), tuple(_doubled(history, end)),
        tuple(_copies(end)))


def _lost(history: History, end: End) -> Iterator[str]:
    for document, (_, deposit) in history.acknowledged().items():
        if document not in end.listed.get(deposit.patient, ()):
            yield f"{document} is not in its patient's list at the end"
        elif end.digests.get(document) != deposit.digest:
            yield f"{document} does not come back as it was deposited"


def _stale(history: History) -> Iterator[str]:
    kept = history.acknowledged()
    by_patient: dict[str, list[tuple[float, str]]] = {}
    for document, (at, deposit) in kept.items():
        by_patient.setdefault(deposit.patient, []).append((at, document))
    digests = {each.document: each.digest for each in history.deposits}
    blocked = {(each.asker, each.patient) for each in history.blocks}
    for found in history.found:
        if (found.asker, found.patient) in blocked:
            continue        # whoever is blocked now and then may be refused at other moments: only answers are judged
        if found.request.status not in (*_DONE, *_MAY_FAIL):
            yield f"a list of {found.patient} was answered {found.request.status}"
        elif found.request.is_done and found.is_whole:
            due = {document for at, document in by_patient.get(found.patient, ()) if at < found.request.sent_at}
            for document in due.difference(found.listed):
                yield f"{document} was acknowledged and is not in a list that was asked for later"
    for read in history.retrieved:
        if read.request.is_done:
            if read.digest != digests.get(read.document):
                yield f"{read.document} was read otherwise than it was deposited"
        elif read.request.status not in _MAY_FAIL and not _is_of_a_block(history, read):
            at = kept[read.document][0] if read.document in kept else float("inf")
            if at < read.request.sent_at:
                yield f"{read.document} was acknowledged, and answered {read.request.status} to {read.asker}"


def _is_of_a_block(history: History, read: Retrieved) -> bool:
    return any(block.asker == read.asker for block in history.blocks)


def _forbidden(history: History) -> Iterator[str]:
    patients = {each.document: each.patient for each in history.deposits}
    for block in history.blocks:
        for found in history.found:
            is_theirs = (found.asker, found.patient) == (block.asker, block.patient)
            if is_theirs and found.listed and block.forbids(found.request):
                yield f"{found.asker} was shown a list of {found.patient} while blocked"
        for read in history.retrieved:
            is_theirs = (read.asker, patients.get(read.document)) == (block.asker, block.patient)
            if is_theirs and read.request.is_done and block.forbids(read.request):
                yield f"{read.asker} was given {read.document} while blocked"


def _doubled(history: History, end: End) -> Iterator[str]:
    sent = {each.document for each in history.deposits}
    for patient, listed in end.listed.items():
        for document, times in Counter(listed).items():
            if times > 1:
                yield f"{document} is listed {times} times"
            if document not in sent:
                yield f"{document} of {patient} was never sent"
    for found in history.found:
        if len(set(found.listed)) < len(found.listed):
            yield f"a list of {found.patient} named a document twice"


def _copies(end: End) -> Iterator[str]:
    for count, what in (
        (end.differing, "records whose heads differ"), (end.lacking, "bodies that a host lacks"),
        (end.altered, "bodies or entries that a host holds altered"), (end.waiting, "entries that still wait"),
    ):
        if count:
            yield f"{count} {what}"
    if not end.log_verifies:
        yield "the audit log does not verify"


@dataclass(frozen=True, slots=True)
class Row:
    """What one fault did: from its beginning until the next began."""

    what: str
    seconds: float
    deposits: int
    reads: int
    failed: int
    seconds_without_deposits: int
    seconds_without_reads: int
    worst_deposit: float
    worst_read: float


def rows(history: History) -> list[Row]:
    """One row per fault, in order. A second counts as unavailable when a request in it failed or took over 2 s."""
    deposits = [each.request for each in history.deposits]
    reads = _reads(history)
    told = []
    for broken, until in _windows(history):
        put, read = ([each for each in kind if broken.began <= each.sent_at < until] for kind in (deposits, reads))
        told.append(Row(
            broken.what, broken.ended - broken.began, deposits=sum(each.is_done for each in put),
            reads=sum(each.is_done for each in read), failed=sum(not each.is_done for each in (*put, *read)),
            seconds_without_deposits=len(unavailable(put)), seconds_without_reads=len(unavailable(read)),
            worst_deposit=_worst(put), worst_read=_worst(read)))
    return told


def _worst(requests: Sequence[Request]) -> float:
    return max((each.seconds for each in requests), default=0.0)


def unavailable(requests: Sequence[Request]) -> set[int]:
    """The seconds in which a request failed, or was waited for longer than 2 s."""
    return {
        second for each in requests if not each.is_done or each.seconds > SLOW_SECONDS
        for second in range(floor(each.sent_at), floor(each.answered_at) + 1)}


def _reads(history: History) -> list[Request]:
    """Reads of those who may read: a refusal to who is blocked is a right answer."""
    blocked = {each.asker for each in history.blocks}
    found = [each.request for each in history.found if each.asker not in blocked]
    return found + [each.request for each in history.retrieved if each.asker not in blocked]


def _windows(history: History) -> Iterator[tuple[Broken, float]]:
    ordered = sorted(history.broken, key=lambda each: each.began)
    for place, broken in enumerate(ordered):
        yield broken, ordered[place + 1].began if place + 1 < len(ordered) else float("inf")

"""Steps: what is written down of a call, in order, each with who and when, each naming the hash of the one before."""

from __future__ import annotations

import hashlib
from datetime import date
from uuid import UUID

import msgspec

from carnet.errors import IntegrityError
from carnet.steering.calls.application import Application
from carnet.steering.calls.call import Call
from carnet.steering.calls.milestones import MeasuredFeed, Outcome
from carnet.steering.calls.scoring import Mark

_HEADER = b"carnet call 1\n"


class _Done(msgspec.Struct, frozen=True, kw_only=True, tag_field="step"):
    """What a step says."""


class Opened(_Done, tag="opened", frozen=True, kw_only=True):
    """The call was opened, as its file says; `sha256` is the file's."""

    call: Call
    sha256: str


class Amended(_Done, tag="amended", frozen=True, kw_only=True):
    """The call is from now on as this file says, and why."""

    call: Call
    sha256: str
    number: int
    reason: str


class Applied(_Done, tag="applied", frozen=True, kw_only=True):
    """An application came; `sha256` is its file's."""

    application: str
    file: Application
    sha256: str


class Recused(_Done, tag="recused", frozen=True, kw_only=True):
    """A scorer has an interest in an application: what they gave it, if anything, does not count."""

    application: str
    scorer: str
    reason: str


class Scored(_Done, tag="scored", frozen=True, kw_only=True):
    """A scorer gave an application marks."""

    application: str
    scorer: str
    marks: tuple[Mark, ...]


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What an application is granted: 0 is a refusal. Less than was asked for has a reason."""

    application: str
    cents: int
    reason: str = ""


class Decided(_Done, tag="decided", frozen=True, kw_only=True):
    """Who is granted how much, by which legal act."""

    legal_act: str
    given: tuple[Given, ...]


class Measured(_Done, tag="measured", frozen=True, kw_only=True):
    """What was fed from the grant on until (not on) a day, against what was promised, and what is due of the tranche.

    `records` were reached by all of its feeds together, each once.
    """

    application: str
    milestone: str
    attempt: int
    since: date
    until: date
    feeds: tuple[MeasuredFeed, ...]
    documents: int
    records: int
    outcome: Outcome
    tranche_cents: int
    due_cents: int


class Appealed(_Done, tag="appealed", frozen=True, kw_only=True):
    """The group asked for a second measure."""

    application: str
    milestone: str
    reason: str


class Released(_Done, tag="released", frozen=True, kw_only=True):
    """What is due of a tranche is to be paid: the invoice in the ledger."""

    application: str
    milestone: str
    cents: int
    entry: UUID


class Cancelled(_Done, tag="cancelled", frozen=True, kw_only=True):
    """What is left of a tranche will not be paid: the decommitment in the ledger."""

    application: str
    milestone: str
    cents: int
    reason: str
    entry: UUID


Done = Opened | Amended | Applied | Recused | Scored | Decided | Measured | Appealed | Released | Cancelled


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step: which of the call, by whom, on which day, and the head before it."""

    call: str
    number: int
    by: str
    on: date
    previous: str
    done: Done

    @property
    def content(self) -> bytes:
        """The bytes that are kept and hashed: the same for the same step, always."""
        return _HEADER + msgspec.json.encode(self)

    @property
    def head(self) -> str:
        """What the next step names as the one before."""
        return hashlib.sha256(self.content).hexdigest()


def step_of(content: bytes) -> Step:
    """The step in these bytes. Raises IntegrityError."""
    try:
        return msgspec.json.decode(content.removeprefix(_HEADER), type=Step)
    except msgspec.MsgspecError as error:
        raise IntegrityError("this is no step of a call") from error


def broken(steps: list[Step]) -> str:
    """What is wrong with the steps of a call as they are kept; empty when each leads to the next."""
    previous = ""
    for place, step in enumerate(steps, 1):
        if step.number != place or step.previous != previous:
            return f"step {place} does not follow the one before"
        previous = step.head
    return ""

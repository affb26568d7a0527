"""The steps of an accreditation: who may sign which, in which order, and what they come to.

Decides, and looks nothing up. A step is a statement that a signatory signed; each holds the hash of the one before, so
that none can be altered, taken out or put in. Law: CSP L1111-8, docs/decisions/0016-accreditation.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from carnet.errors import IntegrityError

_HEADER = b"carnet accreditation 1\n"
_NONE_BEFORE = "0" * 64


class Step(StrEnum):
    """What is signed. The first six are one application, in this order."""

    APPLIED = "applied"
    CONFORMANCE = "conformance"
    SECURITY = "security"
    CNIL = "cnil"
    COMMITTEE = "committee"
    DECISION = "decision"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    WITHDRAWN = "withdrawn"


class Role(StrEnum):
    """Who a signatory signs as."""

    APPLICANT = "applicant"
    CONFORMANCE = "conformance"
    SECURITY = "security"
    CNIL = "cnil"
    COMMITTEE = "committee"
    MINISTER = "minister"
    AUDITOR = "auditor"     # of the comparison (docs/comparison.md): signs no step of an accreditation


APPLICATION = (Step.APPLIED, Step.CONFORMANCE, Step.SECURITY, Step.CNIL, Step.COMMITTEE, Step.DECISION)
# Opinions may be unfavourable, and the minister decides all the same; without these two there is nothing to decide on.
MUST_BE_FAVOURABLE = frozenset({Step.APPLIED, Step.CONFORMANCE})
MAY_SIGN = {
    Step.APPLIED: frozenset({Role.APPLICANT}),
    Step.CONFORMANCE: frozenset({Role.CONFORMANCE}),
    Step.SECURITY: frozenset({Role.SECURITY}),
    Step.CNIL: frozenset({Role.CNIL}),
    Step.COMMITTEE: frozenset({Role.COMMITTEE}),
    Step.DECISION: frozenset({Role.MINISTER}),
    Step.SUSPENDED: frozenset({Role.MINISTER}),
    Step.RESUMED: frozenset({Role.MINISTER}),
    Step.WITHDRAWN: frozenset({Role.MINISTER, Role.APPLICANT}),      # a host may leave by itself
}


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed: `until` is the last day of a decision, `previous` the hash of the step before."""

    host: str
    number: int
    application: int
    step: Step
    is_favourable: bool
    signatory: str
    name: str
    role: Role
    signed_on: date
    document_sha256: str
    until: date | None
    previous: str

    @property
    def content(self) -> bytes:
        """The bytes that are signed: the same for the same statement, always."""
        return _HEADER + msgspec.json.encode(self)


def statement_of(content: bytes) -> Statement:
    """The statement in these bytes. Raises IntegrityError unless they are exactly what such a statement signs."""
    try:
        statement = msgspec.json.decode(content.removeprefix(_HEADER), type=Statement)
    except msgspec.MsgspecError as error:
        raise IntegrityError("this is no statement of an accreditation") from error
    if statement.content != content:
        raise IntegrityError("this is a statement of an accreditation, and not in its canonical form")
    return statement


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement with its signature, and the key that it was verified with."""

    statement: Statement
    signature: bytes
    public_key: bytes

    @property
    def sha256(self) -> str:
        """What the next step names as the one before."""
        return hashlib.sha256(self.statement.content + self.signature).hexdigest()

    def is_signed(self) -> bool:
        """True when the owner of the key signed this statement."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(self.signature, self.statement.content)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Decision:
    """A favourable decision of the minister, in force from its day to its last day."""

    application: int
    from_: date
    until: date


@dataclass(frozen=True, slots=True)
class Life:
    """What the steps of a host come to.

    `application` is the number of the last one, `done` its last step; `decision` the one that the host holds.
    """

    application: int = 0
    done: Step | None = None
    is_under_way: bool = False
    decision: Decision | None = None
    is_suspended: bool = False
    is_refused: bool = False
    is_withdrawn: bool = False

    @property
    def state(self) -> str:
        """In one word: `active` says nothing of days, which the database compares with its clock."""
        if self.decision is not None:
            return Step.SUSPENDED.value if self.is_suspended else "active"
        if self.is_withdrawn:
            return Step.WITHDRAWN.value
        if self.is_refused:
            return "refused"
        return self.done.value if self.done is not None else "unknown"

    @property
    def next_steps(self) -> tuple[Step, ...]:
        """The steps that may come now."""
        steps: list[Step] = []
        if self.is_under_way and self.done is not None:
            steps.append(APPLICATION[APPLICATION.index(self.done) + 1])
        else:
            steps.append(Step.APPLIED)
        if self.decision is not None:
            steps.append(Step.RESUMED if self.is_suspended else Step.SUSPENDED)
        if self.decision is not None or self.is_under_way:
            steps.append(Step.WITHDRAWN)
        return tuple(steps)


def life_of(statements: Iterable[Statement]) -> Life:
    """What these steps, in order, come to."""
    life = Life()
    for statement in statements:
        life = _after(life, statement)
    return life


def _after(life: Life, statement: Statement) -> Life:
    step = statement.step
    match step:
        case Step.WITHDRAWN:
            return Life(life.application, life.done, is_withdrawn=True)
        case Step.SUSPENDED | Step.RESUMED:
            return replace(life, is_suspended=step is Step.SUSPENDED)
        case Step.DECISION if statement.is_favourable:
            # A renewal does not end a suspension: that is a step of its own.
            decision = Decision(statement.application, statement.signed_on, statement.until or statement.signed_on)
            return Life(statement.application, step, decision=decision, is_suspended=life.is_suspended)
        case Step.DECISION:
            return replace(life, done=step, is_under_way=False, is_refused=life.decision is None)
        case _:
            return replace(
                life, application=statement.application, done=step, is_under_way=True, is_refused=False,
                is_withdrawn=False)


def broken(steps: Sequence[Signed]) -> str:
    """What is wrong with these steps of one host, as they are kept; empty when each is signed and leads to the next."""
    previous = _NONE_BEFORE
    for place, step in enumerate(steps, 1):
        if not step.is_signed():
            return f"step {place} is not signed by the key that is kept with it"
        if step.statement.number != place or step.statement.previous != previous:
            return f"step {place} does not follow the one before"
        previous = step.sha256
    return ""


def last_hash(steps: Sequence[Signed]) -> str:
    """What the next step names as the one before."""
    return steps[-1].sha256 if steps else _NONE_BEFORE

"""A message of a feed: who sent it, what it asks of a record, and what became of it. Pure.

A channel reads its own form (an HL7 v2 message, a mail, a file) and gives a `Message`: the same steps for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from carnet.documents.rules import SubmissionPolicy
from carnet.documents.submission import Submission
from carnet.errors import Issue
from carnet.people.caller import OrganisationCaller
from carnet.people.ins import Ins
from carnet.people.patient import Traits

FOR_A_PROFESSIONAL, FOR_THE_PATIENT = COPIES = "copy for a professional", "copy for the patient"
OF_A_READER = "reader:"     # how `what` of an acknowledgement begins that sleeps until a copy was read; its box follows


class Channel(StrEnum):
    """How a message came."""

    HL7 = "hl7"
    MAIL = "mail"
    REIMBURSEMENT = "reimbursement"
    FOLDER = "folder"


class MessageState(StrEnum):
    """Where a message is. `received`: kept, to be tried again; `waiting`: for a record that is open and active;
    `replaced` and `deleted`: a later message replaced or deleted its documents.
    """

    RECEIVED = "received"
    WAITING = "waiting"
    REFUSED = "refused"
    DEPOSITED = "deposited"
    REPLACED = "replaced"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Partner:
    """Software of an organisation that feeds records. `partner_id` names it in settings, commands and figures."""

    partner_id: str
    organisation: str       # Struct_IdNat
    name: str
    software: str

    @property
    def caller(self) -> OrganisationCaller:
        """As the one who asks."""
        return OrganisationCaller(self.organisation, self.name, self.software)


@dataclass(frozen=True, slots=True)
class Deposit:
    """Documents to keep, some of which may replace others. A live one replaces what its sender has in force of its
    type.
    """

    submission: Submission
    is_live: bool = False


@dataclass(frozen=True, slots=True)
class Deletion:
    """A document in force, by its uniqueId, that its author declares void. `ins` is whose it must be, when it is said.
    """

    unique_id: str
    ins: Ins | None = None


@dataclass(frozen=True, slots=True)
class Opposition:
    """What a patient said to the sender's organisation: True opposes, False lifts, None says nothing of it."""

    ins: Ins
    feeding: bool | None
    consultation: bool | None
    said_at: datetime


Step = Deposit | Deletion | Opposition


@dataclass(frozen=True, slots=True)
class Message:
    """What a message says, once read. `kind` is the form's own name for it (`ORU^R01`, `XDM`); `acted_at` when the
    care took place; `control_id` the sender's own name for the message; `traits` must be those of the record's holder.
    """

    kind: str
    steps: tuple[Step, ...]
    control_id: str = ""
    ins: Ins | None = None
    type_code: str = ""
    sent_at: datetime | None = None
    acted_at: datetime | None = None
    is_structured: bool = False
    traits: Traits | None = None

    @property
    def unique_ids(self) -> tuple[str, ...]:
        """The documents that it brings or deletes."""
        names: list[str] = []
        for step in self.steps:
            match step:
                case Deposit(submission=submission):
                    names += [each.entry.unique_id for each in submission.documents]
                case Deletion(unique_id=unique_id):
                    names.append(unique_id)
        return tuple(names)

    @property
    def replaced_ids(self) -> tuple[str, ...]:
        """The documents that its own replace."""
        deposits = (step.submission for step in self.steps if isinstance(step, Deposit))
        return tuple(each.replaces for lot in deposits for each in lot.documents if each.replaces)

    @property
    def deleted_ids(self) -> tuple[str, ...]:
        """The documents that it deletes."""
        return tuple(step.unique_id for step in self.steps if isinstance(step, Deletion))


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message. `reasons` are codes, `issues` what its sender corrects, or is to know of what was
    deposited; `is_new` is False when these very bytes had come before, or brought nothing new.
    """

    message_id: UUID
    state: MessageState
    reasons: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    record: UUID | None = None
    is_new: bool = True

    @property
    def is_accepted(self) -> bool:
        """True when the sender need do nothing more: it is deposited, or kept until it can be."""
        return self.state is not MessageState.REFUSED


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something to send because of a message: `destination` is an address of the channel, `what` says its purpose.

    What `sleeps` is not due before something wakes it (`outgoing_store.py`).
    """

    channel: Channel
    destination: str
    what: str
    content: bytes
    sleeps: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a channel needs to read a message: the platform's policies, and the time."""

    policy: SubmissionPolicy
    now: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """A message and what became of it. `message` is None when the bytes could not be read; `copied_to` are the boxes
    that had copies of the documents that it deleted.
    """

    raw: bytes
    partner: Partner
    message: Message | None
    taken: Taken
    copied_to: Sequence[str] = ()


class Form(Protocol):
    """How one channel reads its messages, and what it answers once it is known what became of them."""

    channel: Channel

    def read(self, raw: bytes, partner: Partner, reading: Reading, /) -> Message:
        """What the message says. Raises InvalidInput with every issue; says nothing of rights and asks nobody."""

    def answers(self, settled: Settled, /) -> Sequence[Outgoing]:
        """What goes out now: acknowledgements, copies for other addresses.

        One `what` to one destination is sent once for a message, however often this is asked.
        """


@dataclass(frozen=True, slots=True)
class Kept:
    """A message as the inbox lists it. Nothing of its content."""

    message_id: UUID
    channel: Channel
    partner: Partner
    state: MessageState
    kind: str
    control_id: str
    received_at: datetime
    settled_at: datetime | None
    type_code: str
    ins: str
    record: UUID | None
    unique_ids: tuple[str, ...]
    reasons: tuple[str, ...]
    issues: tuple[Issue, ...]
    has_content: bool
    times: int = 1
    corrected_by: UUID | None = None
    attempts: int = field(default=0, compare=False)

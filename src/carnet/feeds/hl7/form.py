"""The form of HL7 v2 messages, for the inbox: what they ask, and what goes out because of them.

May import: this room, record/inbox/message.py, documents, errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from carnet.documents.rules import SubmissionPolicy
from carnet.documents.submission import Submission
from carnet.errors import InvalidInput
from carnet.feeds.hl7 import business
from carnet.feeds.hl7.carried import carriers_of
from carnet.feeds.hl7.copies import Post, copies_of, letters, notices
from carnet.feeds.hl7.er7 import Er7, read_er7
from carnet.feeds.hl7.flags import Flag, Flags, read_flags
from carnet.feeds.hl7.participants import read_participants
from carnet.feeds.hl7.reading import read_message, submission_of
from carnet.feeds.hl7.told import told_of
from carnet.record.inbox.message import (
    OF_A_READER,
    Channel,
    Deletion,
    Deposit,
    Message,
    MessageState,
    Outgoing,
    Partner,
    Reading,
    Settled,
)

TO_THE_RECORD, OF_A_REFUSAL = "record: done", "record: refused"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Hl7Form:
    """`replies` are the addresses (host:port) that partners, by their ids, take business acknowledgements at; `post` is
    where copies leave from, with the policy that documents are read by again for those that go by mail alone.
    """

    replies: Mapping[str, str] = field(default_factory=dict)
    post: Post | None = None
    policy: SubmissionPolicy = field(default_factory=SubmissionPolicy)
    channel = Channel.HL7

    def read(self, raw: bytes, partner: Partner, reading: Reading, /) -> Message:
        """What the message asks. Raises InvalidInput with every issue."""
        return read_message(raw, partner, reading).message

    def answers(self, settled: Settled, /) -> Sequence[Outgoing]:
        """Copies by secure mail, once the message is accepted; letters about copies that are void now; and the business
        acknowledgements that were wished.
        """
        message = settled.message
        if message is None or message.ins is None or message.kind.startswith("ADT"):
            return ()
        try:
            er7 = read_er7(settled.raw)
            flags = flags_of(er7)
        except InvalidInput:
            return ()       # it was read before: what is answered now cannot be worse than nothing
        reply = self.replies.get(settled.partner.partner_id, "") if flags[Flag.ACK_RECEPTION] else ""
        out = list(_of_the_record(settled, er7, reply)) if reply and flags[Flag.DESTDMP] else []
        is_copied = flags[Flag.DESTMSSANTEPS] or flags[Flag.DESTMSSANTEPAT]
        if self.post is not None and is_copied and settled.taken.is_accepted:
            out += self._copies(settled, er7, flags, reply)
        if self.post is not None:
            out += notices(message.deleted_ids, settled.copied_to, settled.partner.name, self.post)
        return out

    def _copies(self, settled: Settled, er7: Er7, flags: Flags, reply: str) -> Iterator[Outgoing]:
        submission = self._submission(settled)
        if submission is None or self.post is None:
            return
        participants = read_participants(er7.every("PRT"), settled.partner)
        yield from letters(er7, flags, participants, submission, self.post)
        ins = submission.submission_set.patient_id
        for address, _ in copies_of(flags, participants, ins, self.post) if reply else ():
            content = business.of_the_box(er7.header, address)
            yield Outgoing(Channel.HL7, reply, f"{business.OF_A_BOX} {address}", content)
            if flags[Flag.ACK_LECTURE_MSS]:
                content = business.of_the_reader(er7.header, address)
                yield Outgoing(Channel.HL7, reply, f"{OF_A_READER} {address}", content, sleeps=True)

    def _submission(self, settled: Settled) -> Submission | None:
        """What is sent: the lot of the message, read again when none of it was for the record; None for a deletion."""
        message = settled.message
        if message is None or any(isinstance(step, Deletion) for step in message.steps):
            return None
        kept = next((step.submission for step in message.steps if isinstance(step, Deposit)), None)
        if kept is not None:
            return kept
        reading = Reading(self.policy, message.sent_at or message.acted_at or _EPOCH)
        asked = read_message(settled.raw, settled.partner, reading)
        return submission_of(asked, settled.partner, reading) if asked.documents else None


def flags_of(er7: Er7) -> Flags:
    """The flags of a message that was read before. Raises InvalidInput."""
    carriers = carriers_of(er7)
    return read_flags([obx for obx in er7.every("OBX") if obx not in carriers])


def _of_the_record(settled: Settled, er7: Er7, reply: str) -> Iterator[Outgoing]:
    match settled.taken.state:
        case MessageState.DEPOSITED:
            yield Outgoing(Channel.HL7, reply, TO_THE_RECORD, business.of_the_record(er7.header))
        case MessageState.REFUSED:
            told = told_of(settled.taken)
            yield Outgoing(Channel.HL7, reply, OF_A_REFUSAL, business.of_the_record(er7.header, told))

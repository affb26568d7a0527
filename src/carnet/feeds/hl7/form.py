"""The form of HL7 v2 messages, for the inbox: what they ask, and what goes out because of them.

May import: this room, record/inbox/message.py, documents, errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from carnet.errors import InvalidInput
from carnet.feeds.hl7 import business
from carnet.feeds.hl7.carried import carriers_of
from carnet.feeds.hl7.er7 import Er7, read_er7
from carnet.feeds.hl7.flags import Flag, Flags, read_flags
from carnet.feeds.hl7.reading import read_message
from carnet.feeds.hl7.told import told_of
from carnet.record.inbox.message import Channel, Message, MessageState, Outgoing, Partner, Reading, Settled

TO_THE_RECORD = "business acknowledgement of the record"
_REFUSED = "business acknowledgement of a refusal"


@dataclass(frozen=True)
class Hl7Form:
    """`replies` are the addresses (host:port) that partners, by their ids, take business acknowledgements at."""

    replies: Mapping[str, str] = field(default_factory=dict)
    channel = Channel.HL7

    def read(self, raw: bytes, partner: Partner, reading: Reading, /) -> Message:
        """What the message asks. Raises InvalidInput with every issue."""
        return read_message(raw, partner, reading).message

    def answers(self, settled: Settled, /) -> Sequence[Outgoing]:
        """The business acknowledgements that the sender wished, when there is an address for them."""
        reply = self.replies.get(settled.partner.partner_id, "")
        if settled.message is None or settled.message.kind.startswith("ADT") or not reply:
            return ()
        try:
            er7 = read_er7(settled.raw)
            flags = flags_of(er7)
        except InvalidInput:
            return ()       # what could be read once can be read again: this is for what could not
        return tuple(_of_the_record(settled, er7, flags, reply))


def flags_of(er7: Er7) -> Flags:
    """The flags of a message that was read before. Raises InvalidInput."""
    carriers = carriers_of(er7)
    return read_flags([obx for obx in er7.every("OBX") if obx not in carriers])


def _of_the_record(settled: Settled, er7: Er7, flags: Flags, reply: str) -> Iterator[Outgoing]:
    if not (flags[Flag.ACK_RECEPTION] and flags[Flag.DESTDMP]):
        return
    match settled.taken.state:
        case MessageState.DEPOSITED:
            yield Outgoing(Channel.HL7, reply, TO_THE_RECORD, business.of_the_record(er7.header))
        case MessageState.REFUSED:
            told = told_of(settled.taken)
            yield Outgoing(Channel.HL7, reply, _REFUSED, business.of_the_record(er7.header, told))

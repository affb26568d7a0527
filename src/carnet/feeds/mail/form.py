"""The form of secure mail, for the inbox: what a letter asks, and the notification that answers it.

May import: this room, feeds, record/inbox/message.py, errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from carnet.errors import InvalidInput
from carnet.feeds.hl7.told import told_of
from carnet.feeds.mail.mime import headers_of, read_mail
from carnet.feeds.mail.reading import read_message
from carnet.feeds.mail.receipt import receipt
from carnet.record.inbox.message import Channel, Message, MessageState, Outgoing, Partner, Reading, Settled

DONE, REFUSED = "receipt of a deposit", "receipt of a refusal"


@dataclass(frozen=True)
class MailForm:
    """`addresses` are those that partners, by their ids, write from: nothing is answered to any other."""

    mailbox: str
    addresses: Mapping[str, Sequence[str]] = field(default_factory=dict)
    channel = Channel.MAIL

    def read(self, raw: bytes, partner: Partner, reading: Reading, /) -> Message:
        """What the letter asks. Raises InvalidInput with every issue."""
        return read_message(raw, partner, reading)

    def answers(self, settled: Settled, /) -> Sequence[Outgoing]:
        """A refusal is always told; a deposit when the sender asked for it. What waits is told when it is settled."""
        known = [each.lower() for each in self.addresses.get(settled.partner.partner_id, ())]
        try:
            mail = read_mail(headers_of(settled.raw))
        except InvalidInput:
            return ()       # the door refuses these before they come here
        is_refused = settled.taken.state is MessageState.REFUSED
        to = mail.sender if is_refused else mail.wants_receipt_at
        if to not in known or settled.taken.state not in (MessageState.REFUSED, MessageState.DEPOSITED):
            return ()
        told = told_of(settled.taken)
        said = [f"{each.words} ({each.diagnostic})" if each.diagnostic else each.words for each in told]
        problems, notes = (said, ()) if is_refused else ((), said)
        content = receipt(mail.message_id, mailbox=self.mailbox, to=to, problems=problems, notes=notes)
        return (Outgoing(Channel.MAIL, to, REFUSED if is_refused else DONE, content),)

"""The form of a folder's messages: one file, one CDA.

May import: this room, documents, errors.
"""

from __future__ import annotations

from collections.abc import Sequence

from carnet.feeds.lots import lot_of, moment, read_cda
from carnet.record.inbox.message import Channel, Deposit, Message, Outgoing, Partner, Reading, Settled


class FolderForm:
    """A file is a CDA; what is said of it is all in its header."""

    channel = Channel.FOLDER

    def read(self, raw: bytes, partner: Partner, reading: Reading, /) -> Message:
        """The document. Raises InvalidDocument with everything that its header lacks."""
        read = read_cda(raw, reading.policy.ins)
        entry = read.document.entry
        return Message(
            kind="CDA", steps=(Deposit(lot_of([read.document], partner, reading)),), control_id=entry.unique_id,
            ins=entry.patient_id, type_code=entry.type_code.code, acted_at=moment(entry.service_start_time),
            is_structured=read.header.body_media_type is None)

    def answers(self, _settled: Settled, /) -> Sequence[Outgoing]:
        """Nothing: the file is put in another folder by who watches."""
        return ()

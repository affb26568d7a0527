"""The form of a history of reimbursements that comes as a document: one CNAM-HR CDA a person.

May import: this room, documents, errors.
"""

from __future__ import annotations

from collections.abc import Sequence

from carnet.documents.compose_care import TYPE
from carnet.errors import InvalidDocument, Issue
from carnet.feeds.lots import lot_of, moment, read_cda
from carnet.record.inbox.message import Channel, Deposit, Message, Outgoing, Partner, Reading, Settled

FORMAT = "urn:asip:ci-sis:hr:2019"


class ReimbursementForm:
    """A file is a history, which replaces the one that its sender has in force."""

    channel = Channel.REIMBURSEMENT

    def read(self, raw: bytes, partner: Partner, reading: Reading, /) -> Message:
        """The document. Raises InvalidDocument with everything that its header lacks, and for any other model."""
        read = read_cda(raw, reading.policy.ins)
        entry = read.document.entry
        if entry.type_code.code != TYPE or entry.format_code.code != FORMAT:
            raise InvalidDocument(Issue("value", "not a history of reimbursements (CNAM-HR)", "/ClinicalDocument/code"))
        return Message(
            kind="CNAM-HR", steps=(Deposit(lot_of([read.document], partner, reading), is_live=True),),
            control_id=entry.unique_id, ins=entry.patient_id, type_code=TYPE, acted_at=moment(entry.service_stop_time),
            is_structured=True)

    def answers(self, _settled: Settled, /) -> Sequence[Outgoing]:
        """Nothing: what became of it is in the list of the command."""
        return ()

"""From the bytes of CDA documents to a lot: what feeds share, whatever the form that carried them.

May import: people, documents, errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_OID, uuid4, uuid5

from carnet.documents import codes
from carnet.documents.cda import entry_from_header
from carnet.documents.cda_header import CdaHeader, read_header
from carnet.documents.entry import Author, SubmissionSet, Visibility
from carnet.documents.media import CDA, SELF_PRESENTING_CDA, sniff
from carnet.documents.submission import Submission, SubmittedDocument
from carnet.documents.time import Dtm
from carnet.errors import InvalidDocument, InvalidSubmission, Issue
from carnet.people.code import Code
from carnet.people.ins import InsPolicy
from carnet.people.names import Institution
from carnet.record.inbox.message import Partner, Reading

_NOTHING: frozenset[Visibility] = frozenset()


@dataclass(frozen=True, slots=True)
class ReadCda:
    """A document with the header that was read of it, ready for a lot."""

    document: SubmittedDocument
    header: CdaHeader


def read_cda(
    content: bytes, policy: InsPolicy, *, visibility: frozenset[Visibility] = _NOTHING, replaces: str | None = None,
    where: str = "",
) -> ReadCda:
    """The document that these bytes are; `replaces` wins over what its header says. Raises InvalidDocument."""
    if sniff(content) not in (CDA, SELF_PRESENTING_CDA):
        raise InvalidDocument(Issue("structure", "these bytes are no CDA R2 document", where))
    try:
        header = read_header(content, policy)
        entry = entry_from_header(header, content, entry_uuid=uuid4(), visibility=visibility)
    except InvalidDocument as error:
        issues = (Issue(each.code, each.message, f"{where} {each.expression}".strip()) for each in error.issues)
        raise InvalidDocument(*issues) from None
    return ReadCda(SubmittedDocument(entry, content, replaces or header.replaces, header), header)


def lot_of(
    documents: Sequence[SubmittedDocument], partner: Partner, reading: Reading, *, title: str = "",
) -> Submission:
    """One lot of these documents, sent by this partner. Raises InvalidSubmission for none."""
    if not documents:
        raise InvalidSubmission(Issue("required", "no document"))
    first = documents[0].entry
    source = uuid5(NAMESPACE_OID, partner.organisation)     # an OID made of a UUID (ITU-T X.667): the same each time
    submission_set = SubmissionSet(
        entry_uuid=uuid4(), unique_id=f"2.25.{uuid4().int}", patient_id=first.patient_id,
        source_id=f"2.25.{source.int}", submission_time=Dtm.at(reading.now),
        content_type_code=_class_or_type(first.type_code),
        author=Author(None, Institution(partner.name, partner.organisation)), title=title or first.title)
    return Submission(submission_set, tuple(documents))


def moment(time: Dtm | None) -> datetime | None:
    """When the care took place, as figures keep it."""
    return time.utc if time is not None else None


def _class_or_type(type_code: Code) -> Code:
    try:
        return codes.class_of(type_code.code)
    except InvalidSubmission:
        return type_code        # an unknown type is refused with the rest of the lot's problems

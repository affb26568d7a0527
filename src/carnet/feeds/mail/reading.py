"""A message of secure mail to the steps that it asks of a record: each submission set is a deposit. Pure.

Everything that is wrong is said at once. Rights are not looked at here: `record/submit.py` decides.
May import: this room, feeds, record/inbox/message.py, people, documents, errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import NAMESPACE_OID, uuid4, uuid5

from carnet.documents import codes
from carnet.documents.cda import sha1_hex
from carnet.documents.cda_header import CdaHeader, read_header
from carnet.documents.entry import Author, SubmissionSet
from carnet.documents.media import CDA, SELF_PRESENTING_CDA, sniff
from carnet.documents.submission import Submission, SubmittedDocument
from carnet.documents.time import Dtm
from carnet.errors import InvalidInput, InvalidSubmission, Issue
from carnet.feeds.hl7.all_issues import AllIssues
from carnet.feeds.lots import moment
from carnet.feeds.mail.archive import Archive, read_archive
from carnet.feeds.mail.described import contradictions, entry_of, traits_of, with_header
from carnet.feeds.mail.metadata_in import DescribedFile, DescribedSet, read_metadata
from carnet.feeds.mail.mime import Mail, NoArchiveError, archive_in, read_mail
from carnet.people.code import Code
from carnet.people.names import Institution
from carnet.people.patient import Traits
from carnet.people.same_traits import differing
from carnet.record.inbox.message import Deposit, Message, Partner, Reading

KIND = "XDM"
MOST_DOCUMENTS = 100


def read_message(raw: bytes, partner: Partner, reading: Reading) -> Message:
    """What these bytes ask. Raises InvalidInput with every issue."""
    mail = read_mail(raw)
    try:
        content = archive_in(mail)
    except NoArchiveError:
        raise InvalidInput(Issue("structure", "the message has no IHE_XDM.zip", "message")) from None
    archive = read_archive(content, limit_bytes=reading.policy.submission_limit_bytes)
    found = _Lots(archive, partner, reading)
    lots = found.read()
    documents = [each for lot in lots for each in lot.documents]
    patients = {each.entry.patient_id for each in documents}
    if len(patients) > 1:
        raise InvalidInput(Issue("business-rule", "one message is about one patient", "patientId"))
    if any(differing(found.traits[0], each) for each in found.traits[1:]):
        raise InvalidInput(Issue("business-rule", "the documents name people of other traits", "sourcePatientInfo"))
    return replace(_message(mail, lots, documents), traits=next(iter(found.traits), None))


def _message(mail: Mail, lots: Sequence[Submission], documents: Sequence[SubmittedDocument]) -> Message:
    first = documents[0]
    headers = [each.header for each in documents]
    return Message(
        KIND, tuple(map(Deposit, lots)), control_id=mail.message_id, ins=first.entry.patient_id,
        type_code=first.entry.type_code.code, sent_at=mail.sent_at, acted_at=moment(first.entry.service_start_time),
        is_structured=any(header is not None and header.body_media_type is None for header in headers))


class _Lots:
    """The submission sets of an archive, read with their files."""

    def __init__(self, archive: Archive, partner: Partner, reading: Reading) -> None:
        self._archive, self._partner, self._reading = archive, partner, reading
        self._issues = AllIssues()
        self.traits: list[Traits] = []      # whom the documents take the patient for

    def read(self) -> list[Submission]:
        """All of them. Raises InvalidInput with all that is wrong in all of them."""
        if not self._archive.subsets:
            raise InvalidInput(Issue("structure", "the archive has no IHE_XDM/SUBSET01/METADATA.XML", "IHE_XDM.zip"))
        lots = [lot for subset in self._archive.subsets for lot in self._subset(subset)]
        self._issues.or_raise()
        return lots

    def _subset(self, subset: str) -> list[Submission]:
        metadata = self._issues.of(lambda: self._archive.read(f"IHE_XDM/{subset}/METADATA.XML"))
        if metadata is None:
            return []
        found = self._issues.of(lambda: read_metadata(metadata, self._reading.policy.ins, subset))
        if found is None:
            return []
        sets, issues = found
        self._issues.found += issues
        if sum(len(each.files) for each in sets) > MOST_DOCUMENTS:
            raise InvalidInput(Issue("too-costly", f"a message brings at most {MOST_DOCUMENTS} documents", subset))
        lots = (self._lot(each, subset) for each in sets)
        return [lot for lot in lots if lot is not None]

    def _lot(self, said: DescribedSet, subset: str) -> Submission | None:
        read = [self._document(each, subset) for each in said.files]
        documents = [each for each in read if each is not None]
        if not said.files:
            self._issues.found.append(Issue("required", "a submission set has documents", said.where))
        if not documents or len(documents) != len(said.files):
            return None
        patient = documents[0].entry.patient_id
        if said.patient_id not in (None, patient):
            words = "the submission set and its documents are not of one patient"
            self._issues.found.append(Issue("business-rule", words, f"{said.where}.patientId"))
        return Submission(self._set(said, documents[0]), tuple(documents))

    def _set(self, said: DescribedSet, first: SubmittedDocument) -> SubmissionSet:
        source = uuid5(NAMESPACE_OID, self._partner.organisation)
        return SubmissionSet(
            entry_uuid=uuid4(), unique_id=said.unique_id, patient_id=first.entry.patient_id,
            source_id=said.source_id or f"2.25.{source.int}",
            submission_time=said.submission_time or Dtm.at(self._reading.now),
            content_type_code=said.content_type or _class_or_type(first.entry.type_code),
            author=said.author or Author(None, Institution(self._partner.name, self._partner.organisation)),
            title=said.title or first.entry.title, comments=said.comments)

    def _document(self, file: DescribedFile, subset: str) -> SubmittedDocument | None:
        issues = self._issues
        content = issues.of(lambda: self._archive.read(f"IHE_XDM/{subset}/{file.uri}")) if file.uri else None
        if content is None:
            issues.found.append(Issue("required", "its URI names no file of the archive", f"{file.where}.URI"))
            return None
        issues.found += _declared(file, content)
        header = issues.of(lambda: _header(content, self._reading, file.where))
        issues.found += contradictions(file.said, header, file.where)
        traits, said = traits_of(file.said, header), with_header(file.said, header)
        self.traits += [traits] if traits is not None else []
        entry = issues.of(lambda: entry_of(said, content, file.where))
        if entry is None:
            return None
        replaces = file.replaces or (header.replaces if header is not None else None)
        return SubmittedDocument(entry, content, replaces, header)


def _declared(file: DescribedFile, content: bytes) -> list[Issue]:
    """What is declared of the bytes must be true of them."""
    found = []
    if file.declared_size and file.declared_size != str(len(content)):
        words = f"declared {file.declared_size[:20]} bytes, received {len(content)}"
        found.append(Issue("value", words, f"{file.where}.size"))
    if file.declared_hash and file.declared_hash.lower() != sha1_hex(content):
        found.append(Issue("value", "the declared hash (SHA-1) is not that of the file", f"{file.where}.hash"))
    return found


def _header(content: bytes, reading: Reading, where: str) -> CdaHeader | None:
    """The header of a document that is a CDA. Raises InvalidDocument."""
    if sniff(content) not in (CDA, SELF_PRESENTING_CDA):
        return None
    try:
        return read_header(content, reading.policy.ins)
    except InvalidInput as error:
        raise InvalidInput(*(
            Issue(each.code, each.message, f"{where} {each.expression}".strip()) for each in error.issues)) from None


def _class_or_type(type_code: Code) -> Code:
    try:
        return codes.class_of(type_code.code)
    except InvalidSubmission:
        return type_code        # an unknown type is refused with the rest of the lot's problems

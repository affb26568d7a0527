"""From the form of a deposit to a submission. A CDA describes itself; a PDF is described by the form.

May import: people, documents, the forms of this room.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import msgspec

from carnet.documents import codes
from carnet.documents.cda import entry_from_header, read_header, sha1_hex
from carnet.documents.codes import CodeList
from carnet.documents.entry import Author, DocumentEntry, SubmissionSet, Visibility
from carnet.documents.media import sniff
from carnet.documents.submission import Submission, SubmittedDocument
from carnet.documents.time import Dtm
from carnet.people.caller import ProfessionalCaller
from carnet.people.claims import SPECIALTY
from carnet.people.code import Code
from carnet.people.identifiers import PS_ID_OID
from carnet.people.ins import Ins, InsPolicy
from carnet.people.names import Institution, Person

_CDA = frozenset({"text/xml", "application/xslt+xml"})
_CONTENT_TYPE = "07"                                    # outpatient consultation (JDV_J59)
_ANY_FORM = "urn:ihe:iti:xds:2017:mimeTypeSufficient"   # the type of the file says all that there is to say
_DEPOSITS = uuid5(NAMESPACE_URL, "carnet web deposit")


@dataclass(frozen=True, slots=True)
class Described:
    """What the form says of a PDF."""

    title: str
    type_code: str
    day: date
    facility: str
    setting: str
    visibility: frozenset[Visibility] = frozenset()


@dataclass(frozen=True, slots=True)
class Deposit:
    """One deposit: who, for whom, which bytes, at which time of the platform."""

    by: ProfessionalCaller
    ins: Ins
    content: bytes
    at: Dtm

    @property
    def is_cda(self) -> bool:
        """True when the bytes are a CDA, whatever the file is called."""
        return sniff(self.content) in _CDA

    @property
    def is_pdf(self) -> bool:
        """True when the bytes are a PDF."""
        return sniff(self.content) == "application/pdf"

    def of_cda(self, policy: InsPolicy, visibility: frozenset[Visibility]) -> Submission:
        """The metadata drawn from its header. Raises InvalidDocument with everything that lacks."""
        header = read_header(self.content, policy)
        entry = entry_from_header(header, self.content, entry_uuid=uuid4(), visibility=visibility)
        return self._lot(SubmittedDocument(entry, self.content, header.replaces, header))

    def of_pdf(self, said: Described) -> Submission:
        """The metadata of the form, and of the login for the author."""
        day = Dtm.parse(said.day.strftime("%Y%m%d"))
        entry = DocumentEntry(
            entry_uuid=uuid4(), logical_id=uuid4(), unique_id=str(self._unique_id), patient_id=self.ins,
            source_patient_id=str(self.ins), hash=sha1_hex(self.content), size=len(self.content),
            mime_type="application/pdf", creation_time=day, service_start_time=day, title=said.title,
            authors=(author_of(self.by),), legal_authenticator=_person(self.by),
            class_code=codes.class_of(said.type_code), type_code=codes.type_code(said.type_code),
            format_code=Code(_ANY_FORM, codes.IHE_FORMATS),
            healthcare_facility_type_code=codes.code(CodeList.FACILITY_TYPE, said.facility),
            practice_setting_code=codes.code(CodeList.PRACTICE_SETTING, said.setting),
            visibility=said.visibility,
        )
        return self._lot(SubmittedDocument(entry, self.content))

    @property
    def _unique_id(self) -> UUID:
        """From the bytes, their author and their patient: the same form sent twice is the same document."""
        digest = hashlib.sha256(self.content).hexdigest()
        return uuid5(_DEPOSITS, f"{self.ins}|{self.by.ps_id}|{digest}")

    def _lot(self, document: SubmittedDocument) -> Submission:
        submission_set = SubmissionSet(
            entry_uuid=uuid4(), unique_id=str(uuid5(_DEPOSITS, f"lot|{document.entry.unique_id}")), patient_id=self.ins,
            source_id=f"2.25.{_DEPOSITS.int}", submission_time=self.at, author=author_of(self.by),
            content_type_code=codes.code(CodeList.CONTENT_TYPE, _CONTENT_TYPE), title=document.entry.title,
        )
        return Submission(submission_set, (document,), kind="page")


def author_of(caller: ProfessionalCaller) -> Author:
    """The professional who is logged in, as the author of a document."""
    place = Institution(caller.organisation_name, caller.organisation) if caller.organisation else None
    specialties = caller.specialties or (Code(f"G15_{caller.profession.code}", SPECIALTY),)
    named = tuple(
        msgspec.structs.replace(each, display=codes.label(CodeList.SPECIALTY, each.code)) for each in specialties
    )
    return Author(_person(caller), place, specialties=named[:1])


def _person(caller: ProfessionalCaller) -> Person:
    return Person(caller.ps_id, PS_ID_OID, caller.family, caller.given)

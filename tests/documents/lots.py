"""Lots of documents for tests: an invented patient, an invented doctor, documents that we wrote."""

from __future__ import annotations

from uuid import UUID, uuid4

import msgspec

from carnet.documents.cda import entry_from_cda
from carnet.documents.compose import Letterhead, Section, compose
from carnet.documents.entry import Author, Code, DocumentEntry, Institution, Person, SubmissionSet
from carnet.documents.submission import Submission, SubmittedDocument
from carnet.documents.time import Dtm
from carnet.people.ins import DEMONSTRATION, Ins, InsOid
from carnet.people.patient import Patient, Sex, Traits

PATIENT = Patient(
    Ins("299077512345678", InsOid.TEST),
    Traits(
        birth_family="INVENTEE", birth_given="Camille", given_names=("Camille", "Jeanne"), birth_date="1999-07-02",
        sex=Sex.FEMALE, birthplace="75112", used_family="FICTIVE",
    ),
)
AUTHOR = Author(
    Person("801234567897", "1.2.250.1.71.4.2.1", "FICTIF", "Louis"),
    Institution("Cabinet inventé", "1750803447"),
    (),
    (Code("G15_10/SM26", "1.2.250.1.213.1.1.4.5", "Médecin - Qualifié en Médecine Générale (SM)"),),
)
LETTERHEAD = Letterhead(
    unique_id="1.2.250.1.999.1", type_code="11488-4", title="Consultation d'essai", patient=PATIENT, author=AUTHOR,
    made_at=Dtm.parse("20260102093000+0100"),
)
SECTIONS = (Section("Motif", ("Toux depuis trois jours.",)),)


def letter(**changes: object) -> bytes:
    """A consultation report, with some of its letterhead changed."""
    return compose(msgspec.structs.replace(LETTERHEAD, **changes), SECTIONS)


def document(content: bytes | None = None, **changes: object) -> SubmittedDocument:
    """A document as a door would hand it over, with some of its entry changed."""
    content = letter() if content is None else content
    entry = entry_from_cda(content, entry_uuid=uuid4(), policy=DEMONSTRATION)
    return SubmittedDocument(msgspec.structs.replace(entry, **changes), content)


def plain(entry: DocumentEntry, content: bytes, mime_type: str, **changes: object) -> SubmittedDocument:
    """The same entry for other bytes, with the hash and the size that fit."""
    from carnet.documents.cda import sha1_hex

    changes = {"hash": sha1_hex(content), "size": len(content), "mime_type": mime_type, **changes}
    return SubmittedDocument(msgspec.structs.replace(entry, **changes), content)


def lot(*documents: SubmittedDocument, **changes: object) -> Submission:
    """A submission of these documents (of one consultation report, if none is given)."""
    documents = documents or (document(),)
    submission_set = SubmissionSet(
        entry_uuid=UUID(int=1), unique_id="1.2.250.1.999.100", patient_id=documents[0].entry.patient_id,
        source_id="1.2.250.1.999", submission_time=Dtm.parse("20260102100000+0100"),
        content_type_code=Code("07", "1.2.250.1.213.2.2"), author=AUTHOR,
    )
    return Submission(msgspec.structs.replace(submission_set, **changes), tuple(documents))

"""Documents that patients add themselves: a file becomes a level 1 CDA whose author is the patient (SPEC 1.2, 7.1).

The types are those the national record keeps for patients (DOCPAT, EXPPAT). May import: this room, people, errors.
"""

from __future__ import annotations

from carnet.documents import codes
from carnet.documents.codes import CodeList
from carnet.documents.compose import compose_level_1
from carnet.documents.compose_header import Letterhead
from carnet.documents.entry import Author, Person
from carnet.documents.media import sniff
from carnet.documents.time import Dtm
from carnet.errors import InvalidDocument, InvalidSubmission, Issue, TooLarge
from carnet.people.patient import Patient

LIMIT_BYTES = 5 * 1024 * 1024   # of one file added by a patient (SPEC 5.6)
PATIENT_TYPES = (*(f"DOCPAT0{number}" for number in range(1, 10)), "EXPPAT_1", "EXPPAT_2", "EXPPAT_3", "74465-6")
_OWN = "EXP_PATIENT"            # TRE_A00: the patient's own expression, as specialty, facility and practice setting


def author_of(patient: Patient) -> Author:
    """The patient as an author: identified by the INS, for no institution."""
    person = Person(patient.ins.value, str(patient.ins.oid), patient.traits.family, patient.traits.given, id_type="NH")
    return Author(person, specialties=(codes.code(CodeList.SPECIALTY, _OWN),))


def compose_own(patient: Patient, file: bytes, *, unique_id: str, title: str, type_code: str, made_at: Dtm) -> bytes:
    """The CDA around a file. Raises TooLarge, InvalidDocument for a kind of file that no format covers (also PNG, ZIP
    or HTML), and InvalidSubmission for a type that is not the patient's to use."""
    if len(file) > LIMIT_BYTES:
        raise TooLarge(LIMIT_BYTES)
    if type_code not in PATIENT_TYPES:
        raise InvalidSubmission(Issue("code-invalid", "this type is not for documents of patients", "typeCode"))
    media_type = sniff(file)
    if codes.format_of_media(media_type) is None:
        raise InvalidDocument(Issue("not-supported", "a PDF, text, RTF, JPEG or TIFF file is needed", "file"))
    head = Letterhead(
        unique_id=unique_id, type_code=type_code, title=title, patient=patient, author=author_of(patient),
        made_at=made_at, facility=_OWN, practice_setting=_OWN,
    )
    return compose_level_1(head, file, media_type=media_type)

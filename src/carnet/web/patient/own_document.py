"""Add a document of my own: a file, its title, its type."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from uuid import NAMESPACE_URL, uuid4, uuid5

from starlette.datastructures import UploadFile
from starlette.responses import Response

from carnet.documents import codes
from carnet.documents.cda import entry_from_cda
from carnet.documents.codes import CodeList
from carnet.documents.entry import SubmissionSet
from carnet.documents.own import LIMIT_BYTES, PATIENT_TYPES, author_of, compose_own
from carnet.documents.submission import Submission, SubmittedDocument
from carnet.documents.time import Dtm
from carnet.errors import InvalidDocument, InvalidInput, TooLarge
from carnet.people.patient import Patient
from carnet.record.submit import submit
from carnet.rights.access import Act
from carnet.web import forms, traces
from carnet.web.issues import explained
from carnet.web.patient.documents import PATH
from carnet.web.patient.standing import status_of
from carnet.web.presenters.words import size
from carnet.web.site import Visit, see_other

_FORM = "adding"
_DEPOSITS = uuid5(NAMESPACE_URL, "carnet web own document")
_OWN = "EXP_PATIENT"


@dataclass(frozen=True, slots=True)
class AddingView:
    """The form, empty or with what is wrong."""

    file: forms.Field
    title: forms.Field
    type: forms.Field
    problems: tuple[str, ...]


async def ask(visit: Visit) -> Response:
    """The form."""
    await status_of(visit)      # whoever has no record is told so before choosing a file
    return _page(visit, forms.Answers({"type": "EXPPAT_2"}, {}))


async def add(visit: Visit) -> Response:
    """Keep the file in the record; what is wrong with it comes back on the form."""
    answers = forms.Answers({name: visit.text(name) for name in ("title", "type")}, _errors(visit))
    if answers.errors:
        await traces.refused(visit, Act.FEED, "form")
        return _page(visit, answers, status=422)
    upload = visit.form["file"]
    content = await upload.read() if isinstance(upload, UploadFile) else b""
    try:
        status = await status_of(visit)
        sent = _lot(visit, Patient(status.ins, status.traits), content)
    except (TooLarge, InvalidDocument) as error:
        await traces.refused(visit, Act.FEED, "document")
        key = "adding.file_too_large" if isinstance(error, TooLarge) else "adding.file_wrong"
        return _page(visit, replace(answers, errors={"file": visit.words(key)}), status=422)
    try:
        outcome = await submit(visit.asker, sent, visit.stores)     # which leaves the trace of what it refuses
    except InvalidInput as error:
        return _page(visit, answers, explained(error.issues, visit.words), status=422)
    return see_other(f"{PATH}/{outcome.documents[0].logical_id}?fait=ajoute")


def _errors(visit: Visit) -> dict[str, str]:
    upload, wrong = visit.form.get("file"), {}
    if not isinstance(upload, UploadFile) or not upload.filename or not upload.size:
        wrong["file"] = visit.words("adding.file_none")
    elif upload.size > LIMIT_BYTES:
        wrong["file"] = visit.words("adding.file_too_large")
    if not 1 <= len(visit.text("title")) <= 255:
        wrong["title"] = visit.words("adding.title_wrong")
    if visit.text("type") not in PATIENT_TYPES:
        wrong["type"] = visit.words("adding.type_wrong")
    return wrong


def _lot(visit: Visit, patient: Patient, content: bytes) -> Submission:
    """The submission of one document. The same form sent twice on a day makes the same one. Raises InvalidDocument."""
    day = Dtm.parse(visit.calendar.day_of(visit.stores.clock.now()).strftime("%Y%m%d"))
    said = (str(patient.ins), visit.text("title"), visit.text("type"), day.text, hashlib.sha256(content).hexdigest())
    name = uuid5(_DEPOSITS, "|".join(said))
    document = compose_own(
        patient, content, unique_id=f"2.25.{name.int}", title=visit.text("title"), type_code=visit.text("type"),
        made_at=day)
    entry = entry_from_cda(document, entry_uuid=uuid4(), policy=visit.site.config.ins_policy)
    submission_set = SubmissionSet(
        entry_uuid=uuid4(), unique_id=f"2.25.{uuid5(_DEPOSITS, f'lot|{name}').int}", patient_id=patient.ins,
        source_id=f"2.25.{_DEPOSITS.int}", submission_time=Dtm.at(visit.stores.clock.now()), author=author_of(patient),
        content_type_code=codes.code(CodeList.CONTENT_TYPE, _OWN), title=visit.text("title"),
    )
    return Submission(submission_set, (SubmittedDocument(entry, document),), kind="page")


def _page(
    visit: Visit, answers: forms.Answers, problems: tuple[str, ...] = (), *, status: int = 200
) -> Response:
    words = visit.words
    types = tuple((code, codes.label(CodeList.TYPE, code, words.language)) for code in PATIENT_TYPES)
    largest = size(min(LIMIT_BYTES, visit.site.config.max_upload_bytes), words)
    file = forms.field(words, _FORM, "file", answers)
    view = AddingView(
        replace(file, help=words("adding.file_help", size=largest)), forms.field(words, _FORM, "title", answers),
        forms.field(words, _FORM, "type", answers, choices=(("", types),)), problems)
    return visit.page("patient/add_document.html", status=status, view=view)

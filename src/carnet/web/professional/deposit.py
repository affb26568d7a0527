"""Deposit a file in a patient's record: a PDF with what the form says of it, or a CDA that says it itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from starlette.datastructures import UploadFile
from starlette.responses import Response

from carnet.documents import codes
from carnet.documents.codes import CodeList
from carnet.documents.entry import DocumentEntry, Visibility
from carnet.documents.submission import Submission
from carnet.documents.time import Dtm
from carnet.errors import InvalidDocument, InvalidInput, TooLarge
from carnet.record.submit import SubmissionOutcome, submit
from carnet.rights.access import Act
from carnet.rights.facts import AuthorisationState
from carnet.web import forms, traces
from carnet.web.issues import explained
from carnet.web.presenters.document import describe
from carnet.web.presenters.words import Fact, size
from carnet.web.professional.deposit_form import Deposit, Described
from carnet.web.professional.standing import page, patient_path, professional_of, status_of
from carnet.web.site import Visit

_FORM = "deposit"
_HIDING = {
    "masked": Visibility.MASQUE_PS, "unannounced": Visibility.INVISIBLE_PATIENT,
    "hidden": Visibility.INVISIBLE_REPRESENTANTS_LEGAUX,
}
"""Asked at each deposit (EX_2.1-1050); the last for a minor only."""
_FIELDS = ("title", "type", "day", "facility", "setting", *_HIDING)
_USUAL = {"facility": "SA08", "setting": "AMBULATOIRE", "type": "11488-4"}


@dataclass(frozen=True, slots=True)
class DepositView:
    """The form, empty or with what is wrong."""

    path: str
    problems: tuple[str, ...]
    file: forms.Field
    title: forms.Field
    type: forms.Field
    day: forms.Field
    facility: forms.Field
    setting: forms.Field
    masked: forms.Field
    unannounced: forms.Field
    hidden: forms.Field
    is_minor: bool
    is_secret: bool


@dataclass(frozen=True, slots=True)
class DepositedView:
    """What became of it."""

    path: str
    headline: str
    outcome: str
    facts: tuple[Fact, ...]
    document_path: str


async def ask(visit: Visit) -> Response:
    """The form."""
    usual = {**_USUAL, "day": visit.calendar.day_of(visit.stores.clock.now()).isoformat()}
    return await _page(visit, forms.Answers(usual, {}))


async def deposit(visit: Visit) -> Response:
    """Send the file to the record; every reason of a refusal comes back on the form."""
    values = {name: visit.text(name) for name in _FIELDS}
    try:
        sent = await _sent(visit)
    except InvalidDocument as error:
        await traces.refused(visit, Act.FEED, "document")
        return await _page(visit, forms.Answers(values, {}), explained(error.issues, visit.words), status=422)
    if not isinstance(sent, Submission):
        await traces.refused(visit, Act.FEED, "form")
        return await _page(visit, forms.Answers(values, sent), status=422)
    try:
        outcome = await submit(visit.asker, sent, visit.stores)   # which leaves the trace of what it refuses
    except InvalidInput as error:
        return await _page(visit, forms.Answers(values, {}), explained(error.issues, visit.words), status=422)
    return await _done(visit, sent.documents[0].entry, outcome)


async def _sent(visit: Visit) -> Submission | dict[str, str]:
    """The submission that the form makes, or what is wrong by field. Raises InvalidDocument, TooLarge."""
    upload = visit.form.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        return {"file": visit.words("deposit.file_none")}
    if (upload.size or 0) > visit.site.config.max_upload_bytes:
        await traces.refused(visit, Act.FEED, "too_large")
        raise TooLarge(visit.site.config.max_upload_bytes)
    given = Deposit(professional_of(visit), visit.patient, await upload.read(), Dtm.at(visit.stores.clock.now()))
    visibility = _visibility(visit)
    if _is_forbidden_pair(visibility, visit):
        return {"unannounced": visit.words("deposit.unannounced_wrong")}
    if given.is_cda:
        return given.of_cda(visit.site.config.ins_policy, visibility)
    if not given.is_pdf:
        return {"file": visit.words("deposit.file_wrong")}
    errors = _errors(visit)
    return errors or given.of_pdf(Described(
        visit.text("title"), visit.text("type"), date.fromisoformat(visit.text("day")), visit.text("facility"),
        visit.text("setting"), visibility,
    ))


def _visibility(visit: Visit) -> frozenset[Visibility]:
    """From whom it is hidden; in a secret connection, from the minor's representatives whatever is ticked."""
    secret = {Visibility.INVISIBLE_REPRESENTANTS_LEGAUX} if visit.is_secret else set()
    return frozenset({hides for name, hides in _HIDING.items() if visit.text(name)} | secret)


def _is_forbidden_pair(visibility: frozenset[Visibility], visit: Visit) -> bool:
    """A document that waits to be announced is not masked too, unless the platform allows it."""
    pair = {Visibility.MASQUE_PS, Visibility.INVISIBLE_PATIENT}
    return pair <= visibility and not visit.stores.rules.submissions.invisible_and_masked


def _errors(visit: Visit) -> dict[str, str]:
    """What is wrong with the description of a PDF."""
    wrong = [name for name, code_list in _LISTS.items() if codes.find(code_list, visit.text(name)) is None]
    if not 1 <= len(visit.text("title")) <= 255:
        wrong.append("title")
    try:
        if date.fromisoformat(visit.text("day")) > visit.calendar.day_of(visit.stores.clock.now()):
            wrong.append("day")
    except ValueError:
        wrong.append("day")
    return {name: visit.words(f"deposit.{name}_wrong") for name in wrong}


_LISTS = {"type": CodeList.TYPE, "facility": CodeList.FACILITY_TYPE, "setting": CodeList.PRACTICE_SETTING}


async def _page(
    visit: Visit, answers: forms.Answers, problems: tuple[str, ...] = (), *, status: int = 200
) -> Response:
    found = await status_of(visit)
    fields = {
        name: forms.field(visit.words, _FORM, name, answers, choices=_choices(name, visit))
        for name in ("file", *_FIELDS)
    }
    largest = size(visit.site.config.max_upload_bytes, visit.words)
    fields["file"] = replace(fields["file"], help=visit.words("deposit.file_help", size=largest))
    view = DepositView(
        patient_path(visit), problems, **fields, is_minor=found.is_minor, is_secret=visit.is_secret)
    return page(visit, found, "deposit", code=status, view=view)


async def _done(visit: Visit, entry: DocumentEntry, outcome: SubmissionOutcome) -> Response:
    """The result is shown at once: the address of the form, sent again, says that the document is already there."""
    found = await status_of(visit)
    key = "created" if outcome.created else "already_there"
    may_read = found.authorisation is AuthorisationState.VALID
    view = DepositedView(
        patient_path(visit), visit.words(f"deposited.{key}_title"), visit.words(f"deposited.{key}"),
        tuple(describe(entry, visit.words, visit.calendar)),
        f"{patient_path(visit)}/documents/{outcome.documents[0].logical_id}" if may_read else "",
    )
    return page(visit, found, "deposited", code=201 if outcome.created else 200, view=view)


def _choices(name: str, visit: Visit) -> tuple[forms.Group, ...]:
    language = visit.words.language
    if name == "type":
        return tuple(
            (codes.label(CodeList.CLASS, group.code, language), _types_of(group.code, language))
            for group in codes.every(CodeList.CLASS) if _types_of(group.code, language)
        )
    if name in _LISTS:
        listed = _LISTS[name]
        return (("", tuple((each.code, codes.label(listed, each.code, language)) for each in codes.every(listed))),)
    return ()


def _types_of(class_code: str, language: str) -> tuple[forms.Choice, ...]:
    """The types of one class that the national record takes, by name."""
    found = [
        (each.code, codes.label(CodeList.TYPE, each.code, language)) for each in codes.every(CodeList.TYPE)
        if codes.is_in_dmp(each.code) and codes.class_of(each.code).code == class_code
    ]
    return tuple(sorted(found, key=lambda choice: choice[1].casefold()))

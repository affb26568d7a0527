"""ITI-65 Provide Document Bundle: `POST [base]`, a transaction that is all or nothing.

https://profiles.ihe.net/ITI/MHD/ITI-65.html, PDSm flows 1 and 2 (add, replace). May import: this room, record, errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from starlette.responses import Response

from carnet.errors import InvalidSubmission, Issue, NotFound
from carnet.fhir.bundle_in import Provided, read_bundle
from carnet.fhir.door import Visit
from carnet.fhir.elements import Element, Meta
from carnet.fhir.expressions import in_fhir, noted_in_fhir
from carnet.fhir.forms import read_fhir, refuse_other_forms
from carnet.fhir.outcome import FHIR_JSON, NoRecord, OperationOutcome, noted
from carnet.fhir.parse import parse, read_as
from carnet.fhir.resources import Bundle, BundleEntry, kind_of
from carnet.record.submit import SubmissionOutcome, submit

PROFILE = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.ProvideDocumentBundleResponse"
CREATED, DONE = "201 Created", "200 OK"


class EntryResponse(Element, frozen=True):
    """What became of one entry."""

    status: str
    location: str
    etag: str = ""
    last_modified: str = ""
    outcome: OperationOutcome | None = None


class ResponseEntry(Element, frozen=True):
    """One entry of the answer."""

    response: EntryResponse


class TransactionResponse(Element, frozen=True, tag_field="resourceType", tag="Bundle"):
    """The answer to a transaction: one entry for each that was sent, in their order."""

    meta: Meta
    type: str
    entry: tuple[ResponseEntry, ...]


async def provide(visit: Visit) -> Response:
    """Keep the documents of a bundle. Sent again, it answers 200 with the addresses of what is there."""
    refuse_other_forms(visit.request)
    config = visit.rooms.config
    message = parse(await read_fhir(visit.request, config.limit_bytes))
    bundle = read_as(message, Bundle, "Bundle")
    submission, provided = read_bundle(bundle, message, visit.who, config.ins_policy)
    try:
        outcome = await submit(visit.hand_over(), submission, visit.rooms.stores)
    except InvalidSubmission as error:
        paths = {place: f"Bundle.entry[{number}].resource" for place, number in enumerate(provided.documents)}
        submission_set = next(iter(provided.sets))
        raise in_fhir(error, paths, f"Bundle.entry[{submission_set}].resource") from error
    except NotFound as error:
        raise NoRecord("no record") from error
    answer = response_of(bundle, provided, outcome, datetime.now(UTC))
    body = msgspec.json.encode(_with_notes(answer, provided, outcome.notes) if outcome.notes else answer)
    return Response(body, media_type=FHIR_JSON)


def response_of(
    bundle: Bundle, provided: Provided, outcome: SubmissionOutcome, now: datetime
) -> TransactionResponse:
    """The transaction-response of a bundle that was kept."""
    moment = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    places = _locations(bundle, provided, outcome)
    return TransactionResponse(
        meta=Meta(profile=(PROFILE,)), type="transaction-response",
        entry=tuple(
            ResponseEntry(response=EntryResponse(
                status=status, location=location, etag=_etag(location) if status == CREATED else "",
                last_modified=moment))
            for status, location in (places[number] for number in range(len(bundle.entry)))
        ),
    )


def _with_notes(answer: TransactionResponse, provided: Provided, notes: Sequence[Issue]) -> TransactionResponse:
    """The same, with what there is to know of a document in the entry that brought it."""
    paths = {place: f"Bundle.entry[{number}].resource" for place, number in enumerate(provided.documents)}
    told = noted_in_fhir(notes, paths)
    entries = list(answer.entry)
    for number in provided.documents:
        here = [each for each in told if each.expression.startswith(f"Bundle.entry[{number}].")]
        if here:
            response = msgspec.structs.replace(entries[number].response, outcome=noted(here))
            entries[number] = ResponseEntry(response=response)
    return msgspec.structs.replace(answer, entry=tuple(entries))


def _etag(location: str) -> str:
    """An entry's version is its id; what else a bundle creates never changes."""
    kind, _, id_ = location.partition("/")
    return f'W/"{id_ if kind == "DocumentReference" else 1}"'


def _locations(bundle: Bundle, provided: Provided, outcome: SubmissionOutcome) -> dict[int, tuple[str, str]]:
    """Status and address of every entry by its number."""
    found: dict[int, tuple[str, str]] = {}
    binaries = {bundle.entry[number].full_url: number for number in provided.binaries}
    for (number, reference), document in zip(provided.documents.items(), outcome.documents, strict=True):
        status = CREATED if document.created else DONE
        found[number] = (status, f"DocumentReference/{document.entry_uuid}")
        found[binaries[reference.content[0].attachment.url]] = (status, f"Binary/{document.logical_id}")
    for number in provided.sets:
        status = CREATED if outcome.created else DONE
        found[number] = (status, f"List/{outcome.submission_set.entry_uuid}")
    for number, patch in provided.patches.items():
        found[number] = (DONE, f"DocumentReference/{patch.document}")
    for number, entry in enumerate(bundle.entry):
        if number not in found:
            found[number] = (DONE, _unkept(entry))
    return found


def _unkept(entry: BundleEntry) -> str:
    """A Patient of the bundle only says whose documents these are."""
    return kind_of(entry.resource)

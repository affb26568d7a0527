"""ITI-105 Simplified Publish: `POST [base]/DocumentReference`, one document with its bytes inside.

https://profiles.ihe.net/ITI/MHD/ITI-105.html, PDSm flow 9 (pdsm-simplified-publish). What FHIR does not say is taken
from the CDA, then supposed as docs/vendors/fhir.md lists it. May import: this room, record, documents, errors.
"""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import Response

from carnet.documents.submission import Submission, SubmittedDocument
from carnet.documents.time import Dtm
from carnet.errors import InvalidSubmission, Issue, NotFound
from carnet.fhir.document_in import Received, first_attachment, header_of, read_draft, replaced_document
from carnet.fhir.door import Visit
from carnet.fhir.draft import to_entry, with_defaults, with_header
from carnet.fhir.expressions import in_fhir, noted_in_fhir
from carnet.fhir.forms import read_fhir, refuse_other_forms
from carnet.fhir.outcome import NoRecord, information
from carnet.fhir.parse import Message, parse, read_as
from carnet.fhir.problems import Problems
from carnet.fhir.references import Surroundings
from carnet.fhir.resources import DocumentReference
from carnet.fhir.submission_set import submission_set_of
from carnet.fhir.validate import binding_issues, id_issues
from carnet.people.caller import Caller
from carnet.people.ins import InsPolicy
from carnet.record.submit import submit

WHERE = "DocumentReference"
ITI_105 = "ITI-105"


async def publish(visit: Visit) -> Response:
    """Keep one document: 201 and its address, or 200 and the same address when these bytes were already there."""
    refuse_other_forms(visit.request)
    config = visit.rooms.config
    message = parse(await read_fhir(visit.request, config.limit_bytes))
    reference = read_as(message, DocumentReference, WHERE)
    document = read_document(reference, message, visit.who, config.ins_policy)
    submission_set = submission_set_of(document.entry, visit.who, Dtm.at(datetime.now(UTC)))
    try:
        outcome = await submit(
            visit.hand_over(), Submission(submission_set, (document,), kind=ITI_105), visit.rooms.stores)
    except InvalidSubmission as error:
        raise in_fhir(error, {0: WHERE}) from error
    except NotFound as error:
        raise NoRecord("no record") from error
    kept = outcome.documents[0]
    headers = {"Location": f"{config.base}/DocumentReference/{kept.entry_uuid}", "X-Content-Type-Options": "nosniff"}
    if kept.created:
        etag = {"ETag": f'W/"{kept.entry_uuid}"'}
        return information("the document is kept", 201, headers | etag, *noted_in_fhir(outcome.notes, {0: WHERE}))
    return information("these very bytes were already there under this identifier", 200, headers)


def read_document(
    reference: DocumentReference, message: Message, caller: Caller, policy: InsPolicy
) -> SubmittedDocument:
    """The document of a simplified publication. Raises InvalidSubmission (or InvalidDocument) with every issue."""
    problems = Problems()
    problems.issues += id_issues(reference.id, WHERE)
    problems.issues += binding_issues(reference.status, "DocumentReference.status", f"{WHERE}.status")
    attachment = first_attachment(reference, WHERE)
    if attachment.data is None:
        raise InvalidSubmission(Issue(
            "required", "a simplified publication carries the document in data", f"{WHERE}.content[0].attachment.data"))
    content = message.payloads.content(attachment.data, f"{WHERE}.content[0].attachment.data")
    received = Received(reference, Surroundings(reference.contained), content, WHERE, attachment)
    draft = read_draft(received, policy, problems)
    replaces = replaced_document(received, problems)
    if problems.issues:
        raise InvalidSubmission(*problems.issues)
    header = header_of(received, policy)
    draft = with_defaults(with_header(draft, header), content, caller)
    return SubmittedDocument(to_entry(draft, content, WHERE), content, replaces, header)

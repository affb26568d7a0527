"""Change who sees a document, or whether it is in force: `PATCH [base]/DocumentReference/<id>` (TD3.3a to d).

PDSm flows 3 and 4, also by identifier: `PATCH [base]/DocumentReference?identifier=<system>|<value>`. The answer is the
new version. What may be asked is `json_patch.py`'s. May import: this room, record, rights, errors.
"""

from __future__ import annotations

from starlette.responses import Response

from carnet.documents.entry import DocumentEntry
from carnet.documents.identifiers import is_uuid
from carnet.errors import Conflict, InvalidInput, InvalidSubmission, Issue, NotFound
from carnet.fhir.document_out import tag_of
from carnet.fhir.door import Visit
from carnet.fhir.elements import Identifier
from carnet.fhir.forms import read_fhir, refuse_other_forms
from carnet.fhir.identifiers import from_identifier
from carnet.fhir.iti67_find import read_parameters
from carnet.fhir.json_patch import MEDIA_TYPES, LabelAt, act_on, read_json_patch
from carnet.fhir.outcome import FHIR_JSON, PreconditionFailed
from carnet.fhir.validate import is_id
from carnet.record.retrieve import describe
from carnet.record.visibility import change_visibility
from carnet.rights.access import Act

LIMIT_BYTES = 64 * 1024
_UUID_LENGTH = 36


async def patch(visit: Visit) -> Response:
    """One change to one document: 200 and its new version, or the same one when it was so already."""
    refuse_other_forms(visit.request)
    identifier = await _identifier(visit)
    wanted = read_json_patch(await read_fhir(
        visit.request, LIMIT_BYTES, weighs=("if-match",), media_types=MEDIA_TYPES))
    seen = _seen(visit)
    try:
        entry = await _changed(visit, identifier, wanted, seen)
    except Conflict as error:
        if seen is None:
            raise
        raise PreconditionFailed(Issue(
            "conflict", "another version is there now, or the document is no more in force: read again",
            "if-match")) from error
    headers = {"Cache-Control": "no-store", "ETag": tag_of(entry)}
    return Response(visit.rooms.renderings.render(entry), media_type=FHIR_JSON, headers=headers)


async def _changed(visit: Visit, identifier: str, wanted: Act | LabelAt, seen: str | None) -> DocumentEntry:
    asker, stores = visit.hand_over(), visit.rooms.stores
    if isinstance(wanted, LabelAt):
        # A place means something in one version only: the change is refused if it is not that one any more.
        before = await describe(asker, identifier, stores)
        seen = seen or str(before.entry_uuid)
        try:
            wanted = act_on(wanted, before)
        except InvalidSubmission:
            visit.take_back()
            raise
    return await change_visibility(asker, identifier, wanted, stores, if_match=seen)


async def _identifier(visit: Visit) -> str:
    """The document that the address names: by id, or by an identifier of any kind that MHD knows."""
    if visit.identifier:
        if not is_id(visit.identifier):
            raise NotFound("no such document")
        return visit.identifier
    named = [value for name, value in await read_parameters(visit.request) if name == "identifier"]
    if len(named) != 1:
        raise InvalidInput(Issue("required", "name one document: identifier=<system>|<value>", "identifier"))
    system, _, value = named[0].rpartition("|")
    return from_identifier(Identifier(system=system, value=value), "identifier")


def _seen(visit: Visit) -> str | None:
    """The version that the asker saw, by its ETag; None when they do not say. Raises PreconditionFailed."""
    given = visit.request.headers.get("if-match")
    if given is None:
        return None
    tag = given.strip().removeprefix("W/").strip('"')[:_UUID_LENGTH]
    if not is_uuid(tag):
        raise PreconditionFailed(Issue("value", "the ETag that reading gave is expected here", "if-match"))
    return tag.lower()

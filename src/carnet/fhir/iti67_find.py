"""ITI-67 Find Document References: `GET [base]/DocumentReference?…`, `POST [base]/DocumentReference/_search`, and the
reading of one, `GET [base]/DocumentReference/<id>`.

https://profiles.ihe.net/ITI/MHD/ITI-67.html, PDSm flows 5b and 6b. Counts and pages are made of what the asker may
see, so that nothing hidden can be inferred. May import: this room, record, rights, errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from carnet.documents.entry import DocumentEntry
from carnet.errors import InvalidInput, Issue, NotFound
from carnet.fhir.document_out import tag_of
from carnet.fhir.door import Visit
from carnet.fhir.forms import read_body, refuse_other_forms
from carnet.fhir.outcome import FHIR_JSON, UnsupportedContent
from carnet.fhir.paging import Page, open_page, seal_page
from carnet.fhir.search import MOST_PARAMETERS, Parameters, Search, order_of, read_search
from carnet.fhir.validate import is_id
from carnet.record.find import Found, find
from carnet.record.retrieve import describe

FORM_BYTES = 64 * 1024
_NO_STORE = {"Cache-Control": "no-store"}


async def search(visit: Visit) -> Response:
    """A searchset of the documents that match and that the asker may see."""
    refuse_other_forms(visit.request)
    parameters = await read_parameters(visit.request)
    after = None
    token = dict(parameters).get("_page")
    if token is not None:
        page = open_page(token, visit.rooms.config.page_key)
        parameters, after = page.parameters, page.after
    wanted = read_search(parameters, visit.rooms.config.ins_policy, strict=is_strict(visit.request))
    try:
        found = await find(visit.hand_over(), wanted.ins, wanted.criteria, visit.rooms.stores)
    except NotFound:
        found = Found((), {})       # whether another person has a record is nobody's to know
    return Response(_searchset(visit, wanted, found, after), media_type=FHIR_JSON, headers=_NO_STORE)


async def read_one(visit: Visit) -> Response:
    """One DocumentReference. Unknown and hidden are the same 404."""
    refuse_other_forms(visit.request)
    if not is_id(visit.identifier):
        raise NotFound("no such document")
    entry = await describe(visit.hand_over(), visit.identifier, visit.rooms.stores)
    headers = _NO_STORE | {"ETag": tag_of(entry)}
    return Response(visit.rooms.renderings.render(entry), media_type=FHIR_JSON, headers=headers)


async def read_parameters(request: Request) -> Parameters:
    """The parameters of the address, and those of the form of a POST. Raises InvalidInput."""
    try:
        text = request.scope["query_string"].decode("ascii")
        if request.method == "POST":
            media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type != "application/x-www-form-urlencoded":
                raise UnsupportedContent(
                    Issue("not-supported", "a search is sent as application/x-www-form-urlencoded"))
            form = (await read_body(request, FORM_BYTES)).decode("ascii")
            text = "&".join(part for part in (text, form) if part)
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=2 * MOST_PARAMETERS)
    except ValueError:
        raise InvalidInput(Issue("value", "the parameters are not in UTF-8, or too many")) from None


def is_strict(request: Request) -> bool:
    """True if unknown parameters are to be refused."""
    return "handling=strict" in request.headers.get("prefer", "").lower().replace(" ", "")


def _searchset(visit: Visit, wanted: Search, found: Found, after: tuple[float, str] | None) -> bytes:
    matching = _narrowed(wanted, found)
    shown = _page_of(matching, wanted, after)
    config, renderings = visit.rooms.config, visit.rooms.renderings
    address = f"{config.base}/DocumentReference"
    links = [{"relation": "self", "url": f"{address}?{urlencode(wanted.understood, safe=':,')}"}]
    if shown and _ordered(matching, wanted)[-1] is not shown[-1]:
        token = seal_page(Page(wanted.understood, order_of(shown[-1])), config.page_key)
        links.append({"relation": "next", "url": f"{address}?_page={token}"})
    head = msgspec.json.encode({
        "resourceType": "Bundle", "type": "searchset", "total": len(matching), "link": links})
    if not shown:
        return head
    if found.replaced:
        fragments = [renderings.as_match(entry, found.replaced.get(entry.entry_uuid, ())) for entry in shown]
    else:
        fragments = list(map(renderings.as_match, shown))
    return b"".join((head[:-1], b',"entry":[', b",".join(fragments), b"]}"))


def _narrowed(wanted: Search, found: Found) -> Sequence[DocumentEntry]:
    """What is left when criteria given more than once, and those that only FHIR knows, are applied too."""
    tests = [*(criteria.predicate(found.replaced) for criteria in wanted.further), *wanted.predicates]
    return [entry for entry in found.entries if all(test(entry) for test in tests)] if tests else found.entries


def _ordered(entries: Sequence[DocumentEntry], wanted: Search) -> Sequence[DocumentEntry]:
    return entries[::-1] if wanted.is_ascending else entries


def _page_of(
    matching: Sequence[DocumentEntry], wanted: Search, after: tuple[float, str] | None
) -> Sequence[DocumentEntry]:
    ordered = _ordered(matching, wanted)
    if after is not None:
        ordered = [
            entry for entry in ordered
            if (order_of(entry) < after if wanted.is_ascending else order_of(entry) > after)
        ]
    return ordered[:wanted.count]

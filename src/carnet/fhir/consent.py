"""Consents: what a holder agreed to or opposed, whom they authorised or blocked, what was delegated (SPEC 3.3).

`GET [base]/Consent?patient=…`, `GET`, `PUT [base]/Consent/<id>`, `POST [base]/Consent`: docs/vendors/consent.md. A
professional who POSTs states what the patient said to them (TD0.3, TD1.3). May import: this room, record, rights,
people, errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from carnet.errors import InvalidInput, InvalidSubmission, Issue, NotFound
from carnet.fhir.consent_id import ConsentIds
from carnet.fhir.consent_in import (
    ACTORS,
    WHERE,
    ChoiceSaid,
    DelegationSaid,
    Said,
    patient_of,
    read_consent,
    read_said,
)
from carnet.fhir.consent_out import Held, Shown, Writer
from carnet.fhir.consent_search import ConsentSearch, read_consent_search
from carnet.fhir.door import Visit
from carnet.fhir.forms import read_fhir, refuse_other_forms
from carnet.fhir.iti67_find import is_strict, read_parameters
from carnet.fhir.outcome import FHIR_JSON, PreconditionFailed
from carnet.people.ins import Ins
from carnet.record.choices import choose
from carnet.record.consents import Consents, consents_of
from carnet.record.delegate import delegate, end_delegation
from carnet.record.restate import Word, restate
from carnet.record.stores import Stores
from carnet.rights.access import Asker
from carnet.rights.held import Authorisation, Choice, Delegation

LIMIT_BYTES = 64 * 1024
_NO_STORE = {"Cache-Control": "no-store"}
_PLACES = {
    "text_version": f"{WHERE}.policyRule.text", "channel": f"{WHERE}.extension", "reason": f"{WHERE}.extension",
    "until": f"{WHERE}.provision.period.end", "days": f"{WHERE}.provision.period.end", "opening": f"{WHERE}.category",
}


async def search(visit: Visit) -> Response:
    """A searchset of the Consents of one patient that match and that the asker may see."""
    refuse_other_forms(visit.request)
    parameters = await read_parameters(visit.request)
    wanted = read_consent_search(parameters, visit.rooms.config.ins_policy, strict=is_strict(visit.request))
    try:
        consents = await consents_of(visit.hand_over(), wanted.ins, visit.rooms.stores)
    except NotFound:
        found: list[Shown] = []
    else:
        found = [shown for shown in _writer(visit, wanted.ins).all(consents) if wanted.takes(shown)]
    return Response(_searchset(visit, wanted, found), media_type=FHIR_JSON, headers=_NO_STORE)


async def read_one(visit: Visit) -> Response:
    """One Consent. Unknown and not to be seen are the same 404."""
    refuse_other_forms(visit.request)
    ins = _ids(visit).patient_of(visit.identifier)
    consents = await consents_of(visit.hand_over(), ins, visit.rooms.stores)
    return _answer(200, _found(visit, ins, consents))


async def create(visit: Visit) -> Response:
    """Record what was said: 201, and the Consent from now on."""
    refuse_other_forms(visit.request)
    consent = read_consent(await read_fhir(visit.request, LIMIT_BYTES))
    ins = patient_of(consent, visit.rooms.config.ins_policy)
    said = read_said(consent, visit.who, replaces=False)
    shown = await _recorded(visit, ins, said)
    return _answer(201, shown, Location=f"{visit.rooms.config.base}/{WHERE}/{shown.resource.id}")


async def update(visit: Visit) -> Response:
    """Say something else in place of what the asker saw: 412 if that is not what is there, 409 if it just moved."""
    refuse_other_forms(visit.request)
    ins = _ids(visit).patient_of(visit.identifier)
    consent = read_consent(await read_fhir(visit.request, LIMIT_BYTES, weighs=("if-match",)))
    if consent.id != visit.identifier:
        raise InvalidInput(Issue("value", "the id of the address is expected here", f"{WHERE}.id"))
    if patient_of(consent, visit.rooms.config.ins_policy) != ins:
        raise InvalidSubmission(Issue("value", "the patient of this Consent is another", f"{WHERE}.patient"))
    said = read_said(consent, visit.who, replaces=True)
    asker = visit.hand_over()
    consents = await consents_of(asker, ins, visit.rooms.stores)
    seen = _found(visit, ins, consents)
    _check_match(visit, seen)
    shown = await _restated(visit, asker, ins, said, seen=seen.held, consents=consents)
    return _answer(200, shown)


async def _recorded(visit: Visit, ins: Ins, said: Said) -> Shown:
    asker, stores = visit.hand_over(), visit.rooms.stores
    writer = _writer(visit, ins)
    with _in_fhir():
        match said:
            case ChoiceSaid():
                choices = await choose(
                    asker, ins, {said.choice: said.given}, stores, text_version=said.text_version,
                    channel=said.channel, reason=said.reason)
                return writer.choice(said.choice, choices)
            case Word():
                return writer.authorisation(await restate(asker, ins, said, stores))
            case DelegationSaid():
                return writer.delegation(await _delegated(asker, ins, said, stores))


async def _delegated(asker: Asker, ins: Ins, said: DelegationSaid, stores: Stores) -> Delegation:
    """Delegations count in whole days: never longer than what was asked."""
    now = stores.clock.now()
    days = {} if said.until is None else {"days": (said.until - now) // timedelta(days=1)}
    return await delegate(
        asker, ins, said.kind, said.subject, stores, name=said.name, members=said.members, **days)


async def _restated(visit: Visit, asker: Asker, ins: Ins, said: Said, *, seen: Held, consents: Consents) -> Shown:
    writer, stores = _writer(visit, ins), visit.rooms.stores
    with _in_fhir():
        match said, seen:
            case ChoiceSaid(), Choice() if said.choice is seen and consents.choices is not None:
                choices = await choose(
                    asker, ins, {seen: said.given}, stores, text_version=said.text_version, channel=said.channel,
                    reason=said.reason, if_match=consents.choices.tag)
                return writer.choice(seen, choices)
            case Word(), Authorisation() if said.professional == seen.professional:
                return writer.authorisation(await restate(asker, ins, said, stores, seen=(seen,)))
            case DelegationSaid(is_over=True), Delegation():
                await end_delegation(asker, ins, seen.delegation_id, stores)
                return writer.delegation(seen, ended=True)
            case DelegationSaid(), Delegation():
                visit.take_back()
                raise InvalidSubmission(Issue("business-rule", "end it, and give another", f"{WHERE}.status"))
            case _:
                visit.take_back()
                raise InvalidSubmission(Issue("value", "this Consent is about something else", f"{WHERE}.category"))


def _check_match(visit: Visit, seen: Shown) -> None:
    """The asker saw what is there now, or is told to read again."""
    given = visit.request.headers.get("if-match", "")
    if given.removeprefix("W/") != seen.tag.removeprefix("W/"):
        visit.take_back()
        words = "this is not what is there now: read again" if given else "say what you saw: If-Match, with its ETag"
        raise PreconditionFailed(Issue("conflict" if given else "required", words, "if-match"))


@contextmanager
def _in_fhir() -> Iterator[None]:
    """What the use cases refuse, at its place in the Consent."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidSubmission(*(
            Issue(issue.code, issue.message, issue.expression if issue.expression.startswith(WHERE)
                  else _PLACES.get(issue.expression, ACTORS)) for issue in error.issues)) from error


def _found(visit: Visit, ins: Ins, consents: Consents) -> Shown:
    for shown in _writer(visit, ins).all(consents):
        if shown.resource.id == visit.identifier:
            return shown
    visit.take_back()
    raise NotFound("no such consent")


def _answer(status: int, shown: Shown, **headers: str) -> Response:
    return Response(
        msgspec.json.encode(shown.resource), status_code=status, media_type=FHIR_JSON,
        headers=_NO_STORE | {"ETag": shown.tag} | headers)


def _searchset(visit: Visit, wanted: ConsentSearch, found: list[Shown]) -> bytes:
    address = f"{visit.rooms.config.base}/{WHERE}"
    bundle: dict[str, object] = {
        "resourceType": "Bundle", "type": "searchset", "total": len(found),
        "link": [{"relation": "self", "url": f"{address}?{urlencode(wanted.understood, safe=':,')}"}]}
    if found and not wanted.only_counts:
        bundle["entry"] = [{
            "fullUrl": f"{address}/{shown.resource.id}", "resource": shown.resource, "search": {"mode": "match"},
        } for shown in found]
    return msgspec.json.encode(bundle)


def _ids(visit: Visit) -> ConsentIds:
    return ConsentIds(visit.rooms.config.page_key)


def _writer(visit: Visit, ins: Ins) -> Writer:
    return Writer(_ids(visit), ins, visit.rooms.stores.clock.now())

"""What became of messages: `GET [base]/Task?…`, `GET [base]/Task/<id>`, read-only, for the organisation that sent them.

https://hl7.org/fhir/R4/task.html; docs/decisions/0024-what-a-sender-sees.md. A Task tells the state of one message, the
reasons, and in a contained OperationOutcome what its sender corrects. May import: this room, record, errors.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from starlette.responses import Response

from carnet.errors import InvalidInput, Issue, NotFound
from carnet.fhir.conformity import outcome_of_conformity
from carnet.fhir.door import Visit
from carnet.fhir.forms import language_of, refuse_other_forms
from carnet.fhir.identifiers import to_identifier
from carnet.fhir.iti67_find import is_strict, read_parameters
from carnet.fhir.outcome import FHIR_JSON, outcome_of
from carnet.fhir.paging import Page, open_page, seal_page
from carnet.fhir.search import Parameters
from carnet.record.conformity.told import conformity_of_sent
from carnet.record.inbox.message import Kept, MessageState
from carnet.record.inbox.mine import my_message, my_messages
from carnet.record.inbox.store import Wanted
from carnet.record.inbox.words import explain_reason, explain_state

PARAMETERS = ("identifier", "business-status", "_count")
STATES, CHANNELS, REASONS = "urn:carnet:message-state", "urn:carnet:channel", "urn:carnet:reason"
STATUS = {
    MessageState.RECEIVED: "received", MessageState.WAITING: "on-hold", MessageState.REFUSED: "rejected",
    MessageState.DEPOSITED: "completed", MessageState.REPLACED: "completed", MessageState.DELETED: "completed",
}
DEFAULT_COUNT, MOST = 50, 200
_OF_THE_ANSWER = frozenset({"_format", "_pretty", "_total"})
_NO_STORE = {"Cache-Control": "no-store"}


async def search(visit: Visit) -> Response:
    """A searchset of the asker's own messages, the newest first, a page of them."""
    refuse_other_forms(visit.request)
    parameters = await read_parameters(visit.request)
    token = dict(parameters).get("_page")
    page = open_page(token, visit.rooms.config.page_key) if token is not None else None
    wanted, count, understood = _read(page.parameters if page else parameters, strict=is_strict(visit.request))
    if page is not None:
        moment, last = page.after
        wanted = replace(wanted, before=datetime.fromtimestamp(moment, UTC), after=UUID(last))
    found = await my_messages(visit.hand_over(), wanted, visit.rooms.stores, limit=count + 1)
    shown, base = found[:count], f"{visit.rooms.config.base}/Task"
    links = [{"relation": "self", "url": f"{base}?{urlencode(understood, safe=':,')}"}]
    if len(found) > count:
        last_shown = (shown[-1].received_at.timestamp(), str(shown[-1].message_id))
        links.append({
            "relation": "next",
            "url": f"{base}?_page={seal_page(Page(understood, last_shown), visit.rooms.config.page_key)}"})
    language = language_of(visit.request)
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "link": links}
    if shown:
        bundle["entry"] = [
            {"fullUrl": f"{base}/{each.message_id}", "resource": task_of(each, language), "search": {"mode": "match"}}
            for each in shown]
    return Response(msgspec.json.encode(bundle), media_type=FHIR_JSON, headers=_NO_STORE)


async def read_one(visit: Visit) -> Response:
    """One message. Unknown and another organisation's are the same 404."""
    refuse_other_forms(visit.request)
    try:
        message_id = UUID(visit.identifier)
    except ValueError:
        raise NotFound("no such message") from None
    asker, language = visit.hand_over(), language_of(visit.request)
    kept = await my_message(asker, message_id, visit.rooms.stores)
    task = task_of(kept, language)
    found = await conformity_of_sent(asker, kept.partner.organisation, kept.unique_ids, visit.rooms.stores)
    for number, (unique_id, each) in enumerate(found.items()):
        name = f"conformity-{number}"
        outcome = {**msgspec.to_builtins(outcome_of_conformity(each, language)), "id": name}
        task.setdefault("contained", []).append(outcome)
        task.setdefault("output", []).append({
            "type": {"text": f"conformity of {unique_id}"}, "valueReference": {"reference": f"#{name}"}})
    body = msgspec.json.encode(task)
    return Response(body, media_type=FHIR_JSON, headers=_NO_STORE)


def task_of(kept: Kept, language: str) -> dict[str, Any]:
    """A message as a Task: nothing in it that its sender did not send, but its state and why."""
    task: dict[str, Any] = {
        "resourceType": "Task", "id": str(kept.message_id), "status": STATUS[kept.state], "intent": "order",
        "businessStatus": {
            "coding": [{"system": STATES, "code": kept.state}], "text": explain_state(kept.state, language)},
        "code": {"coding": [{"system": CHANNELS, "code": kept.channel}], "text": kept.kind or kept.channel},
        "authoredOn": _instant(kept.received_at), "lastModified": _instant(kept.settled_at or kept.received_at),
        "requester": {"type": "Organization", "identifier": {"value": kept.partner.organisation},
                      "display": kept.partner.name},
    }
    if kept.control_id:
        task["identifier"] = [{"value": kept.control_id}]
    if kept.reasons:
        words = dict.fromkeys(explain_reason(each, language) for each in kept.reasons)
        task["statusReason"] = {
            "coding": [{"system": REASONS, "code": each.partition(" ")[0]} for each in kept.reasons],
            "text": " ".join(words)}
    output: list[dict[str, Any]] = [
        {"type": {"text": "document"}, "valueIdentifier": to_identifier(each)}
        for each in kept.unique_ids]
    if kept.issues:
        task["contained"] = [{
            "resourceType": "OperationOutcome", "id": "issues", "issue": outcome_of(InvalidInput(*kept.issues)).issue}]
        output.append({"type": {"text": "issues"}, "valueReference": {"reference": "#issues"}})
    if kept.corrected_by is not None:
        output.append({"type": {"text": "corrected by"}, "valueReference": {"reference": f"Task/{kept.corrected_by}"}})
    return {**task, "output": output} if output else task


def _read(parameters: Parameters, *, strict: bool) -> tuple[Wanted, int, tuple[tuple[str, str], ...]]:
    """What is asked, and what of it was understood. Raises InvalidInput."""
    said = dict(parameters)
    issues = [
        Issue("not-supported", "this is not supported here", name) for name in said
        if name not in (*PARAMETERS, *_OF_THE_ANSWER) and (strict or name.partition(":")[0] in PARAMETERS)]
    state = said.get("business-status", "").rpartition("|")[2]
    if state and state not in [*MessageState]:
        issues.append(Issue("code-invalid", f"one of {', '.join(MessageState)} is expected", "business-status"))
    count = said.get("_count", str(DEFAULT_COUNT))
    if not count.isdecimal() or not 1 <= int(count) <= MOST:
        issues.append(Issue("value", f"a number of 1 to {MOST} is expected", "_count"))
    if issues:
        raise InvalidInput(*issues)
    name = said.get("identifier", "").rpartition("|")[2].removeprefix("urn:oid:")
    wanted = Wanted(state=MessageState(state) if state else None, text=name or None)
    return wanted, int(count), tuple((each, said[each]) for each in PARAMETERS if said.get(each))


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

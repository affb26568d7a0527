"""A JSON Patch changes who sees a document, or whether it is in force, and nothing else (TD3.3a to d)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from carnet.documents.entry import Visibility
from carnet.fhir.validate import validate
from carnet.record.authorise import authorise
from tests.fhir.client import Answer, Client
from tests.fhir.conftest import token_of
from tests.fhir.messages import Json, publication
from tests.running import LABORATORY, OTHER_DOCTOR, PATIENT, Platform, patient

INS = f"urn:oid:{PATIENT.ins.oid}|{PATIENT.ins.value}"
TRE_A07 = "https://mos.esante.gouv.fr/NOS/TRE_A07-StatusVisibiliteDocument/FHIR/TRE-A07-StatusVisibiliteDocument"
ARCHIVED = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived"
JSON_PATCH = "application/json-patch+json"
UNKNOWN = "0c287d32-01e3-4d87-9953-9fcc9404eb21"


def label(code: str = "MASQUE_PS") -> Json:
    """A security label."""
    return {"coding": [{"system": TRE_A07, "code": code}]}


MASK: Json = {"op": "add", "path": "/securityLabel/-", "value": label()}
ARCHIVE: Json = {"op": "add", "path": "/extension", "value": [{"url": ARCHIVED, "valueBoolean": True}]}
DELETE: Json = {"op": "replace", "path": "/status", "value": "entered-in-error"}


async def patch(client: Client, id_: str, *operations: Any, tag: str | None = None, query: str = "") -> Answer:
    """PATCH one document."""
    headers = {"content-type": JSON_PATCH} | ({"if-match": tag} if tag is not None else {})
    path = f"DocumentReference/{id_}" if id_ else "DocumentReference"
    return await client.ask(
        "PATCH", path, body=msgspec.json.encode(list(operations)), headers=headers, query=query)


async def deposited(client: Client, *codes: str, **changes: Any) -> str:
    """The id of a document that was just deposited, with these visibilities."""
    if codes:
        changes["securityLabel"] = [label(code) for code in codes]
    answer = await client.post("DocumentReference", publication(**changes))
    assert answer.status == 201, answer.body
    return answer.headers["location"].rpartition("/")[2]


def codes_of(resource: Json) -> list[str]:
    """Its labels."""
    return [each["coding"][0]["code"] for each in resource["securityLabel"]]


async def listed(client: Client, **parameters: str) -> int:
    """How many documents a search finds."""
    answer = await client.get("DocumentReference", {"patient": INS, **parameters})
    assert answer.status == 200, answer.body
    total: int = answer.json["total"]
    return total


@pytest.fixture
def holder(doctor: Client) -> Client:
    """The holder, at the doors."""
    return doctor.bearing(token_of(patient().caller))


@pytest.fixture
async def other(platform: Platform, doctor: Client) -> Client:
    """Another professional, authorised."""
    await platform.opened()
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    return doctor.bearing(token_of(OTHER_DOCTOR))


async def test_a_document_is_masked_and_shown_again(doctor: Client, holder: Client, other: Client) -> None:
    id_ = await deposited(doctor)
    before = await holder.get(f"DocumentReference/{id_}")
    assert before.headers["etag"] == f'W/"{before.json["meta"]["versionId"]}"'
    answer = await patch(holder, id_, MASK, tag=before.headers["etag"])
    assert (answer.status, codes_of(answer.json)) == (200, ["N", "MASQUE_PS"]), answer.body
    assert validate(answer.body) == []
    assert (answer.json["id"] != id_, answer.headers["etag"] != before.headers["etag"]) == (True, True)
    assert (await holder.get(f"DocumentReference/{id_}")).json == answer.json
    assert (await other.get(f"DocumentReference/{id_}")).status == 404
    assert await listed(other) == 0
    shown = await patch(holder, answer.json["id"], {"op": "remove", "path": "/securityLabel/1"},
                        tag=answer.headers["etag"])
    assert (shown.status, codes_of(shown.json)) == (200, ["N"])
    assert await listed(other) == 1


async def test_what_is_so_already_stays_the_same_version(doctor: Client, holder: Client, other: Client) -> None:
    id_ = await deposited(doctor, "N", "MASQUE_PS")
    answer = await patch(holder, id_, MASK)
    assert (answer.status, answer.json["id"]) == (200, id_)


async def test_a_document_is_announced_once_and_never_hidden_again(
    doctor: Client, holder: Client, other: Client
) -> None:
    id_ = await deposited(doctor, "N", "INVISIBLE_PATIENT")
    assert await listed(holder) == 0
    assert (await patch(holder, id_, {"op": "remove", "path": "/securityLabel/1"})).status == 404
    seen = await other.get(f"DocumentReference/{id_}")
    answer = await patch(other, id_, {"op": "remove", "path": "/securityLabel/1"}, tag=seen.headers["etag"])
    assert (answer.status, codes_of(answer.json)) == (200, ["N"]), answer.body
    assert await listed(holder) == 1
    again = await patch(other, answer.json["id"], MASK | {"value": label("INVISIBLE_PATIENT")})
    assert (again.status, again.issues) == (422, [("business-rule", "DocumentReference.securityLabel")])


async def test_a_document_is_archived_by_who_wrote_it_and_found_only_by_who_asks(
    doctor: Client, holder: Client, other: Client
) -> None:
    id_ = await deposited(doctor)
    refused = await patch(other, id_, ARCHIVE)
    assert (refused.status, "not_the_author" in refused.body.decode()) == (403, True)
    answer = await patch(doctor, id_, ARCHIVE)
    assert answer.json["extension"] == [{"url": ARCHIVED, "valueBoolean": True}]
    assert (await listed(other), await listed(other, isArchived="true")) == (0, 1)
    for operation in ({"op": "replace", "path": "/extension/0/valueBoolean", "value": False},
                      {"op": "remove", "path": "/extension/0"}):
        back = await patch(doctor, id_, operation)
        assert (back.status, "extension" in back.json) == (200, False)
        assert await listed(other) == 1
        again = await patch(doctor, id_, ARCHIVE | {"path": "/extension/-", "value": ARCHIVE["value"][0]})
        assert "extension" in again.json


async def test_a_deleted_document_is_gone_for_everyone(doctor: Client, holder: Client, other: Client) -> None:
    id_ = await deposited(doctor)
    assert (await patch(holder, id_, DELETE)).status == 403
    answer = await patch(doctor, id_, DELETE)
    assert (answer.status, answer.json["status"]) == (200, "entered-in-error")
    for client in (doctor, holder, other):
        assert (await client.get(f"DocumentReference/{id_}")).status == 404
        assert await listed(client) == 0
    assert (await patch(doctor, id_, DELETE)).status == 404


async def test_software_archives_and_deletes_what_it_deposited_without_reading(
    platform: Platform, doctor: Client
) -> None:
    await platform.opened()
    software = doctor.bearing(token_of(LABORATORY))
    id_ = await deposited(software, type={"coding": [{"system": "http://loinc.org", "code": "11502-2"}]})
    assert (await patch(software, id_, ARCHIVE)).status == 200
    assert (await patch(software, id_, DELETE)).status == 200


async def test_a_document_is_named_by_any_of_its_identifiers(doctor: Client, holder: Client, other: Client) -> None:
    id_ = await deposited(doctor, unique_id="2.25.99")
    logical = (await holder.get(f"DocumentReference/{id_}")).json["identifier"][1]["value"]
    for identifier in ("urn:ietf:rfc:3986|urn:oid:2.25.99", f"urn:ietf:rfc:3986|{logical}", f"urn:uuid:{id_}"):
        answer = await patch(holder, "", MASK, query=f"identifier={identifier}")
        assert (answer.status, codes_of(answer.json)) == (200, ["N", "MASQUE_PS"]), answer.body
    for query, status in (("", 400), ("identifier=abc", 400), ("identifier=urn:oid:2.25.98", 404)):
        assert (await patch(holder, "", MASK, query=query)).status == status


async def test_another_version_than_the_one_seen_is_refused(doctor: Client, holder: Client, other: Client) -> None:
    id_ = await deposited(doctor)
    tag = (await holder.get(f"DocumentReference/{id_}")).headers["etag"]
    await patch(holder, id_, MASK)
    for operation in (MASK, {"op": "remove", "path": "/securityLabel/1"}):
        late = await patch(holder, id_, operation, tag=tag)
        assert (late.status, late.issues) == (412, [("conflict", "if-match")])
    for wrong in ("*", '"1"', "W/\"x\""):
        assert (await patch(holder, id_, MASK, tag=wrong)).issues == [("value", "if-match")]


@pytest.mark.parametrize(("operations", "status", "issue"), [
    ([], 422, ("business-rule", "")),
    ([MASK, ARCHIVE], 422, ("business-rule", "")),
    ([{"op": "replace", "path": "/description", "value": "x"}], 422, ("not-supported", "")),
    ([{"op": "replace", "path": "/securityLabel/0", "value": label()}], 422, ("not-supported", "")),
    ([{"op": "replace", "path": "/status", "value": "superseded"}], 422, ("not-supported", "")),
    ([{"op": "add", "path": "/securityLabel/-", "value": label("SECRET")}], 422,
     ("business-rule", "DocumentReference.securityLabel")),
    ([{"op": "add", "path": "/securityLabel/-", "value": 3}], 422,
     ("business-rule", "DocumentReference.securityLabel")),
    ([{"op": "add", "path": "/securityLabel/-"}], 422, ("business-rule", "DocumentReference.securityLabel")),
    ([{"op": "remove", "path": "/securityLabel/0"}], 422, ("not-supported", "DocumentReference.securityLabel[0]")),
    ([{"op": "remove", "path": "/securityLabel/7"}], 422, ("value", "DocumentReference.securityLabel")),
    ([{"op": "remove", "path": "/securityLabel/-"}], 422, ("not-supported", "")),
    ([{"op": "add", "path": "/extension", "value": []}], 422, ("not-supported", "")),
    ([{"op": "add", "path": "/extension/-", "value": {"url": "urn:x", "valueBoolean": True}}], 422,
     ("not-supported", "")),
    ([{"op": "replace", "path": "/extension/0/valueBoolean", "value": "true"}], 422, ("not-supported", "")),
    ([{"op": "test", "path": "/status", "value": "current"}], 422, ("not-supported", "")),
    ([{"op": "copy", "from": "/a", "path": "/b"}], 400, ("structure", "")),
    ([["add"]], 400, ("structure", "")),
])
async def test_anything_else_is_refused_in_words_with_one_trace(
    doctor: Client, platform: Platform, operations: list[Any], status: int, issue: tuple[str, str]
) -> None:
    record = await platform.opened()
    id_ = await deposited(doctor)
    head = (await platform.stores.known(record, fresh=True)).head
    count = "select count(*) from audit_event where outcome = 'refused'"
    before = await platform.portal.fetchval(count)
    answer = await patch(doctor, id_, *operations)
    assert (answer.status, answer.issues) == (status, [issue]), answer.body
    assert validate(answer.body) == []
    assert await platform.portal.fetchval(count) == before + 1
    assert (await platform.stores.known(record, fresh=True)).head == head


async def test_other_forms_of_patches_are_refused(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    id_ = await deposited(doctor)
    for content_type in ("application/fhir+json", "application/xml-patch+xml", ""):
        answer = await doctor.ask("PATCH", f"DocumentReference/{id_}", body=b"[]", headers={
            "content-type": content_type})
        assert (answer.status, answer.issues) == (415, [("not-supported", "")])
    answer = await doctor.ask("PATCH", f"DocumentReference/{id_}", body=b"{}", headers={"content-type": JSON_PATCH})
    assert (answer.status, answer.issues) == (400, [("structure", "")])


async def test_unknown_and_hidden_documents_are_answered_alike(doctor: Client, holder: Client, other: Client) -> None:
    hidden = await deposited(doctor, "N", Visibility.INVISIBLE_PATIENT)
    for operation in (MASK, ARCHIVE, DELETE, {"op": "remove", "path": "/securityLabel/1"}):
        one, none = await patch(holder, hidden, operation), await patch(holder, UNKNOWN, operation)
        assert (one.status, one.body) == (none.status, none.body) == (404, none.body)

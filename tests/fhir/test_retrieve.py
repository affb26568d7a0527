"""ITI-68: the very bytes, in the form that was deposited or as a FHIR Binary."""

from __future__ import annotations

import base64

from fhir.resources.R4B.binary import Binary as SecondOpinion

from carnet.fhir.validate import validate
from tests.fhir.client import Client
from tests.fhir.conftest import BASE, token_of
from tests.fhir.messages import PDF, cda, publication
from tests.running import OTHER_DOCTOR, Platform


async def deposited(client: Client, content: bytes = PDF, unique_id: str = "") -> str:
    answer = await client.post("DocumentReference", publication(content, unique_id=unique_id))
    assert answer.status == 201, answer.body
    return answer.headers["location"].removeprefix(f"{BASE}/DocumentReference/")


async def test_the_bytes_come_back_as_they_were_deposited_or_as_a_fhir_binary(
    platform: Platform, doctor: Client
) -> None:
    await platform.opened()
    id_ = await deposited(doctor)
    for accept in ("", "*/*", "application/pdf", "application/*;q=0.8", "text/html, application/pdf"):
        answer = await doctor.get(f"Binary/{id_}", accept=accept)
        assert (answer.status, answer.body, answer.headers["content-type"]) == (200, PDF, "application/pdf")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-disposition"] == f'attachment; filename="{id_}.pdf"'
    for accept in ("application/fhir+json", "application/json", "application/fhir+json, */*;q=0.1"):
        answer = await doctor.get(f"Binary/{id_}", accept=accept)
        assert base64.b64decode(answer.json["data"]) == PDF
        assert answer.json["contentType"] == "application/pdf"
        assert validate(answer.body) == []
        SecondOpinion.model_validate_json(answer.body)
    for accept in ("text/xml", "application/fhir+xml", "image/png", "application/pdf;q=0"):
        answer = await doctor.get(f"Binary/{id_}", accept=accept)
        assert (answer.status, answer.issues) == (406, [("not-supported", "")])


async def test_both_names_of_xml_ask_for_a_cda(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    content = cda("2.25.9")
    id_ = await deposited(doctor, content, "2.25.9")
    for accept in ("text/xml", "application/xml"):
        answer = await doctor.get(f"Binary/{id_}", accept=accept)
        assert (answer.body, answer.headers["content-type"]) == (content, "text/xml")


async def test_bytes_that_the_asker_has_are_not_sent_again(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    id_ = await deposited(doctor)
    tag = (await doctor.get(f"Binary/{id_}")).headers["etag"]
    answer = await doctor.get(f"Binary/{id_}", if_none_match=tag)
    assert (answer.status, answer.body) == (304, b"")


async def test_unknown_and_forbidden_look_the_same(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    id_ = await deposited(doctor)
    forbidden = await doctor.bearing(token_of(OTHER_DOCTOR)).get(f"Binary/{id_}")
    unknown = await doctor.get("Binary/0c287d32-01e3-4d87-9953-9fcc9404eb21")
    same = {"content-type", "content-length", "cache-control"}
    assert forbidden.status == unknown.status == 404
    assert forbidden.body == unknown.body
    assert {name: forbidden.headers[name] for name in same} == {name: unknown.headers[name] for name in same}
    assert set(forbidden.headers) == set(unknown.headers)

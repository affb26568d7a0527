"""ITI-65 and ITI-105: what is provided is kept once, replaced when asked, and answered in the order it was sent."""

from __future__ import annotations

import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle as SecondOpinion

from carnet.fhir.app import FhirDoors
from carnet.fhir.validate import validate
from carnet.record.authorise import authorise
from tests.fhir.client import Client
from tests.fhir.conftest import BASE, token_of
from tests.fhir.messages import PDF, Json, bundle, cda, new_oid, publication
from tests.running import DOCTOR, LABORATORY, OTHER_DOCTOR, PATIENT, Platform, patient

INS = f"urn:oid:{PATIENT.ins.oid}|{PATIENT.ins.value}"


async def all_of(client: Client, **parameters: str) -> list[Json]:
    answer = await client.get("DocumentReference", {"patient.identifier": INS} | parameters)
    assert answer.status == 200, answer.body
    return [entry["resource"] for entry in answer.json.get("entry", [])]


async def test_an_answer_follows_the_order_of_the_bundle(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    message = bundle(PDF, PDF + b"\n")
    message["entry"].reverse()
    answer = await doctor.post("", message)
    assert answer.status == 200, answer.body
    kinds = [entry["response"]["location"].partition("/")[0] for entry in answer.json["entry"]]
    assert kinds == ["Binary", "DocumentReference", "Binary", "DocumentReference", "List"]
    assert {entry["response"]["status"] for entry in answer.json["entry"]} == {"201 Created"}
    assert validate(answer.body) == []
    SecondOpinion.model_validate_json(answer.body)


async def test_a_bundle_sent_again_is_answered_with_what_is_there(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    message = bundle(PDF)
    first, again = await doctor.post("", message), await doctor.post("", message)
    assert again.status == 200
    assert [entry["response"]["status"] for entry in again.json["entry"]] == ["200 OK"] * 3
    assert [entry["response"]["location"] for entry in again.json["entry"]][1:] == [
        entry["response"]["location"] for entry in first.json["entry"]][1:]
    assert len(await all_of(doctor)) == 1


async def test_what_fhir_does_not_say_is_taken_from_the_cda(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    message = bundle(cda("2.25.4242"))
    reference = message["entry"][1]["resource"]
    said_by_the_cda = "masterIdentifier type date author authenticator securityLabel context contained"
    for name in said_by_the_cda.split():
        del reference[name]
    del reference["content"][0]["format"]
    answer = await doctor.post("", message)
    assert answer.status == 200, answer.body
    found = (await all_of(doctor))[0]
    assert found["masterIdentifier"]["value"] == "urn:oid:2.25.4242"
    assert found["type"]["coding"][0]["code"] == "11488-4"
    assert found["content"][0]["attachment"]["creation"] == "2026-01-02T09:30:00+01:00"
    assert {resource["resourceType"] for resource in found["contained"]} == {
        "PractitionerRole", "Practitioner", "Organization", "Patient"}


async def test_a_lot_is_kept_whole_or_not_at_all(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    message = bundle(PDF, cda("2.25.7"))   # the second contradicts its metadata
    assert (await doctor.post("", message)).status == 422
    assert await all_of(doctor) == []


@pytest.mark.parametrize("with_patch", [False, True])
async def test_a_document_replaces_another_with_or_without_the_patch(
    platform: Platform, doctor: Client, with_patch: bool
) -> None:
    await platform.opened()
    await doctor.post("", bundle(PDF))
    old = (await all_of(doctor))[0]["id"]
    message = bundle(PDF + b"corrected", relatesTo=[
        {"code": "replaces", "target": {"reference": f"DocumentReference/{old}"}}])
    if with_patch:
        message["entry"].append(patch_of(old))
    answer = await doctor.post("", message)
    assert answer.status == 200, answer.body
    if with_patch:
        assert answer.json["entry"][3]["response"]["status"] == "200 OK"
        assert answer.json["entry"][3]["response"]["location"] == f"DocumentReference/{old}"
    current = (await all_of(doctor, status="current"))[0]
    assert current["relatesTo"] == [{"code": "replaces", "target": {"reference": f"DocumentReference/{old}"}}]
    assert [found["id"] for found in await all_of(doctor, status="superseded")] == [old]
    assert [found["id"] for found in await all_of(doctor, relatesto=f"DocumentReference/{old}")] == [current["id"]]


async def test_another_professional_cannot_replace_the_document(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    await doctor.post("DocumentReference", publication(unique_id="2.25.8"))
    message = publication(PDF + b"forged", relatesTo=[{"code": "replaces", "target": {
        "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:2.25.8"}}}])
    other = doctor.bearing(token_of(OTHER_DOCTOR))
    unread = await other.post("DocumentReference", message)     # who may not read it is not told that it is there
    assert (unread.status, unread.issues) == (422, [("not-found", "DocumentReference.relatesTo")])
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    answer = await other.post("DocumentReference", message)
    assert answer.status == 403
    assert answer.json["issue"][0]["details"]["coding"][0]["code"] == "not_the_author"
    assert "auteur" in answer.json["issue"][0]["details"]["text"]


async def test_a_simplified_publication_answers_where_the_document_is(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    message = publication()
    first = await doctor.post("DocumentReference", message)
    assert (first.status, first.headers["etag"]) == (201, f'W/"{first.headers["location"].rpartition("/")[2]}"')
    again = await doctor.post("DocumentReference", message)
    assert (again.status, again.headers["location"]) == (200, first.headers["location"])
    found = await doctor.get(first.headers["location"].removeprefix(f"{BASE}/"))
    assert found.json["masterIdentifier"] == message["masterIdentifier"]


async def test_a_file_with_no_identifier_is_kept_once_however_often_it_is_sent(
    platform: Platform, doctor: Client
) -> None:
    await platform.opened()
    message = publication()
    del message["masterIdentifier"]
    assert [(await doctor.post("DocumentReference", message)).status for _ in range(3)] == [201, 200, 200]


async def test_what_may_be_supposed_of_a_file_is_supposed_from_its_sender(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    await doctor.post("DocumentReference", publication())
    found = (await all_of(doctor))[0]
    assert found["securityLabel"][0]["coding"][0]["code"] == "N"
    assert found["context"]["facilityType"]["coding"][0]["code"] == "SA43"
    assert found["context"]["practiceSetting"]["coding"][0]["code"] == "ETABLISSEMENT"
    assert found["content"][0]["format"]["code"] == "urn:ihe:iti:xds:2017:mimeTypeSufficient"
    author = next(known for known in found["contained"] if known["resourceType"] == "Practitioner")
    assert author["identifier"][0]["value"] == DOCTOR.ps_id


async def test_a_patient_writes_in_their_own_record_as_a_patient(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    himself = doctor.bearing(token_of(patient().caller))
    refused = await himself.post("DocumentReference", publication())
    assert refused.json["issue"][0]["details"]["coding"][0]["code"] == "type_not_for_patients"
    own = {"coding": [{"system": "urn:oid:1.2.250.1.213.1.1.4.12", "code": "EXPPAT_1"}]}
    assert (await himself.post("DocumentReference", publication(type=own))).status == 201
    found = (await all_of(himself))[0]
    assert found["contained"][0]["resourceType"] == "Patient"
    assert found["context"]["facilityType"]["coding"][0]["code"] == "EXP_PATIENT"


async def test_software_of_an_organisation_feeds(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    software = doctor.bearing(token_of(LABORATORY))
    assert (await software.post("", bundle(PDF))).status == 200
    assert (await software.get("DocumentReference", {"patient.identifier": INS})).status == 403


async def test_a_document_masked_at_its_deposit_is_not_seen_by_another_professional(
    platform: Platform, doctor: Client, doors: FhirDoors
) -> None:
    await platform.opened()
    masked = [{"coding": [{
        "system": "https://mos.esante.gouv.fr/NOS/TRE_A07-StatusVisibiliteDocument/FHIR/TRE-A07-StatusVisibiliteDocument",
        "code": code}]} for code in ("N", "MASQUE_PS")]
    assert (await doctor.post("", bundle(PDF, securityLabel=masked))).status == 200
    labels = [label["coding"][0]["code"] for label in (await all_of(doctor))[0]["securityLabel"]]
    assert labels == ["N", "MASQUE_PS"]


async def test_with_fewer_than_two_hosts_the_sender_is_told_when_to_come_back(
    platform: Platform, doctor: Client
) -> None:
    record = await platform.opened()
    home = (await platform.stores.known(record)).placement.home
    for name, host in platform.hosts.items():
        if name != home:
            await host.stop()
    message = publication()
    answer = await doctor.post("DocumentReference", message)
    assert (answer.status, answer.issues) == (503, [("transient", "")])
    assert int(answer.headers["retry-after"]) > 0
    for name, host in platform.hosts.items():
        if name != home:
            await host.start()


async def test_base64_may_be_escaped_as_some_libraries_do(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    content = b"%PDF-1.4 \xff\xfe\xfd???>>>" * 40
    body = msgspec.json.encode(publication(content)).replace(b"/", b"\\/")
    answer = await doctor.post("DocumentReference", body)
    assert answer.status == 201, answer.body
    address = f"Binary/{answer.headers['location'].rpartition('/')[2]}"
    assert (await doctor.get(address)).body == content


def patch_of(old: str) -> Json:
    """The patch that the official replacement example carries."""
    return {
        "fullUrl": f"urn:uuid:{new_oid()}",
        "resource": {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": [
            {"name": "path", "valueString": "DocumentReference.status"}, {"name": "type", "valueCode": "replace"},
            {"name": "value", "valueCode": "superseded"}]}]},
        "request": {"method": "PATCH", "url": f"DocumentReference/{old}"},
    }

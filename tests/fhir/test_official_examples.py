"""The messages of the official guides: PDSm's are accepted, IHE's are refused, with what they lack."""

from __future__ import annotations

from pathlib import Path

import msgspec
from fhir.resources.R4B.documentreference import DocumentReference as SecondOpinion

from carnet.documents.cda_header import read_header
from carnet.fhir.validate import validate
from carnet.people.ins import DEMONSTRATION, Ins, InsOid
from carnet.people.patient import Patient
from tests.fhir.client import Client
from tests.fhir.conftest import BASE, token_of
from tests.fhir.messages import publication
from tests.running import LABORATORY, PATIENT, Platform

OFFICIAL = Patient(Ins("123456789012345", InsOid.NIR), PATIENT.traits)
SEARCH = {"patient.identifier": "urn:oid:1.2.250.1.213.1.4.8|123456789012345", "status": "current"}
TINY = b'<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>'

PDSM_REQUESTS = {
    "Bundle-example-td2-iti65-lot-soumission.json": ("", 200),
    "DocumentReference-example-td2-iti105-publication-simplifiee.json": ("DocumentReference", 201),
}
# None of IHE's examples names a person that a French record could be of.
IHE_REQUESTS = {
    "Bundle-ex-comprehensiveProvideDocumentBundleSimple.json": ("", "Bundle.entry[1].resource.subject"),
    "Bundle-ex-minimalProvideDocumentBundleSimple.json": ("", "Bundle.entry[1].resource.subject"),
    "DocumentReference-ex-DocumentReferenceSimplifiedPublish.json": ("DocumentReference", "DocumentReference.subject"),
}


async def test_the_requests_of_pdsm_are_kept_found_and_read_byte_for_byte(
    platform: Platform, doctor: Client, shared_data: Path
) -> None:
    await platform.opened(OFFICIAL)
    for name, (path, status) in PDSM_REQUESTS.items():
        answer = await doctor.post(path, (shared_data / "pdsm-fhir" / name).read_bytes())
        assert answer.status == status, answer.body
    found = (await doctor.get("DocumentReference", SEARCH)).json
    assert found["total"] == len(PDSM_REQUESTS)
    for entry in found["entry"]:
        address = entry["resource"]["content"][0]["attachment"]["url"]
        back = await doctor.get(address.removeprefix(f"{BASE}/"))
        assert (back.status, back.body, back.headers["content-type"]) == (200, TINY, "application/xml")


async def test_the_class_of_an_official_example_is_computed_not_believed(
    platform: Platform, doctor: Client, shared_data: Path
) -> None:
    await platform.opened(OFFICIAL)
    name = "Bundle-example-td2-iti65-lot-soumission.json"
    await doctor.post("", (shared_data / "pdsm-fhir" / name).read_bytes())
    found = (await doctor.get("DocumentReference", SEARCH)).json
    assert found["entry"][0]["resource"]["category"][0]["coding"][0]["code"] == "10"   # the example says 11


async def test_the_requests_of_ihe_are_refused_for_want_of_an_ins(doctor: Client, shared_data: Path) -> None:
    for name, (path, place) in IHE_REQUESTS.items():
        answer = await doctor.post(path, (shared_data / "mhd-fhir" / name).read_bytes())
        assert answer.status == 422
        assert ("value", place) in answer.issues


async def test_an_example_of_ihe_is_accepted_once_it_is_about_a_person_with_an_ins(
    platform: Platform, doctor: Client, shared_data: Path
) -> None:
    await platform.opened(OFFICIAL)
    name = "DocumentReference-ex-DocumentReferenceSimplifiedPublish.json"
    message = msgspec.json.decode((shared_data / "mhd-fhir" / name).read_bytes())
    message["masterIdentifier"]["value"] = "urn:oid:2.25.1"   # its own OID has 77 characters: 64 at most
    message["subject"] = {"reference": "Patient?identifier=urn:oid:1.2.250.1.213.1.4.8|123456789012345"}
    answer = await doctor.post("DocumentReference", message)
    assert {("required", "DocumentReference.date"), ("required", "DocumentReference.type")} <= set(answer.issues)
    message |= {"date": "2026-01-02T09:30:00Z", "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]}}
    assert (await doctor.post("DocumentReference", message)).status == 201


async def test_every_official_cda_is_kept_with_nothing_but_its_patient_said_in_fhir_and_comes_back(
    platform: Platform, doctor: Client, shared_data: Path
) -> None:
    opened: set[Ins] = set()
    software = doctor.bearing(token_of(LABORATORY))
    for file in sorted((shared_data / "cda-fr").glob("*.xml")):
        content = file.read_bytes()
        header = read_header(content, DEMONSTRATION)
        assert header.patient_id is not None, file.name
        person = Patient(header.patient_id, PATIENT.traits)
        if person.ins not in opened:
            opened.add(person.ins)
            await platform.opened(person)
        message = publication(content, of=person)
        for name in ("masterIdentifier", "type", "date"):
            del message[name]
        message["content"][0]["attachment"]["contentType"] = header.mime_type
        del message["content"][0]["attachment"]["title"]
        is_reimbursement = header.type_code is not None and header.type_code.code == "REMB"     # no professional's
        answer = await (software if is_reimbursement else doctor).post("DocumentReference", message)
        assert answer.status == 201, (file.name, answer.body)
        shown = await doctor.get(answer.headers["location"].removeprefix(f"{BASE}/"))
        assert validate(shown.body) == [], file.name
        SecondOpinion.model_validate_json(shown.body)
        back = await doctor.get(f"Binary/{shown.json['id']}")
        assert (back.body == content, back.headers["content-type"]) == (True, header.mime_type), file.name

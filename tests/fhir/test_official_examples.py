"""The bundles of the official guides: PDSm's are accepted, IHE's are refused for what they lack."""

from __future__ import annotations

from pathlib import Path

from carnet.people.ins import Ins, InsOid
from carnet.people.patient import Patient
from tests.fhir.client import Client
from tests.running import PATIENT, Platform

OFFICIAL = Patient(Ins("123456789012345", InsOid.NIR), PATIENT.traits)
SEARCH = {"patient.identifier": "urn:oid:1.2.250.1.213.1.4.8|123456789012345", "status": "current"}


async def test_the_official_bundle_is_kept_found_and_read_byte_for_byte(
    platform: Platform, doctor: Client, shared_data: Path
) -> None:
    await platform.opened(OFFICIAL)
    sent = (shared_data / "pdsm-fhir" / "Bundle-example-td2-iti65-lot-soumission.json").read_bytes()
    answer = await doctor.post("", sent)
    assert answer.status == 200, answer.body
    print(answer.body)
    found = await doctor.get("DocumentReference", SEARCH)
    print(found.body.decode())
    address = found.json["entry"][0]["resource"]["content"][0]["attachment"]["url"]
    back = await doctor.get(address.removeprefix("https://carnet.example/fhir/"))
    assert back.body == b'<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>'
    assert back.headers["content-type"] == "application/xml"
    assert 0

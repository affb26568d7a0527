"""The official French examples go through the real platform: kept, found, and read back byte for byte."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pybase64
import pytest

from carnet.documents.cda_header import CdaHeader, read_header
from carnet.people.ins import DEMONSTRATION, Ins, InsOid
from carnet.people.patient import Patient, Sex, Traits
from tests.documents.expectations import EXPECTED
from tests.flows.doors import Doors, addresses

# Which examples the platform refuses, and what it says against them. The README states the same.
REFUSED: dict[str, str] = {}

# The person of the FHIR examples: they say no more of them than this number.
OF_THE_GUIDES = Patient(
    Ins("123456789012345", InsOid.NIR),
    Traits(birth_family="EXEMPLE", birth_given="Dominique", birth_date="1980-01-15", sex=Sex.MALE),
)


async def opened(doctor: Doors, patient: Patient) -> None:
    """Have the record open: by this test, or by one before it."""
    answer = await doctor.open_record(patient)
    assert answer.status in (201, 409), answer


async def holder(doctor: Doors, header: CdaHeader) -> Ins:
    """Open the record of the person whom a document is about."""
    assert header.patient_id is not None
    assert header.traits is not None
    await opened(doctor, Patient(header.patient_id, header.traits))
    return header.patient_id


def test_no_example_is_refused_that_is_not_in_the_collection() -> None:
    assert set(REFUSED) <= set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
async def test_an_official_document_is_kept_once_found_and_read_byte_for_byte(
    doctor: Doors, laboratory: Doors, shared_data: Path, name: str
) -> None:
    content = (shared_data / "cda-fr" / f"{name}.xml").read_bytes()
    header = read_header(content, DEMONSTRATION)
    ins = await holder(doctor, header)
    depositor = laboratory if EXPECTED[name][1] == "REMB" else doctor     # no professional writes reimbursements
    answer = await depositor.publish(content, ins, media_type=header.mime_type)
    if name in REFUSED:
        assert answer.status == 422
        assert REFUSED[name] in answer.body.decode()
        return
    assert answer.status == 201, answer

    found = addresses(await doctor.find(ins))
    back = await doctor.get(found[header.unique_id])
    assert back.status == 200
    assert back.body == content

    again = await depositor.publish(content, ins, media_type=header.mime_type)
    assert again.status == 200, again
    assert again.headers["Location"] == answer.headers["Location"]
    assert addresses(await doctor.find(ins)) == found


async def test_the_official_publication_is_kept_once_found_and_read_byte_for_byte(
    doctor: Doors, shared_data: Path
) -> None:
    sent = shared_data / "pdsm-fhir" / "DocumentReference-example-td2-iti105-publication-simplifiee.json"
    await kept_once(doctor, sent, "DocumentReference", created=201)


async def test_the_official_bundle_is_kept_once_found_and_read_byte_for_byte(doctor: Doors, shared_data: Path) -> None:
    sent = shared_data / "pdsm-fhir" / "Bundle-example-td2-iti65-lot-soumission.json"
    await kept_once(doctor, sent, "", created=200)


async def kept_once(doctor: Doors, sent: Path, door: str, *, created: int) -> None:
    """Send a request of the guides twice; its documents are there once, with the bytes that it carries."""
    await opened(doctor, OF_THE_GUIDES)
    before = addresses(await doctor.find(OF_THE_GUIDES.ins))
    answer = await doctor.post(door, sent.read_bytes())
    assert answer.status == created, answer

    found = addresses(await doctor.find(OF_THE_GUIDES.ins))
    added = {name: address for name, address in found.items() if name not in before}
    bodies = [(await doctor.get(address)).body for address in added.values()]
    assert bodies == documents_in(msgspec.json.decode(sent.read_bytes()))

    again = await doctor.post(door, sent.read_bytes())
    assert again.status == 200, again
    assert addresses(await doctor.find(OF_THE_GUIDES.ins)) == found


def documents_in(resource: dict[str, object]) -> list[bytes]:
    """What a request carries in base64."""
    found = []
    for entry in resource.get("entry", [{"resource": resource}]):  # type: ignore[attr-defined]
        each = entry["resource"]
        if each["resourceType"] == "Binary":
            found.append(pybase64.b64decode(each["data"]))
        elif each["resourceType"] == "DocumentReference" and "data" in each["content"][0]["attachment"]:
            found.append(pybase64.b64decode(each["content"][0]["attachment"]["data"]))
    return found

"""The state of a record, and what the platform says of itself."""

from __future__ import annotations

from fhir.resources.R4B.bundle import Bundle as SecondOpinion
from fhir.resources.R4B.capabilitystatement import CapabilityStatement

from carnet.fhir.app import DOORS
from carnet.fhir.search_values import PARAMETERS
from carnet.fhir.validate import validate
from carnet.record.authorise import block
from carnet.record.close_record import close_record
from tests.fhir.client import Client
from tests.fhir.conftest import token_of
from tests.running import DOCTOR, OTHER_DOCTOR, PATIENT, Platform, patient

INS = f"urn:oid:{PATIENT.ins.oid}|{PATIENT.ins.value}"
DMP = "https://interop.esante.gouv.fr/ig/fhir/dmp/StructureDefinition"


async def test_a_person_without_a_record_is_an_empty_searchset(doctor: Client) -> None:
    answer = await doctor.get("Patient", {"identifier": INS})
    assert (answer.status, answer.json["total"]) == (200, 0)
    assert validate(answer.body) == []


async def test_an_open_record_is_an_active_patient_with_what_the_asker_may_do(
    platform: Platform, doctor: Client
) -> None:
    await platform.opened()
    answer = await doctor.get("Patient", {"identifier": INS})
    assert validate(answer.body) == []
    SecondOpinion.model_validate_json(answer.body)
    found = answer.json["entry"][0]["resource"]
    assert (found["active"], found["identifier"][0]["value"]) == (True, PATIENT.ins.value)
    assert (found["name"][0]["family"], found["gender"], found["birthDate"]) == ("INVENTEE", "female", "1999-07-02")
    assert {"url": "urn:carnet:authorisation", "valueCode": "VALIDE"} in found["extension"]
    other = await doctor.bearing(token_of(OTHER_DOCTOR)).get("Patient", {"identifier": INS})
    extensions = other.json["entry"][0]["resource"]["extension"]
    assert {"url": "urn:carnet:authorisation", "valueCode": "NON_EXISTE"} in extensions


async def test_a_blocked_professional_sees_that_they_are(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    await block(patient(), PATIENT.ins, DOCTOR.ps_id, platform.stores)
    found = (await doctor.get("Patient", {"identifier": INS})).json["entry"][0]["resource"]
    assert {"url": "urn:carnet:authorisation", "valueCode": "INTERDIT"} in found["extension"]


async def test_a_closed_record_says_when_and_why(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    await close_record(patient(), PATIENT.ins, motive="patient-demande", stores=platform.stores)
    answer = await doctor.get("Patient", {"identifier": INS})
    assert validate(answer.body) == []
    found = answer.json["entry"][0]["resource"]
    closing = next(extension for extension in found["extension"] if extension["url"] == f"{DMP}/dmp-fermeture")
    assert found["active"] is False
    assert [part["url"] for part in closing["extension"]] == ["dateFermeture", "motifFermeture"]


async def test_a_search_of_patients_may_be_sent_as_a_form(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    answer = await doctor.post(
        "Patient/_search", f"identifier={INS}".replace("|", "%7C").encode(), "application/x-www-form-urlencoded")
    assert answer.json["total"] == 1


async def test_anyone_may_read_what_the_platform_does_and_it_is_true(doctor: Client) -> None:
    answer = await doctor.bearing("").get("metadata")
    assert answer.status == 200
    assert validate(answer.body) == []
    CapabilityStatement.model_validate_json(answer.body)
    resources = {found["type"]: found for found in answer.json["rest"][0]["resource"]}
    assert set(resources) - {"List"} == {path.partition("/")[0] for path in DOORS} - {"", "metadata"}
    parameters = {found["name"] for found in resources["DocumentReference"]["searchParam"]}
    chained = {name for name in PARAMETERS if "." in name}
    assert parameters == set(PARAMETERS) - chained | {"patient", "isArchived"}

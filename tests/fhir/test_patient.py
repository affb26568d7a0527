"""The state of a record, and what the platform says of itself."""

from __future__ import annotations

from fhir.resources.R4B.bundle import Bundle as SecondOpinion
from fhir.resources.R4B.capabilitystatement import CapabilityStatement

from carnet.fhir.app import DOORS
from carnet.fhir.search_values import PARAMETERS
from carnet.fhir.validate import validate
from carnet.people.caller import PatientCaller
from carnet.record.authorise import block
from carnet.record.choices import choose
from carnet.record.close_record import close_record
from carnet.rights.held import Choice
from tests.fhir.client import Client
from tests.fhir.conftest import BASE, token_of
from tests.fhir.messages import Json
from tests.running import DOCTOR, LABORATORY, OTHER_DOCTOR, PATIENT, Platform, another_patient, patient

INS = f"urn:oid:{PATIENT.ins.oid}|{PATIENT.ins.value}"
CONSENT = "https://carnet.example/fhir/StructureDefinition/opening-consent"
DMP = "https://interop.esante.gouv.fr/ig/fhir/dmp/StructureDefinition"


def consent(text_version: str, channel: str) -> Json:
    """A consent to open a record."""
    return {"url": CONSENT, "extension": [
        {"url": "textVersion", "valueString": text_version}, {"url": "channel", "valueCode": channel}]}


OPENING: Json = {
    "resourceType": "Patient",
    "extension": [
        consent("2026-1", "oral"),
        {"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace", "valueAddress": {"extension": [{
            "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code",
            "valueCoding": {"code": "75112"}}]}},
    ],
    "identifier": [
        {"system": "urn:oid:1.2.3.4", "value": "IPP-1"},
        {"system": f"urn:oid:{PATIENT.ins.oid}", "value": PATIENT.ins.value}],
    "name": [
        {"use": "official", "family": "INVENTEE", "given": ["Camille", "Jeanne"]},
        {"use": "usual", "family": "FICTIVE", "given": ["Camille"]}],
    "gender": "female", "birthDate": "1999-07-02",
}


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


async def test_a_record_is_opened_once_with_the_consent_of_the_patient(doctor: Client) -> None:
    answer = await doctor.post("Patient", OPENING)
    assert answer.status == 201, answer.body
    assert validate(answer.body) == []
    assert answer.headers["location"] == f"{BASE}/Patient?identifier={INS}".replace("|", "%7C")
    found = (await doctor.get("Patient", {"identifier": INS})).json["entry"][0]["resource"]
    assert found == answer.json
    assert [name["use"] for name in found["name"]] == ["usual", "official"]
    assert {"url": "urn:carnet:authorisation", "valueCode": "VALIDE"} in found["extension"]
    again = await doctor.post("Patient", OPENING)
    assert (again.status, again.issues) == (409, [("duplicate", "")])


async def test_a_record_is_not_opened_without_identity_consent_or_right(doctor: Client) -> None:
    nameless = OPENING | {"name": [{"use": "official", "family": "INVENTEE"}], "birthDate": "1999-13-02"}
    rows: list[tuple[Json, tuple[str, str]]] = [
        (OPENING | {"extension": []}, ("structure", "Patient.extension")),
        ({name: value for name, value in OPENING.items() if name != "extension"}, ("required", "Patient.extension")),
        (OPENING | {"extension": [consent(" ", "oral")]}, ("required", "Patient.extension")),
        (OPENING | {"extension": [consent("2026-1", "shouted")]}, ("code-invalid", "Patient.extension")),
        (nameless, ("value", "Patient.birthDate")),
        (nameless | {"birthDate": "1999-12-02"}, ("required", "Patient.name.given")),
        (OPENING | {"gender": "x"}, ("code-invalid", "Patient.gender")),
        (OPENING | {"identifier": [{"system": "urn:oid:1.2.3", "value": "IPP"}]}, ("value", "Patient.identifier")),
    ]
    for message, issue in rows:
        answer = await doctor.post("Patient", message)
        assert answer.status in (400, 422)
        assert issue in answer.issues, (issue, answer.body)
    software = await doctor.bearing(token_of(LABORATORY)).post("Patient", OPENING)
    assert software.status == 404
    somebody = PatientCaller(another_patient(3).ins, "X", "Y")
    stranger = await doctor.bearing(token_of(somebody)).post("Patient", OPENING)
    assert stranger.body == software.body      # whether a person has a record is nobody else's to know
    assert (await doctor.get("Patient", {"identifier": INS})).json["total"] == 0


async def test_the_state_says_which_emergency_accesses_are_not_opposed(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    other = doctor.bearing(token_of(OTHER_DOCTOR))
    both = [{"url": "urn:carnet:emergency-access", "valueCode": mode} for mode in ("bris_de_glace", "centre_15")]
    for choice, left in ((None, both), (Choice.BREAK_THE_GLASS, both[1:]), (Choice.REGULATION_CENTRE, [])):
        if choice is not None:
            await choose(patient(), PATIENT.ins, {choice: False}, platform.stores, text_version="2026-1")
        found = (await other.get("Patient", {"identifier": INS})).json["entry"][0]["resource"]
        assert [each for each in found["extension"] if each["url"] == both[0]["url"]] == left


async def test_a_record_is_opened_with_what_the_patient_opposes(platform: Platform, doctor: Client) -> None:
    opposing = consent("2026-1", "oral")
    opposing["extension"] += [{"url": "opposed", "valueCode": choice} for choice in ("consultation", "break_the_glass")]
    wrong = consent("2026-1", "oral")
    wrong["extension"].append({"url": "opposed", "valueCode": "opening"})
    answer = await doctor.post("Patient", OPENING | {"extension": [wrong]})
    assert (answer.status, answer.issues) == (422, [("code-invalid", "Patient.extension")])
    assert (await doctor.post("Patient", OPENING | {"extension": [opposing]})).status == 201
    known = await platform.stores.known(await platform.stores.record_of(PATIENT.ins), fresh=True)
    opposed = {choice for choice, said in known.rights.consents.items() if not said.given}
    assert opposed == {Choice.CONSULTATION, Choice.BREAK_THE_GLASS}


async def test_a_closed_record_is_reopened_with_a_new_consent(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    system, _, value = INS.partition("|")
    said = {"resourceType": "Parameters", "parameter": [
        {"name": "identifier", "valueIdentifier": {"system": system, "value": value}},
        {"name": "textVersion", "valueString": "2026-2"}, {"name": "channel", "valueCode": "written"},
        {"name": "opposed", "valueCode": "regulation_centre"}]}
    still = await doctor.post("Patient/$reopen", said)
    assert (still.status, "record_active" in still.body.decode()) == (403, True)
    await close_record(patient(), PATIENT.ins, motive="patient-demande", stores=platform.stores)
    silent = said | {"parameter": said["parameter"][:1]}
    assert (await doctor.post("Patient/$reopen", silent)).status == 422
    answer = await doctor.post("Patient/$reopen", said)
    assert (answer.status, answer.json["active"]) == (200, True), answer.body
    assert validate(answer.body) == []
    assert {"url": "urn:carnet:emergency-access", "valueCode": "centre_15"} not in answer.json["extension"]


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
    operations = {
        f"{kind}/${operation['name']}" for kind, found in resources.items() for operation in found.get("operation", ())}
    assert operations == {path.replace("/*/", "/") for path in DOORS if "$" in path}
    parameters = {found["name"] for found in resources["DocumentReference"]["searchParam"]}
    chained = {name for name in PARAMETERS if "." in name}
    assert parameters == set(PARAMETERS) - chained | {"patient", "isArchived"}

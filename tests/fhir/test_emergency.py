"""An emergency access: opened with a reason by who says so in their token, for an hour, and told to the holder."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest
from fhir.resources.R4B.parameters import Parameters as SecondOpinion

from carnet.fhir.validate import validate
from carnet.people.caller import ProfessionalCaller
from carnet.record.authorise import block
from carnet.record.choices import choose
from carnet.rights.held import Choice
from tests.fhir.client import Answer, Client
from tests.fhir.conftest import token_of
from tests.fhir.messages import Json, publication
from tests.running import LABORATORY, OTHER_DOCTOR, PATIENT, Platform, another_patient, patient

INS = f"urn:oid:{PATIENT.ins.oid}|{PATIENT.ins.value}"
REASON = "Personne inconsciente, arrivée seule"


def purpose(code: str) -> Json:
    """The claim of IHE IUA."""
    system = "urn:oid:1.2.250.1.213.1.1.4.248"
    return {"ihe_iua": {"purpose_of_use": [{"system": system, "code": code}]}}


def emergency_token(caller: ProfessionalCaller = OTHER_DOCTOR, *, code: str = "bris_de_glace", ago: int = 0) -> str:
    """A token of somebody who logged in some seconds ago, for this purpose."""
    return token_of(caller, extensions=purpose(code), auth_time=int(time.time()) - ago)


def parameters(reason: str = REASON, ins: str = PATIENT.ins.value) -> Json:
    """What the operation is given."""
    return {"resourceType": "Parameters", "parameter": [
        {"name": "identifier", "valueIdentifier": {"system": f"urn:oid:{PATIENT.ins.oid}", "value": ins}},
        {"name": "reason", "valueString": reason}]}


async def opened(client: Client, message: Json | None = None) -> Answer:
    """Ask for an emergency access."""
    return await client.post("Patient/$emergency-access", message or parameters())


def reasons(answer: Answer) -> list[str]:
    """Why it was refused."""
    return [issue["details"]["coding"][0]["code"] for issue in answer.json["issue"]]


@pytest.fixture
async def unknown(platform: Platform, doctor: Client) -> Client:
    """A professional without authorisation, in a life-threatening emergency; the record holds a document."""
    await platform.opened()
    assert (await doctor.post("DocumentReference", publication())).status == 201
    return doctor.bearing(emergency_token())


async def test_a_record_is_opened_for_an_hour_and_read(platform: Platform, doctor: Client, unknown: Client) -> None:
    before = await unknown.get("DocumentReference", {"patient": INS})
    assert reasons(before) == ["emergency_not_opened"]
    answer = await opened(unknown)
    assert answer.status == 200, answer.body
    assert validate(answer.body) == []
    SecondOpinion.model_validate_json(answer.body)
    told = {each["name"]: each for each in answer.json["parameter"]}
    start, end = (datetime.fromisoformat(told[name]["valueDateTime"]) for name in ("opened", "ends"))
    assert (told["purpose"]["valueCode"], end - start) == ("bris_de_glace", timedelta(hours=1))
    assert (await unknown.get("DocumentReference", {"patient": INS})).json["total"] == 1
    assert (await opened(unknown)).json == answer.json      # it is open: nothing new is opened
    normal = doctor.bearing(token_of(OTHER_DOCTOR))
    assert reasons(await normal.get("DocumentReference", {"patient": INS})) == ["no_authorisation"]
    notified = await platform.portal.fetchval(
        "select count(*) from notification where act = 'open_emergency' and recipient like $1",
        f"person|%{PATIENT.ins.value}")
    assert notified == 1


async def test_the_purpose_alone_feeds_and_changes_nothing(unknown: Client) -> None:
    await opened(unknown)
    assert reasons(await unknown.post("DocumentReference", publication())) == ["mode_only_reads"]


async def test_a_regulation_centre_needs_the_claim_of_a_regulator(doctor: Client, unknown: Client) -> None:
    anyone = doctor.bearing(emergency_token(code="centre_15", ago=3600))
    assert reasons(await opened(anyone)) == ["not_a_regulation_centre"]
    regulator = doctor.bearing(token_of(
        OTHER_DOCTOR, extensions=purpose("centre_15"), Acces_Regulation_Medicale="VRAI"))
    assert (await opened(regulator)).status == 200
    assert (await regulator.get("DocumentReference", {"patient": INS})).json["total"] == 1


async def test_who_may_not_break_the_glass_is_told_why(platform: Platform, doctor: Client, unknown: Client) -> None:
    normal = doctor.bearing(token_of(OTHER_DOCTOR, auth_time=int(time.time())))
    old, undated = emergency_token(ago=301), token_of(OTHER_DOCTOR, extensions=purpose("bris_de_glace"))
    software = token_of(LABORATORY, extensions=purpose("bris_de_glace"))
    assert reasons(await opened(normal)) == ["mode_needed"]
    assert reasons(await opened(doctor.bearing(old))) == ["login_too_old"]
    assert reasons(await opened(doctor.bearing(undated))) == ["login_too_old"]
    assert "mode_not_offered" in reasons(await opened(doctor.bearing(software)))
    await choose(patient(), PATIENT.ins, {Choice.BREAK_THE_GLASS: False}, platform.stores, text_version="2026-1")
    assert reasons(await opened(unknown)) == ["break_the_glass_opposed"]
    await block(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    assert "blocked_by_patient" in reasons(await opened(unknown))


async def test_what_is_badly_asked_is_refused_in_words(platform: Platform, unknown: Client) -> None:
    where = "Parameters.parameter"
    known = parameters()["parameter"]
    rows: list[tuple[Json, int, tuple[str, str]]] = [
        (parameters("court"), 422, ("value", where)),
        (parameters("x" * 501), 422, ("value", where)),
        (parameters() | {"parameter": known[:1]}, 422, ("value", where)),
        (parameters() | {"parameter": known[1:]}, 422, ("required", where)),
        (parameters() | {"parameter": [*known, {"name": "colour", "valueCode": "red"}]}, 422, ("not-supported", where)),
        (parameters(ins="12"), 400, ("value", where)),
        (parameters(ins=another_patient(4).ins.value), 404, ("not-found", "")),
        ({"resourceType": "Patient"}, 400, ("structure", "Resource")),
    ]
    for message, status, issue in rows:
        traces = await platform.portal.fetchval("select count(*) from audit_event where outcome = 'refused'")
        answer = await opened(unknown, message)
        assert (answer.status, issue in answer.issues) == (status, True), (issue, answer.body)
        after = await platform.portal.fetchval("select count(*) from audit_event where outcome = 'refused'")
        assert after == traces + 1, issue


async def test_beyond_the_day_s_ceiling_a_second_person_agrees(
    platform: Platform, doctor: Client, unknown: Client
) -> None:
    asked = {"resourceType": "Parameters", "parameter": parameters()["parameter"][:1]}
    early = await unknown.post("Patient/$ask-second-person", asked)
    assert (early.status, early.issues) == (422, [("business-rule", "Parameters.parameter")])
    for number in range(10, 15):
        person = another_patient(number)
        await platform.opened(person)
        assert (await opened(unknown, parameters(ins=person.ins.value))).status == 200
    assert reasons(await opened(unknown)) == ["second_person_needed"]
    code = (await unknown.post("Patient/$ask-second-person", asked)).json["parameter"][0]["valueString"]
    said = {"resourceType": "Parameters", "parameter": [{"name": "code", "valueString": code}]}
    assert (await unknown.post("Patient/$agree-as-second-person", said)).status == 422      # one's own code
    colleague = ProfessionalCaller(
        ps_id="810000000025", family="INVENTE", given="Paul", profession=OTHER_DOCTOR.profession)
    agreed = await doctor.bearing(token_of(colleague, auth_time=int(time.time()))).post(
        "Patient/$agree-as-second-person", said)
    assert (agreed.status, validate(agreed.body)) == (200, []), agreed.body
    assert (await opened(unknown)).status == 200

"""What a token says of its bearer holds at every door: an application, an officer, a minor's secret connection."""

from __future__ import annotations

from typing import Any

import pytest

from carnet.people.caller import AccountantCaller, OfficerCaller, PatientCaller
from carnet.people.ins import Ins, InsOid
from carnet.people.patient import Patient, Sex, Traits
from tests.fhir.client import Answer, Client
from tests.fhir.conftest import token_of
from tests.fhir.messages import Json, publication
from tests.fhir.test_patch import MASK, deposited, label, patch
from tests.running import DOCTOR, PATIENT, Platform, another_patient

INS = f"urn:oid:{PATIENT.ins.oid}|{PATIENT.ins.value}"
MINOR = Patient(
    Ins("112074410900456", InsOid.TEST),
    Traits(birth_family="INVENTE", birth_given="Noé", birth_date="2012-07-19", sex=Sex.MALE, birthplace="44109"))
SECRET: Json = {"carnet": {"confidentiality_code": [
    {"system": "urn:oid:1.2.250.1.213.1.1.4.13", "code": "INVISIBLE_REPRESENTANTS_LEGAUX"}]}}
OWN = {"coding": [{"system": "urn:oid:1.2.250.1.213.1.1.4.12", "code": "EXPPAT_1"}]}


def reasons(answer: Answer) -> list[str]:
    """Why it was refused."""
    return [issue["details"]["coding"][0]["code"] for issue in answer.json["issue"]]


async def found(client: Client, of: Patient = PATIENT) -> Any:
    """How many documents a search finds."""
    answer = await client.get("DocumentReference", {"patient": f"urn:oid:{of.ins.oid}|{of.ins.value}"})
    assert answer.status == 200, answer.body
    return answer.json["total"]


async def test_an_application_reads_and_feeds_its_holder_s_record_and_changes_nothing(
    platform: Platform, doctor: Client
) -> None:
    await platform.opened()
    await platform.opened(another_patient(5))
    id_ = await deposited(doctor)
    application = doctor.bearing(token_of(PatientCaller(PATIENT.ins, "X", "Y", "my-pills")))
    assert await found(application) == 1
    assert (await application.post("DocumentReference", publication(type=OWN))).status == 201
    assert reasons(await patch(application, id_, MASK)) == ["only_the_holder"]
    assert await found(application, another_patient(5)) == 0


async def test_an_officer_sees_a_state_and_no_document(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    id_ = await deposited(doctor)
    officer = doctor.bearing(token_of(OfficerCaller("agent-1", "ESSAI", "Ève")))
    assert (await officer.get("Patient", {"identifier": INS})).json["total"] == 1
    assert reasons(await officer.get("DocumentReference", {"patient": INS})) == ["only_the_holder"]
    assert (await officer.post("DocumentReference", publication())).status == 403
    for answer in (await officer.get(f"DocumentReference/{id_}"), await patch(officer, id_, MASK)):
        assert answer.status in (403, 404)


async def test_an_accountant_learns_nothing_of_a_record_and_feeds_none(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    id_ = await deposited(doctor)
    accountant = doctor.bearing(token_of(AccountantCaller("comptable-1", "ESSAI", "Ève")))
    assert await found(accountant) == 0
    assert (await accountant.get("Patient", {"identifier": INS})).json["total"] == 0
    assert (await accountant.post("DocumentReference", publication())).status == 403
    for answer in (await accountant.get(f"DocumentReference/{id_}"), await patch(accountant, id_, MASK)):
        assert answer.status in (403, 404)


@pytest.mark.parametrize("codes", [("N",), ("N", "MASQUE_PS")])
async def test_a_secret_connection_deposits_only_what_representatives_do_not_see(
    platform: Platform, doctor: Client, codes: tuple[str, ...]
) -> None:
    await platform.opened(MINOR)
    secret = doctor.bearing(token_of(DOCTOR, extensions=SECRET))
    plain = publication(of=MINOR, securityLabel=[label(code) for code in codes])
    assert reasons(await secret.post("DocumentReference", plain)) == ["secret_deposits_only"]
    hidden = publication(of=MINOR, securityLabel=[label("N"), label("INVISIBLE_REPRESENTANTS_LEGAUX")])
    answer = await secret.post("DocumentReference", hidden)
    assert answer.status == 201, answer.body
    assert await found(secret, MINOR) == 1
    id_ = answer.headers["location"].rpartition("/")[2]
    assert reasons(await patch(secret, id_, MASK)) == ["not_in_a_secret_connection"]


async def test_a_secret_connection_is_for_a_minor(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    secret = doctor.bearing(token_of(DOCTOR, extensions=SECRET))
    assert reasons(await secret.get("DocumentReference", {"patient": INS})) == ["secret_needs_a_minor"]

"""What the national rules say of a document, as software reads it, and what it is told of a PDF that can act."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carnet.fhir.app import FhirDoors
from carnet.fhir.validate import validate
from carnet.record.intake import Intake
from carnet.record.submit import submit
from tests.fhir.client import Client
from tests.fhir.conftest import token_of
from tests.fhir.messages import PDF, bundle, publication
from tests.fhir.test_task import CLINIC
from tests.record.inbox.ground import Ground
from tests.record.verdicts import PLACE, RULES, TEXT, settle_all
from tests.running import LABORATORY, OTHER_DOCTOR, Platform, letter, lot, patient, professional

ACTING = PDF + b"\n1 0 obj\n<< /S /JavaScript /JS (app.alert) >>\nendobj\n%%EOF"


@pytest.fixture
def platform(platform: Platform) -> Platform:
    """A platform that holds documents to the national rules."""
    platform.stores = replace(platform.stores, intake=Intake(checks=True))
    return platform


@pytest.fixture
def laboratory(doors: FhirDoors) -> Client:
    """The laboratory's software."""
    return Client(doors, token_of(LABORATORY))


async def test_the_sender_and_the_readers_of_a_document_are_told_and_nobody_else(
    platform: Platform, doors: FhirDoors, doctor: Client, laboratory: Client,
) -> None:
    await platform.opened()
    kept = (await submit(professional(LABORATORY), lot(letter()), platform.stores)).documents[0]
    address = f"DocumentReference/{kept.entry_uuid}/$conformity"
    [waiting] = (await laboratory.get(address)).json["issue"]
    assert (waiting["severity"], waiting["details"]["coding"][0]["code"]) == ("information", "waiting")
    assert await settle_all(platform.stores) == 1
    for client in (laboratory, doctor, Client(doors, token_of(patient().caller))):
        answer = await client.get(address)
        assert (answer.status, validate(answer.body)) == (200, [])
        summary, broken, not_run = answer.json["issue"]
        assert summary["details"]["coding"][0]["code"] == "broken"
        assert (broken["severity"], broken["code"], broken["location"]) == ("error", "business-rule", [PLACE])
        coding = {"system": "urn:carnet:rules", "code": f"{RULES}#Entete"}
        assert broken["details"] == {"coding": [coding], "text": TEXT}
        assert (not_run["severity"], not_run["code"]) == ("warning", "incomplete")
    for caller in (CLINIC, OTHER_DOCTOR):
        assert (await Client(doors, token_of(caller)).get(address)).status == 404
    for odd in ("DocumentReference/nothing/$conformity", f"DocumentReference/{kept.entry_uuid}/$other"):
        assert (await doctor.get(odd)).status == 404
    assert (await doctor.post(address, {})).status == 405


async def test_the_task_of_a_message_has_the_outcome_of_each_of_its_documents(
    platform: Platform, laboratory: Client,
) -> None:
    ground, document = Ground(platform), letter()
    await platform.opened()
    taken = await ground.send(document.content)
    await settle_all(platform.stores)
    answer = await laboratory.get(f"Task/{taken.message_id}")
    assert validate(answer.body) == []
    [outcome] = answer.json["contained"]
    assert (outcome["resourceType"], outcome["issue"][1]["details"]["text"]) == ("OperationOutcome", TEXT)
    assert answer.json["output"][-1]["valueReference"]["reference"] == f"#{outcome['id']}"


async def test_who_sends_a_pdf_that_can_act_is_told_and_it_is_kept(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    one = await doctor.post("DocumentReference", publication(ACTING))
    assert (one.status, validate(one.body)) == (201, [])
    kept, note = one.json["issue"]
    assert (kept["severity"], note["severity"], note["code"]) == ("information", "information", "informational")
    assert "can act (script)" in note["details"]["text"]
    assert note["expression"] == ["DocumentReference.content[0].attachment"]
    lots = await doctor.post("", bundle(PDF, ACTING))
    assert (lots.status, validate(lots.body)) == (200, [])
    told = [each["response"]["outcome"] for each in lots.json["entry"] if "outcome" in each["response"]]
    assert [each["issue"][0]["code"] for each in told] == ["informational"]
    assert (await doctor.post("DocumentReference", publication(PDF))).json["issue"][1:] == []

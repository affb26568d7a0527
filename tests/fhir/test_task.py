"""What became of messages, as the organisation that sent them reads it: its own, and nothing of anybody's record."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from carnet.fhir.app import FhirDoors
from carnet.fhir.task import PARAMETERS
from carnet.fhir.validate import validate
from carnet.people.caller import OrganisationCaller
from carnet.record.inbox.message import Channel
from carnet.record.inbox.take import Arrived, take
from tests.fhir.client import Client
from tests.fhir.conftest import token_of
from tests.record.inbox.ground import PARTNER, Ground
from tests.running import LABORATORY, PATIENT, Platform, another_patient, letter, patient

CLINIC = OrganisationCaller("1690000022", "Clinique inventée", "DPI d'essai")


@pytest.fixture
def ground(platform: Platform) -> Ground:
    """A platform with an inbox."""
    return Ground(platform)


@pytest.fixture
def laboratory(doors: FhirDoors) -> Client:
    """The laboratory's software."""
    return Client(doors, token_of(LABORATORY))


async def test_a_sender_reads_the_state_of_each_message_and_what_to_correct(
    ground: Ground, laboratory: Client,
) -> None:
    record = await ground.platform.opened()
    document = letter("Un secret.")
    await ground.send(document.content)
    await ground.send(letter(of=another_patient(5)).content)
    refused = await ground.send(b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>")
    answer = await laboratory.get("Task")
    assert (answer.status, validate(answer.body)) == (200, [])
    tasks = [entry["resource"] for entry in answer.json["entry"]]
    assert [(each["status"], each["businessStatus"]["coding"][0]["code"]) for each in tasks] == [
        ("rejected", "refused"), ("on-hold", "waiting"), ("completed", "deposited")]
    assert tasks[1]["statusReason"]["text"] == "Cette personne n'a pas de carnet."
    assert len(tasks[0]["contained"][0]["issue"]) == len(refused.issues)
    assert tasks[2]["output"][0]["valueIdentifier"]["value"] == f"urn:oid:{document.entry.unique_id}"
    told = answer.body.decode()
    assert [each for each in (str(record), PATIENT.ins.value, document.entry.title, "INVENTEE") if each in told] == []
    one = await laboratory.get(f"Task/{refused.message_id}")
    assert (one.json, validate(one.body)) == (tasks[0], [])


async def test_no_other_organisation_reads_it_and_each_reading_is_traced(
    ground: Ground, doors: FhirDoors, laboratory: Client,
) -> None:
    taken = await ground.send(letter().content)
    clinic, nobody = Client(doors, token_of(CLINIC)), Client(doors, token_of(patient().caller))
    assert "entry" not in (await clinic.get("Task")).json
    assert "entry" not in (await clinic.get("Task", {"identifier": str(taken.message_id)})).json
    assert (await clinic.get(f"Task/{taken.message_id}")).status == 404
    assert (await nobody.get("Task")).status == 404
    assert (await laboratory.get(f"Task/{taken.message_id}")).status == 200
    rows = await ground.platform.portal.fetch(
        "select outcome, actor->>'kind' from audit_event where act = 'see_messages' order by event_id")
    assert sorted(map(tuple, rows)) == sorted([
        ("done", "organisation"), ("done", "organisation"), ("refused", "organisation"), ("refused", "patient"),
        ("done", "organisation")])


async def test_a_record_that_is_not_there_to_most_is_told_as_none(ground: Ground, laboratory: Client) -> None:
    await ground.send(letter().content)
    for state in ("notice", "refused", "erased"):
        await ground.platform.portal.execute("update message set reasons = $1", [f"record_{state}"])
        answer = await laboratory.get("Task")
        assert f"record_{state}" not in answer.body.decode()
        assert answer.json["entry"][0]["resource"]["statusReason"]["coding"][0]["code"] == "no_record"


async def test_pages_hold_each_message_once_and_only_what_is_asked(ground: Ground, laboratory: Client) -> None:
    for number in range(5):
        await ground.send(letter(of=another_patient(number)).content)
    await take(Arrived(letter().content, Channel.FOLDER, replace(PARTNER, partner_id="autre-logiciel")), ground.inbox)
    await ground.send(b"x")
    await ground.platform.portal.execute("update message set received_at = '2026-01-02 10:00:00.123456Z'")
    found: list[str] = []
    answer = await laboratory.get("Task", {"business-status": "waiting", "_count": "2"})
    while True:
        found += [entry["resource"]["id"] for entry in answer.json["entry"]]
        links = {each["relation"]: each["url"] for each in answer.json["link"]}
        if "next" not in links:
            break
        answer = await laboratory.get("Task", {"_page": links["next"].partition("_page=")[2]})
    assert (len(found), len(set(found))) == (6, 6)
    [unique_id] = await ground.platform.portal.fetchval(
        "select unique_ids from message where message_id = $1", msgspec.convert(found[0], type=str))
    for asked in (unique_id, f"urn:ietf:rfc:3986|urn:oid:{unique_id}"):
        [entry] = (await laboratory.get("Task", {"identifier": asked})).json["entry"]
        assert entry["resource"]["id"] == found[0]


@pytest.mark.parametrize("asked", [
    {"business-status": "mangled"}, {"_count": "0"}, {"_count": "9999"}, {"identifier:not": "x"}, {"_page": "x"}])
async def test_what_cannot_be_asked_is_said(laboratory: Client, asked: dict[str, str]) -> None:
    answer = await laboratory.get("Task", asked)
    assert (answer.status, answer.issues[0][1]) == (400, next(iter(asked)))


def test_the_capabilities_name_what_is_taken() -> None:
    from carnet.fhir.metadata import _OF_TASK

    assert {name for name, _ in _OF_TASK} == {name for name in PARAMETERS if not name.startswith("_")}

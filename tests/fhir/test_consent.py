"""Consents: read by who may, recorded as it was said, replaced only by who saw what is there."""

from __future__ import annotations

import asyncio
import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle as SecondOpinion
from fhir.resources.R4B.consent import Consent as SecondOpinionOfOne

from carnet.errors import Conflict
from carnet.fhir.consent_id import ConsentIds
from carnet.fhir.validate import is_id, validate
from carnet.people.caller import OfficerCaller, PatientCaller
from carnet.people.ins import Ins, InsOid
from carnet.record.authorise import authorise, block, name_administrator, name_medecin_traitant
from carnet.record.choices import choose
from carnet.record.close_record import close_record
from carnet.record.restate import Standing, Word, restate
from carnet.rights.held import Authorisation, Choice
from tests.fhir.client import FHIR, Answer, Client
from tests.fhir.conftest import BASE, token_of
from tests.fhir.messages import Json, publication
from tests.running import DOCTOR, LABORATORY, OTHER_DOCTOR, PATIENT, Platform, another_patient, patient

INS = f"urn:oid:{PATIENT.ins.oid}|{PATIENT.ins.value}"
CARNET = "https://carnet.example/fhir"
PATIENT_REFERENCE = {"identifier": {"system": f"urn:oid:{PATIENT.ins.oid}", "value": PATIENT.ins.value}}
SCOPE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]}
CHANNEL = f"{CARNET}/StructureDefinition/consent-channel"
REASON = f"{CARNET}/StructureDefinition/consent-reason"


def consent(category: str, kind: str = "permit", *, text: str = "2026-1", **provision: Any) -> Json:
    """A Consent to record."""
    return {
        "resourceType": "Consent", "status": "active", "scope": SCOPE,
        "category": [{"coding": [{"system": f"{CARNET}/CodeSystem/consent-category", "code": category}]}],
        "patient": PATIENT_REFERENCE, "policyRule": {"text": text}, "provision": {"type": kind} | provision,
    }


def said(message: Json, *, channel: str = "oral", reason: str = "") -> Json:
    """The same, with how it was said."""
    extensions = [{"url": CHANNEL, "valueCode": channel}]
    if reason:
        extensions.append({"url": REASON, "valueString": reason})
    return message | {"extension": extensions}


def actor(ps_id: str, role: str = "professional") -> Json:
    """A professional, in a role."""
    return {
        "role": {"coding": [{"system": f"{CARNET}/CodeSystem/consent-role", "code": role}]},
        "reference": {"identifier": {"system": "urn:oid:1.2.250.1.71.4.2.1", "value": ps_id}},
    }


def in_days(days: int) -> str:
    """A moment to come."""
    return (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds")


async def found(client: Client, **parameters: str) -> list[Json]:
    """The Consents of a search."""
    answer = await client.get("Consent", {"patient": INS, **parameters})
    assert answer.status == 200, answer.body
    return [entry["resource"] for entry in answer.json.get("entry", [])]


def category_of(resource: Json) -> str:
    """What a Consent is about."""
    code: str = resource["category"][0]["coding"][0]["code"]
    return code


async def one(client: Client, category: str) -> Answer:
    """The only Consent of a category, read by its id."""
    (resource,) = await found(client, category=category)
    return await client.get(f"Consent/{resource['id']}")


async def put(client: Client, resource: Json, tag: str | None) -> Answer:
    """Say this in place of what is there."""
    headers = {"content-type": FHIR} | ({"if-match": tag} if tag is not None else {})
    return await client.ask(
        "PUT", f"Consent/{resource['id']}", body=msgspec.json.encode(resource), headers=headers)


@pytest.fixture
def holder(doctor: Client) -> Client:
    """The holder, at the doors."""
    return doctor.bearing(token_of(patient().caller))


async def test_the_holder_sees_every_choice_and_what_the_law_presumes(platform: Platform, holder: Client) -> None:
    await platform.opened()
    answer = await holder.get("Consent", {"patient": INS})
    assert validate(answer.body) == []
    SecondOpinion.model_validate_json(answer.body)
    resources = [entry["resource"] for entry in answer.json["entry"]]
    assert [category_of(each) for each in resources] == [*(choice.value for choice in Choice), "authorisation"]
    assert answer.json["total"] == len(resources)
    by = {category_of(each): each for each in resources}
    assert by["opening"]["policyRule"] == {"text": "2026-1"}
    assert by["feeding"]["policyRule"]["coding"][0]["code"] == "presumed"
    assert (by["feeding"]["provision"], by["mask_what_comes"]["provision"]) == ({"type": "permit"}, {"type": "deny"})
    authorisation = by["authorisation"]
    assert authorisation["provision"]["actor"][0]["reference"]["identifier"]["value"] == DOCTOR.ps_id
    assert authorisation["provision"]["actor"][0]["reference"]["display"] == "Louis FICTIF"
    assert authorisation["provision"]["period"]["end"].endswith("Z")


async def test_a_consent_is_read_by_an_id_that_tells_nothing_of_the_patient(
    platform: Platform, holder: Client
) -> None:
    await platform.opened()
    for resource in await found(holder):
        assert is_id(resource["id"])
        assert PATIENT.ins.value not in resource["id"]
        assert DOCTOR.ps_id not in resource["id"]
        answer = await holder.get(f"Consent/{resource['id']}")
        assert (answer.status, answer.json) == (200, resource)
        assert answer.headers["etag"] == f'W/"{resource["meta"]["versionId"]}"'
        assert validate(answer.body) == []
        SecondOpinionOfOne.model_validate_json(answer.body)


@pytest.mark.parametrize("ins", [
    PATIENT.ins, Ins("290022A00400327", InsOid.TEST), Ins("190022B00400327", InsOid.NIR),
    Ins("112074410900456", InsOid.NIA), Ins("100010100000001", InsOid.DEMONSTRATION),
])
def test_an_id_gives_its_patient_back_and_is_the_same_each_time(ins: Ins) -> None:
    ids = ConsentIds(bytes(64))
    made = [ids.of_choice(ins, choice) for choice in Choice]
    made.append(ids.of_authorisation(ins, Authorisation(professional="3" + "9" * 40)))
    assert all(is_id(id_) and ids.patient_of(id_) == ins for id_ in made)
    assert made[:-1] == [ConsentIds(bytes(64)).of_choice(ins, choice) for choice in Choice]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("id_", [
    "choice-feeding", "choice-feeding.", "choice-feeding.AAAA", "x" * 64, "choice-feeding." + "A" * 36, "..", "é",
])
async def test_an_id_that_was_not_made_here_is_not_found(doctor: Client, id_: str) -> None:
    answer = await doctor.get(f"Consent/{id_}")
    assert (answer.status, answer.issues) == (404, [("not-found", "")])


async def test_an_id_of_another_platform_is_not_found(platform: Platform, holder: Client) -> None:
    await platform.opened()
    elsewhere = ConsentIds(bytes(range(64))).of_choice(PATIENT.ins, Choice.FEEDING)
    assert (await holder.get(f"Consent/{elsewhere}")).status == 404


async def test_consents_are_found_by_category_status_and_id(platform: Platform, holder: Client) -> None:
    await platform.opened()
    await block(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    system = f"{CARNET}/CodeSystem/consent-category"
    assert [category_of(each) for each in await found(holder, category=f"{system}|feeding,consultation")] == [
        "feeding", "consultation"]
    assert len(await found(holder, category="authorisation")) == 2
    assert len(await found(holder, category="authorisation", status="inactive")) == 0
    (feeding,) = await found(holder, category="feeding")
    assert await found(holder, _id=feeding["id"]) == [feeding]
    assert await found(holder, _id=feeding["id"], category="opening") == []
    counted = await holder.get("Consent", {"patient": INS, "_summary": "count"})
    assert (counted.json["total"], "entry" in counted.json) == (9, False)
    form = await holder.post(
        "Consent/_search", f"patient={INS}&category=feeding".replace("|", "%7C").encode(),
        "application/x-www-form-urlencoded")
    assert form.json["entry"][0]["resource"] == feeding
    shown = await holder.get("Consent", {"patient": INS, "colour": "red", "_count": "1"})
    assert shown.json["link"][0]["url"] == f"{BASE}/Consent?patient={INS}".replace("|", "%7C")


async def test_who_may_not_see_choices_sees_none(platform: Platform, doctor: Client) -> None:
    nobody = await doctor.get("Consent", {"patient": INS})
    assert (nobody.status, nobody.json["total"]) == (200, 0)
    await platform.opened()
    stranger = doctor.bearing(token_of(PatientCaller(another_patient(3).ins, "X", "Y")))
    assert (await stranger.get("Consent", {"patient": INS})).body == nobody.body
    for who in ("8abc", DOCTOR.ps_id):      # a mistake tells a stranger nothing either
        answers = [await stranger.post("Consent", consent("authorisation", actor=[actor(who)]) | {"patient": {
            "identifier": {"system": f"urn:oid:{PATIENT.ins.oid}", "value": value}}})
            for value in (PATIENT.ins.value, another_patient(4).ins.value)]
        assert answers[0].body == answers[1].body
    application = doctor.bearing(token_of(PatientCaller(PATIENT.ins, "X", "Y", "my-pills")))
    officer = doctor.bearing(token_of(OfficerCaller("agent-1", "X", "Y")))
    for client in (application, officer, doctor.bearing(token_of(LABORATORY))):
        answer = await client.get("Consent", {"patient": INS})
        assert (answer.status, answer.issues) == (403, [("forbidden", "")])
        coding = answer.json["issue"][0]["details"]["coding"][0]
        assert coding["code"] == "only_the_holder"
    unauthorised = await doctor.bearing(token_of(OTHER_DOCTOR)).get("Consent", {"patient": INS})
    assert unauthorised.status == 403


async def test_a_professional_sees_what_they_may_record_and_their_own_authorisation(
    platform: Platform, doctor: Client
) -> None:
    await platform.opened()
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    seen = [category_of(each) for each in await found(doctor)]
    assert seen == ["feeding", "consultation", "break_the_glass", "regulation_centre", "authorisation"]
    await block(patient(), PATIENT.ins, DOCTOR.ps_id, platform.stores)
    (own,) = await found(doctor)
    assert own["provision"]["type"] == "deny"


async def test_a_trusted_professional_sees_every_authorisation(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    await name_medecin_traitant(patient(), PATIENT.ins, DOCTOR.ps_id, platform.stores)
    await name_administrator(patient(), PATIENT.ins, DOCTOR.ps_id, platform.stores)
    mine, other = sorted(
        await found(doctor, category="authorisation"), key=lambda each: len(each["provision"]["actor"]), reverse=True)
    roles = [each["role"]["coding"][0]["code"] for each in mine["provision"]["actor"]]
    assert roles == ["professional", "medecin-traitant", "administrator"]
    assert "period" not in mine["provision"]
    assert other["provision"]["actor"][0]["reference"]["identifier"]["value"] == OTHER_DOCTOR.ps_id


async def test_a_professional_records_a_choice_with_how_it_was_said(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    answer = await doctor.post("Consent", said(consent("consultation", "deny", text="2026-2"), channel="written"))
    assert answer.status == 201, answer.body
    assert answer.headers["location"] == f"{BASE}/Consent/{answer.json['id']}"
    assert answer.json["policyRule"] == {"text": "2026-2"}
    known = (await platform.stores.known(await platform.stores.record_of(PATIENT.ins), fresh=True)).rights
    kept = known.consents[Choice.CONSULTATION]
    assert (kept.given, kept.text_version, kept.channel) == (False, "2026-2", "written")
    again = await doctor.get(f"Consent/{answer.json['id']}")
    assert (again.json, again.headers["etag"]) == (answer.json, answer.headers["etag"])


async def test_a_choice_that_is_not_theirs_or_badly_said_is_refused_in_words(
    platform: Platform, doctor: Client, holder: Client
) -> None:
    record = await platform.opened()
    head = (await platform.stores.known(record, fresh=True)).head
    rows: list[tuple[Client, Json, int, tuple[str, str]]] = [
        (doctor, said(consent("mask_what_comes")), 403, ("forbidden", "")),
        (doctor, consent("consultation", "deny"), 422, ("value", "Consent.extension")),
        (doctor, said(consent("consultation", "deny"), channel="portal"), 422, ("value", "Consent.extension")),
        (doctor, said(consent("consultation", "deny", text=" ")), 422, ("required", "Consent.policyRule.text")),
        (doctor, said(consent("feeding", "deny")), 422, ("required", "Consent.extension")),
        (holder, consent("opening", "deny"), 422, ("business-rule", "Consent.category")),
        (holder, consent("feeding", "allow"), 422, ("code-invalid", "Consent.provision.type")),
        (holder, consent("colour"), 422, ("code-invalid", "Consent.category")),
        (holder, consent("feeding", period={"end": in_days(3)}), 422, ("not-supported", "Consent.provision")),
        (holder, consent("feeding", period={"start": in_days(3)}), 422,
         ("not-supported", "Consent.provision.period.start")),
        (holder, consent("feeding", "deny", provision=[{"type": "permit"}]), 422,
         ("not-supported", "Consent.provision.provision")),
        (holder, consent("feeding") | {"status": "inactive"}, 422, ("business-rule", "Consent.status")),
        (holder, consent("feeding") | {"status": "draft"}, 422, ("code-invalid", "Consent.status")),
        (holder, consent("feeding") | {"sourceReference": {"reference": "x"}}, 422,
         ("not-supported", "Consent.sourceReference")),
        (holder, consent("feeding") | {"patient": {"reference": "Patient/1"}}, 400, ("value", "Consent.patient")),
        (holder, {"resourceType": "Patient"}, 422, ("structure", "Resource")),
    ]
    for client, message, status, issue in rows:
        traces = await platform.portal.fetchval("select count(*) from audit_event where outcome = 'refused'")
        answer = await client.post("Consent", message)
        assert (answer.status, issue in answer.issues) == (status, True), (issue, answer.body)
        assert validate(answer.body) == []
        after = await platform.portal.fetchval("select count(*) from audit_event where outcome = 'refused'")
        assert after == traces + 1, issue
    assert (await platform.stores.known(record, fresh=True)).head == head


async def test_a_holder_opposes_feeding_for_a_reason_that_professionals_do_not_read(
    platform: Platform, doctor: Client, holder: Client
) -> None:
    await platform.opened()
    answer = await holder.post("Consent", said(consent("feeding", "deny"), channel="portal", reason="Mon affaire"))
    assert answer.status == 201, answer.body
    assert {"url": REASON, "valueString": "Mon affaire"} in answer.json["extension"]
    assert "Mon affaire" not in (await doctor.get("Consent", {"patient": INS})).body.decode()
    software = doctor.bearing(token_of(LABORATORY))
    assert (await software.post("DocumentReference", publication())).status == 403


async def test_a_choice_is_replaced_only_by_who_saw_what_is_there(platform: Platform, holder: Client) -> None:
    await platform.opened()
    before = await one(holder, "break_the_glass")
    opposed = copy.deepcopy(before.json) | {"provision": {"type": "deny"}, "policyRule": {"text": "2026-1"}}
    count = "select count(*) from audit_event where outcome = 'refused'"
    for tag, code in ((None, "required"), ("*", "conflict"), ('W/"0"', "conflict")):
        traces = await platform.portal.fetchval(count)
        answer = await put(holder, opposed, tag)
        assert (answer.status, answer.issues) == (412, [(code, "if-match")])
        assert await platform.portal.fetchval(count) == traces + 1
    done = await put(holder, opposed, before.headers["etag"])
    assert (done.status, done.json["provision"]) == (200, {"type": "deny"}), done.body
    assert done.headers["etag"] != before.headers["etag"]
    assert (await put(holder, opposed, before.headers["etag"])).status == 412
    assert (await put(holder, opposed, done.headers["etag"])).status == 200


async def test_the_tag_of_a_consent_says_nothing_of_what_else_happens(
    platform: Platform, doctor: Client, holder: Client
) -> None:
    await platform.opened()
    before = await one(holder, "regulation_centre")
    await doctor.post("DocumentReference", publication())
    await choose(patient(), PATIENT.ins, {Choice.MASK_WHAT_COMES: True}, platform.stores, text_version="2026-1")
    await block(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    after = await one(holder, "regulation_centre")
    assert (after.body, after.headers["etag"]) == (before.body, before.headers["etag"])


async def test_of_two_who_saw_the_same_one_alone_replaces_it(platform: Platform, holder: Client) -> None:
    await platform.opened()
    before, decided = await one(holder, "consultation"), await one(holder, "authorisation")
    opposed = before.json | {"provision": {"type": "deny"}, "policyRule": {"text": "2026-1"}}
    blocking = decided.json | {"provision": {"type": "deny", "actor": [actor(DOCTOR.ps_id)]}}
    for resource, tag in ((opposed, before.headers["etag"]), (blocking, decided.headers["etag"])):
        answers = await asyncio.gather(*(put(holder, resource, tag) for _ in range(4)))
        statuses = sorted(answer.status for answer in answers)
        assert (statuses[0], set(statuses[1:]) <= {409, 412}) == (200, True), [answer.body for answer in answers]


async def test_a_word_on_a_professional_about_whom_another_was_said_meanwhile_is_a_conflict(
    platform: Platform,
) -> None:
    record = await platform.opened()
    seen = (await platform.stores.known(record)).rights.authorisations[DOCTOR.ps_id]
    await authorise(patient(), PATIENT.ins, DOCTOR.ps_id, platform.stores, days=7)
    word = Word(professional=DOCTOR.ps_id, standing=Standing.BLOCKED)
    with pytest.raises(Conflict):
        await restate(patient(), PATIENT.ins, word, platform.stores, seen=(seen,))
    assert (await restate(patient(), PATIENT.ins, word, platform.stores)).is_forbidden


async def test_a_professional_states_the_patient_s_agreement_for_themself(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    other = doctor.bearing(token_of(OTHER_DOCTOR))
    assert (await other.get("DocumentReference", {"patient": INS})).status == 403
    assert (await other.post("Consent", consent("authorisation"))).issues == [("required", "Consent.extension")]
    answer = await other.post("Consent", said(consent("authorisation", period={"end": in_days(30)})))
    assert answer.status == 201, answer.body
    assert answer.json["provision"]["actor"][0]["reference"]["identifier"]["value"] == OTHER_DOCTOR.ps_id
    assert (await other.get("DocumentReference", {"patient": INS})).status == 200
    assert (await other.get(f"Consent/{answer.json['id']}")).json == answer.json
    event = await platform.portal.fetchrow("select detail::text from audit_event where act = 'authorise' "
                                           "and outcome = 'done' order by at desc limit 1")
    assert '"channel": "oral"' in event["detail"]


async def test_a_professional_speaks_for_no_other_unless_trusted(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    message = said(consent("authorisation", actor=[actor(OTHER_DOCTOR.ps_id)]))
    refused = await doctor.post("Consent", message)
    assert refused.json["issue"][0]["details"]["coding"][0]["code"] == "only_for_oneself"
    role = said(consent("authorisation", actor=[actor(DOCTOR.ps_id, "medecin-traitant")]))
    assert (await doctor.post("Consent", role)).json["issue"][0]["details"]["coding"][0]["code"] == "only_the_holder"
    await name_medecin_traitant(patient(), PATIENT.ins, DOCTOR.ps_id, platform.stores)
    assert (await doctor.post("Consent", message)).status == 201
    await block(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    blocked = await doctor.post("Consent", message)
    assert blocked.json["issue"][0]["details"]["coding"][0]["code"] == "target_is_blocked"


async def test_the_holder_blocks_unblocks_authorises_and_names(platform: Platform, holder: Client) -> None:
    await platform.opened()
    who = OTHER_DOCTOR.ps_id
    blocked = await holder.post("Consent", consent("authorisation", "deny", actor=[actor(who)]))
    assert (blocked.status, blocked.json["status"]) == (201, "active"), blocked.body
    nothing = blocked.json | {"status": "inactive", "provision": {"type": "permit", "actor": [actor(who)]}}
    freed = await put(holder, nothing, blocked.headers["etag"])
    assert (freed.status, freed.json["status"], freed.json["provision"]["type"]) == (200, "inactive", "permit")
    assert await facts_of(platform, who) == (False, False, False, False)
    named = await holder.post("Consent", consent(
        "authorisation", actor=[actor(who, "medecin-traitant"), actor(who, "administrator")]))
    assert named.status == 201, named.body
    assert await facts_of(platform, who) == (False, False, True, True)
    until = in_days(10)
    plain = named.json | {"provision": {"type": "permit", "actor": [actor(who)], "period": {"end": until}}}
    asked = await put(holder, plain | {"provision": {"type": "permit", "actor": [actor(who)]}}, named.headers["etag"])
    assert asked.issues == [("required", "Consent.provision.period.end")]
    less = await put(holder, plain, named.headers["etag"])
    assert less.status == 200, less.body
    assert await facts_of(platform, who) == (False, True, False, False)
    assert datetime.fromisoformat(less.json["provision"]["period"]["end"]) == datetime.fromisoformat(until)
    assert (await put(holder, less.json, less.headers["etag"])).json == less.json


async def facts_of(platform: Platform, ps_id: str) -> tuple[bool, bool, bool, bool]:
    """Blocked, authorised, médecin traitant, administrator."""
    record = await platform.stores.record_of(PATIENT.ins)
    given = (await platform.stores.known(record, fresh=True)).rights.authorisations[ps_id]
    return given.is_forbidden, given.valid_until is not None, given.is_medecin_traitant, given.is_administrator


async def test_one_refusal_refuses_all_that_a_consent_says(platform: Platform, doctor: Client) -> None:
    record = await platform.opened()
    head = (await platform.stores.known(record, fresh=True)).head
    message = said(consent("authorisation", period={"end": in_days(3)}, actor=[
        actor(DOCTOR.ps_id), actor(DOCTOR.ps_id, "administrator")]))
    assert (await doctor.post("Consent", message)).status == 403
    assert (await platform.stores.known(record, fresh=True)).head == head


async def test_an_authorisation_badly_said_is_refused_in_words(platform: Platform, holder: Client) -> None:
    await platform.opened()
    actors, end = "Consent.provision.actor", "Consent.provision.period.end"
    one_, two = [actor(DOCTOR.ps_id)], [actor(DOCTOR.ps_id), actor(OTHER_DOCTOR.ps_id)]
    odd = actor("1") | {"reference": {"identifier": {"system": "urn:oid:1.2.3", "value": "1"}}}
    rows: list[tuple[Json, tuple[str, str]]] = [
        ({}, ("required", actors)), ({"actor": two}, ("required", actors)),
        ({"actor": [actor("8abc")]}, ("value", actors)), ({"actor": [odd]}, ("value", f"{actors}[0]")),
        ({"actor": [actor(DOCTOR.ps_id, "care-team")]}, ("code-invalid", f"{actors}[0].role")),
        ({"actor": one_, "period": {"end": in_days(-1)}}, ("value", end)),
        ({"actor": one_, "period": {"end": in_days(366)}}, ("value", end)),
        ({"actor": one_, "period": {"end": "2026-13"}}, ("value", end)),
        ({"type": "deny", "actor": one_, "period": {"end": in_days(3)}}, ("business-rule", "Consent.provision")),
    ]
    for provision, issue in rows:
        answer = await holder.post("Consent", consent("authorisation", **provision))
        assert (answer.status in (400, 422), issue in answer.issues) == (True, True), (issue, answer.body)


async def test_a_delegation_is_given_seen_and_ended(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    until = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    answer = await doctor.post("Consent", consent(
        "delegation", period={"end": until}, actor=[actor(OTHER_DOCTOR.ps_id)]))
    assert answer.status == 201, answer.body
    assert answer.json["provision"]["period"]["end"][:10] in (until, (
        datetime.now(UTC) + timedelta(days=19)).date().isoformat())
    other = doctor.bearing(token_of(OTHER_DOCTOR))
    assert (await other.get("DocumentReference", {"patient": INS})).status == 200
    shown = await one(doctor, "delegation")
    assert shown.json == answer.json
    longer = await put(doctor, shown.json, shown.headers["etag"])
    assert longer.issues == [("business-rule", "Consent.status")]
    ended = await put(doctor, shown.json | {"status": "inactive"}, shown.headers["etag"])
    assert (ended.status, ended.json["status"]) == (200, "inactive")
    assert (await other.get("DocumentReference", {"patient": INS})).status == 403
    assert (await doctor.get(f"Consent/{shown.json['id']}")).status == 404


async def test_a_delegation_to_a_team_or_an_organisation(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    team = {"role": {"coding": [{"system": f"{CARNET}/CodeSystem/consent-role", "code": "care-team"}]},
            "reference": {"display": "Équipe du mardi"}}
    answer = await doctor.post("Consent", consent(
        "delegation", actor=[team, actor(OTHER_DOCTOR.ps_id, "care-team-member")]))
    assert answer.status == 201, answer.body
    organisation = actor("", "organisation") | {"reference": {
        "identifier": {"system": "urn:oid:1.2.250.1.71.4.2.2", "value": OTHER_DOCTOR.organisation}}}
    assert (await doctor.post("Consent", consent("delegation", actor=[organisation]))).status == 201
    assert len(await found(doctor, category="delegation")) == 2
    for actors in ([team], [actor(DOCTOR.ps_id)], [organisation, actor(OTHER_DOCTOR.ps_id)],
                   [actor(OTHER_DOCTOR.ps_id), actor(OTHER_DOCTOR.ps_id, "delegated-by")]):
        refused = await doctor.post("Consent", consent("delegation", actor=actors))
        assert (refused.status, refused.issues[0][1].startswith("Consent.provision")) == (422, True), refused.body


async def test_a_consent_is_replaced_by_one_of_the_same_thing_only(
    platform: Platform, holder: Client
) -> None:
    await platform.opened()
    before = await one(holder, "consultation")
    rows: list[tuple[Json, int, tuple[str, str]]] = [
        (before.json | consent("feeding") | {"id": before.json["id"]}, 422, ("value", "Consent.category")),
        (before.json | {"id": "other"}, 400, ("value", "Consent.id")),
        (before.json | {"patient": {"identifier": {
            "system": f"urn:oid:{PATIENT.ins.oid}", "value": another_patient(2).ins.value}}}, 422,
         ("value", "Consent.patient")),
    ]
    for resource, status, issue in rows:
        content = msgspec.json.encode(resource)
        answer = await holder.ask("PUT", f"Consent/{before.json['id']}", body=content, headers={
            "content-type": FHIR, "if-match": before.headers["etag"]})
        assert (answer.status, issue in answer.issues) == (status, True), answer.body


async def test_nothing_is_recorded_in_an_emergency_nor_in_a_closed_record(
    platform: Platform, doctor: Client, holder: Client
) -> None:
    await platform.opened()
    emergency = doctor.bearing(token_of(DOCTOR, Mode_Acces_Raison="bris_de_glace"))
    answer = await emergency.post("Consent", said(consent("consultation", "deny")))
    assert "mode_only_reads" in answer.body.decode()
    await close_record(patient(), PATIENT.ins, motive="patient-demande", stores=platform.stores)
    closed = await holder.post("Consent", consent("consultation", "deny"))
    assert (closed.status, "record_closed" in closed.body.decode()) == (403, True)

"""ITI-67: every parameter finds what it says and nothing else; counts and pages are of what the asker may see."""

from __future__ import annotations

from typing import Any

from fhir.resources.R4B.bundle import Bundle as SecondOpinion

from carnet.fhir.validate import validate
from carnet.record.authorise import authorise
from tests.fhir.client import Client
from tests.fhir.conftest import BASE, token_of
from tests.fhir.messages import NOS, PDF, Json, bundle, publication
from tests.running import OTHER_DOCTOR, PATIENT, Platform, another_patient, patient

SYSTEM = f"urn:oid:{PATIENT.ins.oid}"
INS = f"{SYSTEM}|{PATIENT.ins.value}"


async def titles(client: Client, *parameters: tuple[str, str]) -> list[str]:
    answer = await client.get("DocumentReference", [("patient.identifier", INS), *parameters])
    assert answer.status == 200, answer.body
    assert validate(answer.body) == []
    SecondOpinion.model_validate_json(answer.body)
    entries = answer.json.get("entry", [])
    assert answer.json["total"] == len(entries)
    return [entry["resource"]["content"][0]["attachment"]["title"] for entry in entries]


def letter(title: str, year: int, **changes: Any) -> Json:
    """A file of a year, with something changed in its DocumentReference."""
    message = publication(PDF + title.encode(), date=f"{year}-03-04T10:00:00+01:00", **changes)
    message["content"][0]["attachment"]["title"] = title
    return message


async def test_each_parameter_finds_what_it_says(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    stroke = {"coding": [{"system": "http://loinc.org", "code": "34133-9"}]}
    rows: list[tuple[str, Json]] = [
        ("A", letter("A", 2023, type=stroke)),
        ("B", letter("B", 2024, context={
            "period": {"start": "2024-01-10", "end": "2024-02-20T08:00:00Z"},
            "event": [{"coding": [{"system": "urn:oid:1.2.250.1.213.2.5", "code": "DEQP003"}]}],
            "facilityType": {"coding": [{"system": f"{NOS}/TRE_R02-SecteurActivite", "code": "SA25"}]},
            "practiceSetting": {"coding": [{"system": f"{NOS}/TRE_A01-CadreExercice", "code": "HAD"}]},
            "related": [{"identifier": {"system": "urn:oid:1.2.3", "value": "ORDER-7"}}],
        })),
        ("C", letter(
            "C", 2025, securityLabel=[{"coding": [{"code": "N"}]}, {"coding": [{"code": "MASQUE_PS"}]}],
            author=[{"reference": "#a"}], contained=[{
                "resourceType": "Practitioner", "id": "a", "name": [{"family": "Élan", "given": ["Zoé"]}],
                "identifier": [{"system": "urn:oid:1.2.250.1.71.4.2.1", "value": "810000000099"}]}])),
    ]
    ids = {}
    for name, message in rows:
        answer = await doctor.post("DocumentReference", message)
        assert answer.status == 201, answer.body
        ids[name] = answer.headers["location"].rpartition("/")[2]
    expected = {
        (): "CBA",
        (("status", "current"),): "CBA",
        (("status", "superseded"),): "",
        (("status", "current,superseded"),): "CBA",
        (("type", "http://loinc.org|34133-9"),): "A",
        (("type", "urn:oid:2.16.840.1.113883.6.1|34133-9"),): "A",
        (("type", "34133-9,11488-4"),): "CBA",
        (("type", "34133-9"), ("type", "11488-4")): "",
        (("type", "http://snomed.info/sct|34133-9"),): "",
        (("category", "11"),): "A",
        (("category", f"{NOS}/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument|10"),): "CB",
        (("facility", "SA25"),): "B",
        (("setting", "HAD"),): "B",
        (("format", "urn:ihe:iti:xds:2017:mimeTypeSufficient"),): "CBA",
        (("format", "urn:ihe:iti:xds-sd:pdf:2008"),): "",
        (("event", "DEQP003"),): "B",
        (("security-label", "MASQUE_PS"),): "C",
        (("security-label", "N"), ("security-label", "MASQUE_PS")): "C",
        (("creation", "2024"),): "B",
        (("creation", "ge2024-03-04"),): "CB",
        (("creation", "gt2024-03-04"),): "C",
        (("creation", "lt2024-03-04T10:00:00+01:00"),): "A",
        (("date", "le2024-03-04T09:00Z"),): "BA",
        (("date", "ge2023-06"), ("date", "lt2025")): "B",
        (("date", "sa2024"),): "C",
        (("date", "eb2024"),): "A",
        (("period", "2024-02"),): "B",
        (("period", "ge2024-02-21"),): "C",
        (("period", "sa2024"),): "C",
        (("period", "eb2024"),): "A",
        (("period-start", "lt2024-01-11"),): "BA",
        (("period-end", "ge2024"),): "B",
        (("author.family", "éla"),): "C",
        (("author.given", "zo"),): "C",
        (("author.identifier", "urn:oid:1.2.250.1.71.4.2.1|810000000099"),): "C",
        (("author", "Practitioner?identifier=urn:oid:1.2.250.1.71.4.2.1|810000000099"),): "C",
        (("related", "urn:oid:1.2.3|ORDER-7"),): "B",
        (("identifier", rows[0][1]["masterIdentifier"]["value"]),): "A",
        (("identifier", f"urn:ietf:rfc:3986|{rows[0][1]['masterIdentifier']['value']}"),): "A",
        (("identifier", f"urn:uuid:{ids['B']}"),): "B",
        (("identifier", "nothing of ours"),): "",
        (("_id", ids["B"]),): "B",
        (("isArchived", "true"),): "",
        (("isArchived", "false"),): "CBA",
        (("_sort", "date"),): "ABC",
        (("_sort", "-creation"),): "CBA",
        (("colour", "red"), ("type", "")): "CBA",
    }
    found = {parameters: "".join(await titles(doctor, *parameters)) for parameters in expected}
    assert found == expected


async def test_the_patient_is_named_by_the_ins_in_several_ways(doctor: Client) -> None:
    for name in ("patient", "patient.identifier", "patient:identifier"):
        assert (await doctor.get("DocumentReference", {name: INS})).json["total"] == 0
        assert (await doctor.get("DocumentReference", {name: f"Patient?identifier={INS}"})).json["total"] == 0


async def test_a_search_may_be_sent_as_a_form_or_only_count(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    await doctor.post("DocumentReference", publication())
    for parameter in (("_count", "0"), ("_summary", "count")):
        answer = await doctor.get("DocumentReference", [("patient.identifier", INS), parameter])
        assert (answer.json["total"], "entry" in answer.json) == (1, False)
    form = f"patient.identifier={INS}&status=current".replace("|", "%7C").encode()
    answer = await doctor.post("DocumentReference/_search", form, "application/x-www-form-urlencoded")
    assert (answer.status, answer.json["total"]) == (200, 1)


async def test_the_self_link_shows_what_was_understood_also_without_a_record(doctor: Client) -> None:
    answer = await doctor.get("DocumentReference", {"patient.identifier": INS, "colour": "red", "type": "11488-4"})
    assert (answer.status, answer.json["total"]) == (200, 0)
    assert answer.json["link"] == [{
        "relation": "self",
        "url": f"{BASE}/DocumentReference?patient.identifier={INS}&type=11488-4".replace("|", "%7C")}]


async def test_pages_stay_in_place_when_documents_come_in_and_say_nothing(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    for year in range(2015, 2022):
        await doctor.post("DocumentReference", letter(str(year), year))
    seen: list[str] = []
    answer = await doctor.get("DocumentReference", {"patient.identifier": INS, "_count": "3"})
    await doctor.post("DocumentReference", letter("new", 2024))
    while True:
        seen += [entry["resource"]["content"][0]["attachment"]["title"] for entry in answer.json.get("entry", [])]
        following = [link["url"] for link in answer.json["link"] if link["relation"] == "next"]
        if not following:
            break
        assert PATIENT.ins.value not in following[0]
        address, _, query = following[0].removeprefix(f"{BASE}/").partition("?")
        answer = await doctor.ask("GET", address, query=query)
    assert seen == [str(year) for year in range(2021, 2014, -1)]


async def test_what_is_hidden_leaves_no_mark_on_a_search(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    other = doctor.bearing(token_of(OTHER_DOCTOR))
    for year in (2020, 2021, 2022):
        await doctor.post("DocumentReference", letter(str(year), year))
    before = [await _all_pages(other), (await other.get("DocumentReference", {"patient.identifier": INS})).body]
    labels = [{"coding": [{"code": "N"}]}, {"coding": [{"code": "MASQUE_PS"}]}]
    await doctor.post("DocumentReference", letter("hidden", 2021, securityLabel=labels))
    after = [await _all_pages(other), (await other.get("DocumentReference", {"patient.identifier": INS})).body]
    assert after == before


async def _all_pages(client: Client) -> list[bytes]:
    answer = await client.get("DocumentReference", {"patient.identifier": INS, "_count": "1"})
    found = [answer.body]
    while following := [link["url"] for link in answer.json["link"] if link["relation"] == "next"]:
        address, _, query = following[0].removeprefix(f"{BASE}/").partition("?")
        answer = await client.ask("GET", address, query=query)
        found.append(answer.body)
    return found


async def test_a_patient_learns_nothing_of_another_person(platform: Platform, doctor: Client) -> None:
    stranger, unknown = another_patient(1), another_patient(2)
    await platform.opened(stranger)
    himself = doctor.bearing(token_of(patient().caller))
    for path, name in (("DocumentReference", "patient.identifier"), ("Patient", "identifier")):
        answers = [
            await himself.get(path, {name: f"{SYSTEM}|{person.ins.value}"}) for person in (stranger, unknown)]
        assert {(answer.status, answer.json["total"]) for answer in answers} == {(200, 0)}
        assert answers[0].body.replace(stranger.ins.value.encode(), unknown.ins.value.encode()) == answers[1].body


async def test_an_entry_is_read_by_its_id_and_an_unknown_one_is_not_found(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    await doctor.post("", bundle(PDF))
    one = (await doctor.get("DocumentReference", {"patient.identifier": INS})).json["entry"][0]["resource"]
    answer = await doctor.get(f"DocumentReference/{one['id']}")
    assert (answer.json, answer.headers["etag"]) == (one, f'W/"{one["meta"]["versionId"]}"')
    unknown = await doctor.get("DocumentReference/0c287d32-01e3-4d87-9953-9fcc9404eb21")
    forbidden = await doctor.bearing(token_of(OTHER_DOCTOR)).get(f"DocumentReference/{one['id']}")
    assert (unknown.status, unknown.body) == (forbidden.status, forbidden.body) == (404, forbidden.body)

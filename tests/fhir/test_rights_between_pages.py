"""A list that is open keeps no right: what is taken away is away on its next page, by its ETag, and in its bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from carnet.journal.content import Actor
from carnet.people.ins import Ins
from carnet.record.authorise import authorise, block, withdraw
from carnet.record.choices import choose
from carnet.record.close_record import close_record
from carnet.record.stores import Stores
from carnet.record.visibility import change_visibility, mask_all
from carnet.rights.access import Act
from carnet.rights.held import Choice
from tests.fhir.client import Answer, Client
from tests.fhir.conftest import BASE, token_of
from tests.fhir.messages import PDF, publication
from tests.rights.matrices import LETTER, file_of, row
from tests.running import OTHER_DOCTOR, PATIENT, Platform, patient

INS = f"urn:oid:{PATIENT.ins.oid}|{PATIENT.ins.value}"
HOLDER, WHO = patient(), OTHER_DOCTOR.ps_id
Taken = Callable[[Ins, Stores], Awaitable[object]]


async def _withdrawn(ins: Ins, stores: Stores) -> None:
    await withdraw(HOLDER, ins, WHO, stores)


async def _blocked(ins: Ins, stores: Stores) -> None:
    await block(HOLDER, ins, WHO, stores)


async def _opposed(ins: Ins, stores: Stores) -> None:
    await choose(HOLDER, ins, {Choice.CONSULTATION: False}, stores, text_version="1")


async def _closed(ins: Ins, stores: Stores) -> None:
    await close_record(HOLDER, ins, motive="patient-demande", stores=stores)


async def _masked(ins: Ins, stores: Stores) -> None:
    await mask_all(HOLDER, ins, stores)


async def _matrix(_ins: Ins, stores: Stores) -> None:
    await stores.matrices.load(file_of(row("10", LETTER)), by=Actor("officer", "agent-7", ""), after=0)


@pytest.fixture
async def other(platform: Platform, doctor: Client) -> Client:
    """Another doctor, authorised, for a record of four documents."""
    await platform.opened()
    await authorise(HOLDER, PATIENT.ins, WHO, platform.stores)
    for year in range(2020, 2024):
        answer = await doctor.post("DocumentReference", publication(
            PDF + str(year).encode(), date=f"{year}-03-04T10:00:00+01:00"))
        assert answer.status == 201
    return doctor.bearing(token_of(OTHER_DOCTOR))


async def first_page(client: Client) -> Answer:
    answer = await client.get("DocumentReference", {"patient.identifier": INS, "_count": "2"})
    assert (answer.status, answer.json["total"], len(answer.json["entry"])) == (200, 4, 2)
    return answer


async def next_page(client: Client, answer: Answer) -> Answer:
    [following] = [link["url"] for link in answer.json["link"] if link["relation"] == "next"]
    address, _, query = following.removeprefix(f"{BASE}/").partition("?")
    return await client.ask("GET", address, query=query)


@pytest.mark.parametrize("taken", [_withdrawn, _blocked, _opposed, _closed], ids=lambda taken: taken.__name__[1:])
async def test_a_right_withdrawn_between_two_pages_is_away_on_the_next(
    platform: Platform, other: Client, taken: Taken,
) -> None:
    first = await first_page(other)
    shown = first.json["entry"][0]["resource"]
    binary = shown["content"][0]["attachment"]["url"].removeprefix(f"{BASE}/")
    tag = (await other.get(binary)).headers["etag"]
    await taken(PATIENT.ins, platform.stores)
    refused = await next_page(other, first)
    assert (refused.status, refused.json["resourceType"]) == (403, "OperationOutcome")
    assert "total" not in refused.json
    for answer in (
        await other.get(f"DocumentReference/{shown['id']}"), await other.get(binary),
        await other.get(binary, if_none_match=tag), await other.get(binary, range="bytes=0-9"),
    ):
        assert answer.status == 404


@pytest.mark.parametrize("taken", [_masked, _matrix], ids=lambda taken: taken.__name__[1:])
async def test_documents_hidden_between_two_pages_are_on_no_further_page(
    platform: Platform, other: Client, taken: Taken,
) -> None:
    first = await first_page(other)
    shown = first.json["entry"][0]["resource"]
    binary = shown["content"][0]["attachment"]["url"].removeprefix(f"{BASE}/")
    tag = (await other.get(binary)).headers["etag"]
    await taken(PATIENT.ins, platform.stores)
    after = await next_page(other, first)
    assert (after.status, after.json["total"], after.json.get("entry", [])) == (200, 0, [])
    assert [link["relation"] for link in after.json["link"]] == ["self"]
    for answer in (await other.get(f"DocumentReference/{shown['id']}"), await other.get(binary, if_none_match=tag)):
        assert answer.status == 404


async def test_one_document_hidden_between_two_pages_leaves_the_others_in_their_place(
    platform: Platform, doctor: Client, other: Client,
) -> None:
    first = await first_page(other)
    all_ids = [each["resource"]["masterIdentifier"]["value"] for each in (await doctor.get(
        "DocumentReference", {"patient.identifier": INS})).json["entry"]]
    hidden = all_ids[2].removeprefix("urn:oid:").removeprefix("urn:uuid:")
    await change_visibility(HOLDER, hidden, Act.MASK, platform.stores)
    after = await next_page(other, first)
    assert [each["resource"]["masterIdentifier"]["value"] for each in after.json["entry"]] == all_ids[3:]
    assert after.json["total"] == 3

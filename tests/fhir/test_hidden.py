"""At the FHIR doors, the answers about a record are the same bytes whether a document is hidden in it or not there."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from carnet.people.caller import PatientCaller
from tests.fhir.client import Answer, Client
from tests.fhir.conftest import BASE, token_of
from tests.fhir.messages import PDF, publication
from tests.fhir.test_patch import ARCHIVE, DELETE, MASK, patch
from tests.record.hiding import CLOSED_TO_PHARMACISTS, HIDDEN, Hide, World, reader_of, world
from tests.record.life import MOTHER
from tests.running import Platform

Said = tuple[str, int, dict[str, str], bytes]
SAME_REQUEST = {"x_request_id": "the-same-request"}
SEARCHES: tuple[list[tuple[str, str]], ...] = (
    [], [("_summary", "count")], [("status", "current")], [("status", "superseded")],
    [("status", "current,superseded")], [("isArchived", "true")], [("isArchived", "false")], [("_sort", "date")],
    [("security-label", "MASQUE_PS,INVISIBLE_PATIENT,INVISIBLE_REPRESENTANTS_LEGAUX")],
    [("type", f"11488-4,{CLOSED_TO_PHARMACISTS}")], [("creation", "ge2026")], [("author.family", "FICTIF")])


@pytest.mark.parametrize(("hide", "reader"), HIDDEN, ids=lambda value: getattr(value, "__name__", value))
async def test_a_hidden_document_changes_no_byte_of_any_answer(
    platform: Platform, doctor: Client, hide: Hide, reader: str,
) -> None:
    record = await world(platform)
    client = doctor.bearing(token_of(reader_of(record, reader).caller))
    before = await everything(client, record, unknown := [f"2.25.{10**37 + 10**9}", str(uuid4())])
    assert {status for _, status, _, _ in before} >= {200, 404, 422}
    await hide(record)
    names = [record.names[0], next(name for name in record.names if "-" in name)]
    after = await everything(client, record, names)
    for bare, full in zip(before, after, strict=True):
        assert bare == full
    for name in record.names:       # and so for every other name that it has
        for path in ("DocumentReference", "Binary"):
            answers = [await client.get(f"{path}/{each}", **SAME_REQUEST) for each in (name, unknown[1])]
            assert answers[0].status == 404
            assert told(answers[0]) == told(answers[1])


async def everything(client: Client, record: World, names: list[str]) -> list[Said]:
    """All answers that this reader gets about the record, asking also for these names, which read <0> and <1>."""
    answers = []
    for parameters in SEARCHES:
        answers += await pages(client, record, parameters)
    for name in names:
        urn = f"urn:uuid:{name}" if "-" in name else f"urn:oid:{name}"
        for parameter in (("identifier", urn), ("_id", name), ("related", f"urn:ietf:rfc:3986|{urn}")):
            answers += await pages(client, record, [parameter])
        for path in ("DocumentReference", "Binary"):
            answers.append(await client.get(f"{path}/{name}", **SAME_REQUEST))
            answers.append(await client.get(f"{path}/{name}", if_none_match="*", **SAME_REQUEST))
        for operations in ((MASK,), (ARCHIVE,), (DELETE,), ({"op": "remove", "path": "/securityLabel/1"},)):
            for tag in (None, f'W/"{uuid4()}"', 'W/"1"'):
                answers.append(await patch(client, name, *operations, tag=tag))
        answers.append(await client.post("DocumentReference", replacing(record, urn), **SAME_REQUEST))
    for id_ in await listed(client, record):
        answers += [await client.get(f"{path}/{id_}", **SAME_REQUEST) for path in ("DocumentReference", "Binary")]
        answers.append(await patch(client, id_, MASK, tag=f'W/"{uuid4()}"'))
    return [told(answer, names) for answer in answers]


def told(answer: Answer, names: list[str] | None = None) -> Said:
    """An answer, with what was asked for named by its number. A request is numbered by itself when nobody did."""
    headers, body = dict(answer.headers), answer.body
    headers.pop("x-request-id", None)
    for number, name in enumerate(names or ()):
        body = body.replace(name.encode(), f"<{number}>".encode())
    headers["content-length"] = str(len(body))
    return str(answer.headers.get("etag", "")), answer.status, headers, body


async def pages(client: Client, record: World, parameters: list[tuple[str, str]]) -> list[Answer]:
    """The answer to a search, whole and in pages of one."""
    subject = ("patient.identifier", f"urn:oid:{record.who.ins.oid}|{record.who.ins.value}")
    answers = [await client.get("DocumentReference", [subject, *parameters], **SAME_REQUEST)]
    answers.append(await client.get("DocumentReference", [subject, *parameters, ("_count", "1")], **SAME_REQUEST))
    while following := list(next_pages(answers[-1])):
        address, _, query = following[0].removeprefix(f"{BASE}/").partition("?")
        answers.append(await client.ask("GET", address, query=query))
    return answers


def next_pages(answer: Answer) -> Iterator[str]:
    """The link to the next page, if there is one."""
    return (link["url"] for link in answer.json["link"] if link["relation"] == "next")


async def listed(client: Client, record: World) -> list[str]:
    """The ids that a search gives."""
    [whole, *_] = await pages(client, record, [])
    return [entry["resource"]["id"] for entry in whole.json.get("entry", [])]


def replacing(record: World, urn: str) -> object:
    """A document that says it replaces another."""
    return publication(PDF, of=record.who, relatesTo=[
        {"code": "replaces", "target": {"identifier": {"system": "urn:ietf:rfc:3986", "value": urn}}}])


async def test_the_mother_of_these_records_reads_them_at_the_doors(platform: Platform, doctor: Client) -> None:
    record = await world(platform)
    mother = doctor.bearing(token_of(PatientCaller(MOTHER.ins, "INVENTEE", "Camille")))
    assert len(await listed(mother, record)) == 2

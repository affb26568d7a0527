"""The description of the calls: complete, well-formed, and what is really answered."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from carnet.journal.chain import genesis
from tests.host.portal import Answer, Portal, chain

_ONE = sha256(b"one").digest()


@pytest.fixture
async def document(unconnected: Portal) -> Any:
    return (await unconnected.get("/openapi.json", "")).content


def test_every_call_is_described_and_no_other(unconnected: Portal, document: Any) -> None:
    assert isinstance(unconnected.app, Starlette)
    routes = {
        (route.path, method.lower())
        for route in unconnected.app.routes if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert {(path, method) for path, calls in document["paths"].items() for method in calls} == routes


def test_the_description_is_openapi_3_1_and_every_reference_leads_somewhere(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for reference in _references(document):
        part = document
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [found for value in part.values() for found in _references(value)]
    return [found for value in part for found in _references(value)] if isinstance(part, list) else []


async def test_calls_answer_as_they_are_described(portal: Portal, document: Any, record: UUID) -> None:
    [entry] = chain(record, [b"one", b"away"])
    other = chain(uuid4(), [b"one"], [b"away"])
    answers = [
        ("/v1/status", "get", await portal.get("/v1/status", "")),
        ("/v1/bodies", "post", await portal.put((record, b"one"))),
        ("/v1/bodies", "post", await portal.put((record, b"ended"), end=1)),
        ("/v1/unnamed", "get", await portal.unnamed(9)),
        ("/v1/bodies/read", "post", await portal.read((record, b"one"), (record, b"two"))),
        ("/v1/entries", "post", await portal.append(entry)),
        ("/v1/entries", "post", await portal.append(*chain(record, [], []))),
        ("/v1/entries", "post", await portal.append(*chain(record, []))),
        ("/v1/records/{record}/head", "get", await portal.head(record)),
        ("/v1/records/{record}/entries", "get", await portal.journal(record)),
        ("/v1/records/{record}/entries", "get", await portal.journal(record, "?after=7")),
        ("/v1/records/{record}/entries", "get", await portal.journal(record, "?after=x")),
        ("/v1/inventory", "get", await portal.inventory()),
        ("/v1/records/{record}/collect", "post", await portal.collect(record, genesis(record), 1)),
        ("/v1/records/{record}/collect", "post", await portal.collect(record, entry.head, 1)),
        ("/v1/records/{record}/erase", "post", await portal.erase(record, 0)),
        ("/v1/records/{record}/erase", "post", await portal.erase(record, 1)),
        ("/v1/bodies", "post", await portal.put((record, b"late"))),
        ("/v1/fill", "post", await portal.fill((other, [b"one"]))),
        ("/v1/export", "post", await portal.export((other[0].record, 0), (uuid4(), 0))),
        ("/v1/export", "post", await portal.export((record, 0))),
        ("/v1/records/{record}/head", "get", await portal.head(other[0].record, query="?verify=true")),
        ("/v1/challenge", "post", await portal.challenge(
            b"n" * 32, {"record": other[0].record, "bodies": [_ONE, b"i" * 32], "first": 1, "last": 1})),
        ("/v1/erase", "post", await portal.erase_all((other[0].record, 1), (record, 0))),
        ("/v1/erase", "post", await portal.erase_all((other[0].record, 1), approval="none")),
        ("/v1/counts/{day}", "get", await portal.counts("2026-01-01")),
        ("/v1/witness", "post", await portal.witness("2026-01-01", b"r" * 32)),
        ("/v1/witness", "post", await portal.witness("2026-01-01", b"s" * 32)),
        ("/v1/witness", "get", await portal.witnessed()),
        ("/v1/bodies", "post", await portal.post("/v1/bodies", b"")),
        ("/v1/inventory", "get", await portal.get("/v1/inventory", "")),
    ]
    assert {answer.status for *_, answer in answers} == {200, 400, 401, 403, 404, 409, 410}
    for path, method, answer in answers:
        _validate(document, path, method, answer)


def _validate(document: Any, path: str, method: str, answer: Answer) -> None:
    described = document["paths"][path][method]["responses"][str(answer.status)]
    if "$ref" in described:
        described = document["components"]["responses"][described["$ref"].rpartition("/")[2]]
    schema = described["content"][answer.headers["content-type"]]["schema"]
    content = msgspec.to_builtins(_as_text(answer.content))
    jsonschema.Draft202012Validator(schema | {"components": document["components"]}).validate(content)


def _as_text(part: Any) -> Any:
    """MessagePack's bin, that JSON Schema knows not, with one character for each byte."""
    if isinstance(part, bytes):
        return part.decode("latin-1")
    if isinstance(part, dict):
        return {name: _as_text(value) for name, value in part.items()}
    return [_as_text(value) for value in part] if isinstance(part, list) else part

"""The calls of a host: bad input gets a clear answer and changes nothing, and never a 500."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import carnet.errors
from carnet.host.app import build
from carnet.host.config import HostConfig, Limits
from carnet.host.errors import ANSWERS, answer_to
from tests.host.portal import Portal, call, chain

PATHS = ["/v1/bodies", "/v1/bodies/read", "/v1/entries", f"/v1/records/{UUID(int=3)}/collect",
         f"/v1/records/{UUID(int=3)}/erase", "/v1/export", "/v1/fill", "/v1/erase", "/v1/challenge", "/v1/witness"]


@pytest.mark.parametrize("path", PATHS)
async def test_what_is_no_messagepack_of_the_call_is_refused(portal: Portal, path: str) -> None:
    nested = b"\x81\xa5token" + b"\x91" * 100_000
    for content in (
        b"", b"\xc1", b"\xff\xff", b"{}", b"\x80", b"\x90", b"\xc0", b"\x81", b"\xdf\xff\xff\xff\xff", nested,
        b"\xdd\xff\xff\xff\xff", msgspec.msgpack.encode({"token": 1}), msgspec.msgpack.encode({"token": "t", "x": 1}),
        msgspec.msgpack.encode({"token": "t", "bodies": [], "entries": []}), b"\x81\xa5token\xa1\xff", b"\xc7\x00\x01",
    ):
        answer = await portal.post(path, content)
        assert (answer.status, answer.content["error"]) == (400, "invalid"), content[:40]


_BODY = {"record": str(UUID(int=3)), "id": b"i" * 32, "sealed": b"s"}
_ENTRY = {"record": str(UUID(int=3)), "place": 1, "previous": b"p" * 32, "header": b"", "sealed": b"s"}


@pytest.mark.parametrize(
    "body",
    [
        {**_BODY, "record": "x"},
        {**_BODY, "record": None},
        {**_BODY, "id": b"i" * 31},
        {**_BODY, "id": "i" * 32},
        {**_BODY, "sealed": b""},
        {**_BODY, "sealed": "s"},
        {**_BODY, "name": "x"},
        {name: value for name, value in _BODY.items() if name != "sealed"},
        [],
    ],
)
async def test_a_malformed_body_is_refused(portal: Portal, body: Any) -> None:
    assert (await portal.post("/v1/bodies", {"token": "t", "bodies": [body]})).status == 400


@pytest.mark.parametrize(
    "entry",
    [
        {**_ENTRY, "place": 0},
        {**_ENTRY, "place": -1},
        {**_ENTRY, "place": 2**60},
        {**_ENTRY, "place": 1.0},
        {**_ENTRY, "previous": b""},
        {**_ENTRY, "header": "{}"},
        {**_ENTRY, "sealed": b""},
        {**_ENTRY, "record": 3},
    ],
)
async def test_a_malformed_entry_is_refused(portal: Portal, entry: Any) -> None:
    assert (await portal.post("/v1/entries", {"token": "t", "entries": [entry]})).status == 400


async def test_more_things_than_a_call_may_carry_are_refused(portal: Portal, record: UUID) -> None:
    assert (await portal.put(*((record, b"%d" % n) for n in range(65)))).status == 400
    assert (await portal.put(*((record, b"%d" % n) for n in range(64)))).status == 200
    assert (await portal.append(*chain(record, *([] for _ in range(513))))).status == 400
    assert (await portal.append(*chain(record, *([] for _ in range(512))))).status == 200


async def test_a_call_of_more_than_its_bytes_is_too_large(
    portal: Portal, pool: asyncpg.Pool, config: HostConfig, record: UUID
) -> None:
    small = replace(portal, app=build(pool, replace(config, limits=Limits(call_bytes=2000))))
    assert (await small.put((record, b"s" * 1000))).status == 200
    too_large = await small.put((record, b"s" * 2000))
    assert (too_large.status, too_large.content["error"]) == (413, "too_large")
    assert (await small.head(record)).content["bodies"] == 1


@pytest.mark.parametrize(
    "path",
    [
        "/v1/records/x/head",
        "/v1/records/x/entries",
        f"/v1/records/{UUID(int=3)}/entries?after=-1",
        f"/v1/records/{UUID(int=3)}/entries?after=x",
        f"/v1/records/{UUID(int=3)}/entries?after=99999999999999999999",
        f"/v1/records/{UUID(int=3)}/entries?limit=0",
        f"/v1/records/{UUID(int=3)}/entries?limit=501",
        f"/v1/records/{UUID(int=3)}/entries?beyond=1",
        "/v1/inventory?after=x",
        "/v1/inventory?limit=1001",
        "/v1/unnamed",
        "/v1/unnamed?before=",
        "/v1/unnamed?before=1&limit=x",
    ],
)
async def test_a_malformed_address_is_refused(portal: Portal, path: str) -> None:
    method = {"entries": "journal"}.get(name := path.partition("?")[0].rpartition("/")[2], name)
    items = [[UUID(int=3), 1]] if "records" in path else []
    answer = await portal.get(path, portal.token(method, items))
    assert (answer.status, answer.content["error"]) == (400, "invalid")


async def test_an_unknown_path_or_method_is_answered_as_json(portal: Portal) -> None:
    unknown = await portal.get("/v2/bodies", "")
    assert (unknown.status, unknown.content["error"]) == (404, "not_found")
    wrong_method = await call(portal.app, "DELETE", "/v1/bodies", {}, b"")
    assert (wrong_method.status, wrong_method.content["error"]) == (405, "invalid")
    assert wrong_method.headers["allow"] == "POST"


async def test_an_inventory_is_read_page_by_page(portal: Portal) -> None:
    records = sorted(uuid4() for _ in range(7))
    for record in records:
        await portal.append(*chain(record, [b"away"]))
    await portal.erase(records[3], 1)
    seen, gone, after = [], [], ""
    while True:
        page = (await portal.inventory(f"?limit=3{after}")).content
        seen += [line["record"] for line in page["records"]]
        gone += [line["record"] for line in page["tombstones"]]
        assert all((line["place"], line["bodies"], line["lacking"]) == (1, 0, 1) for line in page["records"])
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == [str(record) for record in records if record != records[3]]
    assert gone == [str(records[3])]


async def test_every_answer_names_the_start_of_this_host(
    portal: Portal, pool: asyncpg.Pool, config: HostConfig
) -> None:
    boot = (await portal.status())["boot"]
    for path in ("/v1/status", "/v1/inventory", "/nothing"):
        assert (await portal.get(path, "")).headers["carnet-boot"] == boot
    started_again = replace(portal, app=build(pool, config))
    assert (await started_again.status())["boot"] != boot


async def test_a_read_only_host_reads_and_takes_no_write(
    portal: Portal, pool: asyncpg.Pool, config: HostConfig, record: UUID
) -> None:
    await portal.put((record, b"one"))
    still = replace(portal, app=build(pool, replace(config, state="read_only")))
    assert (await still.status())["state"] == "read_only"
    assert (await still.read((record, b"one"))).content == {"bodies": [b"one"]}
    [entry] = chain(record, [])
    for refused in (
        await still.put((record, b"two")), await still.append(entry), await still.erase(record, 1),
        await still.collect(record, entry.previous, 9),
    ):
        assert (refused.status, refused.content["error"]) == (503, "read_only")
        assert refused.headers["retry-after"]


async def test_a_full_host_takes_no_more_bodies_but_the_entries_that_name_them(
    portal: Portal, pool: asyncpg.Pool, config: HostConfig, record: UUID
) -> None:
    await portal.put((record, b"one"))
    full = replace(portal, app=build(pool, replace(config, capacity_bytes=1000)))
    assert (await full.status())["state"] == "full"
    refused = await full.put((record, b"two"))
    assert (refused.status, refused.content["error"]) == (503, "full")
    assert (await full.append(*chain(record, [b"one"]))).status == 200
    assert (await full.erase(record, 1)).status == 200


async def test_a_host_without_its_database_is_unavailable(portal: Portal, pool: asyncpg.Pool, record: UUID) -> None:
    await pool.close()
    for answer in (await portal.put((record, b"one")), await portal.head(record), await portal.get("/v1/status", "")):
        assert (answer.status, answer.content["error"]) == (503, "storage")


async def test_a_fault_of_ours_is_answered_500_and_logged_without_its_content(
    portal: Portal, pool: asyncpg.Pool, record: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    await pool.execute("ALTER TABLE ticket RENAME TO mislaid")
    with caplog.at_level(logging.INFO):
        answer = await portal.put((record, b"one"))
    await pool.execute("ALTER TABLE mislaid RENAME TO ticket")
    assert (answer.status, answer.content) == (500, {"error": "unexpected", "message": "the host could not do it"})
    assert "UndefinedTableError" in caplog.text
    assert str(record) not in caplog.text


async def test_logs_name_the_call_and_the_refusal_and_no_record(
    portal: Portal, record: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await portal.put((record, b"one"))
        await portal.append(*chain(record, [], [])[1:])
        await portal.post("/v1/bodies", {"token": "t", "bodies": [_BODY]})
    ours = [entry.getMessage() for entry in caplog.records if entry.name == "carnet.host"]
    assert ours == ["put: 401 unauthenticated"]
    assert str(record) not in caplog.text


def test_each_error_has_its_line_in_the_table() -> None:
    expected = {
        carnet.errors.InvalidSubmission: 400, carnet.errors.Unauthenticated: 401, carnet.errors.NotFound: 404,
        carnet.errors.Conflict: 409, carnet.errors.Gone: 410, carnet.errors.TooLarge: 413,
        carnet.errors.ClockBehind: 503, asyncpg.DiskFullError: 503, asyncpg.AdminShutdownError: 503,
        asyncpg.DeadlockDetectedError: 503, asyncpg.TooManyConnectionsError: 503, ConnectionRefusedError: 503,
        TimeoutError: 503, carnet.errors.NotPermitted: 500, ZeroDivisionError: 500,
    }
    for kind, status in expected.items():
        error = kind.__new__(kind)
        assert answer_to(error)[0] == status, kind
    assert {status for status, _ in ANSWERS.values()} == {400, 401, 403, 404, 409, 410, 413, 503}


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.parametrize("path", PATHS)
def test_no_content_is_a_fault_of_ours(unconnected: Portal, path: str) -> None:
    names = ["token", "bodies", "entries", "head", "until", "version", "records", "copies", "questions", "day", "root"]

    @settings(max_examples=60, deadline=None)
    @given(st.dictionaries(st.sampled_from(names) | st.text(), _VALUES).map(msgspec.msgpack.encode) | st.binary())
    def refused(content: bytes) -> None:
        answer = asyncio.run(unconnected.post(path, content))
        assert answer.status in (400, 401)

    refused()

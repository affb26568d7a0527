"""Tokens at a host: each claim counts, and an older epoch is never obeyed again."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.errors import Unauthenticated
from carnet.host.app import build
from carnet.host.config import HostConfig
from carnet.host.store import Store
from tests.host.portal import Answer, Entry, Portal, chain, signed

ONE = sha256(b"one").hexdigest()


async def _put_with(portal: Portal, token: str, record: UUID) -> Answer:
    answer = await portal.put((record, b"one"), token=token)
    if answer.status != 200:
        assert (answer.status, answer.content["error"]) == (401, "unauthenticated")
        assert (await portal.read((record, b"one"))).content == {"bodies": [None]}
    return answer


def _wrong(**claims: Any) -> Any:
    return pytest.param(claims, id=",".join(f"{name}={value}" for name, value in claims.items()))


@pytest.mark.parametrize(
    "claims",
    [
        _wrong(iss="another"),
        _wrong(iss=None),
        _wrong(aud="beta"),
        _wrong(aud=["alpha"]),
        _wrong(aud=None),
        _wrong(method="read"),
        _wrong(method="erase"),
        _wrong(method="everything"),
        _wrong(method=None),
        _wrong(epoch=0),
        _wrong(epoch=-1),
        _wrong(epoch=1.5),
        _wrong(epoch="1"),
        _wrong(epoch=2**70),
        _wrong(epoch=None),
        _wrong(exp=1),
        _wrong(exp="soon"),
        _wrong(exp=2**40),
        _wrong(exp=None),
        _wrong(items=None),
        _wrong(items=[]),
        _wrong(items={}),
        _wrong(items=[[]]),
        _wrong(items=[["not a record", 1, ONE, 9]]),
        _wrong(nbf=1),
    ],
)
async def test_a_token_with_a_wrong_claim_is_refused(portal: Portal, record: UUID, claims: dict[str, Any]) -> None:
    await portal.inventory()        # From here on this host has seen epoch 1.
    token = portal.token("put", [[record, 1, ONE, 9]], **claims)
    assert (await _put_with(portal, token, record)).status == 401


@pytest.mark.parametrize(
    "items",
    [
        [[UUID(int=1), 1, ONE, 9]],
        [[UUID(int=5), 1, "0" * 64, 9]],
        [[UUID(int=5), 1, ONE]],
        [[UUID(int=5), 1, ONE, 9, 9]],
        [[UUID(int=5), -1, ONE, 9]],
        [[UUID(int=5), 1, ONE.upper(), 9]],
        [[UUID(int=5), 1, ONE, 9], [UUID(int=5), 1, ONE, 9]],
        [[UUID(int=5), 1, ONE, 9], [UUID(int=6), 1, ONE, 9]],
    ],
)
async def test_a_token_for_other_things_than_what_is_asked_is_refused(portal: Portal, items: list[Any]) -> None:
    assert (await _put_with(portal, portal.token("put", items), UUID(int=5))).status == 401


async def test_a_token_names_things_in_the_order_they_are_asked(portal: Portal, record: UUID) -> None:
    items = [[record, 1, sha256(name).hexdigest(), 9] for name in (b"two", b"one")]
    swapped = await portal.put((record, b"one"), (record, b"two"), token=portal.token("put", items))
    assert swapped.status == 401


async def test_a_token_holds_five_seconds_longer_than_it_says_for_clocks_that_differ(
    portal: Portal, record: UUID
) -> None:
    for late, status in ((3, 200), (7, 401)):
        portal.claims = {"exp": int(time.time()) - late}
        assert (await portal.head(record)).status == status


async def test_a_token_signed_by_another_key_is_refused(portal: Portal, record: UUID) -> None:
    portal.key = Ed25519PrivateKey.generate()
    assert (await portal.head(record)).status == 401
    assert (await portal.put((record, b"one"))).status == 401


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "EdDSA"},
        {"alg": "EdDSA", "typ": "JOSE"},
        {"alg": "EdDSA", "typ": "JWT", "kid": "1"},
    ],
)
async def test_a_token_with_another_header_is_refused(
    portal: Portal, record: UUID, header: dict[str, Any]
) -> None:
    claims = {"iss": "portal", "aud": "alpha", "method": "head", "epoch": 1, "exp": int(time.time()) + 60,
              "items": [[str(record), 1]]}
    token = signed(header, msgspec.json.encode(claims), portal.key)
    assert (await portal.get(f"/v1/records/{record}/head", token)).status == 401


async def test_what_is_no_token_is_refused(portal: Portal, record: UUID) -> None:
    good = portal.token("head", [[record, 1]])
    header, payload, signature = good.split(".")
    for token in (
        "", " ", "x", "..", "a.b.c", header, f"{header}.{payload}", f"{header}.{payload}.", good + ".", good + "x",
        f"{header}.{payload}x.{signature}", f"{header}..{signature}", "é.é.é", f"{header}.{payload}.{signature}==",
        f"eyJhbGciOiJub25lIn0.{payload}.", good.replace(".", "\n"), "\x00" * 40,
    ):
        answer = await portal.get(f"/v1/records/{record}/head", token)
        assert (answer.status, answer.content["error"]) == (401, "unauthenticated"), token


async def test_every_call_but_status_and_its_description_needs_its_own_token(portal: Portal, record: UUID) -> None:
    wrong = portal.token("head", [[uuid4(), 1]])
    on_record = f"/v1/records/{record}"
    for path in (
        f"{on_record}/head", f"{on_record}/head?verify=true", f"{on_record}/entries", "/v1/inventory",
        "/v1/unnamed?before=1", "/v1/counts/2026-01-01", "/v1/witness",
    ):
        for token in ("", wrong):
            assert (await portal.get(path, token)).status == 401, path
    calls: dict[str, dict[str, Any]] = {
        "/v1/bodies": {"bodies": [{"record": str(record), "id": b"i" * 32, "sealed": b"s"}]},
        "/v1/bodies/read": {"bodies": [{"record": str(record), "id": b"i" * 32}]},
        "/v1/entries": {
            "entries": [{"record": str(record), "place": 1, "previous": b"p" * 32, "header": b"", "sealed": b"s"}]},
        f"/v1/records/{record}/collect": {"head": b"h" * 32, "until": 1},
        f"/v1/records/{record}/erase": {"version": 1},
        "/v1/erase": {"records": [{"record": str(record), "version": 1}]},
        "/v1/export": {"records": [{"record": str(record), "after": 0}], "most_bytes": 1},
        "/v1/fill": {"copies": [{"record": str(record), "place": 1, "previous": b"p" * 32, "bodies": [],
                                 "entries": [{"header": b"", "sealed": b"s"}]}]},
        "/v1/challenge": {
            "nonce": b"n" * 32, "questions": [{"record": str(record), "bodies": [], "first": 0, "last": 0}]},
        "/v1/witness": {"day": "2026-01-01", "root": b"r" * 32, "size": 1},
    }
    for path, content in calls.items():
        for token in ("", wrong):
            assert (await portal.post(path, {"token": token, **content})).status == 401, path
    assert (await portal.get("/v1/status", "")).status == 200
    assert (await portal.get("/openapi.json", "")).status == 200


async def test_each_thing_a_token_names_must_be_the_one_asked(portal: Portal, record: UUID) -> None:
    [entry] = chain(record, [])
    other = portal.token("append", [[record, 1, "0" * 64]])
    assert (await portal.append(entry, token=other)).status == 401
    token = portal.token("collect", [[record, 1, entry.previous.hex(), 5]])
    for head, until in ((b"h" * 32, 5), (entry.previous, 6)):
        call = {"token": token, "head": head, "until": until}
        assert (await portal.post(f"/v1/records/{record}/collect", call)).status == 401
    erase = {"token": portal.token("erase", [[record, 1]]), "version": 2}
    assert (await portal.post(f"/v1/records/{record}/erase", erase)).status == 401
    named = portal.token("inventory", [[record, 1]])
    assert (await portal.get("/v1/inventory", named)).status == 401


async def test_once_a_greater_epoch_was_seen_lesser_ones_are_refused_for_every_call(
    portal: Portal, record: UUID
) -> None:
    await portal.put((record, b"one"))
    portal.epoch = 5
    await portal.inventory()
    assert (await portal.status())["epoch"] == 5
    portal.epoch = 4
    [entry] = chain(record, [])
    for answer in await _each_call(portal, entry):
        assert (answer.status, answer.content["error"]) == (401, "unauthenticated")
    portal.epoch = 5
    assert (await portal.head(record)).content["bodies"] == 1


async def test_an_epoch_is_only_believed_from_a_token_that_holds(portal: Portal, record: UUID) -> None:
    forged = replace(portal, key=Ed25519PrivateKey.generate(), epoch=9)
    assert (await forged.inventory()).status == 401
    elsewhere = replace(portal, epoch=9, claims={"aud": "beta"})
    assert (await elsewhere.inventory()).status == 401
    assert (await portal.inventory()).status == 200


async def test_the_epoch_is_remembered_by_a_host_that_starts_again(
    portal: Portal, pool: asyncpg.Pool, config: HostConfig, record: UUID
) -> None:
    portal.epoch = 7
    await portal.inventory()
    started_again = replace(portal, app=build(pool, config), epoch=6)
    assert (await started_again.put((record, b"one"))).status == 401
    assert (await started_again.head(record)).status == 401


async def test_an_epoch_seen_by_one_process_of_a_host_rules_in_all_of_them(
    portal: Portal, pool: asyncpg.Pool, config: HostConfig, record: UUID
) -> None:
    other_process = replace(portal, app=build(pool, config))
    await portal.inventory()
    await other_process.inventory()
    await replace(portal, epoch=2).inventory()
    [entry] = chain(record, [])
    for answer in await _each_call(other_process, entry):
        assert answer.status == 401


async def _each_call(portal: Portal, entry: Entry) -> list[Answer]:
    record = entry.record
    return [
        await portal.put((record, b"one")), await portal.append(entry), await portal.read((record, b"one")),
        await portal.head(record), await portal.head(record, query="?verify=true"), await portal.journal(record),
        await portal.inventory(), await portal.unnamed(9), await portal.collect(record, entry.previous, 9),
        await portal.erase(record, 1), await portal.erase_all((record, 1)), await portal.export((record, 0)),
        await portal.fill(([entry], [])), await portal.challenge(b"n" * 32, {"record": record}),
        await portal.counts("2026-01-01"), await portal.witness("2026-01-01", b"r" * 32), await portal.witnessed(),
    ]


async def test_nothing_of_an_older_epoch_is_committed_after_a_greater_one_was_answered(pool: asyncpg.Pool) -> None:
    store = Store(pool)
    async with store.transaction(1) as connection:
        await connection.execute("INSERT INTO record (record_id, version, head) VALUES ($1, 1, $2)", uuid4(), b"h" * 32)
        raising = asyncio.create_task(Store(pool).fetch(2, "SELECT FROM portal WHERE epoch = $1"))
        done, _ = await asyncio.wait([raising], timeout=0.2)
        assert not done         # The greater epoch waits for the write of the lesser one to end.
    assert await raising
    with pytest.raises(Unauthenticated):
        async with store.transaction(1):
            pass

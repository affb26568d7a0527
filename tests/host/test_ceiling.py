"""A host erases so many records a day, and more only when the officers approve it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.host.app import build
from carnet.host.config import HostConfig
from tests.host.portal import HOST, Portal, chain, signed

_OFFICERS = Ed25519PrivateKey.generate()
_CLAIMS = {"iss": "officer", "aud": HOST, "method": "erase", "most": 3, "reason": "exit of this host"}
Ceilinged = Callable[[int], Portal]


def _approval(*, key: Ed25519PrivateKey = _OFFICERS, **claims: Any) -> str:
    content = _CLAIMS | {"exp": int(time.time()) + 86_400} | claims
    return signed({"alg": "EdDSA", "typ": "JWT"}, msgspec.json.encode(content), key)


@pytest.fixture
def a_day(portal: Portal, pool: asyncpg.Pool, config: HostConfig) -> Ceilinged:
    """A host that erases so many a day, and knows the officers."""
    officers = _OFFICERS.public_key().public_bytes_raw()

    def made(most: int) -> Portal:
        return replace(portal, app=build(pool, replace(config, erasures_a_day=most, officer_public_key=officers)))

    return made


async def test_many_records_are_erased_at_once_and_the_receipt_counts_each(portal: Portal, record: UUID) -> None:
    other, unknown = uuid4(), uuid4()
    await portal.fill((chain(record, [b"one"], []), [b"one"]), (chain(other, [b"two"]), [b"two"]))
    erased = await portal.erase_all((record, 1), (other, 1), (unknown, 2))
    expected = [[str(record), 1, 2, 1], [str(other), 1, 1, 1], [str(unknown), 2, 0, 0]]
    assert (erased.status, portal.receipt(erased, "erase")) == (200, expected)
    assert [list(item.values()) for item in erased.content["items"]] == expected
    for late in (record, other):
        assert (await portal.put((late, b"late"))).status == 410
    again = await portal.erase_all((record, 1), (other, 1), (unknown, 2))
    assert portal.receipt(again, "erase") == expected


async def test_an_order_that_comes_late_in_a_batch_is_told_and_has_no_effect(portal: Portal, record: UUID) -> None:
    newer, gone = uuid4(), uuid4()
    await portal.put((newer, b"new"), version=3)
    await portal.erase(gone, 4)
    erased = await portal.erase_all((newer, 2), (record, 2), (gone, 2))
    assert portal.receipt(erased, "erase") == [[str(record), 2, 0, 0]]
    assert erased.content["refused"] == [
        {"record": str(newer), "version": 2, "why": "placed_since"},
        {"record": str(gone), "version": 2, "why": "erased_later"},
    ]
    assert (await portal.read((newer, b"new"), version=3)).content == {"bodies": [b"new"]}


async def test_no_record_is_there_twice(portal: Portal, record: UUID) -> None:
    assert (await portal.erase_all((record, 1), (record, 2))).status == 400


async def test_beyond_a_days_erasures_all_are_refused_and_nothing_is_done(a_day: Ceilinged, record: UUID) -> None:
    portal = a_day(2)
    await portal.put((record, b"kept"))
    assert (await portal.erase_all((uuid4(), 1))).status == 200
    refused = await portal.erase_all((record, 1), (uuid4(), 1))
    assert (refused.status, refused.content["error"]) == (403, "ceiling")
    assert (await portal.read((record, b"kept"))).content == {"bodies": [b"kept"]}
    assert (await portal.erase(uuid4(), 1)).status == 200
    single = await portal.erase(record, 1)
    assert (single.status, single.content["error"]) == (403, "ceiling")
    assert (await a_day(2).erase(record, 1)).status == 403      # started again, it still knows
    assert (await portal.read((record, b"kept"))).content == {"bodies": [b"kept"]}


async def test_an_erasure_repeated_is_not_counted_again(a_day: Ceilinged, record: UUID) -> None:
    portal = a_day(1)
    for _ in range(3):
        assert (await portal.erase(record, 1)).status == 200
        assert (await portal.erase_all((record, 1))).status == 200


async def test_only_what_is_new_in_a_batch_is_counted(a_day: Ceilinged, record: UUID) -> None:
    portal = a_day(2)
    assert (await portal.erase_all((record, 1))).status == 200
    assert (await portal.erase_all((record, 1), (uuid4(), 1))).status == 200
    assert (await portal.erase_all((record, 1), (uuid4(), 1))).status == 403


async def test_an_approval_covers_as_many_as_it_says_however_often_it_is_given(a_day: Ceilinged) -> None:
    approval = _approval(most=3)
    assert (await a_day(0).erase_all((uuid4(), 1), (uuid4(), 1), approval=approval)).status == 200
    refused = await a_day(0).erase_all((uuid4(), 1), (uuid4(), 1), approval=approval)
    assert (refused.status, "for 3 records" in refused.content["message"]) == (403, True)
    assert (await a_day(0).erase_all((uuid4(), 1), approval=approval)).status == 200
    assert (await a_day(0).erase_all((uuid4(), 1), approval=approval)).status == 403
    assert (await a_day(0).erase_all((uuid4(), 1), approval=_approval(most=1))).status == 200


async def test_what_an_approval_covers_does_not_count_for_the_day(a_day: Ceilinged) -> None:
    portal = a_day(1)
    assert (await portal.erase_all((uuid4(), 1), (uuid4(), 1), approval=_approval())).status == 200
    assert (await portal.erase_all((uuid4(), 1))).status == 200
    assert (await portal.erase_all((uuid4(), 1))).status == 403


@pytest.mark.parametrize(
    "approval",
    [
        "", "x", _approval(key=Ed25519PrivateKey.generate()), _approval(aud="beta"), _approval(iss="portal"),
        _approval(method="put"), _approval(exp=1), _approval(exp=int(time.time()) + 41 * 86_400), _approval(most=-1),
        _approval(most="3"), _approval(more=1), _approval(reason=None),
    ])
async def test_an_approval_that_does_not_hold_is_refused(a_day: Ceilinged, record: UUID, approval: str) -> None:
    refused = await a_day(9).erase_all((record, 1), approval=approval)
    assert (refused.status, refused.content["error"]) == (403, "ceiling")


async def test_no_approval_holds_at_a_host_without_the_officers_key(portal: Portal, record: UUID) -> None:
    assert (await portal.erase_all((record, 1), approval=_approval())).status == 403


async def test_the_portals_keys_do_not_approve(a_day: Ceilinged, record: UUID) -> None:
    portal = a_day(9)
    for key in (portal.key, portal.erasure_key):
        assert (await portal.erase_all((record, 1), approval=_approval(key=key))).status == 403


async def test_an_approval_is_no_order(a_day: Ceilinged, record: UUID) -> None:
    portal = a_day(9)
    portal.erasure_key = portal.key
    assert (await portal.erase_all((record, 1), approval=_approval())).status == 401


def test_the_officers_have_a_key_of_their_own(config: HostConfig) -> None:
    with pytest.raises(ValueError, match="a key each"):
        replace(config, officer_public_key=config.erasure_public_key)

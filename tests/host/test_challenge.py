"""Challenges: digests of what is stored, made anew each time."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.host.portal import Answer, Entry, Portal, chain

_NONCE, _OTHER = b"n" * 32, b"o" * 32


def _digest(content: bytes, nonce: bytes = _NONCE) -> bytes:
    return sha256(b"carnet challenge 1" + nonce + content).digest()


def _range(*entries: Entry) -> bytes:
    return b"".join(entry.header + entry.sealed for entry in entries)


def _answers(answer: Answer) -> list[tuple[list[bytes | None], bytes | None]]:
    assert answer.status == 200, answer.content
    return [(each["bodies"], each["journal"]) for each in answer.content["answers"]]


@pytest.fixture
async def entries(portal: Portal, record: UUID) -> list[Entry]:
    entries = chain(record, [b"one"], [b"two"], [])
    await portal.fill((entries, [b"one", b"two"]))
    return entries


async def test_bodies_and_ranges_are_hashed_with_the_nonce(
    portal: Portal, record: UUID, entries: list[Entry]
) -> None:
    other = chain(uuid4(), [])
    await portal.append(*other)
    names = [sha256(b"two").digest(), sha256(b"one").digest()]
    answer = await portal.challenge(
        _NONCE, {"record": record, "bodies": names, "first": 2, "last": 3}, {"record": other[0].record},
        {"record": other[0].record, "first": 1, "last": 1})
    assert _answers(answer) == [
        ([_digest(b"two"), _digest(b"one")], _digest(_range(*entries[1:]))), ([], None), ([], _digest(_range(*other)))]
    assert portal.receipt(answer, "challenge") == [
        [str(record), _digest(_range(*entries[1:])).hex()], [str(other[0].record), ""],
        [str(other[0].record), _digest(_range(*other)).hex()]]
    again = await portal.challenge(_OTHER, {"record": record, "bodies": names[:1]})
    assert _answers(again) == [([_digest(b"two", _OTHER)], None)]


async def test_what_is_not_held_whole_has_no_digest(
    portal: Portal, pool: asyncpg.Pool, record: UUID, entries: list[Entry]
) -> None:
    await pool.execute("UPDATE body SET sealed = 'other' WHERE body_id = sha256('one')")
    names = [sha256(each).digest() for each in (b"one", b"away", b"two")]
    questions = [{"record": record, "bodies": names, "first": first, "last": last} for first, last in ((1, 3), (2, 4))]
    whole = _digest(_range(*entries))
    assert _answers(await portal.challenge(_NONCE, *questions)) == [
        ([None, None, _digest(b"two")], whole), ([None, None, _digest(b"two")], None)]
    assert (await portal.head(record)).content["lacking"] == [sha256(b"one").hexdigest()]
    await pool.execute("DELETE FROM entry WHERE place = 2")
    assert [journal for _, journal in _answers(await portal.challenge(_NONCE, *questions))] == [None, None]


async def test_what_does_not_fit_into_memory_at_once_is_hashed_all_the_same(portal: Portal, record: UUID) -> None:
    bodies = [bytes([number]) * 3 * 2**20 for number in range(3)] + [b"small"]
    entries = [replace(entry, sealed=b"e" * 3 * 2**20) for entry in chain(record, bodies)]
    first = chain(other := uuid4(), [])[0]
    await portal.fill((entries, bodies))
    await portal.fill(([replace(first, sealed=b"f" * 3 * 2**20)], []))
    names = [sha256(body).digest() for body in bodies]
    answer = await portal.challenge(
        _NONCE, {"record": record, "bodies": [*names, b"i" * 32], "first": 1, "last": 1},
        {"record": other, "first": 1, "last": 1}, {"record": other, "bodies": names[:1], "first": 1, "last": 2})
    assert _answers(answer) == [
        ([*map(_digest, bodies), None], _digest(_range(*entries))),
        ([], _digest(first.header + b"f" * 3 * 2**20)), ([None], None)]


async def test_an_altered_entry_changes_the_digest(
    portal: Portal, pool: asyncpg.Pool, record: UUID, entries: list[Entry]
) -> None:
    await pool.execute("UPDATE entry SET sealed = 'other' WHERE place = 2")
    [(_, journal)] = _answers(await portal.challenge(_NONCE, {"record": record, "first": 1, "last": 3}))
    assert journal not in (None, _digest(_range(*entries)))


async def test_a_record_never_seen_has_nothing_and_an_erased_one_refuses(portal: Portal, record: UUID) -> None:
    question: dict[str, Any] = {"record": record, "bodies": [b"i" * 32], "first": 1, "last": 1}
    assert _answers(await portal.challenge(_NONCE, question)) == [([None], None)]
    await portal.erase(record, 1)
    assert (await portal.challenge(_NONCE, question)).status == 410


@pytest.mark.parametrize(
    "changed", [{"first": 0, "last": 1}, {"first": 2, "last": 1}, {"first": 1, "last": 0}, {"first": 1, "last": 1001},
                {"bodies": [b"i"]}, {"bodies": [b"i" * 32] * 65}, {"record": "x"}, {"more": 1}])
async def test_a_malformed_question_is_refused(portal: Portal, record: UUID, changed: dict[str, Any]) -> None:
    call = {"token": portal.token("challenge", [[record, 1]]), "nonce": _NONCE}
    question = {"record": str(record), "bodies": [], "first": 0, "last": 0}
    assert (await portal.post("/v1/challenge", call | {"questions": [question]})).status == 200
    assert (await portal.post("/v1/challenge", call | {"questions": [question | changed]})).status == 400
    assert (await portal.post("/v1/challenge", call | {"questions": []})).status == 400
    assert (await portal.post("/v1/challenge", call | {"questions": [question], "nonce": b"n"})).status == 400


async def test_the_token_says_of_which_records(portal: Portal, record: UUID) -> None:
    question = {"record": str(record), "bodies": [], "first": 0, "last": 0}
    for items in ([[uuid4(), 1]], [], [[record, 1]] * 2):
        call = {"token": portal.token("challenge", items), "nonce": _NONCE, "questions": [question]}
        assert (await portal.post("/v1/challenge", call)).status == 401

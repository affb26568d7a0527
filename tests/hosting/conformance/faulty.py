"""Hosts that do not lie, and do not do what they must either: one for each check that no lie is for."""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode
from dataclasses import replace
from itertools import count
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.hosting.conformance.tokens import jws
from tests.hosting.conformance.conftest import Checked
from tests.hosting.conformance.telling import (
    MSGPACK,
    RIGHT_HEADER,
    Install,
    Lie,
    answering,
    asked,
    in_front,
    instead,
    receipt,
    record_of,
    while_off,
)
from tests.hosting.faults import Call, as_it_is, refused

Said = dict[str, Any]


def saying(kind: str, **changed: Any) -> Install:
    """It answers this for that."""
    return answering(kind, lambda _, said: {**said, **changed})


@in_front("head")
async def forgets_its_boot_when_it_refuses(_checked: Checked, call: Call) -> None:
    start, body = await call.do()
    if start["status"] == 401:
        start = {**start, "headers": [each for each in start["headers"] if each[0].lower() != b"carnet-boot"]}
    await call.answer(start, body)


def with_statuses(kind: str, **said: str) -> Install:
    """It says another status of entries than it should."""
    def change(_checked: Checked, answer: Said) -> Said:
        return {**answer, "results": [
            {**each, "status": said.get(each["status"], each["status"])} for each in answer["results"]]}

    return answering(kind, change)


def all_or_nothing(_checked: Checked, said: Said) -> Said:
    in_conflict = any(each["status"] == "conflict" for each in said["results"])
    return {**said, "results": [
        {**each, "status": "conflict"} if in_conflict else each for each in said["results"]]}


def alters_an_entry(_checked: Checked, said: Said) -> Said:
    return {**said, "entries": [{**each, "sealed": each["sealed"] + b"\n"} for each in said["entries"]]}


def signs_nothing(checked: Checked, _said: Said) -> Said:
    return {"receipt": receipt(checked, "put", [])}


@in_front("put")
async def signs_with_another_key(checked: Checked, call: Call) -> None:
    start, _ = await call.do()
    items = [[each["record"], each["id"].hex()] for each in asked(call)["bodies"]]
    signed = receipt(checked, "put", items, key=Ed25519PrivateKey.generate())
    await call.answer(start, msgspec.msgpack.encode({"receipt": signed}))


def counts_one_more(_checked: Checked, said: Said) -> Said:
    return {**said, "bodies": said["bodies"] + 1}


@in_front("erase")
async def erases_whatever_comes(checked: Checked, call: Call) -> None:
    for table in ("entry", "body", "named_body"):
        await checked.process.pool.execute(f"DELETE FROM {table} WHERE record_id = $1", record_of(call))
    await as_it_is(call)


@in_front("export")
async def exports_all_at_once(_checked: Checked, call: Call) -> None:
    await as_it_is(replace(call, content=msgspec.msgpack.encode({**asked(call), "most_bytes": 2**24})))


@in_front("fill")
async def fills_less(checked: Checked, call: Call) -> None:
    done = await call.do()
    for copy in asked(call)["copies"]:
        for body in copy["bodies"][1:]:
            await checked.process.pool.execute("DELETE FROM body WHERE body_id = $1", body["id"])
    await call.answer(*done)


@in_front("fill")
async def fills_what_was_erased(checked: Checked, call: Call) -> None:
    content = asked(call)
    part = content["token"].split(".")[1]
    claims = msgspec.json.decode(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    claims["items"] = [[record, version + 1, *rest] for record, version, *rest in claims["items"]]
    content["token"] = jws(RIGHT_HEADER, claims, checked.keys.portal.sign)
    await as_it_is(replace(call, content=msgspec.msgpack.encode(content)))


@in_front("head")
async def wants_fresh_tokens(_checked: Checked, call: Call) -> None:
    part = dict(call.scope["headers"])[b"authorization"].split(b".")[1]
    if msgspec.json.decode(urlsafe_b64decode(part + b"=" * (-len(part) % 4)))["exp"] < time.time() + 30:
        await refused(401, "unauthenticated")(call)
    else:
        await as_it_is(call)


@in_front("put")
async def overlooks_what_it_does_not_know(_checked: Checked, call: Call) -> None:
    try:
        content = {key: value for key, value in asked(call).items() if key in ("token", "bodies")}
    except (msgspec.MsgspecError, AttributeError):
        await as_it_is(call)
    else:
        await as_it_is(replace(call, content=msgspec.msgpack.encode(content)))


@in_front("put")
async def takes_nothing_for_something(checked: Checked, call: Call) -> None:
    if asked(call)["bodies"]:
        await as_it_is(call)
    else:
        await call.answer(MSGPACK, msgspec.msgpack.encode({"receipt": receipt(checked, "put", [])}))


@in_front("nothing")
async def answers_in_prose(_checked: Checked, call: Call) -> None:
    await call.answer({"status": 404, "headers": [(b"content-type", b"text/plain")]}, b"there is no such thing here")


@in_front("put")
async def repeats_what_it_got(_checked: Checked, call: Call) -> None:
    start, body = await call.do()
    if start["status"] in (400, 401):
        body = msgspec.json.encode({"error": "invalid", "message": str(asked(call))})
    await call.answer(start, body)


def knows_every_digest(_checked: Checked, said: Said) -> Said:
    return {**said, "answers": [
        {**each, "bodies": [digest or b"\0" * 32 for digest in each["bodies"]]} for each in said["answers"]]}


def busy(kind: str) -> Install:
    """Every fifth call is one too many for it."""
    turn = count(1)

    @in_front(kind)
    async def tell(_checked: Checked, call: Call) -> None:
        await (refused(503, "unavailable")(call) if next(turn) % 5 == 0 else as_it_is(call))

    return tell


FAULTY = (
    Lie("shows another receipt key", saying("status", receipt_key="A" * 43), ("status-says-who-it-is",), "receipt key"),
    Lie("describes nothing", saying("openapi.json", paths={}), ("describes-all-its-calls",), "/v1/bodies"),
    Lie("refuses without its boot id", forgets_its_boot_when_it_refuses, ("every-answer-names-the-start",), "401"),
    Lie("tells of no unnamed body", saying("unnamed", records=[]), ("unnamed-bodies-are-told",), "does not tell"),
    Lie("answers a conflict with 200", instead("append", 409, 200), ("an-entry-out-of-its-turn-is-a-conflict",), "409"),
    Lie("takes all of a call or nothing", answering("append", all_or_nothing),
        ("entries-of-a-call-are-judged-one-by-one",), "conflict"),
    Lie("says it appended", with_statuses("append", conflict="appended"), ("of-two-at-once-one-is-appended",), "6"),
    Lie("takes a repetition for a conflict", with_statuses("append", already="conflict"),
        ("the-same-at-once-is-stored-once", "an-entry-twice-is-stored-once"), "conflict"),
    Lie("has an end beyond its end",
        instead("journal", 404, 200, lambda *_: {"place": 2, "head": b"\0" * 32, "entries": []}),
        ("beyond-its-end-there-is-nothing",), "not 404"),
    Lie("alters an entry", answering("journal", alters_an_entry), ("entries-come-back-byte-for-byte",), "sealed"),
    Lie("signs nothing", answering("put", signs_nothing), ("receipts-say-what-was-done",), "put"),
    Lie("signs with another key", signs_with_another_key, ("receipts-are-signed-with-its-key",), "did not sign"),
    Lie("counts a body twice", answering("head", counts_one_more), ("a-put-again-changes-nothing",), "more than once"),
    Lie("finds damage where there is none", saying("head", damaged=[1]), ("it-verifies-itself",), "[1]"),
    Lie("signs an erasure of nothing", instead("erase", 200, 200, lambda checked, call: {
        "receipt": receipt(checked, "erase", [[str(record_of(call)), 1, 0, 0]])}), ("an-erasure-is-signed-for",), "2"),
    Lie("erases whatever comes", erases_whatever_comes, ("an-old-order-leaves-later-data-alone",), "touched"),
    Lie("erases what is erased", instead("erase", 410, 200, lambda *_: {"receipt": "."}),
        ("an-older-order-than-the-erasure-is-refused",), "200"),
    Lie("exports all at once", exports_all_at_once, ("an-export-fits",), "100 KB"),
    Lie("fills less than it says", fills_less, ("a-fill-is-all-or-nothing",), "not given"),
    Lie("fills out of turn", with_statuses("fill", conflict="appended"), ("a-fill-is-compared-and-set",), "appended"),
    Lie("fills what was erased", fills_what_was_erased, ("what-was-erased-is-not-filled",), "appended"),
    Lie("hides what it did not erase", saying("erase", refused=[]), ("many-are-erased-in-one-order",), "left a record"),
    Lie("forgets the epoch at once", saying("status", epoch=0), ("the-epoch-is-said",), "says 0"),
    Lie("wants fresh tokens", wants_fresh_tokens, ("a-token-of-its-last-seconds-holds",), "401"),
    Lie("overlooks unknown fields", overlooks_what_it_does_not_know, ("a-call-has-its-form",), "/v1/bodies"),
    Lie("takes a call with nothing in it", takes_nothing_for_something, ("a-call-has-its-limits",), "0 things"),
    Lie("has no word for too large", instead("put", 413, 400), ("a-call-has-its-weight",), "not 413"),
    Lie("answers in prose", answers_in_prose, ("there-are-no-other-calls",), "not in its form"),
    Lie("repeats what it got", repeats_what_it_got, ("refusals-tell-no-secret",), "repeats"),
    Lie("knows every digest", answering("challenge", knows_every_digest), ("it-admits-what-it-does-not-hold",),
        "digest"),
    Lie("forgets the roots it signed", while_off("DELETE FROM witnessed"), ("daily-roots-outlive-the-start",), "1970",
        also=("it-keeps-daily-roots-for-ever",)),
    Lie("is too busy for bodies", busy("put"), ("bodies-are-taken-in-time",), "503"),
    Lie("is too busy for entries", busy("append"), ("entries-are-taken-in-time",), "503"),
    Lie("is too busy to read", busy("read"), ("bodies-are-given-in-time",), "503", also=("bodies-are-taken-in-time",)),
    Lie("erases nothing", instead("erase", 200, 403, lambda *_: {}), ("erases-all-that-the-kit-made",), "403",
        also=("active-means-that-it-writes",)),
)

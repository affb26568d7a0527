"""Hosts that lie: each is the real host behind something that says, forgets or believes what it should not.

A lie is installed in front of the host (tests/hosting/faults.py) or in its database, and says which checks must see it.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec

from carnet.hosting.conformance.tokens import WRONG, jws
from carnet.journal.chain import Header
from tests.hosting.conformance.conftest import Checked
from tests.hosting.conformance.credulous import believes
from tests.hosting.conformance.telling import (
    MSGPACK,
    RIGHT_HEADER,
    Install,
    Lie,
    answering,
    asked,
    in_front,
    receipt,
    record_of,
    while_off,
)
from tests.hosting.faults import Call, as_it_is, refused

# --- after a restart

_TABLES = ("record", "entry", "body", "named_body", "ticket", "witnessed", "daily_count")
forgets = while_off(*(f"DELETE FROM {table}" for table in _TABLES), "UPDATE portal SET epoch = 0")
loses_the_last = while_off(
    "WITH last AS (DELETE FROM entry WHERE place > 1 AND place = (SELECT max(place) FROM entry AS other"
    " WHERE other.record_id = entry.record_id) RETURNING record_id, place)"
    " UPDATE record SET place = last.place - 1, head = (SELECT head FROM entry WHERE"
    " entry.record_id = last.record_id AND entry.place = last.place - 1)"
    " FROM last WHERE last.record_id = record.record_id")
collects_by_itself = while_off(
    "DELETE FROM body USING ticket WHERE ticket.record_id = body.record_id AND ticket.body_id = body.body_id"
    " AND ends < 2000")


def same_boot(_checked: Checked, said: dict[str, Any]) -> dict[str, Any]:
    return {**said, "boot": "0" * 32}


# --- bodies and entries

@in_front("put")
async def drops_a_body(checked: Checked, call: Call) -> None:
    done = await call.do()
    last = asked(call)["bodies"][-1]
    await checked.process.pool.execute("DELETE FROM body WHERE body_id = $1", last["id"])
    await call.answer(*done)


def alters(_checked: Checked, said: dict[str, Any]) -> dict[str, Any]:
    return {"bodies": [each and bytes([each[0] ^ 1]) + each[1:] for each in said["bodies"]]}


def reorders(_checked: Checked, said: dict[str, Any]) -> dict[str, Any]:
    places = [each["place"] for each in said["entries"]]
    entries = [{**each, "place": place} for each, place in zip(reversed(said["entries"]), places, strict=True)]
    return {**said, "entries": entries}


def lacks_nothing(_checked: Checked, said: dict[str, Any]) -> dict[str, Any]:
    return {**said, "results": [{**each, "lacking": []} for each in said["results"]]}


def lacks_nothing_there(_checked: Checked, said: dict[str, Any]) -> dict[str, Any]:
    return {**said, "lacking": []}


@in_front("read")
async def gives_to_any_record(checked: Checked, call: Call) -> None:
    found = [
        await checked.process.pool.fetchval("SELECT sealed FROM body WHERE body_id = $1", each["id"])
        for each in asked(call)["bodies"]]
    await call.answer(MSGPACK, msgspec.msgpack.encode({"bodies": found}))


def old_head() -> Install:
    """The head is that of a copy which follows behind."""
    seen: dict[UUID, bytes] = {}

    @in_front("head")
    async def tell(_checked: Checked, call: Call) -> None:
        start, body = await call.do()
        before, seen[record_of(call)] = seen.get(record_of(call), body), body
        await call.answer(start, before)

    return tell


@in_front("append")
async def overwrites(checked: Checked, call: Call) -> None:
    """What is there goes when something else comes for its place."""
    for each in asked(call)["entries"]:
        await checked.process.pool.execute(
            "UPDATE record SET place = $2 - 1, head = $3 WHERE record_id = $1::text::uuid AND place >= $2",
            each["record"], each["place"], each["previous"])
        await checked.process.pool.execute(
            "DELETE FROM entry WHERE record_id = $1::text::uuid AND place >= $2", each["record"], each["place"])
    await as_it_is(call)


@in_front("append")
async def says_it_appended(checked: Checked, call: Call) -> None:
    """In conflict it signs all the same."""
    start, body = await call.do()
    said = msgspec.msgpack.decode(body)
    if start["status"] in (200, 409) and any(each["status"] == "conflict" for each in said["results"]):
        items = [[each["record"], each["place"], each["previous"].hex()] for each in asked(call)["entries"]]
        body = msgspec.msgpack.encode({**said, "receipt": receipt(checked, "append", items)})
    await call.answer(start, body)


@in_front("put", "append")
async def is_read_only(checked: Checked, call: Call) -> None:
    await refused(503, "read_only")(call)


@in_front("put")
async def signs_for_a_wrong_name(checked: Checked, call: Call) -> None:
    start, body = await call.do()
    if start["status"] == 400:
        items = [[each["record"], each["id"].hex()] for each in asked(call)["bodies"]]
        start, body = MSGPACK, msgspec.msgpack.encode({"receipt": receipt(checked, "put", items)})
    await call.answer(start, body)


@in_front("append")
async def tidies_headers(_checked: Checked, call: Call) -> None:
    """Any spelling of a header will do."""
    content = asked(call)
    for each in content["entries"]:
        try:
            said = msgspec.json.decode(each["header"])
            each["header"] = Header(UUID(said["record"]), UUID(said["entry"])).encode()
        except (msgspec.MsgspecError, KeyError, ValueError, TypeError):
            continue
    await as_it_is(replace(call, content=msgspec.msgpack.encode(content)))


@in_front("put")
async def clock_is_wrong(checked: Checked, call: Call) -> None:
    start, _ = await call.do()
    items = [[each["record"], each["id"].hex()] for each in asked(call)["bodies"]]
    await call.answer(start, msgspec.msgpack.encode({"receipt": receipt(checked, "put", items, late=3600)}))


# --- what goes

@in_front("collect")
async def never_collects(checked: Checked, call: Call) -> None:
    said = {"collected": [], "receipt": receipt(checked, "collect", [])}
    await call.answer(MSGPACK, msgspec.msgpack.encode(said))


@in_front("collect")
async def collects_too_early(checked: Checked, call: Call) -> None:
    done = await call.do()
    await checked.process.pool.execute(
        "DELETE FROM body USING ticket WHERE ticket.record_id = $1 AND body.record_id = $1"
        " AND body.body_id = ticket.body_id", record_of(call))
    await call.answer(*done)


@in_front("collect")
async def collects_what_is_named(checked: Checked, call: Call) -> None:
    done = await call.do()
    await checked.process.pool.execute("DELETE FROM body WHERE record_id = $1", record_of(call))
    await call.answer(*done)


@in_front("erase")
async def signs_and_keeps(checked: Checked, call: Call) -> None:
    """It signs what it should have erased, and leaves it be."""
    record, version = record_of(call), asked(call)["version"]
    counts = [
        await checked.process.pool.fetchval(f"SELECT count(*) FROM {table} WHERE record_id = $1", record)
        for table in ("entry", "body")]
    said = {"receipt": receipt(checked, "erase", [[str(record), version, *counts]])}
    await call.answer(MSGPACK, msgspec.msgpack.encode(said))


@in_front("erase")
async def keeps_a_copy(checked: Checked, call: Call) -> None:
    """It has its tombstone, and the bodies are where they were."""
    pool = checked.process.pool
    kept = await pool.fetch("SELECT record_id, body_id, sealed FROM body WHERE record_id = $1", record_of(call))
    done = await call.do()
    await pool.executemany(
        "INSERT INTO body (record_id, body_id, sealed) VALUES ($1, $2, $3)", [tuple(row) for row in kept])
    await call.answer(*done)


# --- what others look at

def leaves_out(_checked: Checked, said: dict[str, Any]) -> dict[str, Any]:
    return {**said, "records": [each for rank, each in enumerate(said["records"]) if rank != 1]}


def remembers_its_digests() -> Install:
    """It hashed what it had once, and gives that since."""
    seen: dict[bytes, list[dict[str, Any]]] = {}

    @in_front("challenge")
    async def tell(checked: Checked, call: Call) -> None:
        start, body = await call.do()
        if start["status"] == 200:
            questions = asked(call)["questions"]
            answers = seen.setdefault(msgspec.json.encode(questions), msgspec.msgpack.decode(body)["answers"])
            items = [[question["record"], (each["journal"] or b"").hex()]
                     for question, each in zip(questions, answers, strict=True)]
            signed = receipt(checked, "challenge", items)
            body = msgspec.msgpack.encode({"answers": answers, "receipt": signed})
        await call.answer(start, body)

    return tell


async def counts_too_little(checked: Checked) -> None:
    """Each body it reads for the second time is not counted."""
    names = ("bodies_read", "bytes_read", "bodies_put", "entries_appended", "refused", "exported", "challenged")

    def less(_: Checked, said: dict[str, Any]) -> dict[str, Any]:
        said["bodies_read"] //= 2
        return {**said, "receipt": receipt(checked, "counts", [[said["day"], *(said[name] for name in names)]])}

    day = time.strftime("%Y-%m-%d", time.gmtime())
    await answering(day, less)(checked)


@in_front("witness")
async def keeps_the_last_root(checked: Checked, call: Call) -> None:
    start, body = await call.do()
    if start["status"] == 409:
        content = asked(call)
        signed = receipt(checked, "witness", [[content["day"], content["root"].hex(), content["size"]]])
        start, body = MSGPACK, msgspec.msgpack.encode({"receipt": signed})
    await call.answer(start, body)


def exports_less(_checked: Checked, said: dict[str, Any]) -> dict[str, Any]:
    return {"copies": [{**copy, "bodies": copy["bodies"][:1]} for copy in said["copies"]]}


@in_front("erase")
async def has_no_ceiling(checked: Checked, call: Call) -> None:
    content = asked(call)
    if "records" in content:
        claims = {"iss": "officer", "aud": "alpha", "method": "erase", "exp": int(time.time()) + 60, "most": 1000,
                  "reason": str(time.time_ns())}
        content["approval"] = jws(RIGHT_HEADER, claims, checked.keys.officer.sign)
    await as_it_is(replace(call, content=msgspec.msgpack.encode(content)))


LIES = (
    Lie("forgets after restart", forgets,
        ("every-acknowledged-body-is-there", "every-acknowledged-entry-is-there", "what-was-erased-stays-erased",
         "the-epoch-outlives-the-start", "nothing-was-collected-unasked", "counts-outlive-the-start")),
    Lie("loses the last writes at a restart", loses_the_last, ("every-acknowledged-entry-is-there",), "are lost"),
    Lie("collects by itself", collects_by_itself, ("nothing-was-collected-unasked",), "without an order"),
    Lie("hides that it was started again", answering("status", same_boot), ("it-starts-again",), "boot id"),
    Lie("drops a body", drops_a_body, ("bodies-hash-to-their-names",), "does not give 1"),
    Lie("answers an altered body", answering("read", alters),
        ("bodies-hash-to-their-names", "a-body-comes-back-as-it-was-put"), ""),
    Lie("reorders entries", answering("journal", reorders),
        ("a-journal-keeps-its-order", "entries-lead-to-the-head"), ""),
    Lie("says it lacks nothing", answering("append", lacks_nothing), ("what-it-lacks-is-told",), "append"),
    Lie("has a head that lacks nothing", answering("head", lacks_nothing_there), ("what-it-lacks-is-told",), "head"),
    Lie("gives a body to any record", gives_to_any_record, ("a-body-is-of-its-record-alone",), "not put for"),
    Lie("serves an old head", old_head(), ("the-head-is-the-last-one",), "head of place 1"),
    Lie("overwrites", overwrites, ("nothing-is-overwritten", "an-entry-twice-is-stored-once"), ""),
    Lie("signs what it did not do", says_it_appended, ("nothing-is-signed-that-was-not-done",), "it signed for"),
    Lie("says active and is read-only", is_read_only, ("active-means-that-it-writes",), "503 (read_only)"),
    Lie("takes a body under a wrong name", signs_for_a_wrong_name, ("a-body-is-what-it-is-named",), "200"),
    Lie("takes any spelling of a header", tidies_headers, ("a-header-has-one-spelling",), "spelled"),
    Lie("has a wrong clock", clock_is_wrong, ("its-clock-is-right",), "its clock is"),
    Lie("never collects", never_collects, ("what-ended-is-collected",), "0 bodies of the 2"),
    Lie("collects too early", collects_too_early,
        ("nothing-goes-before-its-ticket-ends", "at-another-head-nothing-goes"), "it removed a body"),
    Lie("collects what is named", collects_what_is_named,
        ("what-ended-is-collected", "what-an-entry-names-is-never-collected"), "names"),
    Lie("signs an erasure and does nothing", signs_and_keeps,
        ("what-was-erased-refuses-every-order", "what-was-erased-is-gone", "the-inventory-has-the-tombstone"), ""),
    Lie("keeps a copy of what it erased", keeps_a_copy, ("what-was-erased-is-gone",), "signed the erasure of"),
    Lie("leaves records out of its inventory", answering("inventory", leaves_out),
        ("the-inventory-is-whole-and-in-order",), "leaves out"),
    Lie("answers challenges from memory", remembers_its_digests(), ("it-shows-that-it-holds-what-it-holds",), "second"),
    Lie("counts too little", counts_too_little, ("its-counts-are-right",), "bodies_read"),
    Lie("keeps another root", keeps_the_last_root, ("it-keeps-daily-roots-for-ever",), "200, not 409"),
    Lie("exports less than it has", answering("export", exports_less), ("an-export-is-whole",), "bodies"),
    Lie("erases without end", has_no_ceiling, ("a-day-has-its-ceiling",), "without an approval"),
    *(Lie(f"believes a token {kind}", believes(kind), (f"refuses-a-token-{kind}",), "not refused") for kind in WRONG),
)

"""Malformed: a call that breaks the form is refused as a whole, said plainly, and changes nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import msgspec

from carnet.hosting.conformance import orders
from carnet.hosting.conformance.chains import Body, Entry, chain, entry_after, header_of, new_body
from carnet.hosting.conformance.check import Subject
from carnet.hosting.conformance.client import Answer, ErrorAnswer, HostUnderTest
from carnet.hosting.conformance.must import RuleBrokenError, must
from carnet.hosting.conformance.orders import Order
from carnet.hosting.wire import BodiesRead, HeadAnswer

CHECKS = Subject("malformed")
_MOST_CALL_BYTES = 32 * 2**20
_MAY_LACK = ("approval",)
_CODES = {400: "invalid", 401: "unauthenticated", 404: "not_found", 413: "too_large"}


@CHECKS.proves("Entry and head")
async def a_body_is_what_it_is_named(host: HostUnderTest) -> None:
    """A put of bytes that do not hash to their id is refused with 400, and none of the call is kept."""
    record = host.new_record()
    good, bad = new_body(record), new_body(record)
    order = orders.put(good, bad)
    first, second = (order.content or {})["bodies"]
    answer = await host.do(order.changed(bodies=[first, {**second, "sealed": second["sealed"] + b"."}]))
    _refused(answer, 400, "a put of bytes that do not hash to their id")
    given = await host.ask(orders.read(good, bad), BodiesRead)
    must(given.bodies == (None, None), "of a put that it refused, it kept a body")


@CHECKS.proves("Entry and head")
async def a_header_has_one_spelling(host: HostUnderTest) -> None:
    """A header in any other bytes than the only ones that say it is refused with 400, and not appended."""
    record = host.new_record()
    body = new_body(record)
    header = header_of(record, [body]).encode()
    said = json.loads(header)
    spellings = [
        json.dumps(said, sort_keys=True).encode(),                                      # with spaces
        json.dumps(dict(reversed(said.items())), separators=(",", ":")).encode(),       # in another order
        header + b"\n", header.replace(str(record).encode(), str(record).upper().encode()),
        _spelled({**said, "more": 1}), _spelled({**said, "format": 2}), _spelled({**said, "key": 0}),
        _spelled({**said, "bodies": [*said["bodies"], *said["bodies"]]}),
        _spelled({**said, "bodies": [[body.id.hex().upper(), len(body.sealed)]]}),
        _spelled({name: value for name, value in said.items() if name != "key"}), b"{}", b"", b"\xff",
    ]
    for spelling in spellings:
        if spelling != header:
            await _no_entry(host, replace(entry_after(record), header=spelling), f"a header spelled {spelling[:40]!r}…")
    other = entry_after(host.new_record())
    await _no_entry(host, replace(entry_after(record), header=other.header), "a header of another record")


@CHECKS.proves("Errors")
async def a_call_has_its_form(host: HostUnderTest) -> None:
    """What is no MessagePack, lacks a field, has one too many or one of another type is refused with 400."""
    for order in _samples(host):
        right = {"token": host.signer.token(order), **(order.content or {})}
        for content in (b"", b"\xc1", os.urandom(40), b"{}", msgspec.msgpack.encode([1]),
                        msgspec.msgpack.encode(right)[:-3], msgspec.msgpack.encode({**right, "more": 1})):
            _refused(await host.post(order, content), 400, f"{order.name} with a content that is none")
        for name in right:
            lacking = {key: value for key, value in right.items() if key != name}
            for changed in ([] if name in _MAY_LACK else [lacking]) + [{**right, name: [[1.5]]}]:
                answer = await host.post(order, msgspec.msgpack.encode(changed))
                status = 401 if name == "token" and answer.status == 401 else 400
                _refused(answer, status, f"{order.name} without a right field {name!r}")


@CHECKS.proves("Errors")
async def a_call_has_its_limits(host: HostUnderTest) -> None:
    """A call with nothing in it, or with more things than a call may have, is refused with 400."""
    record = host.new_record()
    body, entry = new_body(record, size=1), entry_after(record, size=1)
    for order in (orders.put(), orders.read(), orders.append(), orders.put(*[body] * 65), orders.read(*[body] * 65),
                  orders.append(*[entry] * 513), orders.put(replace(body, sealed=b""))):
        _refused(await host.do(order), 400, f"{order.name} with {len(order.items)} things or an empty one")
    other = entry_after(host.new_record(), size=1)
    for order in (
        orders.export(*[(record, 1, 0)] * 501), orders.export((record, 1, 0), most_bytes=0), orders.erase_all([]),
        orders.erase_all([(record, 1), (record, 1)]), orders.challenge(b"", [orders.Asked(record)]),
        orders.challenge(b"\1" * 32, [orders.Asked(record, (), 2, 1)]), _twice(orders.fill([other], [])),
        orders.witness("1970-13-01", b"\2" * 32, 1), orders.counts("yesterday"),
    ):
        _refused(await host.do(order), 400, f"{order.name} with what it cannot have")
    for path in ("entries?limit=0", "entries?limit=501", "entries?after=-1", "entries?more=1"):
        answer = await host.do(orders.journal(record).at(f"/v1/records/{record}/{path}"))
        _refused(answer, 400, f"a journal with {path}")
    for path in ("/v1/inventory?limit=1001", "/v1/inventory?after=1", "/v1/inventory?more=1"):
        _refused(await host.do(orders.inventory().at(path)), 400, path)
    _refused(await host.do(orders.head(record, query="?verify=perhaps")), 400, "a head with a wrong verify")
    must((await _head(host, record)).place == 0, "of calls that it refused, it kept an entry")


@CHECKS.proves("Errors", needs="time")
async def a_call_has_its_weight(host: HostUnderTest) -> None:
    """A call of more than 32 MiB is refused with 413, and a header of more than 256 KiB with 400."""
    record = host.new_record()
    heavy = [new_body(record, size=_MOST_CALL_BYTES // 4) for _ in range(4)]
    _refused(await host.do(orders.put(*heavy)), 413, "a put of more than 32 MiB")
    given = await host.ask(orders.read(*heavy), BodiesRead)
    must(given.bodies == (None,) * 4, "of a put that it refused as too large, it kept a body")
    names = [Body(record, number.to_bytes(4, "big")) for number in range(3800)]
    await _no_entry(host, entry_after(record, *names), "a header of more than 256 KiB")


@CHECKS.proves("Errors")
async def there_are_no_other_calls(host: HostUnderTest) -> None:
    """An unknown path is answered 404, a known one with another method 405, each as an error in the usual form."""
    for verb, path, status in (
        ("GET", "/v1/nothing", 404), ("GET", "/", 404), ("POST", "/v2/bodies", 404),
        ("GET", "/v1/bodies", 405), ("DELETE", "/v1/entries", 405), ("PUT", "/v1/status", 405),
    ):
        answer = await host.call(verb, path)
        must(answer.status == status, f"{verb} {path} was answered {answer.status}, not {status}")
        answer.read_as(ErrorAnswer)
    answer = await host.do(orders.head(host.new_record()).at("/v1/records/not-a-record/head"))
    _refused(answer, 400, "the head of what is no record id")


@CHECKS.proves("Errors")
async def refusals_tell_no_secret(host: HostUnderTest) -> None:
    """A refusal repeats no token, and no byte of what was sent."""
    record = host.new_record()
    body = new_body(record)
    order = orders.put(body)
    token = host.signer.signed(host.signer.claims(order, aud="another-host"), order)
    answers = [await host.send(order, token), await host.do(order.changed(more=body.sealed.hex()))]
    for answer in answers:
        said = answer.raw.decode(errors="replace")
        must(token not in said and body.sealed.hex() not in said, "a refusal repeats what was sent")


def _samples(host: HostUnderTest) -> Sequence[Order]:
    """One call of each form, which would be obeyed."""
    record = host.new_record()
    entry, body = chain(record, 1)[0], new_body(record)
    return [
        orders.put(body), orders.read(body), orders.append(entry), orders.collect(record, entry.previous, 1),
        orders.erase(record, 1), orders.export((record, 1, 0)), orders.fill([entry], [body]),
        orders.erase_all([(record, 1)]), orders.challenge(b"\1" * 32, [orders.Asked(record)]),
        orders.witness("1970-01-09", b"\2" * 32, 1)]


async def _no_entry(host: HostUnderTest, entry: Entry, what: str) -> None:
    _refused(await host.do(orders.append(entry)), 400, what)
    must((await _head(host, entry.record)).place == 0, f"it refused {what}, and appended the entry")


async def _head(host: HostUnderTest, record: UUID) -> HeadAnswer:
    return await host.ask(orders.head(record), HeadAnswer)


def _refused(answer: Answer, status: int, what: str) -> None:
    must(answer.status == status, f"{what} was answered {answer.told}, not {status}")
    error = answer.read_as(ErrorAnswer)
    if error.error != _CODES[status]:
        raise RuleBrokenError(f"{what} was answered {status} with the code {error.error!r}, not {_CODES[status]!r}")


def _twice(order: Order) -> Order:
    copies = (order.content or {})["copies"]
    return replace(order.changed(copies=[*copies, *copies]), items=[*order.items, *order.items])


def _spelled(said: dict[str, object]) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()

"""The calls that watch this host: what it holds, whether it can prove it, what it did, and the daily roots it saw."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from carnet import __version__
from carnet.errors import InvalidInput, Issue
from carnet.host import bulk_wire, challenge, records, wire, witness
from carnet.host.counts import NAMES
from carnet.host.host import Host, packed, written
from carnet.host.tokens import only
from carnet.host.wire import converted, parsed

_OPENAPI = (files("carnet.host") / "openapi.json").read_bytes()


async def status(host: Host, _request: Request) -> Response:
    """GET /v1/status."""
    epoch, damaged = await host.store.health()
    return written(
        {
            "host": host.config.host_id,
            "boot": host.boot,
            "state": await host.state(),
            "epoch": epoch,
            "receipt_key": host.receipts.public_key,
            "damaged": damaged,
            "version": __version__,
        }
    )


async def openapi(_host: Host, _request: Request) -> Response:
    """GET /openapi.json."""
    return Response(_OPENAPI, media_type="application/json")


async def inventory(host: Host, request: Request) -> Response:
    """GET /v1/inventory."""
    order = host.order_on_all(request, "inventory")
    query = converted(dict(request.query_params), wire.InventoryQuery)
    return written(await records.inventory(host.store, order.epoch, query))


async def answer_challenge(host: Host, request: Request) -> Response:
    """POST /v1/challenge."""
    call = parsed(await host.content(request), bulk_wire.Challenge)
    order = host.gate.order(call.token, "challenge", wire.TokenItem)
    only([question.record for question in call.questions], [item.record for item in order.items])
    done = await challenge.challenge(host.store, order, call.nonce, call.questions)
    host.counts.add(bodies_read=done.bodies, bytes_read=done.size, challenged=done.bodies)
    receipt = host.receipts.sign(
        "challenge",
        [
            (question.record, answer.journal.hex() if answer.journal else "")
            for question, answer in zip(call.questions, done.answers, strict=True)
        ],
    )
    return packed({"answers": done.answers, "receipt": receipt})


async def counts(host: Host, request: Request) -> Response:
    """GET /v1/counts/{day}."""
    order = host.order_on_all(request, "counts")
    day = _day(converted(request.path_params["day"], bulk_wire.Day))
    await host.store.obey(order.epoch)
    counted = await host.counts.of(day)
    receipt = host.receipts.sign("counts", [(day.isoformat(), *(counted[name] for name in NAMES))])
    return written({"day": day.isoformat(), **counted, "receipt": receipt})


async def keep_witness(host: Host, request: Request) -> Response:
    """POST /v1/witness."""
    call = parsed(await host.content(request), bulk_wire.Witness)
    order = host.gate.order(call.token, "witness", bulk_wire.WitnessItem)
    only([(call.day, call.root.hex())], [(item.day, item.root) for item in order.items])
    await host.may_write()
    await witness.witness(host.store, order.epoch, _day(call.day), root=call.root, size=call.size)
    return packed({"receipt": host.receipts.sign("witness", [(call.day, call.root.hex(), call.size)])})


async def witnessed(host: Host, request: Request) -> Response:
    """GET /v1/witness."""
    order = host.order_on_all(request, "witness")
    query = converted(dict(request.query_params), bulk_wire.WitnessQuery)
    return written({"roots": await witness.witnessed(host.store, order.epoch, query.after)})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(Issue("value", "no such day", "day")) from error

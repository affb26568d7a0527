"""The calls about many records at once: export, fill, erase."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from carnet.host import bulk_wire, erasure, export, fill, wire
from carnet.host.approvals import believed
from carnet.host.erasure import Ceiling, Erasure
from carnet.host.errors import Erased, PlacedSince
from carnet.host.host import Host, packed, record_of
from carnet.host.tokens import only
from carnet.host.wire import parsed


async def export_copies(host: Host, request: Request) -> Response:
    """POST /v1/export."""
    call = parsed(await host.content(request), bulk_wire.Export)
    order = host.gate.order(call.token, "export", bulk_wire.ExportItem)
    only([(each.record, each.after) for each in call.records], [(item.record, item.after) for item in order.items])
    most = min(call.most_bytes, host.config.limits.answer_bytes)
    copies = await export.export(host.store, order, most_bytes=most)
    sizes = [len(body.sealed) for copy in copies for body in copy.bodies]
    host.counts.add(bodies_read=len(sizes), bytes_read=sum(sizes), exported=len(sizes))
    return packed({"copies": copies})


async def fill_copies(host: Host, request: Request) -> Response:
    """POST /v1/fill."""
    call = parsed(await host.content(request), bulk_wire.Fill)
    order = host.gate.order(call.token, "fill", bulk_wire.FillItem)
    only(
        [(copy.record, copy.previous.hex()) for copy in call.copies],
        [(item.record, item.previous) for item in order.items],
    )
    await host.may_write(makes_it_grow=any(copy.bodies for copy in call.copies))
    filled = await fill.fill(host.store, order, call.copies, most_header_bytes=host.config.limits.header_bytes)
    results = [each.result for each in filled]
    held = [(copy, result) for copy, result in zip(call.copies, results, strict=True) if result.is_here]
    host.counts.add(
        bodies_put=sum(len(copy.bodies) for copy, _ in held),
        entries_appended=sum(each.appended for each in filled),
    )
    receipt = host.receipts.sign(
        "fill", [(copy.record, result.place, result.head.hex(), len(result.lacking)) for copy, result in held])
    return packed({"results": results, "receipt": receipt})


async def erase_one(host: Host, request: Request) -> Response:
    """POST /v1/records/{record}/erase."""
    call = parsed(await host.content(request), wire.Erase)
    order = host.gate.order(call.token, "erase", wire.TokenItem)
    asked = (record_of(request), call.version)
    only([asked], [(item.record, item.version) for item in order.items])
    await host.may_write()
    [erased] = await erasure.erase(host.store, order.epoch, order.items, Ceiling(host.config.erasures_a_day))
    if erased.late == "erased_later":
        raise Erased([erased.record])
    if erased.late == "placed_since":
        raise PlacedSince(erased.version)
    return packed({"receipt": _receipt(host, [erased])})


async def erase_all(host: Host, request: Request) -> Response:
    """POST /v1/erase."""
    call = parsed(await host.content(request), bulk_wire.EraseAll)
    order = host.gate.order(call.token, "erase", wire.TokenItem)
    only([(each.record, each.version) for each in call.records], [(item.record, item.version) for item in order.items])
    await host.may_write()
    approval = None if call.approval is None else believed(call.approval, host.config)
    ceiling = Ceiling(host.config.erasures_a_day, approval)
    outcomes = await erasure.erase(host.store, order.epoch, order.items, ceiling)
    done = [each for each in outcomes if each.late is None]
    items = [
        {"record": each.record, "version": each.version, "entries": each.entries, "bodies": each.bodies}
        for each in done
    ]
    refused = [
        {"record": each.record, "version": asked.version, "why": each.late}
        for asked, each in zip(call.records, outcomes, strict=True) if each.late is not None
    ]
    return packed({"items": items, "refused": refused, "receipt": _receipt(host, done)})


def _receipt(host: Host, erased: Sequence[Erasure]) -> str:
    return host.receipts.sign("erase", [(each.record, each.version, each.entries, each.bodies) for each in erased])

"""The calls of every day: bodies and entries of deposits, what is read, and what goes because no entry names it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from carnet.host import append, bodies, journals, verify, wire
from carnet.host.host import Host, packed, record_of, written
from carnet.host.tokens import only
from carnet.host.wire import converted, parsed


async def put(host: Host, request: Request) -> Response:
    """POST /v1/bodies."""
    call = parsed(await host.content(request), wire.Put)
    order = host.gate.order(call.token, "put", wire.PutItem)
    things = [(body.record, body.id.hex()) for body in call.bodies]
    only(things, [(item.record, item.body) for item in order.items])
    await host.may_write(makes_it_grow=True)
    await bodies.put(host.store, order, call.bodies)
    host.counts.add(bodies_put=len(things))
    return packed({"receipt": host.receipts.sign("put", things)})


async def read(host: Host, request: Request) -> Response:
    """POST /v1/bodies/read."""
    call = parsed(await host.content(request), wire.Read)
    order = host.gate.order(call.token, "read", wire.ReadItem)
    only([(body.record, body.id.hex()) for body in call.bodies], [(item.record, item.body) for item in order.items])
    found = await bodies.read(host.store, order, most_bytes=host.config.limits.answer_bytes)
    sizes = [len(sealed) for sealed in found if sealed is not None]
    host.counts.add(bodies_read=len(sizes), bytes_read=sum(sizes))
    return packed({"bodies": found})


async def append_entries(host: Host, request: Request) -> Response:
    """POST /v1/entries."""
    call = parsed(await host.content(request), wire.Append)
    order = host.gate.order(call.token, "append", wire.AppendItem)
    only(
        [(entry.record, entry.previous.hex()) for entry in call.entries],
        [(item.record, item.previous) for item in order.items],
    )
    await host.may_write()
    results = await append.append(
        host.store, order, call.entries, most_header_bytes=host.config.limits.header_bytes
    )
    host.counts.add(entries_appended=sum(result.status == "appended" for result in results))
    held = [
        (entry.record, result.place, result.head.hex())
        for entry, result in zip(call.entries, results, strict=True)
        if result.is_here
    ]
    status = 409 if [result.status for result in results] == ["conflict"] else 200
    return packed({"results": results, "receipt": host.receipts.sign("append", held)}, status)


async def head(host: Host, request: Request) -> Response:
    """GET /v1/records/{record}/head."""
    order = host.order_on(request, "head")
    query = converted(dict(request.query_params), wire.HeadQuery)
    answer = await journals.head(host.store, order)
    if not query.verify:
        return written(answer)
    verified = await verify.verify(host.store, order.epoch, order.items[0].record)
    host.counts.add(bodies_read=verified.bodies, bytes_read=verified.size, challenged=verified.bodies)
    return written(await journals.head(host.store, order) | {"damaged": verified.damaged})


async def journal(host: Host, request: Request) -> Response:
    """GET /v1/records/{record}/entries."""
    order = host.order_on(request, "journal")
    query = converted(dict(request.query_params), wire.JournalQuery)
    return packed(await journals.journal(host.store, order, query, most_bytes=host.config.limits.call_bytes))


async def unnamed(host: Host, request: Request) -> Response:
    """GET /v1/unnamed."""
    order = host.order_on_all(request, "unnamed")
    query = converted(dict(request.query_params), wire.UnnamedQuery)
    return written({"records": await bodies.unnamed(host.store, order.epoch, query)})


async def collect(host: Host, request: Request) -> Response:
    """POST /v1/records/{record}/collect."""
    call = parsed(await host.content(request), wire.Collect)
    order = host.gate.order(call.token, "collect", wire.CollectItem)
    asked = (record_of(request), call.head.hex(), call.until)
    only([asked], [(item.record, item.head, item.until) for item in order.items])
    await host.may_write()
    collected = await bodies.collect(host.store, order.epoch, order.items[0])
    receipt = host.receipts.sign("collect", [(asked[0], name.hex()) for name in collected])
    return packed({"collected": collected, "receipt": receipt})

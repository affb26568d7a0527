"""Host: what every call needs: whose orders hold, what is stored, what is signed, and whether writes are taken now."""

from __future__ import annotations

import secrets
from uuid import UUID

import asyncpg
import msgspec
from starlette.requests import Request
from starlette.responses import Response

from carnet.errors import TooLarge, Unauthenticated
from carnet.host.config import HostConfig
from carnet.host.counts import Counts
from carnet.host.errors import Full, ReadOnly
from carnet.host.outside import Outside
from carnet.host.receipts import Receipts
from carnet.host.store import Store
from carnet.host.tokens import Gate, Method, Order, only
from carnet.host.wire import TokenItem, converted


class Host:
    """One host. `boot` is new at each start: who calls notices that this host was away."""

    def __init__(self, pool: asyncpg.Pool, config: HostConfig, outside: Outside | None = None) -> None:
        self.boot = secrets.token_hex(16)
        self.config = config
        self.store = Store(pool, outside)
        self.gate = Gate(config)
        self.receipts = Receipts(config.host_id, config.receipt_private_key)
        self.counts = Counts(pool)

    async def state(self) -> str:
        """active, full or read_only."""
        capacity = self.config.capacity_bytes
        if self.config.state == "active" and capacity is not None and await self.store.size_bytes() >= capacity:
            return "full"
        return self.config.state

    async def may_write(self, *, makes_it_grow: bool = False) -> None:
        """Raise ReadOnly, or Full for what `makes_it_grow`, when this host takes no such write now."""
        state = await self.state()
        if state == "read_only":
            raise ReadOnly("this host takes no writes for now")
        if state == "full" and makes_it_grow:
            raise Full("this host has no room for more bodies")

    async def content(self, request: Request) -> bytearray:
        """The content of a POST. Raises TooLarge."""
        most = self.config.limits.call_bytes
        content = bytearray()
        async for chunk in request.stream():
            content += chunk
            if len(content) > most:
                raise TooLarge(most)
        return content

    def order_on(self, request: Request, method: Method) -> Order[TokenItem]:
        """The order of a GET on the one record of its path. Raises Unauthenticated."""
        order = self.gate.order(bearer(request), method, TokenItem)
        only([record_of(request)], [item.record for item in order.items])
        return order

    def order_on_all(self, request: Request, method: Method) -> Order[TokenItem]:
        """The order of a GET that names no record. Raises Unauthenticated."""
        order = self.gate.order(bearer(request), method, TokenItem)
        only([], list(order.items))
        return order


def record_of(request: Request) -> UUID:
    """The record that the path names. Raises InvalidInput."""
    return converted(request.path_params["record"], UUID)


def bearer(request: Request) -> str:
    """The token of a GET. Raises Unauthenticated when there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        raise Unauthenticated("a token is needed: Authorization: Bearer <token>")
    return token


def packed(content: object, status: int = 200) -> Response:
    """An answer in MessagePack."""
    return Response(msgspec.msgpack.encode(content), status, media_type="application/msgpack")


def written(content: object, status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(msgspec.json.encode(content), status, media_type="application/json")

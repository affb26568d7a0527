"""How a test has a host lie: in front of it, in what it answers, or while it is off."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.host.jws import sign
from tests.hosting.conformance.conftest import Checked
from tests.hosting.faults import Call

Install = Callable[[Checked], Awaitable[None]]
MSGPACK = {"status": 200, "headers": [(b"content-type", b"application/msgpack")]}
RIGHT_HEADER = {"alg": "EdDSA", "typ": "JWT"}


@dataclass(frozen=True)
class Lie:
    """What is wrong with a host, which checks see it, and words of what they say. `also` are checks it passes."""

    name: str
    install: Install
    fails: tuple[str, ...]
    says: str = ""
    also: tuple[str, ...] = ()


def receipt(
    checked: Checked, method: str, items: Sequence[Sequence[Any]], *, late: int = 0,
    key: Ed25519PrivateKey | None = None,
) -> str:
    """A receipt that the host's key signs, or another, whatever was done."""
    claims = {"iss": "alpha", "at": int(time.time()) + late, "method": method, "items": items}
    return sign(msgspec.json.encode(claims), key or checked.receipts)


def in_front(*kinds: str) -> Callable[[Callable[[Checked, Call], Awaitable[None]]], Install]:
    """A lie told in front of the host, to calls of these kinds."""
    def made(tell: Callable[[Checked, Call], Awaitable[None]]) -> Install:
        async def install(checked: Checked) -> None:
            async def fault(call: Call) -> None:
                await tell(checked, call)

            for kind in kinds:
                checked.faults.always(kind, fault)

        return install

    return made


def answering(kind: str, change: Callable[[Checked, dict[str, Any]], dict[str, Any]]) -> Install:
    """A lie that changes what is answered, in whatever form."""
    @in_front(kind)
    async def tell(checked: Checked, call: Call) -> None:
        start, body = await call.do()
        if start["status"] in (200, 409):
            packed = (b"content-type", b"application/msgpack") in [(k.lower(), v) for k, v in start["headers"]]
            form = msgspec.msgpack if packed else msgspec.json
            body = form.encode(change(checked, form.decode(body)))
        await call.answer(start, body)

    return tell


def instead(kind: str, of: int, status: int, said: Callable[[Checked, Call], Any] | None = None) -> Install:
    """Where the host refuses with `of`, answer this status; and this, else what it said."""
    @in_front(kind)
    async def tell(checked: Checked, call: Call) -> None:
        start, body = await call.do()
        if start["status"] == of:
            if said is not None:
                start, body = MSGPACK, msgspec.msgpack.encode(said(checked, call))
            start = {**start, "status": status}
        await call.answer(start, body)

    return tell


def while_off(*statements: str) -> Install:
    """What happens to its database between its end and its start."""
    async def install(checked: Checked) -> None:
        async def run() -> None:
            for statement in statements:
                await checked.process.pool.execute(statement)

        checked.while_it_is_off = run

    return install


def record_of(call: Call) -> UUID:
    """The record in the path."""
    return UUID(call.scope["path"].split("/")[3])


def asked(call: Call) -> dict[str, Any]:
    """The content of a POST."""
    content: dict[str, Any] = msgspec.msgpack.decode(call.content)
    return content

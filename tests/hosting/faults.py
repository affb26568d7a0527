"""A host that breaks or lies as a test tells it: an application in front of the real one.

What the host does is real; what the portal sees of it is not. A fault is for one kind of call: put, read, append, head,
journal, collect, inventory, unnamed, status.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KINDS = {
    "bodies": "put", "entries": "append", "read": "read", "head": "head", "collect": "collect", "erase": "erase",
    "inventory": "inventory", "unnamed": "unnamed", "status": "status",
}


@dataclass(frozen=True)
class Call:
    """A call as it came, and the means to do it and to answer it."""

    app: ASGIApp
    scope: Scope
    content: bytes
    send: Send

    async def do(self) -> tuple[Message, bytes]:
        """Have the host do it; its answer, which nobody got yet."""
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": self.content, "more_body": False}

        async def keep(message: Message) -> None:
            sent.append(message)

        await self.app(self.scope, receive, keep)
        return sent[0], b"".join(message.get("body", b"") for message in sent[1:])

    async def answer(self, start: Message, body: bytes) -> None:
        """Answer this. The length that was announced is made right again."""
        headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        await self.send({"type": "http.response.start", "status": start["status"], "headers": [*headers, length]})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})

    async def drop(self) -> None:
        """Cut the line before the answer."""
        await self.send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
        raise ConnectionAbortedError("as the test wants it")


Fault = Callable[[Call], Awaitable[None]]


@dataclass
class Faults:
    """What goes wrong at one host. `calls` counts what came, by kind; what is `in_the_air` did not land yet.

    `comes` is told of each call before anything is done.
    """

    is_down: bool = False
    calls: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    in_the_air: list[Call] = field(default_factory=list)
    comes: Callable[[], None] | None = None
    _next: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    _always: dict[str, Fault] = field(default_factory=dict)

    def next(self, kind: str, fault: Fault) -> None:
        """The next call of this kind goes wrong so."""
        self._next[kind].append(fault)

    def always(self, kind: str, fault: Fault) -> None:
        """Every call of this kind goes wrong so."""
        self._always[kind] = fault

    def late(self, kind: str) -> None:
        """The next call of this kind gets no answer, and lands when the test says."""
        async def keep(call: Call) -> None:
            self.in_the_air.append(call)
            await call.drop()

        self.next(kind, keep)

    async def land(self) -> list[int]:
        """What was in the air reaches the host; the status it answers to each call, which nobody gets."""
        landing, self.in_the_air = self.in_the_air, []
        return [(await call.do())[0]["status"] for call in landing]

    def calm(self) -> None:
        """Nothing goes wrong any more; what is in the air may still land."""
        self.is_down = False
        self._next.clear()
        self._always.clear()

    def none(self) -> None:
        """The same, and what is in the air is lost."""
        self.calm()
        self.in_the_air.clear()

    def waits_for(self, kind: str) -> bool:
        """Will the next call of this kind go wrong?"""
        return bool(self._next[kind]) or kind in self._always

    def __call__(self, app: ASGIApp) -> ASGIApp:
        """The application that stands in front of `app`."""
        async def front(scope: Scope, receive: Receive, send: Send) -> None:
            call = Call(app, scope, await _content(receive), send)
            kind = _kind(scope)
            self.calls[kind] += 1
            if self.comes is not None:
                self.comes()
            if self.is_down:
                await call.drop()
            elif self._next[kind]:
                await self._next[kind].pop(0)(call)
            elif kind in self._always:
                await self._always[kind](call)
            else:
                await as_it_is(call)

        return front


async def as_it_is(call: Call) -> None:
    """Nothing goes wrong."""
    await call.answer(*await call.do())


async def no_answer(call: Call) -> None:
    """Nothing is done and nothing answered."""
    await call.drop()


async def answer_lost(call: Call) -> None:
    """It is done, and nobody is told."""
    await call.do()
    await call.drop()


def refused(status: int, error: str) -> Fault:
    """Nothing is done; the answer says so."""
    async def refuse(call: Call) -> None:
        content = msgspec.json.encode({"error": error, "message": "as the test wants it"})
        await call.answer({"status": status, "headers": [(b"content-type", b"application/json")]}, content)

    return refuse


def held_until(event: asyncio.Event) -> Fault:
    """It is done and answered only after the event."""
    async def hold(call: Call) -> None:
        await event.wait()
        await call.answer(*await call.do())

    return hold


def lie(change: Callable[[Any], Any]) -> Fault:
    """It is done, and the MessagePack answer changed."""
    async def change_it(call: Call) -> None:
        start, body = await call.do()
        await call.answer(start, msgspec.msgpack.encode(change(msgspec.msgpack.decode(body))))

    return change_it


def garbage(content: bytes = b"\xc1 is no MessagePack, nor JSON") -> Fault:
    """Nothing is done, and the answer is a success that says nothing."""
    async def answer(call: Call) -> None:
        await call.answer({"status": 200, "headers": []}, content)

    return answer


def _kind(scope: Scope) -> str:
    last = str(scope["path"]).rsplit("/", 1)[-1]
    return "journal" if last == "entries" and scope["method"] == "GET" else _KINDS.get(last, last)


async def _content(receive: Receive) -> bytes:
    content = bytearray()       # bytes would be copied again for each chunk of a large call
    while True:
        message = await receive()
        content += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(content)

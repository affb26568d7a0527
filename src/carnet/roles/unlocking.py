"""Unlocking: two people give their passphrases to processes that wait, each over a Unix socket of the process.

A process that starts while the platform key is locked listens on a socket in `home`/run that its owner alone may use. A
passphrase is tried, never kept; the share that it opens is kept in memory until the other one is there. A wrong one is
counted, and the next is taken only after a pause that doubles.
May import: errors; `lock_file` of this room. Touches the world: sockets.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Literal

import msgspec

from carnet.errors import Unavailable
from carnet.roles.lock_file import Lock, key_of

log = logging.getLogger(__name__)

LONGEST_PAUSE = 60.0
REMINDER_SECONDS = 60.0
_MOST_BYTES = 4096
_ANSWER_SECONDS = 30.0
State = Literal["locked", "one more", "already", "wrong", "too soon", "open"]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is sent to a waiting process: a passphrase, or nothing to learn how it stands."""

    passphrase: str = ""


class Told(msgspec.Struct, frozen=True):
    """How it stands: wrong passphrases so far, and how many seconds until the next is taken."""

    state: State
    wrong: int = 0
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A process that waits, and what it told."""

    process: str
    told: Told


class Unlocking:
    """The two shares as they come. `key` is set once both are here. `now` is a clock that only goes on."""

    def __init__(self, lock: Lock, *, now: Callable[[], float] = monotonic) -> None:
        self.key: bytes | None = None
        self.wrong = 0
        self._lock = lock
        self._now = now
        self._shares: dict[int, bytes] = {}
        self._next_try = float("-inf")

    def stands(self) -> Told:
        """How it stands now."""
        if self.key is not None:
            return Told("open", self.wrong)
        return Told("one more" if self._shares else "locked", self.wrong, max(0.0, self._next_try - self._now()))

    def offer(self, passphrase: str) -> Told:
        """Try a passphrase. Takes a second."""
        if self.key is not None:
            return self.stands()
        if self._now() < self._next_try:
            return Told("too soon", self.wrong, self._next_try - self._now())
        opened = self._lock.share(passphrase)
        if opened is None:
            self.wrong += 1
            pause = min(2.0 ** (self.wrong - 1), LONGEST_PAUSE)
            self._next_try = self._now() + pause
            return Told("wrong", self.wrong, pause)
        who, share = opened
        if who in self._shares:
            return Told("already", self.wrong)
        self._shares[who] = share
        if len(self._shares) == 2:
            self.key = key_of(self._shares)
            self._shares.clear()
        return self.stands()


async def wait_for_two(unlocking: Unlocking, socket: Path) -> bytes:
    """Listen on this socket until two people gave their passphrases; the key that they open together."""
    is_open = asyncio.Event()
    taking_turns = asyncio.Lock()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                asked = msgspec.json.decode(await reader.readuntil(b"\n"), type=Asked)
                async with taking_turns:
                    told = await asyncio.to_thread(unlocking.offer, asked.passphrase) if asked.passphrase else None
                _log(told)
                writer.write(msgspec.json.encode(told or unlocking.stands()) + b"\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, msgspec.DecodeError, OSError, TimeoutError):
            log.warning("what came to the socket of unlocking was no passphrase")
        finally:
            writer.close()
        if unlocking.key is not None:
            is_open.set()

    async with _listening(socket, answer):
        while unlocking.key is None:
            log.warning("LOCKED: nothing is served until two people unlock the platform key (`carnet keys unlock`)")
            try:
                async with asyncio.timeout(REMINDER_SECONDS):
                    await is_open.wait()
            except TimeoutError:
                continue
        log.info("unlocked by two people, after %d wrong passphrases", unlocking.wrong)
        return unlocking.key


@asynccontextmanager
async def _listening(
    socket: Path, answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
) -> AsyncIterator[None]:
    _make_place(socket)
    server = await asyncio.start_unix_server(answer, socket, limit=_MOST_BYTES)
    _for_its_owner_alone(socket)
    try:
        async with server:
            yield
    finally:
        _remove(socket)


def _make_place(socket: Path) -> None:
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # What the folder forbids nobody can do between the making of the socket and the change of its mode.
    if socket.parent.stat().st_mode & 0o077:
        raise Unavailable(f"the folder {socket.parent} is open to others: nothing is asked for there")
    _remove(socket)


def _for_its_owner_alone(socket: Path) -> None:
    socket.chmod(0o600)


def _remove(socket: Path) -> None:
    socket.unlink(missing_ok=True)


def socket_of(home: Path, role: str) -> Path:
    """Where this process listens while it is locked."""
    return home / "run" / f"keys-{role}-{os.getpid()}.sock"


async def offer_to_all(home: Path, passphrase: str = "") -> list[Waiting]:
    """Give a passphrase to every process that waits here, or none to learn how each stands."""
    sockets = sorted((home / "run").glob("keys-*.sock"))
    told = await asyncio.gather(*(_offer(socket, passphrase) for socket in sockets))
    names = [socket.stem.removeprefix("keys-") for socket in sockets]
    return [Waiting(name, each) for name, each in zip(names, told, strict=True) if each is not None]


async def _offer(socket: Path, passphrase: str) -> Told | None:
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_unix_connection(socket, limit=_MOST_BYTES)
            writer.write(msgspec.json.encode(Asked(passphrase)) + b"\n")
            try:
                return msgspec.json.decode(await reader.readline(), type=Told)
            finally:
                writer.close()
                await writer.wait_closed()
    except ConnectionRefusedError:      # a process that was killed
        _remove(socket)
        return None
    except (OSError, TimeoutError, msgspec.DecodeError):
        return None     # a process that ended, or that was unlocked meanwhile


def _log(told: Told | None) -> None:
    if told is not None and told.state in ("wrong", "too soon"):
        log.warning("a wrong passphrase: %d so far", told.wrong)
    elif told is not None:
        log.info("a passphrase was given: %s", told.state)

"""Supervisor: starts what runs, stage by stage, starts again what dies, and stops all of it in order.

May import: errors.
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from carnet.errors import CarnetError, Unavailable

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
STEADY_AFTER = 30.0
LOOK_EVERY = 0.1
TRIES = 3


class Service(Protocol):
    """What can be supervised: a program of ours (`Program`) or a database server (`Postgres`)."""

    process: subprocess.Popen[bytes] | None

    def launch(self) -> None: ...

    def is_ready(self) -> bool: ...

    def ask_to_stop(self) -> None: ...


class _Life:
    """How one service fares: when it was launched, and how long to wait before the next time."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.launched_at = time.monotonic()
        self.pause = FIRST_PAUSE
        self.next_try: float | None = None
        self.ends = 0

    @property
    def has_ended(self) -> bool:
        return self.service.process is None or self.service.process.poll() is not None


class Supervisor:
    """Holds every child. `tell` gets a line for people; `changed` is called when a process has another number."""

    def __init__(self, *, tell: Callable[[str], None], changed: Callable[[], None] = lambda: None) -> None:
        self._tell = tell
        self._changed = changed
        self._stages: list[dict[str, _Life]] = []
        self._watched: list[dict[str, _Life]] = []

    @property
    def pids(self) -> dict[str, int]:
        """The living processes by name."""
        return {
            name: life.service.process.pid
            for stage in self._stages
            for name, life in stage.items()
            if life.service.process is not None and not life.has_ended
        }

    async def start(self, services: Mapping[str, Service], *, within_seconds: float = 120) -> None:
        """Launch these together and return when all are ready. They are stopped before those started earlier."""
        stage: dict[str, _Life] = {}
        self._stages.append(stage)
        for name, service in services.items():
            service.launch()
            stage[name] = _Life(service)
        until = time.monotonic() + within_seconds
        waiting = dict(stage)
        while waiting:
            waiting = {name: life for name, life in waiting.items() if not self._is_ready(name, life)}
            if waiting and time.monotonic() > until:
                raise Unavailable(f"not ready after {within_seconds:.0f} s: {', '.join(waiting)}")
            await asyncio.sleep(0.05 if waiting else 0)
        self._watched.append(stage)
        self._changed()

    async def watch(self, stop: asyncio.Event) -> None:
        """Start again whatever dies, sooner the longer it had lived, until asked to stop."""
        while not stop.is_set():
            for stage in self._watched:
                for name, life in stage.items():
                    self._look_at(name, life)
            try:
                await asyncio.wait_for(stop.wait(), LOOK_EVERY)
            except TimeoutError:
                continue

    async def stop(self, *, within_seconds: float = 20) -> None:
        """Stop stage after stage, the last started first; what does not end in time is killed."""
        self._watched.clear()
        while self._stages:
            stage = self._stages.pop()
            for life in stage.values():
                life.service.ask_to_stop()
            until = time.monotonic() + within_seconds
            for name, life in stage.items():
                await self._wait_for_the_end(name, life, until)

    async def _wait_for_the_end(self, name: str, life: _Life, until: float) -> None:
        while not life.has_ended:
            if time.monotonic() > until and life.service.process is not None:
                self._tell(f"{name} did not stop in time: killed")
                life.service.process.kill()
            await asyncio.sleep(0.02)

    def _is_ready(self, name: str, life: _Life) -> bool:
        try:
            return life.service.is_ready()
        except Unavailable:
            if life.ends >= TRIES:
                raise
            self._look_at(name, life)
            return False

    def _look_at(self, name: str, life: _Life) -> None:
        now = time.monotonic()
        if not life.has_ended:
            return
        if life.next_try is None:
            life.ends += 1
            if now - life.launched_at > STEADY_AFTER:
                life.pause = FIRST_PAUSE
            life.next_try = now + life.pause
            life.pause = min(life.pause * 2, LONGEST_PAUSE)
            self._tell(f"{name} ended ({_how(life.service)}): starting it again in {life.next_try - now:.1f} s")
        if now < life.next_try:
            return
        life.next_try = None
        life.launched_at = now
        try:
            life.service.launch()
        except (CarnetError, OSError) as error:
            self._tell(f"{name} cannot start: {error}")
        self._changed()


def _how(service: Service) -> str:
    code = None if service.process is None else service.process.returncode
    if code is None:
        return "never started"
    return f"signal {-code}" if code < 0 else f"exit {code}"

"""The supervisor: what dies is started again, what must stop is stopped in order."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable

import psutil
import pytest

from carnet.errors import Unavailable
from carnet.roles import supervisor as room
from carnet.roles.supervisor import Supervisor

SLEEPS = "import time; time.sleep(60)"
ENDS = "raise SystemExit(3)"


class Child:
    """A real process of a few bytes: what the supervisor sees of a program of ours."""

    def __init__(
        self, program: str = SLEEPS, *, name: str = "", order: list[str] | None = None, deaf: bool = False
    ) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.program = program
        self.launched = 0
        self._name = name
        self._order = order if order is not None else []
        self._deaf = deaf

    def launch(self) -> None:
        self.launched += 1
        deafened = (lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN)) if self._deaf else None
        self.process = subprocess.Popen([sys.executable, "-c", self.program], preexec_fn=deafened)  # noqa: PLW1509

    def is_ready(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise Unavailable("ended at once")
        return self.program != ENDS

    def ask_to_stop(self) -> None:
        self._order.append(self._name)
        if self.process is not None:
            self.process.terminate()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(room, "LOOK_EVERY", 0.01)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 processes tell nobody that they end
            await asyncio.sleep(0.01)


async def test_a_killed_child_is_started_again_and_people_are_told(said: list[str]) -> None:
    child, stop, changes = Child(), asyncio.Event(), []
    supervisor = Supervisor(tell=said.append, changed=lambda: changes.append(1))
    await supervisor.start({"host": child})
    first = supervisor.pids["host"]
    watching = asyncio.create_task(supervisor.watch(stop))
    psutil.Process(first).kill()
    await until(lambda: supervisor.pids.get("host", first) != first)
    assert "host ended (signal 9)" in said[0]
    assert len(changes) == 2
    stop.set()
    await watching
    await supervisor.stop()
    assert supervisor.pids == {}


async def test_what_ends_at_once_several_times_stops_the_start(said: list[str]) -> None:
    child = Child(ENDS)
    supervisor = Supervisor(tell=said.append)
    with pytest.raises(Unavailable):
        await supervisor.start({"portal": child})
    assert child.launched == room.TRIES
    await supervisor.stop()


async def test_pauses_grow_while_a_child_keeps_dying(said: list[str]) -> None:
    child, stop = Child(), asyncio.Event()
    supervisor = Supervisor(tell=said.append)
    await supervisor.start({"worker": child})
    child.program = ENDS
    assert child.process is not None
    child.process.kill()
    watching = asyncio.create_task(supervisor.watch(stop))
    await until(lambda: len(said) >= 6)
    stop.set()
    await watching
    await supervisor.stop()
    pauses = [float(line.rsplit(" ", 2)[-2]) for line in said]
    assert pauses == sorted(pauses)
    assert pauses[-1] > pauses[0]


async def test_what_was_started_last_is_stopped_first(said: list[str]) -> None:
    order: list[str] = []
    children = {name: Child(name=name, order=order) for name in ("database", "host", "portal")}
    supervisor = Supervisor(tell=said.append)
    for name, child in children.items():
        await supervisor.start({name: child})
    await supervisor.stop()
    assert order == ["portal", "host", "database"]


async def test_what_does_not_stop_in_time_is_killed(said: list[str]) -> None:
    child = Child(deaf=True)
    supervisor = Supervisor(tell=said.append)
    await supervisor.start({"host": child})
    await supervisor.stop(within_seconds=0.1)
    assert "killed" in said[-1]

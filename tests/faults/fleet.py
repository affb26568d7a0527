"""More processes of the same portal: portals and workers beside those of a demonstration, on all that it has."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException

from tests.demonstration import Demonstration, until
from tests.listening import held_port

_START_SECONDS = 60


class Fleet:
    """Portals by their ports, and workers by their names; each is started by the command of its unit in deploy/."""

    def __init__(self, demonstration: Demonstration, ports: list[int], workers: list[str]) -> None:
        self.portals = {f"portal on {port}": port for port in ports}
        self._demonstration = demonstration
        self._workers = workers
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def addresses(self) -> list[str]:
        """Where these portals answer."""
        return [f"http://127.0.0.1:{port}" for port in self.portals.values()]

    @property
    def names(self) -> list[str]:
        """All of them."""
        return [*self.portals, *self._workers]

    def start(self, name: str) -> None:
        """Start one; a portal answers when this returns."""
        port = self.portals.get(name)
        config = self._demonstration.told["settings"]
        command = [sys.executable, "-m", "carnet.roles.cli", "worker" if port is None else "portal", "--config", config]
        environment = {**os.environ, **({} if port is None else {"CARNET_PORTAL_PORT": str(port)})}
        with self._demonstration.log.open("ab") as log:
            self._running[name] = subprocess.Popen(
                [*command, "--supervisor", str(os.getpid())], env=environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)
        if port is not None:
            until(lambda: _answers(port), within_seconds=_START_SECONDS)

    def kill(self, name: str) -> None:
        """`kill -9`."""
        process = self._running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self) -> dict[str, int]:
        """SIGTERM to all that run; how each ended."""
        running, self._running = self._running, {}
        for process in running.values():
            process.terminate()
        return {name: process.wait(timeout=_START_SECONDS) for name, process in running.items()}


@contextmanager
def fleet_beside(demonstration: Demonstration, *, portals: int, workers: int) -> Iterator[Fleet]:
    """So many more, running until the block ends."""
    with ExitStack() as stack:
        ports = [stack.enter_context(held_port()) for _ in range(portals)]
        fleet = Fleet(demonstration, ports, [f"worker {number}" for number in range(2, 2 + workers)])
        try:
            for name in fleet.names:
                fleet.start(name)
            yield fleet
        finally:
            fleet.stop()


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()

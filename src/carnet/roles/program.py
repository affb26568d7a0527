"""Program: one of our processes, started as a child and asked over HTTP, or called over TCP, whether it is ready.

May import: errors, and `lifeline` of this room.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from carnet.errors import Unavailable
from carnet.roles.lifeline import tied_to_this_process
from carnet.roles.settings_read import PREFIX


class Program:
    """`carnet <arguments>` as a child process. `answers` is an http:// address that answers once it is
    ready, or a tcp:// one that is listened at; none: at once.
    """

    def __init__(self, *arguments: str, log: Path, answers: str = "") -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._arguments = arguments
        self._log = log
        self._answers = answers

    def launch(self) -> None:
        """Start it. Only from the main thread: it ends with the thread that started it."""
        command = [sys.executable, "-m", "carnet.roles.cli", *self._arguments, "--supervisor", str(os.getpid())]
        # What was told to the supervisor by the environment is in the settings file of each process.
        environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=tied_to_this_process(signal.SIGTERM),  # noqa: PLW1509 one system call, nothing else
            )

    def is_ready(self) -> bool:
        """True once it answers. Raises Unavailable, with its last words, if it ended instead."""
        if self.process is None or self.process.poll() is not None:
            last = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
            raise Unavailable(f"carnet {' '.join(self._arguments)} ended at once: " + " | ".join(last))
        if not self._answers:
            return True
        where = urlsplit(self._answers)
        if where.scheme == "tcp":
            return _is_listened_at(where.hostname or "", where.port or 0)
        connection = HTTPConnection(where.hostname or "", where.port, timeout=2)
        try:
            connection.request("GET", where.path or "/")
            return connection.getresponse().status < 500
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def ask_to_stop(self) -> None:
        """Ask it to end once it has answered what it began."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()


def _is_listened_at(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True

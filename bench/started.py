"""The demonstration, started in a folder of its own and stopped at the end: the real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

START_SECONDS = 120


@contextmanager
def started_demonstration(folder: Path) -> Iterator[dict[str, Any]]:
    """What `carnet demo --json` writes, once everything answers. Everything it started ends with the block."""
    described = folder / "demonstration.json"
    command = [sys.executable, "-m", "carnet.roles.cli", "demo", "--json", str(described)]
    environment = {**os.environ, "CARNET_HOME": str(folder / "home")}
    with (folder / "demonstration.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        yield _described(process, described, folder / "demonstration.log")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _described(process: subprocess.Popen[bytes], described: Path, log: Path) -> dict[str, Any]:
    ends_at = monotonic() + START_SECONDS
    while not described.exists():
        if process.poll() is not None or monotonic() > ends_at:
            raise SystemExit(f"the demonstration did not start:\n{log.read_text(errors='replace')[-4000:]}")
        sleep(0.2)
    told: dict[str, Any] = json.loads(described.read_text())
    return told

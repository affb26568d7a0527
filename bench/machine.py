"""The machine that was measured on: its cores, and how fast its disk makes bytes durable."""

from __future__ import annotations

import os
import platform
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

_BLOCK = b"\0" * 8192
_WRITES = 1000


def describe(folder: Path) -> dict[str, Any]:
    """What a reader needs to compare figures: cores, load average, Python, forced writes per second in `folder`."""
    return {
        "cores": os.cpu_count(), "python": platform.python_version(), "machine": platform.machine(),
        "load_average": round(os.getloadavg()[0], 2), "fdatasync_per_second": round(_forced_writes(folder)),
    }


def _forced_writes(folder: Path) -> float:
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        began = perf_counter()
        for _ in range(_WRITES):
            os.pwrite(file.fileno(), _BLOCK, 0)
            os.fdatasync(file.fileno())
        return _WRITES / (perf_counter() - began)

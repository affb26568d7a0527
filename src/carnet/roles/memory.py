"""Memory: what this process holds, keys among it, goes into no core dump and is read by no other process of its user.

It may still be written to swap: a machine that holds keys has none, or an encrypted one.
May import: nothing of the project.
"""

from __future__ import annotations

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4


def close_to_others() -> None:
    """Allow no core dump, and on Linux no reading of this process's memory by others that are not root."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)

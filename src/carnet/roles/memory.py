"""Memory: what this process holds, keys among it, goes into no core dump and is read by no other process of its user.

A process that reads large documents one after the other keeps the memory of the last for the next.

It may still be written to swap: a machine that holds keys has none, or an encrypted one.
May import: nothing of the project.
"""

from __future__ import annotations

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
_KEPT_BYTES, _GROWN_BYTES, _MAPPED_BYTES = 64 * 1024**2, 8 * 1024**2, 32 * 1024**2


def close_to_others() -> None:
    """Allow no core dump, and on Linux no reading of this process's memory by others that are not root."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def keep_what_is_freed() -> None:
    """Give up to 64 MB of freed memory back to the system late: a tree of XML of some megabytes costs hundreds of page
    faults each time that it is made of new memory. Does nothing where the C library is not GNU's.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        for which, size in (
            (_M_TRIM_THRESHOLD, _KEPT_BYTES), (_M_TOP_PAD, _GROWN_BYTES), (_M_MMAP_THRESHOLD, _MAPPED_BYTES)):
            library.mallopt(which, size)

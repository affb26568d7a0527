"""Lifeline: a process started here ends when the one that started it is gone, even by `kill -9`.

May import: nothing of the project.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def tied_to_this_process(on_loss: signal.Signals) -> Callable[[], None] | None:
    """What to give to `subprocess` as `preexec_fn`: the child gets `on_loss` when this process ends.

    It runs after the change of user, which would undo it. The kernel watches the *thread* that starts the child:
    start from the main thread. Elsewhere than on Linux there is nothing to give, and the child must watch by itself.
    """
    if _libc is None:
        return None
    parent = os.getpid()
    prctl = _libc.prctl

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, int(on_loss), 0, 0, 0)
        if os.getppid() != parent:  # The parent died before the call: no signal would ever come.
            os.kill(os.getpid(), on_loss)

    return tie


@asynccontextmanager
async def stopping_with(
    supervisor: int | None, stop: Callable[[], None], *, every_seconds: float = 1
) -> AsyncIterator[None]:
    """While it lasts, call `stop` once the supervisor is gone. On Linux a signal says it at once, this anywhere."""

    async def watch() -> None:
        while os.getppid() == supervisor:  # noqa: ASYNC110 no event tells of it
            await asyncio.sleep(every_seconds)
        stop()

    task = asyncio.create_task(watch()) if supervisor is not None else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()

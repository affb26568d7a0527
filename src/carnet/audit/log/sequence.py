"""The log grows: events that no earlier one can still precede become leaves, in batches, and checkpoints are signed.

Any number of workers may run: they take turns, and a turn that fails or is cut off leaves nothing behind.
May import: errors, and the other files of this room.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.audit.checkpoint import Checkpoint
from carnet.audit.leaf import Leaf, LoggedEvent
from carnet.audit.log.store import LogStore, new_salt
from carnet.audit.merkle import Frontier, Node
from carnet.errors import Unavailable

log = logging.getLogger(__name__)

BATCH = 1000
PAUSE_SECONDS = 1.0
CHECKPOINT_EVERY = timedelta(seconds=5)


class Sequencer:
    """Appends to the log in the name of the portal."""

    def __init__(
        self, store: LogStore, key: Ed25519PrivateKey, *, batch: int = BATCH, every: timedelta = CHECKPOINT_EVERY,
    ) -> None:
        self._store = store
        self._key = key
        self._batch = batch
        self._every = every

    async def run(self, stop: asyncio.Event) -> None:
        """Append until `stop` is set. A database that is away only delays what is due."""
        while not stop.is_set():
            try:
                appended = await self.round()
            except Unavailable as error:
                log.info("the audit log waits: %s", error)
                appended = 0
            if appended < self._batch:
                await _pause(stop)

    async def round(self) -> int:
        """Append the next events, at most one batch, and sign when it is due. Says how many became leaves."""
        async with self._store.turn() as turn:
            if turn is None:
                return 0
            cluster = turn.cluster
            events = await turn.pending(self._batch)
            if events or turn.cluster != cluster:
                await turn.append(*grown(turn.tree, events))
            if turn.is_checkpoint_due(self._every):
                await turn.sign(Checkpoint.of(turn.tree, turn.now, self._key))
            return len(events)


def grown(tree: Frontier, events: Sequence[LoggedEvent]) -> tuple[list[Leaf], dict[Node, bytes], Frontier]:
    """The leaves of these events after those of this tree, the subtrees they complete, and the tree they lead to."""
    leaves = []
    for index, event in enumerate(events, start=tree.size):
        salt = new_salt()
        leaves.append(Leaf(index, event.leaf(index, salt), event.record, event.event_id, salt))
    after, completed = tree.extended(leaf.hash for leaf in leaves)
    return leaves, completed, after


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(PAUSE_SECONDS):
            await stop.wait()
    except TimeoutError:
        return

"""Verify the audit log: everything is computed again from the events, and what is not as it was logged is named.

What was signed cannot be altered unseen: an event that is altered, missing or out of its place no longer has the hash
of its leaf, and leaves that were altered with it no longer lead to the next checkpoint. Two things need a checkpoint
that was kept outside the platform: a log that was cut short together with its checkpoints, and one that was rewritten
with the signing key. Events of the last seconds are in no checkpoint yet.
May import: the other files of this room.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from carnet.audit.checkpoint import Checkpoint
from carnet.audit.log.store import Logged, LogStore, Reading
from carnet.audit.merkle import Frontier, Node

_MOST_FAULTS = 100
_EVENT_ALTERED = "was altered after it was logged"
_LEAF_ALTERED = "has a leaf that was altered, or is out of its place"
_EITHER_ALTERED = "or its leaf was altered, or is out of its place"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was logged, in words. `place` counts the leaves before it."""

    place: int
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was verified, and what is wrong, the first place first: at most 100 faults are told.

    `gaps` are restores that the portal told and signed, in words: events were lost then, and it says so.
    """

    size: int
    checkpoints: int
    waiting: int
    faults: tuple[Fault, ...]
    gaps: tuple[str, ...] = ()


async def verify(store: LogStore, key: Ed25519PublicKey, *, kept: Checkpoint | None = None) -> Verdict:
    """Verify the whole log under the key of its signer, and against a checkpoint that was kept outside the platform."""
    async with store.reading() as reading:
        checkpoints = await reading.checkpoints()
        walk = _Walk(await reading.nodes())
        walk.expect(checkpoints, key)
        gaps = await reading.gaps(key)
        if kept is not None and not any(gap.explains(kept, at) for at, gap in gaps):
            walk.expect([kept], key, told="kept checkpoint")
        async for logged in reading.leaves():
            walk.step(logged)
        walk.end(reading.tree, checkpoints[-1].size if checkpoints else 0, reading.signed_size)
        await _add_events_without_leaf(walk, reading)
        faults = sorted(walk.faults, key=lambda fault: fault.place)
        told = tuple(gap.told(at) for at, gap in gaps)
        return Verdict(walk.tree.size, len(checkpoints), await reading.waiting(), tuple(faults), told)


@dataclass(slots=True)
class _Walk:
    """Goes along the leaves, from the first to the last, with the tree that they make."""

    nodes: Mapping[Node, bytes]
    tree: Frontier = field(default_factory=Frontier)
    next_index: int = 0
    sound_to: int = 0
    is_whole: bool = True
    roots: dict[int, list[tuple[bytes, str]]] = field(default_factory=dict)
    doubts: list[Logged] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def expect(self, checkpoints: Iterable[Checkpoint], key: Ed25519PublicKey, *, told: str = "checkpoint") -> None:
        """The tree must lead to these, if their signatures hold."""
        for each in checkpoints:
            name = f"the {told} of {each.size} leaves, of {each.at.isoformat(timespec='seconds')}"
            if each.is_signed_by(key):
                self.roots.setdefault(each.size, []).append((each.root, name))
            else:
                self.fault(each.size, f"{name}: its signature does not hold")

    def step(self, logged: Logged) -> None:
        """One more leaf."""
        leaf, event = logged.leaf, logged.event
        if leaf.index != self.next_index:
            self.fault(self.next_index, f"leaves {self.next_index} to {leaf.index - 1} are missing")
            self.is_whole = False
        self.next_index = leaf.index + 1
        if event is None:
            self.fault(leaf.index, f"{_name(logged)} is missing")
        elif event.leaf(leaf.index, leaf.salt) != leaf.hash:
            self.doubts.append(logged)
        if self.is_whole:
            self._grow(leaf.hash)

    def end(self, tree: Frontier, last_signed: int, signed_size: int) -> None:
        """After the last leaf: is this all there was?"""
        self._settle_doubts(_EITHER_ALTERED)
        for size, expected in self.roots.items():
            if self.is_whole and size > self.tree.size:
                self.fault(self.tree.size, f"{expected[0][1]} is of more leaves: the log was cut short")
        if self.next_index < tree.size:
            self.fault(self.next_index, f"leaves {self.next_index} to {tree.size - 1} are missing")
        elif self.is_whole and self.tree != tree:
            self.fault(tree.size, "what the log says of itself is not what its leaves lead to")
        if last_signed < signed_size:
            self.fault(signed_size, f"the checkpoint of {signed_size} leaves is missing")

    def fault(self, place: int, what: str) -> None:
        """Remember a fault."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(Fault(place, what))

    def _grow(self, leaf: bytes) -> None:
        self.tree, completed = self.tree.extended([leaf])
        for node, expected in completed.items():
            if self.nodes.get(node) != expected:
                self.fault(self.tree.size, f"the kept hash of the subtree {tuple(node)} is not that of its leaves")
        for root, name in self.roots.get(self.tree.size, ()):
            self._compare(root, name)

    def _compare(self, root: bytes, name: str) -> None:
        if root == self.tree.root:
            self.sound_to = self.tree.size
            self._settle_doubts(_EVENT_ALTERED)
            return
        if not self.doubts:
            places = f"leaves {self.sound_to} to {self.tree.size - 1}"
            self.fault(self.sound_to, f"{places}: one was altered with its event, for they do not lead to {name}")
        self._settle_doubts(_LEAF_ALTERED)
        self.is_whole = False       # what follows is built on it: no later checkpoint can be reached

    def _settle_doubts(self, what: str) -> None:
        for logged in self.doubts:
            self.fault(logged.leaf.index, f"{_name(logged)} {what}")
        self.doubts.clear()


async def _add_events_without_leaf(walk: _Walk, reading: Reading) -> None:
    for event in await reading.passed_over():
        walk.fault(walk.next_index, f"event {event.event_id} of record {event.record} has no leaf, and should have one")


def _name(logged: Logged) -> str:
    return f"leaf {logged.leaf.index}: event {logged.leaf.event_id} of record {logged.leaf.record}"

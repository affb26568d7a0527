"""The Merkle tree of the audit log, as RFC 9162 (2.1) defines it, with SHA-256: arithmetic only, nothing is looked up.

A tree is made of *perfect* subtrees, of 1, 2, 4, 8… leaves, named by `Node`; the largest ones, from left to right, are
its peaks. It grows by its peaks alone. Every hash of a proof is that of a range of leaves: `inclusion_ranges` and
`consistency_ranges` name them, whoever stores the tree brings them.
May import: nothing of the project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

STORED_LEVELS = 8
"""Subtrees of 256, 65,536… leaves are kept once complete: a proof then reads some hundreds of rows, never all."""


class Node(NamedTuple):
    """The perfect subtree of 2^level leaves that is the `number`th from the left, from 0."""

    level: int
    number: int


class Range(NamedTuple):
    """Leaves from `start` to before `end`."""

    start: int
    end: int


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a subtree, of those of its two halves."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree as far as it must be known to grow: its size, and the hashes of its peaks, the largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    @property
    def root(self) -> bytes:
        """The hash of the whole tree; of nothing when it is empty."""
        return joined(self.peaks) if self.peaks else sha256().digest()

    def extended(self, leaves: Iterable[bytes]) -> tuple[Frontier, dict[Node, bytes]]:
        """The tree with these leaf hashes after its own, and the subtrees of stored levels that they completed."""
        size, peaks = self.size, list(self.peaks)
        completed: dict[Node, bytes] = {}
        for leaf in leaves:
            peaks.append(leaf)
            size += 1
            for level in range(1, _trailing_zeros(size) + 1):
                right = peaks.pop()
                peaks[-1] = node_hash(peaks[-1], right)
                if level % STORED_LEVELS == 0:
                    completed[Node(level, (size >> level) - 1)] = peaks[-1]
        return Frontier(size, tuple(peaks)), completed


def joined(peaks: Sequence[bytes]) -> bytes:
    """The hash of a range, of those of the perfect subtrees it is made of, from left to right."""
    *others, reached = peaks
    for left in reversed(others):
        reached = node_hash(left, reached)
    return reached


def perfect(leaves: Range) -> list[Node]:
    """The perfect subtrees that a range of a proof is made of, from left to right: the largest first."""
    start, nodes = leaves.start, []
    while start < leaves.end:
        level = (leaves.end - start).bit_length() - 1
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return nodes


def stored_under(node: Node) -> tuple[int, Range]:
    """The stored level from which this subtree is computed (0 is the leaves), and which nodes of that level."""
    level = node.level - node.level % STORED_LEVELS
    height = node.level - level
    return level, Range(node.number << height, (node.number + 1) << height)


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The hash of a perfect subtree, of those of its parts of one level: 1, 2, 4, 8… of them."""
    while len(hashes) > 1:
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The ranges whose hashes prove that leaf `index` is in the tree of `size` leaves, from the leaf up."""
    ranges, whole = [], Range(0, size)
    while whole.end - whole.start > 1:
        left, right = _halves(whole)
        whole, other = (left, right) if index < left.end else (right, left)
        ranges.append(other)
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """The ranges whose hashes prove that the tree of `new` leaves begins with the tree of `old`; `old` is 1 or more."""
    ranges, whole, is_old_tree = [], Range(0, new), True
    while whole.end != old:
        left, right = _halves(whole)
        if old <= left.end:
            whole, other = left, right
        else:
            whole, other, is_old_tree = right, left, False
        ranges.append(other)
    return [*([] if is_old_tree else [whole]), *reversed(ranges)]


def is_included(leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Say whether the tree with this root and size has this leaf hash at this index (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, reached = index, size - 1, leaf
    for other in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            reached = node_hash(other, reached)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            reached = node_hash(reached, other)
        place, last = place >> 1, last >> 1
    return last == 0 and reached == root


def is_consistent(old: Frontier | Root, new: Frontier | Root, proof: Sequence[bytes]) -> bool:
    """Say whether the first leaves of the new tree are those of the old one, unchanged (RFC 9162, 2.1.4.2)."""
    if not 0 < old.size <= new.size:
        return False
    if old.size == new.size:
        return not proof and old.root == new.root
    hashes = list(proof) if old.size & (old.size - 1) else [old.root, *proof]
    if not hashes:
        return False
    skipped = _trailing_zeros(old.size)
    place, last = (old.size - 1) >> skipped, (new.size - 1) >> skipped
    old_root = new_root = hashes[0]
    for other in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old_root, new_root = node_hash(other, old_root), node_hash(other, new_root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new_root = node_hash(new_root, other)
        place, last = place >> 1, last >> 1
    return last == 0 and (old_root, new_root) == (old.root, new.root)


@dataclass(frozen=True, slots=True)
class Root:
    """A tree as a checkpoint says it."""

    size: int
    root: bytes


def proof(ranges: Iterable[Range], hash_of: Callable[[Node], bytes]) -> list[bytes]:
    """The proof that these ranges are, when `hash_of` knows the perfect subtrees."""
    return [joined([hash_of(node) for node in perfect(each)]) for each in ranges]


def _halves(whole: Range) -> tuple[Range, Range]:
    middle = whole.start + (1 << (whole.end - whole.start - 1).bit_length() - 1)
    return Range(whole.start, middle), Range(middle, whole.end)


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1

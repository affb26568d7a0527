"""The tree against the published vectors of Certificate Transparency, and against RFC 9162's own recursion."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.audit import merkle
from carnet.audit.merkle import Frontier, Node, Range, Root

# The test data of the Certificate Transparency project, which all implementations of RFC 6962 and 9162 share.
DATA = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
INCLUSION = {
    (0, 1): (),
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    (2, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
    (1, 5): (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"),
}
CONSISTENCY = {
    (1, 1): (),
    (1, 8): INCLUSION[0, 8],
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"),
}
sizes = st.integers(1, 600)


def mth(data: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, word for word."""
    if len(data) < 2:
        return sha256(b"\x00" + data[0]).digest() if data else sha256(b"").digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


def path(m: int, data: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 9162, 2.1.3.1, word for word."""
    if len(data) == 1:
        return []
    k = 1
    while k * 2 < len(data):
        k *= 2
    return [*path(m, data[:k]), mth(data[k:])] if m < k else [*path(m - k, data[k:]), mth(data[:k])]


def subproof(m: int, data: Sequence[bytes], b: bool) -> list[bytes]:
    """SUBPROOF of RFC 9162, 2.1.4.1, word for word."""
    if m == len(data):
        return [] if b else [mth(data)]
    k = 1
    while k * 2 < len(data):
        k *= 2
    if m <= k:
        return [*subproof(m, data[:k], b), mth(data[k:])]
    return [*subproof(m - k, data[k:], False), mth(data[:k])]


def leaves_of(size: int) -> list[bytes]:
    return [number.to_bytes(4, "big") for number in range(size)]


def grown(data: Sequence[bytes]) -> Frontier:
    return Frontier().extended(merkle.leaf_hash(each) for each in data)[0]


def proof_over(data: Sequence[bytes], ranges: Sequence[Range]) -> list[bytes]:
    def hash_of(node: Node) -> bytes:
        part = data[node.number << node.level:(node.number + 1) << node.level]
        return merkle.perfect_root([merkle.leaf_hash(each) for each in part])

    return merkle.proof(ranges, hash_of)


def test_roots_are_those_of_the_published_vectors() -> None:
    assert Frontier().root == sha256().digest()
    for size, root in enumerate(ROOTS, start=1):
        assert grown(DATA[:size]).root.hex() == root


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_those_of_the_published_vectors(index: int, size: int) -> None:
    expected = [bytes.fromhex(each) for each in INCLUSION[index, size]]
    assert proof_over(DATA, merkle.inclusion_ranges(index, size)) == expected
    assert merkle.is_included(
        merkle.leaf_hash(DATA[index]), index=index, size=size, proof=expected, root=bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_consistency_proofs_are_those_of_the_published_vectors(old: int, new: int) -> None:
    expected = [bytes.fromhex(each) for each in CONSISTENCY[old, new]]
    assert proof_over(DATA, merkle.consistency_ranges(old, new)) == expected
    roots = [Root(size, bytes.fromhex(ROOTS[size - 1])) for size in (old, new)]
    assert merkle.is_consistent(roots[0], roots[1], expected)


@given(sizes, st.data())
def test_a_tree_grown_in_pieces_is_the_tree_of_the_definition(size: int, draw: st.DataObject) -> None:
    data = leaves_of(size)
    cut = draw.draw(st.integers(0, size))
    first, _ = Frontier().extended(merkle.leaf_hash(each) for each in data[:cut])
    whole, _ = first.extended(merkle.leaf_hash(each) for each in data[cut:])
    assert whole.root == mth(data)
    assert whole.size == size
    assert len(whole.peaks) == size.bit_count()


@given(sizes)
def test_subtrees_of_stored_levels_come_out_when_they_are_complete(size: int) -> None:
    data = leaves_of(size)
    _, completed = Frontier().extended(merkle.leaf_hash(each) for each in data)
    assert completed == {Node(8, each): mth(data[each * 256:(each + 1) * 256]) for each in range(size // 256)}


@given(sizes, st.data())
def test_every_leaf_has_a_proof_that_holds_for_it_alone(size: int, draw: st.DataObject) -> None:
    data = leaves_of(size)
    index = draw.draw(st.integers(0, size - 1))
    proof = proof_over(data, merkle.inclusion_ranges(index, size))
    assert proof == path(index, data)
    root, leaf = mth(data), merkle.leaf_hash(data[index])
    assert merkle.is_included(leaf, index=index, size=size, proof=proof, root=root)
    for wrong_leaf, wrong_index, wrong_proof in (
        (merkle.leaf_hash(b"another"), index, proof), (leaf, index + 1, proof), (leaf, index, [*proof, leaf]),
        (leaf, index - 1, proof), (leaf, index, [leaf, *proof[1:]]), *((leaf, index, proof[:-1]) for _ in proof[:1]),
    ):
        assert not merkle.is_included(wrong_leaf, index=wrong_index, size=size, proof=wrong_proof, root=root)


@given(sizes, st.data())
def test_a_tree_proves_that_it_begins_with_each_smaller_one(size: int, draw: st.DataObject) -> None:
    data = leaves_of(size)
    old = draw.draw(st.integers(1, size))
    proof = proof_over(data, merkle.consistency_ranges(old, size))
    assert proof == subproof(old, data, True)
    before, after = Root(old, mth(data[:old])), grown(data)
    assert merkle.is_consistent(before, after, proof)
    altered = Root(old, merkle.leaf_hash(b"another history"))
    assert not merkle.is_consistent(altered, after, proof)
    assert not merkle.is_consistent(before, after, [*proof, before.root])
    if proof:
        assert not merkle.is_consistent(before, after, proof[:-1])
        assert not merkle.is_consistent(before, after, [bytes(32), *proof[1:]])


@given(st.integers(0, 12), st.integers(0, 5000))
def test_a_subtree_is_computed_from_the_stored_level_below(level: int, index: int) -> None:
    stored, nodes = merkle.stored_under(Node(level, index))
    assert stored % merkle.STORED_LEVELS == 0
    assert nodes.end - nodes.start <= 128
    assert (nodes.start << stored, nodes.end << stored) == (index << level, (index + 1) << level)


def test_an_empty_tree_proves_nothing() -> None:
    assert not merkle.is_consistent(Frontier(), grown(DATA), [])
    assert not merkle.is_included(merkle.leaf_hash(b""), index=0, size=0, proof=[], root=Frontier().root)

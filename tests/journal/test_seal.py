"""Seals: what a host keeps opens only as it was sealed, and says little by its size."""

from __future__ import annotations

import os
import zlib
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import carnet.journal.seal
from carnet.errors import IntegrityError
from carnet.journal.chain import BodyName, Header, SealedEntry, body_id
from carnet.journal.keys import RecordKeys, new_record_key
from carnet.journal.seal import (
    SEGMENT_BYTES,
    BodyReference,
    SealedBody,
    padded_size,
    seal_body,
    seal_entry,
    unseal_body,
    unseal_entry,
)

RECORD, ENTRY, OTHER_ENTRY = uuid4(), uuid4(), uuid4()
KEYS = RecordKeys.derive(RECORD, 1, new_record_key())
HEADER = Header(RECORD, ENTRY, 1, (BodyName(bytes(32), 9),))
OTHERS = [
    RecordKeys.derive(RECORD, 1, new_record_key()),
    RecordKeys.derive(uuid4(), 1, new_record_key()),
]


@given(st.binary(max_size=3000))
def test_an_entry_comes_back_as_it_was(content: bytes) -> None:
    assert unseal_entry(KEYS, seal_entry(KEYS, HEADER, content)) == content


def test_what_any_zlib_compressed_opens_and_what_is_sealed_here_opens_with_any_zlib() -> None:
    content, header = b"Un compte rendu. " * 500, HEADER.encode()
    packed = zlib.compress(content, 9)
    framed, nonce = b"\1" + len(packed).to_bytes(8, "big") + packed, os.urandom(12)
    assert unseal_entry(KEYS, SealedEntry(header, nonce + KEYS.entries.encrypt(nonce, framed, header))) == content
    sealed = seal_entry(KEYS, HEADER, content).sealed
    assert zlib.decompressobj().decompress(KEYS.entries.decrypt(sealed[:12], sealed[12:], header)[9:]) == content


def test_the_same_content_never_gives_the_same_bytes() -> None:
    assert seal_entry(KEYS, HEADER, b"content").sealed != seal_entry(KEYS, HEADER, b"content").sealed


def test_a_sealed_entry_shows_nothing_of_its_content() -> None:
    sealed = seal_entry(KEYS, HEADER, b"INVENTEE Camille" * 3)
    assert b"INVENTEE" not in sealed.header + sealed.sealed


@given(st.integers(0), st.integers(1, 255))
def test_an_entry_with_one_byte_altered_is_refused(place: int, change: int) -> None:
    entry = seal_entry(KEYS, HEADER, b"content")
    for part in ("header", "sealed"):
        altered = bytearray(getattr(entry, part))
        altered[place % len(altered)] ^= change
        with pytest.raises(IntegrityError):
            unseal_entry(KEYS, msgspec.structs.replace(entry, **{part: bytes(altered)}))


@given(st.integers(0, 60))
def test_a_cut_entry_is_refused(kept: int) -> None:
    entry = seal_entry(KEYS, HEADER, b"content")
    with pytest.raises(IntegrityError):
        unseal_entry(KEYS, SealedEntry(entry.header, entry.sealed[:min(kept, len(entry.sealed) - 1)]))


def test_an_entry_under_the_header_of_another_is_refused() -> None:
    one, two = (seal_entry(KEYS, Header(RECORD, each), b"content") for each in (ENTRY, OTHER_ENTRY))
    with pytest.raises(IntegrityError):
        unseal_entry(KEYS, SealedEntry(one.header, two.sealed))


@pytest.mark.parametrize("keys", OTHERS, ids=["another key", "another record"])
def test_nothing_opens_with_other_keys(keys: RecordKeys) -> None:
    with pytest.raises(IntegrityError):
        unseal_entry(keys, seal_entry(KEYS, HEADER, b"content"))
    reference, bodies = seal_body(KEYS, ENTRY, b"document", "text/xml")
    with pytest.raises(IntegrityError):
        unseal_body(keys, reference, [body.sealed for body in bodies])


def test_an_entry_does_not_open_as_a_body_nor_a_body_as_an_entry() -> None:
    entry = seal_entry(KEYS, HEADER, b"content")
    reference, bodies = seal_body(KEYS, ENTRY, b"content", "text/xml")
    with pytest.raises(IntegrityError):
        unseal_entry(KEYS, SealedEntry(entry.header, bodies[0].sealed))
    named = msgspec.structs.replace(reference, segments=(body_id(entry.sealed),))
    with pytest.raises(IntegrityError):
        unseal_body(KEYS, named, [entry.sealed])


@given(st.binary(max_size=3000), st.sampled_from(["text/xml", "application/pdf", "image/jpeg"]))
def test_a_document_comes_back_as_it_was(content: bytes, mime_type: str) -> None:
    reference, bodies = seal_body(KEYS, ENTRY, content, mime_type)
    assert [body.id for body in bodies] == [body_id(body.sealed) for body in bodies] == list(reference.segments)
    assert unseal_body(KEYS, reference, [body.sealed for body in bodies]) == content


def test_a_document_is_cut_at_eight_mebibytes() -> None:
    content = os.urandom(SEGMENT_BYTES + 5)
    reference, bodies = seal_body(KEYS, ENTRY, content, "application/pdf")
    assert [len(body.sealed) > SEGMENT_BYTES for body in bodies] == [True, False]
    assert unseal_body(KEYS, reference, [body.sealed for body in bodies]) == content


@pytest.fixture
def segments(monkeypatch: pytest.MonkeyPatch) -> tuple[BodyReference, list[SealedBody], bytes]:
    """A document in at least four segments."""
    monkeypatch.setattr(carnet.journal.seal, "SEGMENT_BYTES", 256)
    content = os.urandom(1000)
    reference, bodies = seal_body(KEYS, ENTRY, content, "application/pdf")
    assert len(bodies) >= 4
    return reference, bodies, content


Segments = tuple[BodyReference, list[SealedBody], bytes]


def test_a_document_of_several_segments_comes_back_as_it_was(segments: Segments) -> None:
    reference, bodies, content = segments
    assert unseal_body(KEYS, reference, [body.sealed for body in bodies]) == content


@pytest.mark.parametrize("order", [[1, 0, 2, 3], [0, 2, 1, 3], [3, 1, 2, 0], [0, 0, 2, 3]])
def test_segments_that_moved_are_refused_even_if_the_reference_moved_with_them(
    segments: Segments, order: list[int],
) -> None:
    reference, bodies, _ = segments
    order = [*order, *range(4, len(bodies))]
    moved = [bodies[number] for number in order]
    with pytest.raises(IntegrityError):
        unseal_body(KEYS, reference, [body.sealed for body in moved])
    named = msgspec.structs.replace(reference, segments=tuple(body.id for body in moved))
    with pytest.raises(IntegrityError):
        unseal_body(KEYS, named, [body.sealed for body in moved])


def test_a_document_without_its_end_or_its_beginning_is_refused(segments: Segments) -> None:
    reference, bodies, _ = segments
    for cut in (bodies[:-1], bodies[1:], []):
        with pytest.raises(IntegrityError):
            unseal_body(KEYS, reference, [body.sealed for body in cut])
    for cut in (bodies[:-1], bodies[1:]):
        named = msgspec.structs.replace(reference, segments=tuple(body.id for body in cut))
        with pytest.raises(IntegrityError):
            unseal_body(KEYS, named, [body.sealed for body in cut])


def test_a_segment_of_another_document_is_refused(segments: Segments) -> None:
    reference, bodies, content = segments
    _, others = seal_body(KEYS, OTHER_ENTRY, content, "application/pdf")
    mixed = [others[0], *bodies[1:]]
    named = msgspec.structs.replace(reference, segments=tuple(body.id for body in mixed))
    with pytest.raises(IntegrityError):
        unseal_body(KEYS, named, [body.sealed for body in mixed])


def test_two_documents_of_one_entry_do_not_take_each_others_bytes(segments: Segments) -> None:
    """Segments are bound to their entry and number: the digest tells two documents of one entry apart."""
    reference, bodies, _ = segments
    _, others = seal_body(KEYS, ENTRY, os.urandom(1000), "application/pdf")
    mixed = [others[0], *bodies[1:]]
    named = msgspec.structs.replace(reference, segments=tuple(body.id for body in mixed))
    with pytest.raises(IntegrityError):
        unseal_body(KEYS, named, [body.sealed for body in mixed])


@pytest.mark.parametrize(
    "change", [{"entry": OTHER_ENTRY}, {"key_version": 2}, {"digest": bytes(32)}, {"segments": (bytes(32),)}],
    ids=lambda change: next(iter(change)))
def test_a_document_under_an_altered_reference_is_refused(change: dict[str, UUID]) -> None:
    reference, bodies = seal_body(KEYS, ENTRY, b"document", "text/xml")
    with pytest.raises(IntegrityError):
        unseal_body(KEYS, msgspec.structs.replace(reference, **change), [body.sealed for body in bodies])


@given(st.integers(0), st.integers(1, 255))
def test_a_body_with_one_byte_altered_is_refused_even_under_its_new_name(place: int, change: int) -> None:
    reference, [body] = seal_body(KEYS, ENTRY, b"document", "text/xml")
    altered = bytearray(body.sealed)
    altered[place % len(altered)] ^= change
    with pytest.raises(IntegrityError):
        unseal_body(KEYS, reference, [bytes(altered)])
    with pytest.raises(IntegrityError):
        unseal_body(KEYS, msgspec.structs.replace(reference, segments=(body_id(bytes(altered)),)), [bytes(altered)])


@given(st.integers(0, 2**40))
def test_padding_takes_at_most_twelve_percent_and_never_shrinks(size: int) -> None:
    padded = padded_size(size)
    assert size <= padded <= max(size * 1.12, size + 1)
    assert padded_size(padded) == padded


@given(st.integers(1, 2**30))
def test_a_greater_size_is_never_padded_to_less(size: int) -> None:
    assert padded_size(size) <= padded_size(size + 1)


def test_sizes_say_little() -> None:
    assert len({padded_size(size) for size in range(16_384, 32_768)}) <= 32


def test_text_is_compressed_and_pictures_are_not() -> None:
    content = b"<section>la meme phrase</section>" * 300
    _, [text] = seal_body(KEYS, ENTRY, content, "text/xml")
    _, [picture] = seal_body(KEYS, ENTRY, content, "image/jpeg")
    assert len(text.sealed) < len(content) / 10 < len(content) <= len(picture.sealed)

"""Seal and unseal: what a host keeps is bytes that only the portal can open.

AES-256-GCM with a random nonce of 96 bits in front (never a counter: a restored portal would repeat it).
What is sealed is padded (Padmé, at most 12 % more), so that a size says little; text is compressed before (zlib, by
ISA-L: the bytes are those of the standard, at a sixth of the time).
Additional data binds an entry to its header, and a body's segment to its record, entry, key version, number and end.
"""

from __future__ import annotations

import os
from hashlib import sha256
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from isal import isal_zlib

from carnet.errors import IntegrityError
from carnet.journal.chain import BodyName, Header, SealedEntry, body_id
from carnet.journal.keys import RecordKeys

SEGMENT_BYTES = 8 * 1024 * 1024
_NONCE_BYTES = 12
_PLAIN, _ZLIB = 0, 1
_LENGTH_BYTES = 8
_COMPRESSED_ALREADY = ("application/pdf", "image/", "application/dicom", "application/zip")


class SealedBody(msgspec.Struct, frozen=True):
    """One segment of a document, sealed: `id` is the SHA-256 of `sealed`."""

    id: bytes
    sealed: bytes

    @property
    def name(self) -> BodyName:
        """As an entry's header names it."""
        return BodyName(self.id, len(self.sealed))


class BodyReference(msgspec.Struct, frozen=True):
    """Where a document's bytes are, and how to know them again. Kept inside the sealed part of an entry.

    `segments` are body ids in order; `entry` and `key_version` are what they were sealed for; `digest` is SHA-256
    of the clear bytes and `size` their number.
    """

    segments: tuple[bytes, ...]
    entry: UUID
    key_version: int
    digest: bytes
    size: int


def seal_entry(keys: RecordKeys, header: Header, content: bytes) -> SealedEntry:
    """Seal an entry's content under its header."""
    clear_header = header.encode()
    return SealedEntry(clear_header, _seal(keys.entries, _packed(content, compress=True), clear_header))


def unseal_entry(keys: RecordKeys, entry: SealedEntry) -> bytes:
    """The content of an entry. Raises IntegrityError if header or sealed part was altered, or the key is another."""
    return _unpacked(_unseal(keys.entries, entry.sealed, entry.header))


def seal_body(keys: RecordKeys, entry: UUID, content: bytes, mime_type: str) -> tuple[BodyReference, list[SealedBody]]:
    """Seal a document's bytes for one entry, in segments of at most 8 MiB."""
    packed = _packed(content, compress=not mime_type.startswith(_COMPRESSED_ALREADY))
    pieces = [packed[start:start + SEGMENT_BYTES] for start in range(0, len(packed), SEGMENT_BYTES)]
    bodies = []
    for number, piece in enumerate(pieces):
        bound_to = _segment_data(keys, entry, keys.version, number=number, is_last=number == len(pieces) - 1)
        sealed = _seal(keys.bodies, piece, bound_to)
        bodies.append(SealedBody(body_id(sealed), sealed))
    segments = tuple(body.id for body in bodies)
    return BodyReference(segments, entry, keys.version, sha256(content).digest(), len(content)), bodies


def unseal_body(keys: RecordKeys, reference: BodyReference, sealed: list[bytes]) -> bytes:
    """The document's bytes, once all its segments were checked. Raises IntegrityError if any was altered or moved."""
    if len(sealed) != len(reference.segments):
        raise IntegrityError(f"a document of {len(reference.segments)} segments was given {len(sealed)}")
    pieces = []
    for number, (name, segment) in enumerate(zip(reference.segments, sealed, strict=True)):
        if body_id(segment) != name:
            raise IntegrityError("a body is not the one its entry names")
        is_last = number == len(reference.segments) - 1
        bound_to = _segment_data(keys, reference.entry, reference.key_version, number=number, is_last=is_last)
        pieces.append(_unseal(keys.bodies, segment, bound_to))
    content = _unpacked(b"".join(pieces))
    if sha256(content).digest() != reference.digest:
        raise IntegrityError("a body does not hold the document that was deposited")
    return content


def seal_beside(keys: RecordKeys, about: bytes, content: bytes) -> bytes:
    """Seal what the portal's database keeps beside a record's journal, bound to what it is about."""
    return _seal(keys.entries, _packed(content, compress=True), _beside_data(keys, about))


def unseal_beside(keys: RecordKeys, about: bytes, sealed: bytes) -> bytes:
    """What was sealed about this. Raises IntegrityError if it was altered, moved, or sealed with another key."""
    return _unpacked(_unseal(keys.entries, sealed, _beside_data(keys, about)))


def padded_size(size: int) -> int:
    """The size a content of `size` bytes is padded to (Padmé, Nikitin et al., 2019): it leaks O(log log) bits."""
    if size < 2:
        return size
    exponent = size.bit_length() - 1
    kept_bits = exponent.bit_length()
    low_mask = (1 << (exponent - kept_bits)) - 1 if exponent > kept_bits else 0
    return (size + low_mask) & ~low_mask


def _packed(content: bytes, *, compress: bool) -> bytes:
    data, method = (isal_zlib.compress(content, 1), _ZLIB) if compress else (content, _PLAIN)
    framed = bytes([method]) + len(data).to_bytes(_LENGTH_BYTES, "big") + data
    return framed.ljust(padded_size(len(framed)), b"\0")


def _unpacked(framed: bytes) -> bytes:
    length = int.from_bytes(framed[1:1 + _LENGTH_BYTES], "big")
    data = framed[1 + _LENGTH_BYTES:1 + _LENGTH_BYTES + length]
    return isal_zlib.decompress(data) if framed[0] == _ZLIB else data


def _seal(key: AESGCM, content: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + key.encrypt(nonce, content, bound_to)


def _unseal(key: AESGCM, sealed: bytes, bound_to: bytes) -> bytes:
    try:
        return key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError) as error:       # ValueError: too short to hold a nonce
        raise IntegrityError("sealed bytes were altered, or sealed with another key") from error


def _beside_data(keys: RecordKeys, about: bytes) -> bytes:
    return b"carnet beside 1" + keys.record.bytes + keys.version.to_bytes(4, "big") + about


def _segment_data(keys: RecordKeys, entry: UUID, key_version: int, *, number: int, is_last: bool) -> bytes:
    where = number.to_bytes(4, "big") + bytes([is_last])
    return b"carnet body 1" + keys.record.bytes + entry.bytes + key_version.to_bytes(4, "big") + where

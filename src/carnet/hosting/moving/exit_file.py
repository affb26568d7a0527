"""The exit file: what became of every record of a campaign, record by record, for whoever does not have the platform.

JSON lines. The first says what it is about, then come the hosts' receipts of erasure as they gave them, then one line
for each record on the list that was made at the start, in the order of their ids; the last is the portal's signature.
Each line ends with the SHA-256 of the line before it and its own words, so that a line that was altered is named, and
the last one covers all. It proves completeness. It attests deletion: that a host erased is its own signed word.
Pure: no clock, no database.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.hosting.moving.campaign import Counts
from carnet.hosting.signed import sign

FORMAT = "carnet exit 1"
KIND = "carnet-exit"
_MARK = b',"sha256":"'
_END = b'"}\n'


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="line", tag="campaign"):
    """The first line. `inventory` is the SHA-256 over the list as it was made at the start; keys are base64url.

    `at_host` counts what the host that left still says it holds, after the last erasure: null when it was not asked, or
    did not answer. `unknown` are records among these that the portal does not place there.
    """

    format: str = FORMAT
    campaign: UUID
    kind: str
    from_host: str
    to_host: str
    part: str
    epoch: int
    began: str
    ended: str
    by: str
    listed: int
    inventory: str
    counts: dict[str, int]
    portal_key: str
    receipt_keys: dict[str, str]
    at_host: int | None = None
    unknown: tuple[UUID, ...] = ()


class ReceiptLine(msgspec.Struct, frozen=True, tag_field="line", tag="receipt"):
    """A host's receipt of erasure, verbatim; records refer to it by its number."""

    number: int
    host: str
    receipt: str


class RecordLine(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="line",
    tag="record",
):
    """What became of one record. `erased` is the number of a receipt; without it, `why` says why not.

    `place`, `head`: its chain when it got its new host; `verified_by`: the two hosts that then proved they hold its
    entries and `bodies`, at `verified`, before the order to erase was given for `version`.
    """

    record: UUID
    part: str
    from_host: str
    to_host: str = ""
    state: str
    version: int | None = None
    place: int | None = None
    head: str = ""
    switched: str = ""
    bodies: int | None = None
    verified: str = ""
    verified_by: tuple[str, ...] = ()
    erased: int | None = None
    why: str = ""


class SignatureLine(msgspec.Struct, frozen=True, tag_field="line", tag="signature"):
    """The last line: the portal's signed word for all lines before it."""

    statement: str


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What the portal signs: how many lines there are before the signature, and the SHA-256 of the last."""

    format: str = FORMAT
    campaign: UUID
    lines: int
    sha256: str


Line = Head | ReceiptLine | RecordLine | SignatureLine
_HASH = re.compile(rb'[0-9a-f]{64}"}\n')
_encode = msgspec.json.Encoder().encode


@dataclass
class ExitWriter:
    """Makes the lines of an exit file, one after the other, each bound to the one before."""

    campaign: UUID
    lines: int = 0
    reached: bytes = field(default_factory=lambda: sha256(FORMAT.encode()).digest())

    def line(self, line: Line) -> bytes:
        """The bytes of the next line."""
        words = _encode(line)[:-1]
        self.reached = chained(self.reached, words)
        self.lines += 1
        return words + _MARK + self.reached.hex().encode() + _END

    def signature(self, key: Ed25519PrivateKey) -> bytes:
        """The last line, signed by the portal."""
        statement = Statement(campaign=self.campaign, lines=self.lines, sha256=self.reached.hex())
        return self.line(SignatureLine(sign(_encode(statement), KIND, key)))


def chained(reached: bytes, words: bytes) -> bytes:
    """The hash of a line, of that of the line before and its own words."""
    return sha256(reached + words).digest()


def inventory_line(record: UUID, part: str) -> bytes:
    """A record as the hash of the list takes it."""
    return record.bytes + part.encode() + b"\n"


def split(line: bytes) -> tuple[bytes, bytes] | None:
    """The words of a line and the hash it says; None when it is not such a line."""
    words, mark, said = line.rpartition(_MARK)
    if not mark or not _HASH.fullmatch(said):
        return None
    return words, bytes.fromhex(said[:64].decode())


def head_counts(counts: Counts) -> dict[str, int]:
    """The counts of a campaign as the first line gives them."""
    return {"released": counts.released, "elsewhere": counts.elsewhere, "not_released": counts.to_do}


def told(at: datetime | None) -> str:
    """A time as the file says it; nothing for what did not take place."""
    return at.isoformat(timespec="seconds") if at is not None else ""

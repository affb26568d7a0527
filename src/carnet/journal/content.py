"""What an entry says, once unsealed: one type for each thing that can happen to a record.

Everything about a record is an entry, rights too: the portal's rows are only their fast form, and can be made again
from here (protocol.md, rule RIGHTS). Stored as MessagePack with the type's tag; a field is only ever added, with a
default.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from carnet.documents.entry import Association, DocumentEntry, Folder, SubmissionSet
from carnet.errors import IntegrityError
from carnet.journal.seal import BodyReference
from carnet.people.ins import Ins
from carnet.people.patient import Traits
from carnet.rights.changes import Change
from carnet.rights.held import Choice, RecordRights, RecordState


class Actor(msgspec.Struct, frozen=True):
    """Who did it: `kind` is patient, professional, organisation or system; `identifier` as a depositor's."""

    kind: str
    identifier: str
    name: str
    organisation: str = ""
    organisation_name: str = ""


class Opened(msgspec.Struct, frozen=True, tag="opened", kw_only=True):
    """The record begins, for whom and with which consent: `state` is active, or notice while the person may object."""

    by: Actor
    at: datetime
    ins: Ins
    traits: Traits
    consent_text: str
    consent_channel: str
    state: RecordState = RecordState.ACTIVE
    notice_ends_at: datetime | None = None
    opposed: tuple[Choice, ...] = ()


class RightsChanged(msgspec.Struct, frozen=True, tag="rights", kw_only=True):
    """The holder, or the law, says something else than before. `reason` is in the words of who changed it."""

    by: Actor
    at: datetime
    changes: tuple[Change, ...]
    reason: str = ""


class FiledDocument(msgspec.Struct, frozen=True):
    """A document's entry and where its bytes are."""

    entry: DocumentEntry
    body: BodyReference


class Submitted(msgspec.Struct, frozen=True, tag="submitted", kw_only=True):
    """A lot was deposited: all of it, in one entry."""

    by: Actor
    at: datetime
    submission_set: SubmissionSet
    documents: tuple[FiledDocument, ...]
    folders: tuple[Folder, ...] = ()
    associations: tuple[Association, ...] = ()


class Versioned(msgspec.Struct, frozen=True, tag="versioned", kw_only=True):
    """New versions of entries: masked, shown, archived, deleted. The bytes stay those of the version before.

    Each has a new `entry_uuid`, the next `version`, and the `logical_id` of the document.
    """

    by: Actor
    at: datetime
    act: str
    entries: tuple[DocumentEntry, ...]


class Snapshot(msgspec.Struct, frozen=True, tag="snapshot", kw_only=True):
    """The view and the rights as they were before this entry, so that a reader need not go further back."""

    at: datetime
    documents: tuple[FiledDocument, ...]
    submission_sets: tuple[SubmissionSet, ...]
    folders: tuple[Folder, ...]
    associations: tuple[Association, ...]
    rights: RecordRights | None = None


Content = Opened | RightsChanged | Submitted | Versioned | Snapshot

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Content)


def encode(content: Content) -> bytes:
    """The bytes to seal."""
    return _encoder.encode(content)


def decode(content: bytes) -> Content:
    """What `encode` was given. Raises IntegrityError for bytes that `encode` does not make."""
    try:
        decoded: Content = _decoder.decode(content)
    except msgspec.MsgspecError as error:
        raise IntegrityError("an entry holds something that this version of the platform does not know") from error
    return decoded

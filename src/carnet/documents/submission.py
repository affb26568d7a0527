"""A submission: a set of documents that a door hands to the platform, all of it or nothing.

Doors (FHIR, XDS.b, HL7 v2, mail, page) all end in this form; `record/submit.py` takes it from here.
"""

from __future__ import annotations

import msgspec

from carnet.documents.cda_header import CdaHeader
from carnet.documents.entry import Association, DocumentEntry, Folder, SubmissionSet


class SubmittedDocument(msgspec.Struct, frozen=True):
    """One document with its bytes as received. `replaces` names the entryUUID or uniqueId of the one it replaces.

    `header` is what the door already read of these very bytes, so that a CDA is parsed once; None: not read yet.
    `hashed` is the SHA-1 that the door itself made of them, never one that it was told; empty: not made yet.
    """

    entry: DocumentEntry
    content: bytes
    replaces: str | None = None
    header: CdaHeader | None = None
    hashed: str = ""


class Submission(msgspec.Struct, frozen=True):
    """A parsed lot, before the platform checks it against the record it is for.

    `kind` names the form it came in (`ITI-65`, `ORU^R01`), for figures alone.
    """

    submission_set: SubmissionSet
    documents: tuple[SubmittedDocument, ...]
    folders: tuple[Folder, ...] = ()
    associations: tuple[Association, ...] = ()
    kind: str = ""

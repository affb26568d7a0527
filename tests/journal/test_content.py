"""Content: each thing an entry can say is read back as it was written; anything else is refused by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from carnet.documents.entry import Association, AssociationType, Code, Folder, Visibility
from carnet.documents.time import Dtm
from carnet.errors import IntegrityError
from carnet.journal.content import (
    Actor,
    AuthorisationChanged,
    Closed,
    Content,
    FiledDocument,
    Opened,
    Snapshot,
    Submitted,
    decode,
    encode,
)
from carnet.journal.seal import BodyReference
from carnet.rights.facts import Authorisation
from tests.running import PATIENT, letter, lot

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
BY = Actor("professional", "899700218896", "Louis FICTIF", "1750803447", "Cabinet inventé")
LOT = lot(letter())
ENTRY = msgspec.structs.replace(
    LOT.documents[0].entry, visibility=frozenset({Visibility.MASQUE_PS}), service_stop_time=Dtm.parse("2026"))
FILED = FiledDocument(ENTRY, BodyReference((bytes(32), bytes(range(32))), uuid4(), 1, bytes(32), 2**33))
FOLDER = Folder(
    entry_uuid=uuid4(), logical_id=uuid4(), unique_id="2.25.1", patient_id=PATIENT.ins,
    last_update_time=Dtm.parse("20260102"), title="Suivi", codes=(Code("1", "2.3", "Suivi"),))
LINK = Association(uuid4(), AssociationType.REPLACES, uuid4(), uuid4())
SAID: list[Content] = [
    Opened(by=BY, at=NOW, ins=PATIENT.ins, traits=PATIENT.traits, consent_text="2026-1", consent_channel="oral"),
    Closed(by=BY, at=NOW, motive="deces", reason="Dit par la famille."),
    AuthorisationChanged(by=BY, at=NOW, authorisation=Authorisation(
        professional="810000000017", valid_until=NOW + timedelta(days=1), professional_name="Anne IMAGINAIRE")),
    AuthorisationChanged(by=BY, at=NOW, authorisation=Authorisation(professional="8", is_forbidden=True)),
    Submitted(
        by=BY, at=NOW, submission_set=LOT.submission_set, documents=(FILED,), folders=(FOLDER,), associations=(LINK,)),
    Snapshot(
        at=NOW, documents=(FILED,), submission_sets=(LOT.submission_set,), folders=(FOLDER,), associations=(LINK,)),
]


@pytest.mark.parametrize("content", SAID, ids=lambda content: type(content).__name__)
def test_what_an_entry_says_is_read_back_as_it_was(content: Content) -> None:
    assert decode(encode(content)) == content


@pytest.mark.parametrize("content", SAID, ids=lambda content: type(content).__name__)
def test_a_field_that_a_later_version_adds_does_not_stop_this_one(content: Content) -> None:
    written = msgspec.msgpack.decode(encode(content))
    assert decode(msgspec.msgpack.encode({**written, "added_later": 1})) == content


@pytest.mark.parametrize(
    "written", [b"", b"\xc1", msgspec.msgpack.encode({"type": "told_later"}), msgspec.msgpack.encode([1])],
    ids=["nothing", "no MessagePack", "a kind of a later version", "a list"])
def test_what_is_no_content_is_an_integrity_error(written: bytes) -> None:
    with pytest.raises(IntegrityError):
        decode(written)

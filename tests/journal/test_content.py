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
    Content,
    FiledDocument,
    Opened,
    RightsChanged,
    Snapshot,
    Submitted,
    Versioned,
    decode,
    encode,
)
from carnet.journal.seal import BodyReference
from carnet.people.ins import Ins, InsOid
from carnet.rights import changes as may_change
from carnet.rights.held import (
    Authorisation,
    Choice,
    Consent,
    DelegateKind,
    Delegation,
    Emergency,
    Proxy,
    ProxyKind,
    ProxyState,
    RecordRights,
    RecordState,
    SaidThere,
)
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
CHANGES: tuple[may_change.Change, ...] = (
    may_change.StateChanged(state=RecordState.CLOSED, motive="deces"), may_change.Activated(),
    may_change.ProtectionChanged(True), may_change.ErasureChanged(NOW), may_change.ErasureChanged(None),
    may_change.ChoiceMade(
        choice=Choice.FEEDING, consent=Consent(given=False, at=NOW, text_version="2026-1", reason="Motif.")),
    may_change.CeilingSet(2),
    may_change.SaidToOrganisation(SaidThere(organisation="1750712184", name="Laboratoire", consents={
        Choice.CONSULTATION: Consent(given=False, at=NOW, channel="organisation")})),
    may_change.AuthorisationSet(Authorisation(
        professional="810000000017", valid_until=NOW + timedelta(days=1), professional_name="Anne IMAGINAIRE",
        profession=Code("10", "1.2.250.1.71.1.2.7"))),
    may_change.Delegated(Delegation(
        delegation_id=uuid4(), kind=DelegateKind.CARE_TEAM, subject="Équipe", delegated_by="8", valid_until=NOW,
        members=("810000000017",))),
    may_change.DelegationEnded(uuid4()),
    may_change.ProxySet(Proxy(
        proxy_id=uuid4(), person=Ins("199077512345611", InsOid.TEST), kind=ProxyKind.CAREGIVER,
        state=ProxyState.PENDING, answer_by=NOW)),
    may_change.EmergencyOpened(Emergency(
        emergency_id=uuid4(), professional="8", mode="bris_de_glace", opened_at=NOW, ends_at=NOW, reason="Coma.")),
)
RIGHTS = RecordRights(state=RecordState.ACTIVE, since=NOW)
SAID: list[Content] = [
    Opened(by=BY, at=NOW, ins=PATIENT.ins, traits=PATIENT.traits, consent_text="2026-1", consent_channel="oral"),
    RightsChanged(by=BY, at=NOW, changes=CHANGES, reason="Dit par la famille."),
    Versioned(by=BY, at=NOW, act="mask", entries=(ENTRY,)),
    Submitted(
        by=BY, at=NOW, submission_set=LOT.submission_set, documents=(FILED,), folders=(FOLDER,), associations=(LINK,)),
    Snapshot(
        at=NOW, documents=(FILED,), submission_sets=(LOT.submission_set,), folders=(FOLDER,), associations=(LINK,),
        rights=RIGHTS),
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


def test_rights_written_before_anything_was_said_at_an_organisation_are_read_as_they_were() -> None:
    written = msgspec.to_builtins(RIGHTS)
    del written["said_there"]
    assert msgspec.json.decode(msgspec.json.encode(written), type=RecordRights) == RIGHTS

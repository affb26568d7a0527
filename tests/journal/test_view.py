"""The view: what a journal folds into, from its beginning or from a snapshot, and only if it leads to its head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from random import Random
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.documents.entry import (
    Association,
    AssociationType,
    AvailabilityStatus,
    DocumentEntry,
    Folder,
    Visibility,
)
from carnet.documents.time import Dtm
from carnet.errors import IntegrityError
from carnet.journal.chain import Header, SealedEntry, genesis, next_head
from carnet.journal.content import Actor, Content, FiledDocument, RightsChanged, Submitted, Versioned, encode
from carnet.journal.keys import RecordKeys, new_record_key
from carnet.journal.seal import BodyReference, seal_entry
from carnet.journal.view import View
from carnet.rights.changes import StateChanged
from carnet.rights.held import RecordRights, RecordState
from tests.running import PATIENT, letter, lot

RECORD = uuid4()
KEYS = RecordKeys.derive(RECORD, 1, new_record_key())
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
BY = Actor("patient", "1", "Camille INVENTEE")
LETTER = lot(letter())
RIGHTS = RecordRights(state=RecordState.ACTIVE, since=NOW)
CLOSED = RightsChanged(by=BY, at=NOW, changes=(StateChanged(state=RecordState.CLOSED, motive="deces"),))
MASKED, OPEN = frozenset({Visibility.MASQUE_PS}), frozenset[Visibility]()


@dataclass
class Journal:
    """A sealed chain that a test writes."""

    entries: list[SealedEntry] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=lambda: [genesis(RECORD)])

    def write(self, content: Content, keys: RecordKeys = KEYS) -> None:
        entry = seal_entry(keys, Header(RECORD, uuid4()), encode(content))
        self.entries.append(entry)
        self.heads.append(next_head(self.heads[-1], entry.header, entry.sealed))

    def folded(self) -> View:
        return View.empty(RECORD).fold(self.entries, KEYS, head=self.heads[-1])


def submitted(*documents: FiledDocument, replaces: Sequence[tuple[UUID, UUID]] = (), folders: int = 0) -> Submitted:
    """A lot of these documents."""
    made = tuple(
        Folder(
            entry_uuid=uuid4(), logical_id=uuid4(), unique_id=f"2.25.{uuid4().int}", patient_id=PATIENT.ins,
            last_update_time=Dtm.parse("2026"), title="Suivi", codes=())
        for _ in range(folders))
    return Submitted(
        by=BY, at=NOW, submission_set=msgspec.structs.replace(LETTER.submission_set, entry_uuid=uuid4()),
        documents=documents, folders=made, associations=tuple(
            Association(uuid4(), AssociationType.REPLACES, new, old) for new, old in replaces))


def filed() -> FiledDocument:
    """A document of its own."""
    name = uuid4()
    entry = msgspec.structs.replace(
        LETTER.documents[0].entry, entry_uuid=name, logical_id=name, unique_id=f"2.25.{name.int}")
    return FiledDocument(entry, BodyReference((name.bytes * 2,), name, 1, bytes(32), 1))


def versioned(*entries: DocumentEntry) -> Versioned:
    """New versions of these."""
    return Versioned(by=BY, at=NOW, act="mask", entries=entries)


def after(view: View, document: FiledDocument, **changes: object) -> DocumentEntry:
    """The next version of this document in this view, with something changed."""
    latest = view.document(document.entry.unique_id)
    assert latest is not None
    return msgspec.structs.replace(
        latest.entry, entry_uuid=uuid4(), version=latest.entry.version + 1, **changes)


def test_what_was_deposited_is_found_by_each_of_its_names() -> None:
    journal, one, two = Journal(), filed(), filed()
    journal.write(submitted(one, two))
    view = journal.folded()
    assert (view.place, view.head) == (1, journal.heads[1])
    for name in (one.entry.unique_id, str(one.entry.entry_uuid), str(one.entry.logical_id)):
        assert view.document(name) == one
    assert view.document("2.25.0") is None
    assert view.document(str(uuid4())) is None


def test_what_is_replaced_is_no_longer_in_force_and_is_still_there() -> None:
    journal, old, new = Journal(), filed(), filed()
    journal.write(submitted(old))
    journal.write(submitted(new, replaces=[(new.entry.entry_uuid, old.entry.entry_uuid)]))
    view = journal.folded()
    status = {uuid: each.entry.availability_status for uuid, each in view.documents.items()}
    assert status == {
        old.entry.entry_uuid: AvailabilityStatus.DEPRECATED, new.entry.entry_uuid: AvailabilityStatus.APPROVED}
    assert view.replacements == ((new.entry.entry_uuid, old.entry.entry_uuid),)
    assert view.documents[old.entry.entry_uuid].body == old.body


def test_every_name_of_a_document_leads_to_its_latest_version() -> None:
    journal, one = Journal(), filed()
    journal.write(submitted(one))
    second = after(journal.folded(), one, visibility=MASKED)
    journal.write(versioned(second))
    third = after(journal.folded(), one, availability_status=AvailabilityStatus.ARCHIVED)
    journal.write(versioned(third))
    view = journal.folded()
    for name in (one.entry.unique_id, one.entry.entry_uuid, second.entry_uuid, third.entry_uuid):
        assert view.document(str(name)) == FiledDocument(third, one.body)
    assert [each.entry for each in view.latest] == [third]
    assert (third.version, third.visibility, third.logical_id) == (3, MASKED, one.entry.logical_id)


def test_an_old_version_is_no_longer_in_force_and_has_the_visibility_of_the_latest() -> None:
    journal, one = Journal(), filed()
    journal.write(submitted(one))
    for visibility in (MASKED, OPEN):
        latest = after(journal.folded(), one, visibility=visibility)
        journal.write(versioned(latest))
        view = journal.folded()
        old = [each.entry for uuid, each in view.documents.items() if uuid != latest.entry_uuid]
        assert {entry.visibility for entry in old} == {visibility}
        assert {entry.availability_status for entry in old} == {AvailabilityStatus.DEPRECATED}


def test_what_is_said_of_one_document_is_said_of_all_that_it_replaced_or_that_replaced_it() -> None:
    journal, documents, other = Journal(), [filed(), filed(), filed()], filed()
    journal.write(submitted(documents[0], other))
    for old, new in pairwise(documents):
        journal.write(submitted(new, replaces=[(new.entry.entry_uuid, old.entry.entry_uuid)]))
    for said in documents:
        for visibility in (MASKED, OPEN):
            journal.write(versioned(after(journal.folded(), said, visibility=visibility)))
            view = journal.folded()
            assert {
                each.entry.visibility for each in view.documents.values() if each.body != other.body} == {visibility}
            assert view.documents[other.entry.entry_uuid] == other
            assert [each.body for each in view.lineage(said.entry)] == [each.body for each in documents]


def test_a_replacement_says_the_visibility_of_what_it_replaces() -> None:
    journal, old = Journal(), filed()
    journal.write(submitted(old))
    masked = filed()
    masked = FiledDocument(msgspec.structs.replace(masked.entry, visibility=MASKED), masked.body)
    journal.write(submitted(masked, replaces=[(masked.entry.entry_uuid, old.entry.entry_uuid)]))
    assert journal.folded().documents[old.entry.entry_uuid].entry.visibility == MASKED


def test_what_is_deleted_is_deleted_in_all_its_versions_and_what_it_replaced_is_not() -> None:
    journal, old, new = Journal(), filed(), filed()
    journal.write(submitted(old))
    journal.write(submitted(new, replaces=[(new.entry.entry_uuid, old.entry.entry_uuid)]))
    journal.write(versioned(after(journal.folded(), new, visibility=MASKED)))
    journal.write(versioned(after(journal.folded(), new, availability_status=AvailabilityStatus.DELETED)))
    journal.write(versioned(after(journal.folded(), new, availability_status=AvailabilityStatus.APPROVED)))
    status = {
        each.entry.availability_status for each in journal.folded().documents.values() if each.body == new.body}
    assert status == {AvailabilityStatus.DELETED}
    assert journal.folded().documents[old.entry.entry_uuid].entry.availability_status is AvailabilityStatus.DEPRECATED


def test_a_replacement_is_told_of_the_latest_version_of_both() -> None:
    journal, old, new = Journal(), filed(), filed()
    journal.write(submitted(old))
    journal.write(submitted(new, replaces=[(new.entry.entry_uuid, old.entry.entry_uuid)]))
    later = after(journal.folded(), old), after(journal.folded(), new)
    journal.write(versioned(*later))
    assert journal.folded().replacements == ((later[1].entry_uuid, later[0].entry_uuid),)


def test_a_new_version_of_what_is_not_there_is_refused() -> None:
    journal, one = Journal(), filed()
    journal.write(submitted(one))
    journal.write(versioned(filed().entry))
    with pytest.raises(IntegrityError):
        journal.folded()


def test_folding_gives_a_new_view_and_leaves_the_first_as_it_was() -> None:
    journal = Journal()
    journal.write(submitted(filed()))
    before = journal.folded()
    journal.write(submitted(filed()))
    after = before.fold(journal.entries[1:], KEYS, head=journal.heads[-1])
    assert (len(before.documents), len(after.documents)) == (1, 2)
    assert after == journal.folded()


@given(st.integers(0, 2**32), st.integers(1, 12), st.data())
def test_a_snapshot_then_what_follows_is_the_whole_journal(seed: int, length: int, data: st.DataObject) -> None:
    random, journal = Random(seed), Journal()
    snapshot_at = data.draw(st.integers(1, length))
    for place in range(1, length + 1):
        journal.write(_something(random, journal.folded()))
        if place == snapshot_at:
            journal.write(journal.folded().snapshot(NOW, RIGHTS))
    whole = journal.folded()
    from_snapshot = View(RECORD, snapshot_at, journal.heads[snapshot_at]).fold(
        journal.entries[snapshot_at:], KEYS, head=journal.heads[-1])
    assert from_snapshot == whole
    assert list(from_snapshot.documents) == list(whole.documents)


@given(st.integers(0, 2**32), st.integers(1, 8), st.data())
def test_folding_in_two_steps_is_folding_in_one(seed: int, length: int, data: st.DataObject) -> None:
    random, journal = Random(seed), Journal()
    for _ in range(length):
        journal.write(_something(random, journal.folded()))
    cut = data.draw(st.integers(0, length))
    half = View.empty(RECORD).fold(journal.entries[:cut], KEYS, head=journal.heads[cut])
    assert half.fold(journal.entries[cut:], KEYS, head=journal.heads[-1]) == journal.folded()


@pytest.mark.parametrize("damage", ["lost", "first lost", "swapped", "doubled", "altered", "another record's"])
def test_a_journal_that_is_not_the_one_that_leads_to_the_head_is_refused(damage: str) -> None:
    journal = Journal()
    for _ in range(3):
        journal.write(submitted(filed()))
    one, two, three = journal.entries
    altered = SealedEntry(two.header, two.sealed[:-1] + bytes([two.sealed[-1] ^ 1]))
    other = SealedEntry(Header(uuid4(), uuid4()).encode(), two.sealed)
    damaged = {
        "lost": [one, two], "first lost": [two, three], "swapped": [one, three, two], "doubled": [one, two, two, three],
        "altered": [one, altered, three], "another record's": [one, other, three]}[damage]
    with pytest.raises(IntegrityError):
        View.empty(RECORD).fold(damaged, KEYS, head=journal.heads[-1])


def test_an_entry_sealed_with_another_key_is_refused_though_the_chain_holds() -> None:
    journal = Journal()
    journal.write(CLOSED, RecordKeys.derive(RECORD, 1, new_record_key()))
    with pytest.raises(IntegrityError):
        journal.folded()


def _something(random: Random, view: View) -> Content:
    """A lot, one that replaces what is in force, or a fact that changes no document."""
    in_force = [
        uuid for uuid, each in view.documents.items()
        if each.entry.availability_status is AvailabilityStatus.APPROVED]
    latest = [each.entry for each in view.latest]
    match random.choice(("lot", "lot", "replacement", "version", "fact")):
        case "version" if latest:
            chosen = random.sample(latest, random.randint(1, len(latest)))
            return versioned(*(msgspec.structs.replace(
                entry, entry_uuid=uuid4(), version=entry.version + 1, visibility=random.choice((MASKED, OPEN)),
                availability_status=random.choice((*AvailabilityStatus,))) for entry in chosen))
        case "replacement" if in_force:
            new = filed()
            return submitted(new, replaces=[(new.entry.entry_uuid, random.choice(in_force))])
        case "fact":
            return CLOSED
        case _:
            return submitted(*(filed() for _ in range(random.randint(1, 3))), folders=random.randint(0, 1))

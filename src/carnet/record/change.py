"""A change: one entry, sealed, given its place in the same transaction as its rows and its audit event."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from carnet.hosting.store import OutboxRow
from carnet.journal import content
from carnet.journal.chain import Header, SealedEntry
from carnet.journal.keys import RecordKeys
from carnet.journal.seal import seal_entry
from carnet.record.known import Commit, Committed, Known
from carnet.record.stores import FOREVER, Stores


def sealed_commit(
    known: Known, keys: RecordKeys, what: content.Content, *, commutes: bool = False, is_snapshot: bool = False,
) -> Commit:
    """The commit of an entry that names no body. Unless it `commutes`, it is refused once the record moved."""
    header = Header(known.record, uuid4(), keys.version)
    entry = seal_entry(keys, header, content.encode(what))
    return Commit(
        known=known, header=entry.header, sealed=entry.sealed, holders=(), ticket_end=FOREVER,
        expected_head=None if commutes else known.head, locators=(), documents=0, is_snapshot=is_snapshot,
    )


def after_commit(stores: Stores, commit: Commit, committed: Committed, what: content.Content) -> None:
    """What follows a commit in this process: the view and the facts at hand move on, and delivery starts."""
    known = commit.known
    if known.place == 0:
        stores.views.begin(known.record, committed, what)
    else:
        stores.views.extend(known.record, committed, what)
    _move_known(stores, commit, committed)
    row = OutboxRow(
        known.record, committed.place, committed.previous, committed.head, SealedEntry(commit.header, commit.sealed),
        commit.holders)
    stores.delivery.start(known.placement, row)


def _move_known(stores: Stores, commit: Commit, committed: Committed) -> None:
    last = stores.last_known.get(commit.known.record)
    if last is not None and last.head == committed.previous:
        snapshot_place = committed.place if commit.is_snapshot else last.snapshot_place
        stores.remember(replace(
            last, place=committed.place, head=committed.head, snapshot_place=snapshot_place,
            documents=last.documents + commit.documents))


def forget(stores: Stores, known: Known) -> None:
    """The record's row of rights changed: what is at hand is out of date."""
    stores.last_known.pop(known.record, None)


def at_second(moment: datetime) -> datetime:
    """A time as journals keep it, to the second."""
    return moment.replace(microsecond=0)

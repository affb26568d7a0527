"""What the documents of a record say in their coded entries: decide, trace, read the bodies, and only then the values.

This is a reading of every document that it names, and its trace says so: whoever sees a curve has read its reports.
Only what is in force: replaced, archived and deleted documents say nothing here any more.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from carnet.audit.events import Event, done
from carnet.documents.content import Content, Unread, read_content
from carnet.documents.entry import AvailabilityStatus, DocumentEntry
from carnet.errors import IntegrityError, InvalidDocument, Unavailable
from carnet.journal.content import FiledDocument
from carnet.journal.view import View
from carnet.people.ins import Ins
from carnet.record.known import Known
from carnet.record.retrieve import DECISION_SECONDS, content_of
from carnet.record.stores import Stores
from carnet.rights.access import Access, Act, Asker
from carnet.rights.decision import decide, filter_for

MOST_DOCUMENTS = 60
_LARGEST_BYTES = 8 * 1024 * 1024    # of a document that a list waits for; a larger one is opened by itself
_AT_ONCE = 6
_CDA = frozenset({"text/xml", "application/xslt+xml"})


class About(StrEnum):
    """What is looked for in documents. The value goes with the trace."""

    RESULTS = "results"
    VACCINATIONS = "vaccinations"
    MEDICATIONS = "medications"
    CONDITIONS = "conditions"
    CARE = "care"


_SUMMARIES = frozenset({"SYNTH", "60591-5", "11490-0", "74207-2", "34133-9", "57055-6"})
"""Summaries, letters of discharge, liaison forms, forms of a speciality, pregnancy: they tell a bit of everything."""
TYPES = {
    About.RESULTS: frozenset({"11502-2", "96173-0", "34133-9", "57055-6", "57075-4"}),
    About.VACCINATIONS: frozenset({"11369-6", "87273-9", "96874-3", "CERT_DECL"}) | _SUMMARIES,
    About.MEDICATIONS: frozenset({"57833-6", "60593-1"}) | _SUMMARIES,
    About.CONDITIONS: frozenset({"75496-0"}) | _SUMMARIES,
    About.CARE: frozenset({"REMB"}),
}
"""The types of documents whose models have such entries (SPEC 7.4). Of others, nothing is looked for."""


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document that was read, and what it says."""

    entry: DocumentEntry
    content: Content


@dataclass(frozen=True, slots=True)
class Contents:
    """The documents that were read, newest first. `older`: how many more there are, too many to be read at once;
    `not_read`: those that no host gave, or that are too large.
    """

    record: UUID
    documents: tuple[ReadDocument, ...]
    older: int = 0
    not_read: tuple[DocumentEntry, ...] = ()


async def contents(
    asker: Asker, ins: Ins, about: About, stores: Stores, *, most: int = MOST_DOCUMENTS,
) -> Contents:
    """What the latest documents that may tell of it say, of those that the asker may read.

    Raises NotFound when the person has no record, NotPermitted when the record as a whole may not be read, Unavailable
    when no host gives any of the bodies.
    """
    async with stores.refusals_traced(asker, Act.READ) as tracing:
        tracing.record = await stores.record_of(ins)
        asked = _Asked(asker, tracing.record, about, most)
        chosen = await asked.decided(stores)
    decided_at = stores.clock.now()
    found = await _read_all(chosen, stores)
    if (stores.clock.now() - decided_at).total_seconds() > DECISION_SECONDS:
        async with stores.refusals_traced(asker, Act.READ, record=asked.record):
            found = _still_allowed(found, await asked.decided(stores, reads_bodies=False))
    return found


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The documents that may be read, those at hand with their content."""

    known: Known
    filed: tuple[FiledDocument, ...]
    at_hand: dict[bytes, Content]
    older: int

    @property
    def too_large(self) -> frozenset[UUID]:
        """Documents that are not read here, whatever they say."""
        return frozenset(each.entry.entry_uuid for each in self.filed if each.body.size > _LARGEST_BYTES)

    @property
    def to_fetch(self) -> list[FiledDocument]:
        """Those whose body a host is asked for."""
        wanted = (each for each in self.filed if each.entry.entry_uuid not in self.too_large)
        return [each for each in wanted if each.body.digest not in self.at_hand]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked, of which record, by whom."""

    asker: Asker
    record: UUID
    about: About
    most: int

    async def decided(self, stores: Stores, *, reads_bodies: bool = True) -> _Chosen:
        """The documents that may be read, once the trace that they are is durable."""

        def decided(access: Access, known: Known, view: View) -> tuple[Event, _Chosen]:
            facts = stores.facts(known)
            decide(access, None, facts).or_raise()
            allows = filter_for(access, facts)
            visible = [filed for filed in view.latest if self._wants(filed.entry) and allows(filed.entry)]
            filed = tuple(visible[:self.most])
            kept = ((each.body.digest, stores.contents.of(known.record, each.body.digest)) for each in filed)
            at_hand = {digest: content for digest, content in kept if content is not None}
            chosen = _Chosen(known, filed, at_hand, len(visible) - len(filed))
            return self._event(chosen, reads_bodies=reads_bodies), chosen

        return await stores.read(self.asker, Act.READ, self.record, decided)

    def _wants(self, entry: DocumentEntry) -> bool:
        return (
            entry.type_code.code in TYPES[self.about] and entry.availability_status is AvailabilityStatus.APPROVED
            and entry.mime_type.partition(";")[0].strip() in _CDA)

    def _event(self, chosen: _Chosen, *, reads_bodies: bool) -> Event:
        if not chosen.filed:        # nothing was opened: that there is nothing is what a list tells
            return done(self.asker, Act.LIST, self.record, what=self.about.value)
        # Hosts count the bodies that leave them: what is at hand does not.
        segments = sum(len(each.body.segments) for each in chosen.to_fetch) if reads_bodies else 0
        documents = [each.entry.entry_uuid for each in chosen.filed]
        return done(self.asker, Act.READ, self.record, documents=documents, what=self.about.value, segments=segments)


async def _read_all(chosen: _Chosen, stores: Stores) -> Contents:
    """A few at once; one that fails does not keep the others from being shown."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(filed: FiledDocument) -> tuple[bytes, Content | None]:
        async with turns:
            try:
                body = await content_of(filed, chosen.known, stores)
            except (Unavailable, IntegrityError):
                return filed.body.digest, None
            return filed.body.digest, await asyncio.to_thread(_content, body)     # a large one takes a while

    answers = dict(await asyncio.gather(*map(one, chosen.to_fetch)))
    read = dict(chosen.at_hand)
    for digest, content in answers.items():
        if content is not None:
            stores.contents.keep(chosen.known.record, digest, content)
            read[digest] = content
    if answers and not read:
        raise Unavailable("no host gives any of these documents")
    return Contents(
        chosen.known.record,
        tuple(ReadDocument(each.entry, read[each.body.digest]) for each in chosen.filed if each.body.digest in read),
        chosen.older, tuple(each.entry for each in chosen.filed if each.body.digest not in read))


def _content(body: bytes) -> Content:
    try:
        return read_content(body)
    except InvalidDocument:
        return Content(unread=(Unread("", "not a CDA"),))


def _still_allowed(found: Contents, chosen: _Chosen) -> Contents:
    """What may still be read, when reading took so long that it had to be decided again."""
    allowed = {each.entry.entry_uuid for each in chosen.filed}
    return Contents(
        found.record, tuple(each for each in found.documents if each.entry.entry_uuid in allowed), chosen.older,
        tuple(each for each in found.not_read if each.entry_uuid in allowed))

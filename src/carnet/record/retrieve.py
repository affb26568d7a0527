"""Retrieve a document (ITI-68, ITI-43): decide, trace, and only then the bytes.

Requests name a document and not a patient. Unknown, hidden and forbidden get the same answer, after the same audit
write, in the same time class.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from carnet.audit.events import NO_RECORD, Event, done
from carnet.documents.entry import DocumentEntry
from carnet.errors import Gone, NotFound, NotPermitted
from carnet.journal.content import FiledDocument
from carnet.journal.seal import unseal_body
from carnet.journal.view import View
from carnet.record.known import Known
from carnet.record.named import about, located, nothing_there
from carnet.record.stores import Stores
from carnet.rights.access import Access, Act, Asker
from carnet.rights.decision import decide

DECISION_SECONDS = 2.0
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A document's entry, and exactly the bytes that were deposited."""

    entry: DocumentEntry
    content: bytes


async def retrieve(asker: Asker, identifier: str, stores: Stores) -> Retrieved:
    """The latest version of the document with this uniqueId, logicalId, or entryUUID of any version.

    Raises NotFound when the asker may not know of one, Unavailable when no host gives the body. An answer that took 2 s
    since its decision is decided again.
    """
    filed, known = await _decided(asker, identifier, stores, is_for_bytes=True)
    decided_at = stores.clock.now()
    content = await content_of(filed, known, stores)
    if (stores.clock.now() - decided_at).total_seconds() > DECISION_SECONDS:
        filed, _ = await _decided(asker, identifier, stores)
    return Retrieved(filed.entry, content)


async def describe(asker: Asker, identifier: str, stores: Stores) -> DocumentEntry:
    """The entry of this document, without its bytes. Raises NotFound when the asker may not know of one."""
    filed, _ = await _decided(asker, identifier, stores)
    return filed.entry


async def read_entry(
    asker: Asker, identifier: str, stores: Stores, told: Callable[[FiledDocument, Known], Answer],
    *, is_for_bytes: bool = False, **detail: str,
) -> Answer:
    """What `told` makes of this document, once the trace of its reading is durable; `detail` goes with the trace.

    When the bytes are read next the trace says how many bodies that is: hosts count those that leave them.
    Raises NotFound when the asker may not know of one, and for what `told` refuses.
    """
    where = await located(identifier, stores)
    if where is None:
        await nothing_there(asker, Act.READ, stores, NotFound("unknown"), NO_RECORD)

    def decided(access: Access, known: Known, view: View) -> tuple[Event, Answer]:
        filed = view.document(identifier) or view.document(str(where[1]))
        if filed is None:
            raise NotFound("no such document")
        try:
            decide(access, filed.entry, stores.facts(known)).or_raise()
            answer = told(filed, known)
        except (NotFound, NotPermitted) as error:
            raise about(error, filed.entry) from None
        segments = {"segments": len(filed.body.segments)} if is_for_bytes else {}
        return done(asker, Act.READ, known.record, documents=[filed.entry.entry_uuid], **detail, **segments), answer

    try:
        return await stores.read(asker, Act.READ, where[0], decided)
    except (NotPermitted, NotFound, Gone) as error:
        await nothing_there(asker, Act.READ, stores, error, where[0])


async def _decided(
    asker: Asker, identifier: str, stores: Stores, *, is_for_bytes: bool = False,
) -> tuple[FiledDocument, Known]:
    return await read_entry(
        asker, identifier, stores, lambda filed, known: (filed, known), is_for_bytes=is_for_bytes)


async def content_of(filed: FiledDocument, known: Known, stores: Stores) -> bytes:
    """The clear bytes of a document that was decided on and traced before. Raises Unavailable, IntegrityError."""
    keys = await stores.keys.keys_of(known.record)
    sealed = [await stores.copies.read(known.placement, name) for name in filed.body.segments]
    return unseal_body(keys, filed.body, sealed)

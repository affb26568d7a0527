"""What is told of a document's conformity: to who may read it, and to who sent it.

A reader has the document's own rights. An organisation's software reads no document; what became of the ones that it
sent itself it may know, as long as it may feed the record (docs/decisions/0027-schematrons.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

import msgspec

from carnet.audit.events import Event, done
from carnet.documents.schematron.verdict import Verdict
from carnet.errors import Gone, NotFound, NotPermitted
from carnet.journal.content import FiledDocument
from carnet.journal.seal import unseal_beside
from carnet.journal.view import View
from carnet.people.caller import OrganisationCaller
from carnet.people.ins import Ins
from carnet.record.conformity.fingerprint import fingerprint
from carnet.record.known import Known
from carnet.record.named import about, located, nothing_there
from carnet.record.retrieve import read_entry
from carnet.record.stores import Stores
from carnet.rights.access import Access, Act, Asker
from carnet.rights.decision import decide

SEEN = "see_conformity"


class Standing(StrEnum):
    """How far checking a document has come."""

    NOT_CHECKED = "not-checked"
    WAITING = "waiting"
    CONFORMING = "conforming"
    BROKEN = "broken"
    NOT_RUN = "not-run"


@dataclass(frozen=True, slots=True)
class Conformity:
    """What is known of one document. A verdict is there once it was checked."""

    standing: Standing
    checked_at: datetime | None = None
    verdict: Verdict | None = None


NOT_CHECKED = Conformity(Standing.NOT_CHECKED)


async def conformity(asker: Asker, identifier: str, stores: Stores) -> Conformity:
    """Of the document with this uniqueId, logicalId or entryUUID. Raises NotFound for who may not know of it."""
    if isinstance(asker.caller, OrganisationCaller):
        return await _of_ones_own(asker, asker.caller.struct_id, identifier, stores)
    record, digest = await read_entry(
        asker, identifier, stores, lambda filed, known: (known.record, filed.body.digest), what="conformity")
    return await _kept(record, digest, stores)


async def conformity_of_bytes(of: Ins, content: bytes, stores: Stores) -> Conformity:
    """Of a document of this person whose bytes the asker was just given: nothing is decided anew."""
    return await _kept(await stores.record_of(of), sha256(content).digest(), stores)


async def conformity_of_sent(
    asker: Asker, organisation: str, unique_ids: Sequence[str], stores: Stores,
) -> dict[str, Conformity]:
    """Of documents that this organisation sent by a message, by their uniqueIds; those it may not know of are left out.
    """
    found = {}
    for unique_id in unique_ids:
        where = await located(unique_id, stores)
        if where is None:
            continue
        try:
            found[unique_id] = await _deposited(asker, organisation, (where[0], unique_id), stores)
        except (NotFound, NotPermitted, Gone):
            continue
    return found


async def _of_ones_own(asker: Asker, organisation: str, identifier: str, stores: Stores) -> Conformity:
    where = await located(identifier, stores)
    if where is None:
        await nothing_there(asker, Act.READ, stores, NotFound("unknown"), UUID(int=0))
    try:
        return await _deposited(asker, organisation, (where[0], identifier), stores)
    except (NotPermitted, NotFound, Gone) as error:
        await nothing_there(asker, Act.READ, stores, error, where[0])


async def _deposited(asker: Asker, organisation: str, what: tuple[UUID, str], stores: Stores) -> Conformity:
    record, identifier = what
    as_sender = Asker(
        OrganisationCaller(organisation, "", ""), door=asker.door, request_id=asker.request_id)

    def decided(_: Access, known: Known, view: View) -> tuple[Event, bytes]:
        filed = view.document(identifier)
        decide(as_sender.to(Act.FEED), None, stores.facts(known)).or_raise()
        if filed is None or filed.entry.depositor != organisation:
            raise _hidden(filed)
        return done(asker, SEEN, record, documents=[filed.entry.entry_uuid]), filed.body.digest

    return await _kept(record, await stores.read(as_sender, Act.FEED, record, decided), stores)


def _hidden(filed: FiledDocument | None) -> NotFound:
    error = NotFound("no such document")
    return about(error, filed.entry) if filed is not None else error


async def _kept(record: UUID, digest: bytes, stores: Stores) -> Conformity:
    name = fingerprint(record, digest)
    row = await stores.records.checks.of(record, name)
    if row is None:
        return NOT_CHECKED
    if row.sealed is None:
        return Conformity(Standing.WAITING)
    keys = await stores.keys.keys_of(record)
    if keys.version != row.key_version:     # the record has another key since: it is checked again when it is asked
        return NOT_CHECKED
    verdict = msgspec.json.decode(unseal_beside(keys, name, row.sealed), type=Verdict)
    return Conformity(standing_of(verdict), row.checked_at, verdict)


def standing_of(verdict: Verdict) -> Standing:
    """What counts most of a verdict: a broken rule, then one that could not be run."""
    if verdict.broken:
        return Standing.BROKEN
    return Standing.CONFORMING if verdict.is_clean else Standing.NOT_RUN

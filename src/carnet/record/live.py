"""A live document: what an organisation says anew each time, of which one is in force in a record.

Which one a new one replaces is not said by its sender: the record knows. Finding it is part of feeding: it opens no
document, and the trace of the deposit stands for it. Two that are brought at the same instant may both find the same
one: the second is refused (it is not in force any more), and its sender finds again.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import msgspec

from carnet.audit.events import actor_of
from carnet.documents.entry import AvailabilityStatus, DocumentEntry
from carnet.documents.submission import Submission
from carnet.errors import InvalidSubmission, Issue, NotFound
from carnet.journal.view import View
from carnet.record.known import Known
from carnet.record.stores import REFUSALS, Stores
from carnet.rights.access import Act, Asker
from carnet.rights.decision import decide


@dataclass(frozen=True, slots=True)
class Standing:
    """A record that may be fed, and the latest document of a type that the asker has in force there."""

    known: Known
    view: View
    latest: DocumentEntry | None


async def standing(asker: Asker, record: UUID, type_code: str, stores: Stores) -> Standing:
    """What stands in this record of this asker's documents of this type.

    Raises NotPermitted and NotFound as a deposit does, Unavailable. Says nothing of others' documents.
    """
    async with stores.refusals_traced(asker, Act.FEED, record=record):
        known = await stores.known(record)
        try:
            decide(asker.to(Act.FEED), None, stores.facts(known)).or_raise()
        except REFUSALS:
            known = await stores.known(record, fresh=True)
            decide(asker.to(Act.FEED), None, stores.facts(known)).or_raise()
        view = await stores.views.at(known, await stores.keys.keys_of(record))
        return Standing(known, view, _latest(view, type_code, actor_of(asker.caller).identifier))


async def made_live(asker: Asker, submission: Submission, stores: Stores) -> Submission:
    """The same lot, whose documents replace what the asker has in force of their type.

    Raises InvalidSubmission when a later one is in force. A person without record is left to the deposit to refuse.
    """
    try:
        record = await stores.record_of(submission.submission_set.patient_id)
    except NotFound:
        return submission
    documents = []
    for document in submission.documents:
        found = await standing(asker, record, document.entry.type_code.code, stores)
        replaces = replaced_by(document.entry, found)
        documents.append(msgspec.structs.replace(document, replaces=replaces))
    return msgspec.structs.replace(submission, documents=tuple(documents))


def replaced_by(entry: DocumentEntry, found: Standing) -> str | None:
    """The uniqueId of what this one replaces, or None: nothing, or it is there already. Raises InvalidSubmission."""
    if found.latest is None or found.view.document(entry.unique_id) is not None:
        return None
    if found.latest.creation_time.utc > entry.creation_time.utc:
        raise InvalidSubmission(Issue("business-rule", "a later one is in force", "DocumentEntry[0].creationTime"))
    return found.latest.unique_id


def _latest(view: View, type_code: str, depositor: str) -> DocumentEntry | None:
    own = (
        filed.entry for filed in view.latest
        if filed.entry.type_code.code == type_code and filed.entry.depositor == depositor
        and filed.entry.availability_status is AvailabilityStatus.APPROVED)
    return max(own, key=lambda entry: entry.creation_time.utc, default=None)

"""Every emergency access is looked at by an officer, who says whether it was justified (late after 72 hours).

An officer sees who opened, when and why; of the patient and their documents, nothing. The figures are public.
"""

from __future__ import annotations

from uuid import UUID

from carnet.audit.events import NO_RECORD, done
from carnet.errors import Conflict, InvalidInput, Issue, NotFound
from carnet.people.caller import OfficerCaller
from carnet.record.effects import Notice
from carnet.record.emergency_store import EmergencyUse, ReviewFigures
from carnet.record.notices import REVIEWED, notices_of_review
from carnet.record.stores import Stores
from carnet.rights.access import Asker
from carnet.rights.held import RecordState

LISTED, LOOKED_AT = "see_emergencies", "see_emergency"
JUSTIFIED, UNJUSTIFIED = "justified", "unjustified"
SHORTEST, LONGEST = 3, 1000
_MOST = 500


async def emergencies_to_review(asker: Asker, stores: Stores, *, closed: bool = False) -> list[EmergencyUse]:
    """The accesses that wait for a review, the oldest first; or (`closed`) those reviewed, the latest first.

    At most 500. Raises NotFound for who is not an officer.
    """
    async with stores.refusals_traced(asker, LISTED):
        _only_an_officer(asker)
    await stores.records.trace((done(asker, LISTED, NO_RECORD), None))
    return await stores.emergencies.uses(closed=closed, limit=_MOST)


async def emergency_to_review(asker: Asker, record: UUID, emergency_id: UUID, stores: Stores) -> EmergencyUse:
    """One access, reviewed or not. The holder reads in their history that an officer looked at it.

    Raises NotFound for who is not an officer, or when there was none.
    """
    async with stores.refusals_traced(asker, LOOKED_AT):
        use = await _use(asker, record, emergency_id, stores)
    await stores.records.trace((done(asker, LOOKED_AT, record), None))
    return use


async def close_review(
    asker: Asker, record: UUID, emergency_id: UUID, stores: Stores, *, is_justified: bool, note: str,
) -> None:
    """Say of an access whether it was justified, with a note of 3 to 1000 characters; the holder is told.

    Raises NotFound for who is not an officer or an access that never was, InvalidInput for the note, Conflict when it
    was said before.
    """
    note = note.strip()
    review = JUSTIFIED if is_justified else UNJUSTIFIED
    async with stores.refusals_traced(asker, REVIEWED) as tracing:
        await _use(asker, record, emergency_id, stores)
        tracing.record = record
        if not SHORTEST <= len(note) <= LONGEST or not "".join(note.split()).isprintable():
            raise InvalidInput(Issue("value", f"a note of {SHORTEST} to {LONGEST} characters", "note"))
        event = done(asker, REVIEWED, record, review=review, note=note)
        notices = await _notices(asker, record, review, stores)
        if not await stores.emergencies.close(emergency_id, event, notices, review=review, note=note):
            raise Conflict("this access was reviewed before")


async def review_figures(stores: Stores) -> ReviewFigures:
    """How many accesses wait, are late, were justified or not: for everybody, without a trace."""
    return await stores.emergencies.figures()


async def _notices(asker: Asker, record: UUID, review: str, stores: Stores) -> tuple[Notice, ...]:
    facts = stores.facts(await stores.known(record, fresh=True))
    if facts.state is RecordState.ERASED:
        return ()       # nothing says any more whose it was
    return notices_of_review(asker, facts, {"review": review})


async def _use(asker: Asker, record: UUID, emergency_id: UUID, stores: Stores) -> EmergencyUse:
    _only_an_officer(asker)
    use = await stores.emergencies.use(record, emergency_id)
    if use is None:
        raise NotFound("no such emergency access")
    return use


def _only_an_officer(asker: Asker) -> None:
    if not isinstance(asker.caller, OfficerCaller):
        raise NotFound("nothing here")

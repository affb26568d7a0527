"""Announce a record: the person is told, and has six weeks to object; then it opens by itself (CSP R1111-40, SPEC 3.1).

Until then it counts as no record, but for its holder, who may refuse it or open it at once.
"""

from __future__ import annotations

from dataclasses import replace

from carnet.audit.events import actor_of, done
from carnet.errors import Conflict, NotPermitted
from carnet.journal.content import Opened
from carnet.people.caller import OfficerCaller
from carnet.people.patient import Patient
from carnet.record.change import at_second
from carnet.record.identifiers import of_person
from carnet.record.known import Known
from carnet.record.open_record import begun, commit_opening
from carnet.record.place_record import ANYWHERE, Berth, explained, placed
from carnet.record.status import RecordStatus, status_of
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.decision import Decision
from carnet.rights.due import NOTICE
from carnet.rights.held import RecordState
from carnet.rights.reasons import Reason

# The same words for all: whether the person has a record, or did not want one, is not told by this.
TAKEN = "a record was already opened for this person, or announced to them"


async def announce_record(asker: Asker, patient: Patient, stores: Stores) -> RecordStatus:
    """Announce a record to this person, and answer until when they may object.

    Raises NotPermitted for who is no officer, InvalidInput for traits that are none, Conflict when there is a record of
    this person in any state, also one that they objected to.
    """
    async with stores.refusals_traced(asker, Act.ANNOUNCE_RECORD):
        if not isinstance(asker.caller, OfficerCaller):     # no record yet: there is no fact to decide on
            raise NotPermitted(Decision((Reason.ONLY_THE_HOLDER,)))
        patient.traits.checked()
        if await stores.records.locate(of_person(patient.ins), fresh=True) is not None:
            raise Conflict(TAKEN)
    now = at_second(stores.clock.now())
    known, ends_at = begun(patient, now), now + NOTICE
    opened = Opened(
        by=actor_of(asker.caller), at=now, ins=patient.ins, traits=patient.traits, consent_text="", consent_channel="",
        state=RecordState.NOTICE, notice_ends_at=ends_at)
    event = done(asker, Act.ANNOUNCE_RECORD, known.record)

    async def opening(known: Known, berth: Berth) -> None:
        await commit_opening(asker, known, opened, explained(event, berth), stores, berth=berth)

    await placed(asker, known, ANYWHERE, stores, opening=opening)
    known = await stores.known(known.record, fresh=True)
    return replace(status_of(asker, known, stores.facts(known)), notice_ends_at=ends_at)

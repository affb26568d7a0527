"""Reopen a closed record: all that was in it is there again; no earlier authorisation is (CSP R1111-36, SPEC 3.2).

What the holder opposed before stays opposed, and who was blocked stays blocked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from carnet.people.caller import Caller, ProfessionalCaller
from carnet.people.ins import Ins
from carnet.record.authorise import MOST_DAYS, described
from carnet.record.change_rights import Wish, change_rights
from carnet.record.known import Known
from carnet.record.open_record import OpeningConsent, agreed
from carnet.record.status import RecordStatus, record_status
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.changes import AuthorisationSet, Change, StateChanged
from carnet.rights.held import Authorisation, RecordState


async def reopen_record(asker: Asker, ins: Ins, consent: OpeningConsent, stores: Stores) -> RecordStatus:
    """Reopen the record, with the consent that its holder gives anew; a pending erasure is cancelled by it.

    The professional who reopens is authorised for one year, as at an opening. Raises NotFound, NotPermitted (a record
    closed by death is reopened by an officer only), InvalidInput for a consent that is none, Conflict.
    """
    def reopened(_known: Known, now: datetime) -> tuple[Change, ...]:
        return (StateChanged(state=RecordState.ACTIVE), *agreed(consent, now), *_authorised(asker.caller, now))

    detail = {"consent": consent.text_version, "channel": consent.channel}
    await change_rights(asker, ins, Wish(asker.to(Act.REOPEN_RECORD), reopened, detail=detail), stores)
    return await record_status(asker, ins, stores)


def _authorised(caller: Caller, now: datetime) -> tuple[Change, ...]:
    if not isinstance(caller, ProfessionalCaller):
        return ()
    given = Authorisation(professional=caller.ps_id, valid_until=now + timedelta(days=MOST_DAYS))
    return (AuthorisationSet(described(given, caller)),)

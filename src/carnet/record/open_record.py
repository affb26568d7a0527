"""Open a record: by a professional with the patient's consent, or by the patient for themselves (SPEC 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from carnet.audit.events import actor_of, done
from carnet.errors import InvalidInput, Issue
from carnet.hosting.directory import Placement
from carnet.journal.chain import genesis
from carnet.journal.content import Opened
from carnet.people.caller import ProfessionalCaller
from carnet.people.patient import Patient
from carnet.record.authorise import authorise
from carnet.record.change import after_commit, at_second, sealed_commit
from carnet.record.known import Known
from carnet.record.status import RecordStatus, record_status
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.decision import decide
from carnet.rights.facts import RecordState

CHANNELS = ("oral", "written", "portal")
FIRST_AUTHORISATION = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class OpeningConsent:
    """How the patient agreed: the version of the text they were shown, and `oral`, `written` or `portal`."""

    text_version: str
    channel: str
    given_at: datetime | None = None


async def open_record(asker: Asker, patient: Patient, consent: OpeningConsent, stores: Stores) -> RecordStatus:
    """Open this person's record and answer its status. The professional who opens it is authorised for one year.

    Raises Conflict when the person already has a record, InvalidInput when the consent is not one.
    """
    async with stores.refusals_traced(asker, Act.OPEN_RECORD):
        _check(consent)
        now = at_second(stores.clock.now())
        known = _new_record(patient, now, stores)
        decide(asker.to(Act.OPEN_RECORD), None, known.facts(now)).or_raise()
    keys = await stores.keys.create(known.record)     # before the record: one without a key could never be read
    opened = Opened(
        by=actor_of(asker.caller), at=now, ins=patient.ins, traits=patient.traits,
        consent_text=consent.text_version, consent_channel=consent.channel)
    commit = sealed_commit(known, keys, opened)
    event = done(asker, Act.OPEN_RECORD, known.record, consent=consent.text_version, channel=consent.channel)
    committed = await stores.records.open(known, commit, event)
    after_commit(stores, commit, committed, opened)
    if isinstance(asker.caller, ProfessionalCaller):
        await authorise(asker, patient.ins, asker.caller.ps_id, stores, days=FIRST_AUTHORISATION.days)
    return await record_status(asker, patient.ins, stores)


def _new_record(patient: Patient, now: datetime, stores: Stores) -> Known:
    record = uuid4()
    directory = stores.copies.directory
    placement = Placement(record, 1, directory.home_for(record).id, directory.reference.id)
    return Known(
        record=record, holder=patient.ins, traits=patient.traits, state=RecordState.ACTIVE, opened_at=now,
        closed_at=None, closing_motive="", placement=placement, place=0, head=genesis(record), rights_version=1,
        snapshot_place=0, documents=0, authorisations={},
    )


def _check(consent: OpeningConsent) -> None:
    issues = []
    if not consent.text_version.strip():
        issues.append(Issue("required", "which text the patient agreed to", "consent.text_version"))
    if consent.channel not in CHANNELS:
        issues.append(Issue("value", f"one of {', '.join(CHANNELS)}", "consent.channel"))
    if issues:
        raise InvalidInput(*issues)

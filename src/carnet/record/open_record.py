"""Open a record: by a professional with the patient's consent, or by the patient for themselves (SPEC 3.1).

A record that was announced, or that its holder refused, is opened by the same word: it counts as none until then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from carnet.audit.events import Event, actor_of, done
from carnet.errors import Conflict, InvalidInput, Issue, NotFound, Unavailable
from carnet.hosting.directory import Placement
from carnet.journal.chain import genesis
from carnet.journal.content import Opened
from carnet.journal.rights import rights_at_opening
from carnet.people.caller import ProfessionalCaller
from carnet.people.ins import Ins
from carnet.people.patient import Patient
from carnet.record.authorise import MOST_DAYS, authorise
from carnet.record.change import after_commit, at_second, sealed_commit
from carnet.record.change_rights import Wish, change_rights
from carnet.record.effects import Effects
from carnet.record.known import Known
from carnet.record.notices import notices_of
from carnet.record.place_record import ANYWHERE, Berth, Preference, check_preference, explained, placed
from carnet.record.status import RecordStatus, record_status
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.changes import Change, ChoiceMade, StateChanged
from carnet.rights.decision import decide
from carnet.rights.held import Choice, Consent, RecordRights, RecordState

CHANNELS = ("oral", "written", "portal")
AT_OPENING = frozenset({
    Choice.FEEDING, Choice.CONSULTATION, Choice.BREAK_THE_GLASS, Choice.REGULATION_CENTRE, Choice.MASKED_IN_EMERGENCY})


@dataclass(frozen=True, slots=True)
class OpeningConsent:
    """How the patient agreed: the version of the text they were shown, and `oral`, `written` or `portal`.

    `opposed` are the uses that they opposed while agreeing (EX_1.1-1050: emergency accesses are proposed at creation).
    """

    text_version: str
    channel: str
    given_at: datetime | None = None
    opposed: frozenset[Choice] = frozenset()


async def open_record(
    asker: Asker, patient: Patient, consent: OpeningConsent, stores: Stores, *, preference: Preference = ANYWHERE,
) -> RecordStatus:
    """Open this person's record and answer its status. The professional who opens it is authorised for one year.

    Raises Conflict when the person already has a record, InvalidInput when the consent is not one or when there is no
    such host, NowhereToPlace when no host may have the record.
    """
    existing = await _announced(patient.ins, stores)
    if existing is None:
        await _open_new(asker, patient, consent, stores, preference=preference)
    else:
        await _open_announced(asker, patient.ins, consent, stores)
        if preference.host:     # it was placed when it was announced
            await stores.records.keepers.ask(existing, preference.host)
    if isinstance(asker.caller, ProfessionalCaller):
        await authorise(asker, patient.ins, asker.caller.ps_id, stores, days=MOST_DAYS)
    return await record_status(asker, patient.ins, stores)


async def _announced(ins: Ins, stores: Stores) -> UUID | None:
    try:
        return await stores.record_of(ins)
    except NotFound:
        return None


async def _open_new(
    asker: Asker, patient: Patient, consent: OpeningConsent, stores: Stores, *, preference: Preference,
) -> None:
    async with stores.refusals_traced(asker, Act.OPEN_RECORD):
        check_consent(consent)
        check_preference(preference, stores)
        now = at_second(stores.clock.now())
        known = begun(patient, now)
        decide(asker.to(Act.OPEN_RECORD), None, stores.facts(known)).or_raise()
    opened = Opened(
        by=actor_of(asker.caller), at=now, ins=patient.ins, traits=patient.traits,
        consent_text=consent.text_version, consent_channel=consent.channel, opposed=tuple(sorted(consent.opposed)))
    event = done(asker, Act.OPEN_RECORD, known.record, consent=consent.text_version, channel=consent.channel)

    async def opening(known: Known, berth: Berth) -> None:
        await commit_opening(asker, known, opened, explained(event, berth), stores, berth=berth)

    await placed(asker, known, preference, stores, opening=opening)


async def _open_announced(asker: Asker, ins: Ins, consent: OpeningConsent, stores: Stores) -> None:
    def opened(_known: Known, now: datetime) -> tuple[Change, ...]:
        return (StateChanged(state=RecordState.ACTIVE), *agreed(consent, now))

    known = await stores.known(await stores.record_of(ins), fresh=True)
    if known.rights.state in (RecordState.ACTIVE, RecordState.SUSPENDED, RecordState.CLOSED):
        async with stores.refusals_traced(asker, Act.OPEN_RECORD, record=known.record):
            raise Conflict("this person already has a record")
    if known.rights.state is RecordState.ERASED:
        raise Unavailable("not yet possible for this person", retry_after_seconds=2)   # the worker is at it (due.py)
    detail = {"consent": consent.text_version, "channel": consent.channel}
    await change_rights(asker, ins, Wish(asker.to(Act.OPEN_RECORD), opened, detail=detail), stores)


def begun(patient: Patient, now: datetime) -> Known:
    """A record that is about to begin, nowhere yet: to a decision, it is as one that was only announced."""
    record = uuid4()
    return Known(
        record=record, holder=patient.ins, traits=patient.traits,
        rights=RecordRights(state=RecordState.NOTICE, since=now), opened_at=now,
        placement=Placement(record, 1, home="", reference=""), place=0,
        head=genesis(record), rights_version=1, snapshot_place=0, documents=0,
    )


async def commit_opening(
    asker: Asker, known: Known, opened: Opened, event: Event, stores: Stores, *, berth: Berth,
) -> None:
    """Create the record's row with its first entry. Raises Conflict when the person has a record, HostNotActive when it
    must be placed again.
    """
    matrix_number, epoch = await stores.records.in_force()
    rights = rights_at_opening(opened)
    known = replace(known, rights=rights, matrix_number=matrix_number, epoch=epoch)
    commit = sealed_commit(known, berth.keys, opened)
    effects = Effects(rights, notices_of(asker, Act(event.act), stores.facts(known), rights))
    committed = await stores.records.open(known, commit, event, effects, seat=berth.seat)
    after_commit(stores, commit, committed, opened)


def agreed(consent: OpeningConsent, now: datetime) -> tuple[Change, ...]:
    """What this consent says, as changes. What was opposed before stays so. Raises InvalidInput when it is not one."""
    check_consent(consent)
    said = Consent(given=True, at=now, text_version=consent.text_version, channel=consent.channel)
    opposed = (
        ChoiceMade(choice=choice, consent=msgspec.structs.replace(said, given=False))
        for choice in sorted(consent.opposed))
    return (ChoiceMade(choice=Choice.OPENING, consent=said), *opposed)


def check_consent(consent: OpeningConsent) -> None:
    """Raises InvalidInput with every issue when the consent is not one."""
    issues = []
    if not consent.text_version.strip():
        issues.append(Issue("required", "which text the patient agreed to", "consent.text_version"))
    if consent.channel not in CHANNELS:
        issues.append(Issue("value", f"one of {', '.join(CHANNELS)}", "consent.channel"))
    if not consent.opposed <= AT_OPENING:
        issues.append(Issue("value", "what cannot be opposed at the opening", "consent.opposed"))
    if issues:
        raise InvalidInput(*issues)

"""One person of a batch: their history, composed and deposited in place of the one that is in force.

A document's uniqueId is made of the batch, the person and what it says. So the same batch again finds its own document
there and brings nothing, also after a crash; the same content in a later batch is known by the last part alone; and a
batch that is corrected is another document. Nothing is kept of a person without record, or who said no.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import NAMESPACE_OID, uuid4, uuid5

import msgspec

from carnet.audit.events import done
from carnet.documents.cda import entry_from_header
from carnet.documents.cda_header import header_of
from carnet.documents.compose_care import MODEL, TITLE, TYPE, compose_care
from carnet.documents.compose_header import Letterhead
from carnet.documents.content.values import Reimbursed
from carnet.documents.entry import Author, DocumentEntry
from carnet.documents.submission import SubmittedDocument
from carnet.documents.time import Dtm
from carnet.errors import InvalidInput, NotFound, NotPermitted
from carnet.feeds.lots import lot_of
from carnet.feeds.reimbursements.lines import day_of
from carnet.feeds.reimbursements.persons import Look, PersonLines
from carnet.people.code import Code
from carnet.people.identifiers import PS_ID_OID, PsIdKind
from carnet.people.ins import Ins
from carnet.people.names import Institution, Person
from carnet.people.patient import Patient
from carnet.record.inbox.message import Channel, Partner, Reading
from carnet.record.live import Standing, replaced_by, standing
from carnet.record.stores import Stores, reasons_of
from carnet.record.submit import submit
from carnet.rights.access import Act, Asker
from carnet.rights.reasons import Reason

_TRIES = 3
KIND = "lines"
_OPPOSED = frozenset({
    Reason.FEEDING_OPPOSED.value, Reason.FEEDING_OPPOSED_THERE.value, Reason.BLOCKED_BY_PATIENT.value})
_INTERNAL = {      # of a Struct_IdNat, by its first digit: what its internal identifiers begin with
    "0": PsIdKind.ADELI_INTERNAL, "1": PsIdKind.FINESS_INTERNAL, "2": PsIdKind.SIREN_INTERNAL,
    "3": PsIdKind.SIRET_INTERNAL, "4": PsIdKind.RPPS_INTERNAL}
_AUTOMATIC = Code(
    "ALIM_AM", "1.2.250.1.213.1.1.4.6", "Alimentation automatique à partir du Système d'Information de l'Assurance"
    " Maladie")


class Fate(StrEnum):
    """What became of a person of a batch."""

    DEPOSITED = "deposited"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    NO_RECORD = "without record"
    OPPOSED = "opposed"
    NOT_OPEN = "record not open"
    KEPT_BACK = "nothing that may be transferred"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Settled:
    """A person's fate; `reasons` are codes when it was refused by the record."""

    fate: Fate
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feeder:
    """Who feeds, where, and the batch that a file is of."""

    stores: Stores
    partner: Partner
    batch: Look

    @property
    def asker(self) -> Asker:
        """As the one who asks."""
        return Asker(self.partner.caller, door=Channel.REIMBURSEMENT.value, request_id=self.batch.batch[:64])


async def bring(person: PersonLines, feeder: Feeder) -> Settled:
    """Deposit this person's history, unless it says nothing new. Raises Unavailable: bring it again later."""
    if person.wrong or person.ins is None:
        return Settled(Fate.REFUSED, ("lines",))
    try:
        record = await feeder.stores.record_of(person.ins)
        for attempt in range(_TRIES):
            found = await standing(feeder.asker, record, TYPE, feeder.stores)
            try:
                return await _brought(person, person.ins, found, feeder)
            except InvalidInput:        # another import replaced it in between: what is in force is looked for again
                if attempt == _TRIES - 1:
                    raise
    except NotFound:
        return Settled(Fate.NO_RECORD)
    except NotPermitted as error:
        reasons = tuple(reasons_of(error))
        return Settled(Fate.OPPOSED if _OPPOSED & {*reasons} else Fate.NOT_OPEN, reasons)
    except InvalidInput as error:
        return Settled(Fate.REFUSED, tuple(reasons_of(error)))
    raise AssertionError("the last try returns or raises")


async def _brought(person: PersonLines, ins: Ins, found: Standing, feeder: Feeder) -> Settled:
    latest = found.latest
    digest = person.digest
    if latest is None and not person.lines:
        return Settled(Fate.KEPT_BACK)
    if latest is not None and latest.unique_id.rpartition("^")[2] == digest:
        await _trace_unchanged(latest, found, feeder)
        return Settled(Fate.UNCHANGED)
    document = _document(person.lines, Patient(ins, found.known.traits), f"{_name(ins, feeder)}^{digest}", feeder)
    document = msgspec.structs.replace(document, replaces=replaced_by(document.entry, found))
    reading = Reading(feeder.stores.rules.submissions, feeder.stores.clock.now())
    lot = msgspec.structs.replace(lot_of([document], feeder.partner, reading), kind=KIND)
    outcome = await submit(feeder.asker, lot, feeder.stores)
    if not outcome.created:
        return Settled(Fate.UNCHANGED)
    return Settled(Fate.REPLACED if document.replaces else Fate.DEPOSITED)


async def _trace_unchanged(latest: DocumentEntry, found: Standing, feeder: Feeder) -> None:
    """The same trace as of bytes that were there already: the record was looked into."""
    event = done(feeder.asker, Act.FEED, found.known.record, documents=[latest.entry_uuid], created=False)
    await feeder.stores.records.trace((event, None))


def _document(lines: list[Reimbursed], patient: Patient, unique_id: str, feeder: Feeder) -> SubmittedDocument:
    composed = compose_care(_letterhead(lines, patient, unique_id, feeder), lines)
    header = header_of(composed.header, feeder.stores.rules.submissions.ins)
    entry = entry_from_header(header, composed.content, entry_uuid=uuid4())
    return SubmittedDocument(entry, composed.content, None, header, entry.hash)


def _letterhead(lines: list[Reimbursed], patient: Patient, unique_id: str, feeder: Feeder) -> Letterhead:
    made_at = day_of(feeder.batch.made_on) or Dtm.at(feeder.stores.clock.now())
    since = min((line.at for line in lines if line.at), key=lambda at: at.utc, default=made_at)
    partner = feeder.partner
    system = Person(_answering(partner), PS_ID_OID, partner.software, "", kind="U", id_type="RI")
    return Letterhead(
        unique_id=unique_id, type_code=TYPE, title=TITLE, patient=patient,
        author=Author(system, Institution(partner.name, partner.organisation), (), (_AUTOMATIC,)), made_at=made_at,
        care_start=since, care_stop=made_at, facility="SA24", practice_setting="AMO", templates=(MODEL,))


def _answering(partner: Partner) -> str:
    """Who answers for the document, as a PS_IdNat: an internal identifier of the organisation, the software's."""
    kind, number = partner.organisation[:1], partner.organisation[1:]
    return f"{_INTERNAL.get(kind, kind)}{number}/{partner.partner_id}"


def _name(ins: Ins, feeder: Feeder) -> str:
    """The OID of this person in this batch of this insurer, made of a UUID (ITU-T X.667): the same each time."""
    told = f"{feeder.partner.organisation}\x1f{feeder.batch.batch}\x1f{ins}"
    return f"2.25.{uuid5(NAMESPACE_OID, told).int}"


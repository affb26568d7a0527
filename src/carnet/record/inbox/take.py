"""Take a message: read it, do what it asks of the record, and write what became of it before anybody is answered.

What cannot be done now is kept, sealed, and done later; what the patient opposed is not kept at all. The same bytes of
the same sender are one message, however often and by however many channels they come (their documents' uniqueIds see
to that); what one organisation sends of one person is taken in the order in which it came. A crash between the deposit
and the row leaves a document without a row: the sender, who had no answer, sends again, and the row is written then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from uuid import UUID, uuid4

from msgspec import structs

from carnet.audit.events import NO_RECORD, refused
from carnet.errors import CarnetError, Gone, InvalidInput, Issue, NotFound, NotPermitted, TooLarge, Unavailable
from carnet.people.ins import Ins
from carnet.people.patient import Traits
from carnet.people.same_traits import differing
from carnet.record.inbox.message import (
    Channel,
    Deletion,
    Deposit,
    Form,
    Message,
    MessageState,
    Opposition,
    Partner,
    Reading,
    Settled,
    Step,
    Taken,
)
from carnet.record.inbox.sealed import SealedContent, sealed, unsealed
from carnet.record.inbox.store import Held, Row
from carnet.record.live import made_live
from carnet.record.organisations import said_to_organisation
from carnet.record.stores import Stores, reasons_of
from carnet.record.submit import submit
from carnet.record.visibility import change_visibility
from carnet.rights.access import Act, Asker
from carnet.rights.held import RecordState
from carnet.rights.reasons import Reason

NO_RECORD_YET = "no_record"
TRAITS_DIFFER = "traits"
WAITED_TOO_LONG = "waited_too_long"
_OBJECTIONS = frozenset({
    Reason.FEEDING_OPPOSED.value, Reason.FEEDING_OPPOSED_THERE.value, Reason.BLOCKED_BY_PATIENT.value,
    *(f"record_{state}" for state in (RecordState.REFUSED, RecordState.CLOSED, RecordState.ERASED))})
"""What is refused for one of these is not kept, not even sealed: the patient does not want it here."""

_SOON_SECONDS, _WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 5, 300, 6 * 3600


@dataclass(frozen=True, slots=True)
class Inbox:
    """The inbox of a platform, with the form of each channel."""

    stores: Stores
    forms: Mapping[Channel, Form]

    @property
    def reading(self) -> Reading:
        """What forms read with, now."""
        return Reading(self.stores.rules.submissions, self.stores.clock.now())


@dataclass(frozen=True)
class Arrived:
    """Bytes as a channel received them, from whom, and how often they were tried before."""

    raw: bytes
    channel: Channel
    partner: Partner
    attempts: int = 0

    @cached_property
    def digest(self) -> bytes:
        """What the inbox knows these bytes by."""
        return sha256(self.raw).digest()


async def take(arrived: Arrived, inbox: Inbox) -> Taken:
    """What became of this message, once it is written down.

    Raises Unavailable when nothing could be written: the sender must send again.
    """
    return await _taken(arrived, inbox, after_earlier=True)


async def _taken(arrived: Arrived, inbox: Inbox, *, after_earlier: bool) -> Taken:
    message: Message | None = None
    try:
        message = inbox.forms[arrived.channel].read(arrived.raw, arrived.partner, inbox.reading)
        if after_earlier:
            await _take_earlier(message, arrived, inbox)
        taken = await _done(message, _asker(arrived, message.control_id), inbox.stores)
    except InvalidInput as error:
        if message is None:     # else the use case left the trace
            event = refused(_asker(arrived), Act.FEED, NO_RECORD, reasons=reasons_of(error))
            await inbox.stores.records.trace((event, None))
        taken = await _fate(error, message, inbox.stores)
    except CarnetError as error:
        taken = await _fate(error, message, inbox.stores)
    return await _written(arrived, message, taken, inbox)


async def take_again(held: Held, inbox: Inbox) -> Taken | None:
    """Try a message again that is in the inbox; None when nothing is left of its content.

    Raises Unavailable, or Gone when the key of its day was destroyed.
    """
    return await _again(held, inbox, after_earlier=True)


async def give_up(held: Held, inbox: Inbox) -> None:
    """End a message that waited too long: its sender is told as its channel tells. Its content goes with its day.

    Raises Unavailable, or Gone when the key of its day was destroyed.
    """
    if held.content is None:
        return
    arrived = Arrived(await unsealed(held.content, inbox.stores.keys), held.channel, held.partner, held.attempts)
    try:
        message = inbox.forms[held.channel].read(arrived.raw, held.partner, inbox.reading)
    except InvalidInput:
        message = None
    taken = Taken(uuid4(), MessageState.REFUSED, (WAITED_TOO_LONG,))
    await _written(arrived, message, taken, inbox, content=held.content)


async def _again(held: Held, inbox: Inbox, *, after_earlier: bool) -> Taken | None:
    if held.content is None:
        return None
    raw = await unsealed(held.content, inbox.stores.keys)
    arrived = Arrived(raw, held.channel, held.partner, held.attempts + 1)
    return await _taken(arrived, inbox, after_earlier=after_earlier)


async def _take_earlier(message: Message, arrived: Arrived, inbox: Inbox) -> None:
    """Take first what this organisation sent before of the same person and that waits, now that there is a record.

    Else a document would be kept although its opposition came before it. Raises Unavailable while one cannot be taken.
    """
    if message.ins is None:
        return
    waiting = await inbox.stores.messages.earlier(message.ins, arrived.partner, arrived.digest)
    if not waiting or not await _is_active(message.ins, inbox.stores):
        return
    for held in waiting:
        with suppress(Gone):        # the key of its day is destroyed: nothing is left of it
            taken = await _again(held, inbox, after_earlier=False)
            if taken is not None and taken.state is MessageState.RECEIVED:
                raise Unavailable("what this organisation sent before of this person waits")


async def _done(message: Message, asker: Asker, stores: Stores) -> Taken:
    record, is_new = await _record_of(message.ins, stores), False
    if record is not None and message.traits is not None:
        await _check_traits(message.traits, record, asker, stores)
    notes: list[Issue] = []
    for step in message.steps:
        brings, told = await _do(step, asker, stores, kind=message.kind)
        is_new |= brings
        notes += told
    return Taken(uuid4(), MessageState.DEPOSITED, issues=tuple(notes), record=record, is_new=is_new)


async def _check_traits(traits: Traits, record: UUID, asker: Asker, stores: Stores) -> None:
    """Raises InvalidInput when the sender knows this INS for somebody else; it is not told what differs."""
    known = await stores.known(record)
    if known.rights.state is RecordState.ACTIVE and differing(known.traits, traits):
        event = refused(asker, Act.FEED, record, reasons=[TRAITS_DIFFER])
        await stores.records.trace((event, None))
        raise InvalidInput(
            Issue("business-rule", "the traits are not those of the person with this INS", TRAITS_DIFFER))


async def _do(step: Step, asker: Asker, stores: Stores, *, kind: str) -> tuple[bool, tuple[Issue, ...]]:
    """Whether it brought something new, and what its sender is to know."""
    match step:
        case Deposit(submission=submission, is_live=is_live):
            lot = await made_live(asker, submission, stores) if is_live else submission
            outcome = await submit(asker, structs.replace(lot, kind=kind), stores)
            return outcome.created, outcome.notes
        case Deletion(unique_id=unique_id, ins=ins):
            within = await stores.record_of(ins) if ins is not None else None
            await change_visibility(asker, unique_id, Act.DELETE, stores, within=within)
        case Opposition():
            return await said_to_organisation(asker, step, stores), ()
    return True, ()


async def _fate(error: CarnetError, message: Message | None, stores: Stores) -> Taken:
    """What becomes of a message that could not be done: kept to be tried again, made to wait, or refused."""
    taken = Taken(uuid4(), MessageState.REFUSED, tuple(reasons_of(error)), issues_of(error))
    if isinstance(error, Unavailable):
        return replace(taken, state=MessageState.RECEIVED)
    if message is None or not isinstance(error, NotFound | NotPermitted):
        return taken
    record = await _record_of(message.ins, stores)
    if record is None:
        return replace(taken, state=MessageState.WAITING, reasons=(NO_RECORD_YET,))
    state = (await stores.known(record, fresh=True)).rights.state
    waits = state in (RecordState.NOTICE, RecordState.SUSPENDED)
    return replace(
        taken, record=record, state=MessageState.WAITING if waits else MessageState.REFUSED,
        reasons=(f"record_{state}",) if state is not RecordState.ACTIVE else taken.reasons)


def issues_of(error: CarnetError) -> tuple[Issue, ...]:
    """What the sender corrects, as the error says it."""
    match error:
        case InvalidInput(issues=issues):
            return issues
        case TooLarge(limit_bytes=limit):
            return (Issue("too-long", f"larger than {limit} bytes"),)
        case _:
            return ()


async def _written(
    arrived: Arrived, message: Message | None, taken: Taken, inbox: Inbox, *, content: SealedContent | None = None,
) -> Taken:
    """What became of it, once it is a row. `content` is what stays as it was sealed before."""
    form, keys = inbox.forms[arrived.channel], inbox.stores.keys
    day = inbox.stores.clock.now().date()
    copied_to = await _recalled(message, taken, inbox.stores)
    answers = form.answers(Settled(arrived.raw, arrived.partner, message, taken, copied_to))
    row = Row(
        arrived.digest, arrived.channel, arrived.partner, message, taken,
        content or (await sealed(arrived.raw, day, keys) if _is_kept(taken) else None),
        _seconds_to_wait(taken.state, arrived.attempts),
        [(each, await sealed(each.content, day, keys)) for each in answers])
    message_id, is_first = await inbox.stores.messages.put(row)
    return replace(taken, message_id=message_id, is_new=taken.is_new and is_first)


async def _recalled(message: Message | None, taken: Taken, stores: Stores) -> Sequence[str]:
    """The boxes that had copies of what this message deleted."""
    if message is None or not message.deleted_ids or taken.state is not MessageState.DEPOSITED:
        return ()
    return await stores.messages.recalled(message.deleted_ids)


def _is_kept(taken: Taken) -> bool:
    """Is the content kept, sealed? What is in the record is kept there; what the patient opposed is kept nowhere."""
    return taken.state is not MessageState.DEPOSITED and not _OBJECTIONS & {*taken.reasons}


def _seconds_to_wait(state: MessageState, attempts: int) -> int | None:
    """How long until it is tried again: longer each time."""
    match state:
        case MessageState.RECEIVED:
            return int(min(_SOON_SECONDS * 2**attempts, _WAIT_SECONDS))
        case MessageState.WAITING:
            return int(min(_WAIT_SECONDS * 2**attempts, _LONGEST_WAIT_SECONDS))
        case _:
            return None


async def _is_active(ins: Ins, stores: Stores) -> bool:
    record = await _record_of(ins, stores)
    return record is not None and (await stores.known(record, fresh=True)).rights.state is RecordState.ACTIVE


async def _record_of(ins: Ins | None, stores: Stores) -> UUID | None:
    if ins is None:
        return None
    try:
        return await stores.record_of(ins)
    except NotFound:
        return None


def _asker(arrived: Arrived, control_id: str = "") -> Asker:
    return Asker(arrived.partner.caller, door=arrived.channel.value, request_id=control_id[:64])

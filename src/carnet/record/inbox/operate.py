"""What an operator does with messages: look at them, try one again, send a corrected one, open a sealed content.

Each leaves a trace that names who did it. Who may come here is decided by who has the platform's settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from carnet.audit.events import NO_RECORD, done
from carnet.errors import Conflict, Gone, InvalidInput, Issue, NotFound
from carnet.record.inbox.message import Kept, MessageState, Taken
from carnet.record.inbox.sealed import unsealed
from carnet.record.inbox.store import Held, Wanted
from carnet.record.inbox.take import Arrived, Inbox, take, take_again
from carnet.record.stores import Stores
from carnet.rights.access import Asker

LISTED, REPLAYED, CORRECTED, OPENED = "see_messages", "replay_message", "correct_message", "read_message"
_OVER = (MessageState.DEPOSITED, MessageState.REPLACED, MessageState.DELETED)
_PAGE = 1000


async def list_messages(asker: Asker, wanted: Wanted, stores: Stores, *, limit: int) -> list[Kept]:
    """Messages, the newest first. Nothing of their content."""
    await stores.records.trace((done(asker, LISTED, NO_RECORD), None))
    found: list[Kept] = []
    while len(found) < limit:
        page = await stores.messages.of(wanted, limit=min(_PAGE, limit - len(found)))
        found += page
        if not page:
            break
        wanted = wanted.following(page[-1])
    return found


async def one_message(asker: Asker, message_id: UUID, stores: Stores) -> Kept:
    """One message. Raises NotFound."""
    await stores.records.trace((done(asker, LISTED, NO_RECORD, message=str(message_id)), None))
    return await _kept(message_id, stores)


async def replay(asker: Asker, message_id: UUID, inbox: Inbox) -> Taken:
    """Try a message again now, as it came. Raises NotFound, Gone when nothing is left of its content, Unavailable."""
    held = await _held(message_id, inbox.stores)
    await inbox.stores.records.trace((done(asker, REPLAYED, NO_RECORD, message=str(message_id)), None))
    taken = await take_again(held, inbox)
    if taken is None:
        raise Gone("nothing is left of its content: it was deposited, opposed by the patient, or kept its days")
    return taken


async def correct(asker: Asker, message_id: UUID, raw: bytes, inbox: Inbox) -> Taken:
    """Take these bytes as if the same partner had sent them by the same channel; once they are taken, the message
    that they correct is over.

    Raises NotFound, Conflict for one that is in a record or was corrected, InvalidInput for the very bytes of a
    message that was refused, Unavailable.
    """
    kept, held = await _kept(message_id, inbox.stores), await _held(message_id, inbox.stores)
    if kept.state in _OVER:
        raise Conflict("this message is in a record already: its sender replaces or deletes the document")
    if held.content is not None and await unsealed(held.content, inbox.stores.keys) == raw:
        raise InvalidInput(Issue("invalid", "these are the very bytes of this message: replay it, or correct them"))
    await inbox.stores.records.trace((done(asker, CORRECTED, NO_RECORD, message=str(message_id)), None))
    taken = await take(Arrived(raw, kept.channel, kept.partner), inbox)
    if taken.is_accepted and taken.message_id != message_id:
        await inbox.stores.messages.corrected(message_id, taken.message_id)
    return taken


async def content_of(asker: Asker, message_id: UUID, stores: Stores) -> bytes:
    """The bytes of a message, whose trace is kept first. Raises NotFound, Gone when they are kept no more."""
    held = await _held(message_id, stores)
    await stores.records.trace((done(asker, OPENED, NO_RECORD, message=str(message_id)), None))
    if held.content is None:
        raise Gone("nothing is left of its content: it was deposited, opposed by the patient, or kept its days")
    return await unsealed(held.content, stores.keys)


def in_order(found: Sequence[Kept]) -> list[UUID]:
    """Those that may be tried again, in the order in which they came."""
    return [each.message_id for each in reversed(found) if each.has_content]


async def _kept(message_id: UUID, stores: Stores) -> Kept:
    found = await stores.messages.named([message_id])
    if not found:
        raise NotFound("no message has this id")
    return found[0]


async def _held(message_id: UUID, stores: Stores) -> Held:
    held = await stores.messages.held(message_id)
    if held is None:
        raise NotFound("no message has this id")
    return held

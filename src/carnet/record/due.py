"""What time itself changes, done by the worker: notices, suspensions and retention that are over, erasures.

Any number of workers may run: a record that is due is claimed for a minute, decided on anew, and changed only if it is
still what was decided on. An erasure is done in steps, each of which may be done again: the record is erased at the
first commit, and due again a minute later unless its key is destroyed by then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid5

from carnet.audit.events import done
from carnet.errors import CarnetError, Conflict, Gone, Unavailable
from carnet.people.caller import SystemCaller
from carnet.record.change import at_second, forget
from carnet.record.change_rights import MOVED, Wish, change_rights
from carnet.record.close_record import UNOPPOSED
from carnet.record.effects import Notice, to_person
from carnet.record.known import Known
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.changes import StateChanged
from carnet.rights.due import ends_of_representation, next_due
from carnet.rights.held import ProxyKind, RecordRights, RecordState

log = logging.getLogger(__name__)

WORKER = Asker(SystemCaller(), door="worker")


async def act_on_due(stores: Stores, *, limit: int = 100) -> int:
    """Do what is due to at most `limit` records; how many were changed. What cannot be done now stays due.

    Raises Unavailable when the portal's database is away.
    """
    acted = 0
    for record in await stores.records.due.claim(limit):
        try:
            acted += await _act_on(record, stores)
        except Unavailable:
            raise
        except Gone:        # no key, and none that was destroyed: nobody guesses why, an officer looks at the key store
            log.error("a record that is due has no key, and none was destroyed: it is looked at again in a day")
            await stores.records.due.put_off_for_a_day(record)
        except CarnetError as error:
            log.info("a record that is due is left for later: %s", type(error).__name__)
    return acted


async def _act_on(record: UUID, stores: Stores) -> bool:
    known = await stores.known(record, fresh=True)
    if known.rights.state is RecordState.ERASED:        # by a worker that went no further
        await _destroy(known, stores)
        return True
    if await stores.keys.destroyed_at(record) is not None:
        return await _erased_elsewhere(known, stores)
    if not _is_due(known.rights, stores.clock.now()):
        await stores.records.due.put_off(record, next_due(known.rights), rights_version=known.rights_version)
        return False
    match known.rights.state:
        case RecordState.NOTICE:
            await _move(known, Act.OPEN_RECORD, StateChanged(state=RecordState.ACTIVE), stores, because="no_objection")
        case RecordState.SUSPENDED:
            closed = StateChanged(state=RecordState.CLOSED, motive=UNOPPOSED)
            await _move(known, Act.CLOSE_RECORD, closed, stores, because=UNOPPOSED)
        case RecordState.CLOSED:
            because = "asked" if known.rights.erasure_due_at is not None else "ten_years"
            await _move(known, Act.ERASE, StateChanged(state=RecordState.ERASED), stores, because=because)
            await _destroy(await stores.known(record, fresh=True), stores)
        case _:
            await _tell_of_age(known, stores)
    return True


async def _move(known: Known, act: Act, change: StateChanged, stores: Stores, *, because: str) -> None:
    wish = Wish(WORKER.to(act), _if_due(known.rights.state, change), reason=because, detail={"because": because})
    await change_rights(WORKER, known.holder, wish, stores)


def _if_due(state: RecordState, change: StateChanged) -> Callable[[Known, datetime], tuple[StateChanged]]:
    """The holder may have spoken since the record was found due: the word of a person comes first."""
    def changes(known: Known, now: datetime) -> tuple[StateChanged]:
        if known.rights.state is not state or not _is_due(known.rights, now):
            raise Conflict(MOVED)
        return (change,)

    return changes


async def _destroy(known: Known, stores: Stores) -> None:
    """What follows the commit that erased: nothing says any more whose it was, and its key is no more.

    Due until the last step, so that a worker that dies here is followed by another.
    """
    await stores.records.due.empty(
        known.record, RecordRights(state=RecordState.ERASED, since=known.rights.since),
        orders_due_in=stores.rules.erasure_delay)
    await stores.keys.destroy(known.record)
    await stores.records.due.key_destroyed(known.record, await stores.keys.destroyed_at(known.record))
    stores.views.forget(known.record)
    stores.contents.forget(known.record)
    forget(stores, known)
    emptied = await stores.known(known.record, fresh=True)
    await stores.records.due.put_off(known.record, None, rights_version=emptied.rights_version)


async def _erased_elsewhere(known: Known, stores: Stores) -> bool:
    """Its key was destroyed, and this database does not say that it is erased: it was restored since. No key means
    erased (rule KEYS); nothing can be sealed in its journal any more.
    """
    rights = RecordRights(state=RecordState.ERASED, since=at_second(stores.clock.now()))
    event = done(WORKER, Act.ERASE, known.record, because="key_destroyed")
    await stores.records.due.found_erased(known.record, rights, event, rights_version=known.rights_version)
    found = await stores.known(known.record, fresh=True)
    if found.rights.state is RecordState.ERASED:
        await _destroy(found, stores)
    return found.rights.state is RecordState.ERASED


async def _tell_of_age(known: Known, stores: Stores) -> None:
    """Representation ended by itself, at that time. Nothing of the record changes: those concerned are told, once."""
    now = stores.clock.now()
    over = [
        each for each in known.rights.proxies
        if each.kind is ProxyKind.LEGAL_REPRESENTATIVE and each.ends_at is not None and each.ends_at <= now]
    notices = [
        Notice(to_person(person), Act.REVOKE_PROXY.value, {"why": "of_age"}, uuid5(proxy.proxy_id, to_person(person)))
        for proxy in over for person in (known.holder, proxy.person)]
    event = done(WORKER, Act.REVOKE_PROXY, known.record, why="of_age")
    await stores.records.due.tell(known.record, notices, event)
    later = [end for end in ends_of_representation(known.rights) if end > now]
    await stores.records.due.put_off(known.record, min(later, default=None), rights_version=known.rights_version)


def _is_due(rights: RecordRights, now: datetime) -> bool:
    due = next_due(rights)
    return due is not None and due <= now

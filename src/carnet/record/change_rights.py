"""Change what was said of a record: one decision, one sealed entry, one row, one audit event.

Every use case that changes rights ends here. In force at commit, for open pages and caches too. Two changes at once:
the second is refused with Conflict and finds the state that the first made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from carnet.audit.events import actor_of, done
from carnet.errors import Conflict
from carnet.journal.content import RightsChanged
from carnet.people.ins import Ins
from carnet.record.change import after_commit, at_second, forget, sealed_commit
from carnet.record.effects import Effects
from carnet.record.known import Known
from carnet.record.notices import notices_of
from carnet.record.stores import Stores
from carnet.rights.access import Access, AccessMode, Asker
from carnet.rights.changes import Change, EmergencyOpened, applied
from carnet.rights.decision import decide
from carnet.rights.facts import RightsPolicy
from carnet.rights.held import RecordRights

MOVED = "the record changed meanwhile"
Changes = Callable[[Known, datetime], tuple[Change, ...]]
"""From the record and the time to the changes wished. May raise InvalidInput or Conflict, which leave a trace."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wished: the access to decide on, what it would change, and what the trace says of it.

    `expected` is what the asker saw before deciding, when their door knows it: another value now is a Conflict.
    """

    access: Access
    changes: Changes
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    expected: Callable[[Known], bool] | None = None


async def change_rights(asker: Asker, ins: Ins, wish: Wish, stores: Stores) -> Known:
    """Decide on the wish, commit it, and answer what is known of the record from now on.

    Raises NotFound, NotPermitted, InvalidInput (from the wish), Conflict when the record moved meanwhile. A wish that
    changes nothing commits nothing but its trace.
    """
    act = wish.access.act
    async with stores.refusals_traced(asker, act) as tracing:
        tracing.record = await stores.record_of(ins)
        known = await stores.known(tracing.record, fresh=True)
        now = at_second(stores.clock.now())
        decide(wish.access, None, stores.facts(known)).or_raise()
        if wish.expected is not None and not wish.expected(known):
            raise Conflict(MOVED)
        changes = wish.changes(known, now)
    rights = rights_after(known.rights, changes, now)
    event = done(asker, act, known.record, **wish.detail)
    if rights == known.rights:
        async with stores.refusals_traced(asker, act, record=known.record):
            if not await stores.records.trace((event, known)):
                raise Conflict(MOVED)
        return known
    said = RightsChanged(by=actor_of(asker.caller), at=now, changes=changes, reason=wish.reason)
    commit = sealed_commit(known, await stores.keys.keys_of(known.record), said)
    opened = next((each.emergency for each in changes if isinstance(each, EmergencyOpened)), None)
    effects = Effects(
        rights, notices_of(asker, act, stores.facts(known), rights), opened, asker.caller,
        _ceiling(wish.access, stores.rules.rights))
    async with stores.refusals_traced(asker, act, record=known.record):
        committed = await stores.records.change_rights(commit, event, effects)
    after_commit(stores, commit, committed, said)
    forget(stores, known)
    return replace(
        known, rights=rights, place=committed.place, head=committed.head, rights_version=known.rights_version + 1)


def _ceiling(access: Access, policy: RightsPolicy) -> int | None:
    """How many emergency accesses the caller may open today: what `decide` looked at before, to be kept at commit."""
    has_ceiling = access.mode is AccessMode.BREAK_THE_GLASS and not access.has_second_person
    return policy.emergencies_a_day if has_ceiling else None


def rights_after(rights: RecordRights, changes: tuple[Change, ...], at: datetime) -> RecordRights:
    """The rights once these changes are in force."""
    for change in changes:
        rights = applied(rights, change, at)
    return rights

"""When the platform itself must act on a record if nobody does before: the delays that the law sets (SPEC 3.1, 3.2).

The law's delays are minimums or maximums; what is chosen within them is here, and in docs/decisions/0015-rights.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from carnet.rights.held import ProxyKind, ProxyState, RecordRights, RecordState

NOTICE = timedelta(weeks=6)             # to object to an announced record (CSP R1111-40)
SUSPENSION = timedelta(weeks=6)         # a suspended record without objection is closed (CSP R1111-36)
ERASURE = timedelta(days=30)            # between the request and the erasure; at most 3 months (CSP R1111-36)
RETENTION_YEARS = 10                    # a closed record is kept, then erased (CSP L1111-18, R1111-36)
KEY_LEFT = timedelta(minutes=1)         # to the worker that erased a record, to destroy its key; then it is another's


def next_due(rights: RecordRights) -> datetime | None:
    """When the worker must look at this record; None when only people change it."""
    match rights.state:
        case RecordState.NOTICE:
            return rights.notice_ends_at
        case RecordState.SUSPENDED:
            return rights.since + SUSPENSION
        case RecordState.CLOSED:
            return rights.erasure_due_at or retention_ends(rights.since)
        case RecordState.ERASED:
            return rights.since + KEY_LEFT
        case RecordState.ACTIVE:
            return min(ends_of_representation(rights), default=None)
        case RecordState.REFUSED:
            return None


def ends_of_representation(rights: RecordRights) -> list[datetime]:
    """When those who represent a minor by law cease to: there is nothing to do then, but to tell them."""
    return [
        each.ends_at for each in rights.proxies
        if each.kind is ProxyKind.LEGAL_REPRESENTATIVE and each.state is ProxyState.ACCEPTED
        and each.ends_at is not None]


def retention_ends(closed_at: datetime) -> datetime:
    """Ten years after the closing, day for day."""
    try:
        return closed_at.replace(year=closed_at.year + RETENTION_YEARS)
    except ValueError:      # closed on a 29 February
        return closed_at.replace(year=closed_at.year + RETENTION_YEARS, month=3, day=1)

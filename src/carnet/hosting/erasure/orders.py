"""Orders of erasure, carried out: every host that was ever given anything of an erased record deletes it and signs.

The record is unreadable since its key was destroyed; hosts delete days later, which is what saves from an order given
by mistake or malice, with each host's own ceiling a day. What is beyond that waits for an officer, or for tomorrow; a
host that is away is asked again.
"""

from __future__ import annotations

import logging

from carnet.errors import CarnetError
from carnet.hosting.bulk import CeilingReached
from carnet.hosting.bulk_wire import NotErased
from carnet.hosting.copies import Copies
from carnet.hosting.store import HostingStore

log = logging.getLogger(__name__)

AT_ONCE = 50        # in one order: its receipt, in the proof of each of them, stays small
AWAY_SECONDS = 60.0
CEILING_SECONDS = 3600.0
REFUSED_SECONDS = 86_400.0
CEILING = "the host's ceiling of the day: it goes on tomorrow, or when an officer approves more"
_WHY = {
    "placed_since": "the host was given the record again under a later order",
    "erased_later": "the host erased it under a later order, whose receipt is not here",
}


class Orders:
    """Has hosts erase what is due."""

    def __init__(self, copies: Copies, store: HostingStore) -> None:
        self._copies = copies
        self._store = store

    async def carry_out(self, host: str) -> int:
        """Have this host erase what is due there, as far as it may today; of how many records it signed that."""
        erased = 0
        for approval in (None, *await self._store.erasure.approvals(host)):
            done, is_over = await self._under(host, approval)
            erased += done
            if is_over:
                return erased
        await self._store.erasure.put_off_all(host, CEILING, seconds=CEILING_SECONDS)
        return erased

    async def _under(self, host: str, approval: str | None) -> tuple[int, bool]:
        """How many went under this approval, and whether nothing is left that another one would help."""
        erased, most = 0, AT_ONCE
        while due := await self._store.erasure.claim(host, most):
            records = [record for record, _ in due]
            await self._store.erasure.order_all(records)
            try:
                answer = await self._copies.clients[host].erase_all(due, approval=approval)
            except CeilingReached:
                await self._store.erasure.put_off(host, records, CEILING, seconds=0)
                if len(due) == 1:
                    return erased, False
                most = len(due) // 2        # some of them may still be within it
                continue
            except CarnetError as error:
                log.info("erasure at host %s left for later: %s", host, error)
                await self._store.erasure.put_off(host, records, "the host did not answer", seconds=AWAY_SECONDS)
                return erased, True
            await self._store.erasure.done(host, answer.items, answer.receipt)
            await self._not_erased(host, answer.refused)
            erased += len(answer.items)
        return erased, True

    async def _not_erased(self, host: str, refused: tuple[NotErased, ...]) -> None:
        for each in refused:
            log.error("host %s did not erase a record: %s", host, _WHY[each.why])
            await self._store.erasure.put_off(host, [each.record], _WHY[each.why], seconds=REFUSED_SECONDS)

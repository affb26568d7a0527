"""What the worker does in the inbox: try again what is due, and keep nothing longer than its days."""

from __future__ import annotations

import logging
from datetime import date, timedelta

from carnet.errors import CarnetError, Unavailable
from carnet.record.inbox.sealed import forget_day
from carnet.record.inbox.take import Inbox, give_up, take_again

log = logging.getLogger(__name__)


async def try_again(inbox: Inbox, *, limit: int = 50) -> int:
    """Try what is due, at most `limit` messages; how many. Raises Unavailable when the portal's database is away."""
    held = await inbox.stores.messages.claim(limit)
    for each in held:
        try:
            await take_again(each, inbox)
        except Unavailable:
            raise
        except CarnetError as error:
            log.warning("a message of the inbox cannot be tried again: %s", type(error).__name__)
    return len(held)


async def forget_old(inbox: Inbox, *, days: int) -> int:
    """Destroy what came more than `days` days ago; who sent what still waits is told. How many days were forgotten."""
    first = inbox.stores.clock.now().date() - timedelta(days=days)
    await _give_up_before(first, inbox)
    forgotten = await inbox.stores.messages.days_before(first)
    await inbox.stores.messages.end_before(first)
    for day in forgotten:
        await forget_day(day, inbox.stores.keys)
    return len(forgotten)


async def _give_up_before(first: date, inbox: Inbox) -> None:
    """What cannot be read any more ends without a word: `end_before` sees to it."""
    while ending := await inbox.stores.messages.ending(first, limit=100):
        given_up = 0
        for held in ending:
            try:
                await give_up(held, inbox)
                given_up += 1
            except Unavailable:
                raise
            except CarnetError as error:
                log.warning("who sent a message that waited too long is not told: %s", type(error).__name__)
        if not given_up:
            return

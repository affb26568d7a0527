"""The inbox's keys are of days, not of records: a restored portal finds them, and they are nobody's difference."""

from __future__ import annotations

from datetime import date

import pytest

from carnet.errors import Gone
from carnet.record.inbox.again import try_again
from carnet.record.inbox.message import MessageState
from carnet.record.inbox.sealed import forget_day, key_of_day, sealed
from tests.conftest import CreateDatabase
from tests.record.inbox.ground import Ground
from tests.record.reconcile.restored import backed_up, restored
from tests.running import Platform, another_patient, letter

LONG_AGO, LAST_WEEK = date(2026, 1, 5), date(2026, 1, 12)


async def test_keys_of_days_are_no_records_and_stay_as_they_are(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    ground = Ground(platform)
    await platform.opened(another_patient(1))
    waiting = await ground.send(letter().content)
    await sealed(b"x", LONG_AGO, platform.stores.keys)
    await forget_day(LONG_AGO, platform.stores.keys)
    await platform.quiet()
    backup = await backed_up(platform, create_database)
    await sealed(b"y", LAST_WEEK, platform.stores.keys)     # of a day that the restored portal never saw
    before = await platform.keys.fetch("select * from wrapped_key order by record_id")
    async with restored(platform, backup) as portal:
        await portal.stores.guard.store.begin("a test", await portal.stores.guard.position(), None)
        portal.page = 1
        assert await portal.walk()
        assert await portal.differed() == set()
        assert (await portal.now()).seen == 1
        assert await platform.keys.fetch("select * from wrapped_key order by record_id") == before
        with pytest.raises(Gone):
            await platform.stores.keys.keys_of(key_of_day(LONG_AGO))
        assert await platform.portal.fetchval("select count(*) from record") == 1
        again = Ground(platform)        # what waited when it was backed up waits, and opens
        await platform.opened()
        assert await try_again(again.inbox) == 1
        assert (await again.kept(waiting.message_id)).state is MessageState.DEPOSITED

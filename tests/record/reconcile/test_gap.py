"""The audit log of a restored portal says that it was restored, and what was lost with that."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from carnet.audit.gap import Gap
from carnet.audit.log.sequence import Sequencer
from carnet.audit.log.verify import verify
from carnet.errors import InvalidInput
from carnet.record.submit import submit
from tests.conftest import CreateDatabase
from tests.record.reconcile.restored import backed_up, restored
from tests.running import Platform, letter, lot, professional


async def test_the_log_goes_on_with_a_signed_gap_that_explains_a_checkpoint_kept_elsewhere(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    await platform.opened()
    async with restored(platform, await backed_up(platform, create_database)) as portal:     # for its key alone
        key = portal.audit_key
    every = timedelta(seconds=0)
    await Sequencer(platform.stores.audit.log, key, every=every).round()
    backup = await backed_up(platform, create_database)
    restored_size = await platform.portal.fetchval("select size from audit_log")
    for _ in range(3):
        await submit(professional(), lot(letter()), platform.stores)
    await Sequencer(platform.stores.audit.log, key, every=every).round()
    kept = await platform.stores.audit.log.last_checkpoint()
    assert kept is not None
    async with restored(platform, backup) as portal:
        portal.audit_key = key
        await portal.walk()
        for _ in range(3):
            await submit(professional(), lot(letter()), platform.stores)
        log = platform.stores.audit.log
        await Sequencer(log, key, every=every).round()
        first = await platform.portal.fetchrow(
            "select act, detail::text from audit_leaf l join audit_event e using (record_id, event_id)"
            " where leaf_index >= $1 and act <> 'refused' order by leaf_index limit 1", restored_size)
        assert first["act"] == "audit_gap"
        gap = Gap.parse(msgspec.json.decode(first["detail"]), key.public_key())
        assert (gap.published_size, gap.published_root, gap.restored_size) == (kept.size, kept.root, restored_size)
        verdict = await verify(log, key.public_key(), kept=kept)
        assert (verdict.faults, len(verdict.gaps)) == ((), 1)
        altered = msgspec.json.decode(first["detail"]) | {"restored_size": 0}
        with pytest.raises(InvalidInput):       # a gap that somebody else made up explains nothing
            Gap.parse(altered, key.public_key())
        await platform.portal.execute("delete from audit_event where act = 'audit_gap'")
        verdict = await verify(log, key.public_key(), kept=kept)
        assert verdict.faults
        assert not verdict.gaps

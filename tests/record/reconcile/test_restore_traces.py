"""The traces of docs/protocol.md that begin with a restore of the portal, by number, on the real code.

The docstring of each says which line carries the rule. They were checked once by removing it.
"""

from __future__ import annotations

import pytest

from carnet.errors import Gone, HostUnavailable, NotFound, NotPermitted, Unavailable
from carnet.hosting.erasure.orders import Orders
from carnet.record.authorise import block
from carnet.record.criteria import Criteria
from carnet.record.due import act_on_due
from carnet.record.find import find
from carnet.record.retrieve import retrieve
from carnet.record.submit import submit
from tests.conftest import CreateDatabase
from tests.hosting.losses import lose_last_entry
from tests.record.reconcile.restored import backed_up, restored
from tests.running import DOCTOR, PATIENT, Platform, letter, lot, patient, professional


async def _titles(platform: Platform) -> list[str]:
    found = await find(patient(), PATIENT.ins, Criteria(), platform.stores)
    return sorted(entry.unique_id for entry in found.entries)


async def test_trace_12_no_place_is_given_twice(platform: Platform, create_database: CreateDatabase) -> None:
    """RECON: record/sql.py, COMMIT, `r.record_id <= p.reconciled_upto`; record/reconcile/one.py adopts before that."""
    record = await platform.opened()
    await platform.quiet()
    backup = await backed_up(platform, create_database)
    since = letter()
    await submit(professional(), lot(since), platform.stores)
    await platform.quiet()
    async with restored(platform, backup) as portal:
        again = letter("Une autre.")
        with pytest.raises(Unavailable):
            await submit(professional(), lot(again), platform.stores)
        assert await portal.walk()
        await submit(professional(), lot(again), platform.stores)
        await platform.quiet()
        assert len(await platform.heads(record)) == 1
        assert await _titles(platform) == sorted([since.entry.unique_id, again.entry.unique_id])
        for document in (since, again):
            assert (await retrieve(patient(), document.entry.unique_id, platform.stores)).content == document.content
        assert ("adopted", record, "") in await portal.differed()


async def test_trace_13_an_append_of_the_former_life_is_refused(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    """EPOCH: record/reconcile/walk.py, `1 + max(...)`, before any inventory; host/store.py refuses what is older."""
    record = await platform.opened()
    await platform.quiet()
    backup = await backed_up(platform, create_database)
    await submit(professional(), lot(letter()), platform.stores)
    async with restored(platform, backup) as portal:
        await portal.walk()
        former = portal.former
        greatest = max([(await client.status()).epoch for client in former.copies.clients.values()])
        assert (await portal.now()).epoch == greatest == 2
        known = await former.known(record)
        for host in known.placement.both:
            with pytest.raises(HostUnavailable):
                await former.copies.clients[host].head(record, known.placement.version)
        with pytest.raises(Unavailable):        # nor does a frozen process commit what it decided before
            await submit(professional(), lot(letter()), former)
        await platform.quiet()
        assert len(await platform.heads(record)) == 1


async def test_trace_14_a_host_that_the_backup_does_not_know_of_is_asked_too(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    """ALLHOSTS: record/reconcile/walk.py, `_asked`: every host, not those of the record's row."""
    record = await platform.opened()
    await platform.quiet()
    known = await platform.stores.known(record, fresh=True)
    old, new = known.placement.home, "beta" if known.placement.home == "alpha" else "alpha"
    backup = await backed_up(platform, create_database)
    await platform.portal.execute(          # the switch of a move, as the portal's rows tell it
        "update record set home = $2, placement_version = 2 where record_id = $1", record, new)
    await platform.portal.execute(
        "update placement set role = 'leaving' where record_id = $1 and host_id = $2", record, old)
    await platform.portal.execute(
        "insert into placement (record_id, host_id, role) values ($1, $2, 'home')", record, new)
    await platform.stores.hosting.note_lack(record, new, "moved here")
    platform.stores.last_known.clear()
    await platform.quiet()
    since = letter()
    await submit(professional(), lot(since), platform.stores)
    await platform.stores.delivery.settle()
    await lose_last_entry(platform.hosts["reference"].pool, record)     # it had not come there yet
    async with restored(platform, backup) as portal:
        await platform.hosts[new].stop()
        with pytest.raises(HostUnavailable):
            await portal.walk()
        with pytest.raises(Unavailable):
            await _titles(platform)
        await platform.hosts[new].start()
        for client in platform.stores.copies.clients.values():
            for circuit in (client.puts, client.reads, client.writes):
                circuit.succeeded(0)
        assert await portal.walk()
        placement = (await platform.stores.known(record, fresh=True)).placement
        assert (placement.home, placement.version) == (new, 2)
        assert await _titles(platform) == [since.entry.unique_id]
        await platform.quiet()
        assert len(await platform.heads(record)) == 1
        assert (await retrieve(patient(), since.entry.unique_id, platform.stores)).content == since.content
        assert {("moved", record, new), ("release", record, old)} <= await portal.differed()


async def test_trace_15_erased_stays_erased(platform: Platform, create_database: CreateDatabase) -> None:
    """KEYS: record/reconcile/found.py, `found.key is Key.DESTROYED`: the key store was not rolled back."""
    record = await platform.opened()
    document = letter()
    await submit(professional(), lot(document), platform.stores)
    await platform.quiet()
    backup = await backed_up(platform, create_database)
    await submit(professional(), lot(letter()), platform.stores)
    await platform.quiet()
    await platform.stores.keys.destroy(record)
    async with restored(platform, backup) as portal:
        await portal.walk()
        with pytest.raises((Gone, NotFound)):
            await find(patient(), PATIENT.ins, Criteria(), platform.stores)
        with pytest.raises(NotFound):
            await retrieve(patient(), document.entry.unique_id, platform.stores)
        row = await platform.portal.fetchrow("select ins_value, state from record where record_id = $1", record)
        assert tuple(row) == ("", "erased")
        await platform.opened()             # the person may have another record
        assert await _titles(platform) == []


async def test_trace_16_what_moved_and_was_erased_since_the_backup_stays_at_no_host(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    """EVER: record/reconcile/sql.py, ERASED, `placement_version`. An older one is a late order for the new home."""
    record = await platform.opened()
    await platform.quiet()
    backup = await backed_up(platform, create_database)
    await platform.portal.execute("update record set placement_version = 2 where record_id = $1", record)
    platform.stores.last_known.clear()
    await submit(professional(), lot(letter()), platform.stores)        # as after the switch of a move
    await platform.quiet()
    await platform.stores.keys.destroy(record)
    async with restored(platform, backup) as portal:
        await portal.walk()
        while await act_on_due(platform.stores):
            pass
        await platform.portal.execute("update erasure_order set due_at = clock_timestamp()")
        orders = Orders(platform.stores.copies, platform.stores.hosting)
        assert sum([await orders.carry_out(host) for host in platform.hosts]) == 2
        for host in platform.hosts.values():
            assert await host.pool.fetchval("select count(*) from entry where record_id = $1", record) == 0


async def test_trace_17_a_record_opened_after_the_backup_is_readable(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    """KEYS and RECON: record/reconcile/one.py makes the row again from the journal, with the key that is there."""
    backup = await backed_up(platform, create_database)
    record = await platform.opened()
    document = letter()
    await submit(professional(), lot(document), platform.stores)
    await platform.quiet()
    async with restored(platform, backup) as portal:
        with pytest.raises(Unavailable):    # and not "no such record": another one would be opened for the person
            await _titles(platform)
        with pytest.raises(Unavailable):
            await platform.opened()
        await portal.walk()
        assert await platform.stores.record_of(PATIENT.ins) == record
        assert await _titles(platform) == [document.entry.unique_id]
        found = await retrieve(professional(), document.entry.unique_id, platform.stores)
        assert found.content == document.content
        assert ("rebuilt", record, "") in await portal.differed()


async def test_trace_18_a_block_made_after_the_backup_still_blocks(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    """RIGHTS: record/reconcile/rebuilt.py folds the rights of the entries that are adopted."""
    await platform.opened()
    await platform.quiet()
    backup = await backed_up(platform, create_database)
    await block(patient(), PATIENT.ins, DOCTOR.ps_id, platform.stores)
    await platform.quiet()
    async with restored(platform, backup) as portal:
        with pytest.raises(Unavailable):
            await find(professional(), PATIENT.ins, Criteria(), platform.stores)
        await portal.walk()
        with pytest.raises(NotPermitted):
            await find(professional(), PATIENT.ins, Criteria(), platform.stores)

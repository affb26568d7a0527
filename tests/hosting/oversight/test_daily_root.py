"""The daily root: over all that hosts signed on a day, kept by the reference operator too."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from carnet.audit.merkle import Frontier
from carnet.errors import InvalidInput
from carnet.hosting.tokens import verify_receipt
from carnet.record.daily_root import DailyRoot
from carnet.roles.overseeing import Overseer, OversightRules, tree_on
from tests.hosting.faults import no_answer
from tests.hosting.ground import Ground, Kept
from tests.hosting.oversight.day import AUDIT_KEY, day_passes, kept_until_now

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def closed(ground: Ground) -> date:
    """A day's receipts, of which the day is over; the portal made its root."""
    await ground.platform.quiet()       # what hosts sign late would be of today
    await ground.platform.portal.execute("delete from daily_root")
    await ground.platform.portal.execute("delete from receipt where day < (clock_timestamp() at time zone 'utc')::date")
    await ground.platform.hosts["reference"].pool.execute("truncate witnessed")
    await kept_until_now(ground)
    yesterday = await day_passes(ground, "receipt")
    assert await Overseer(ground.stores, AUDIT_KEY, OversightRules()).close_days() == 1
    return yesterday


async def root_of(ground: Ground, day: date) -> DailyRoot:
    kept = await ground.stores.hosting.roots.root_of(day)
    assert kept is not None
    return DailyRoot(kept.day, kept.size, kept.root, kept.signature, kept.witness or "")


async def test_the_root_is_signed_by_the_portal_and_by_the_reference_operator(ground: Ground, kept: Kept) -> None:
    await ground.deposit(kept)
    await ground.platform.quiet()
    day = await closed(ground)
    root = await root_of(ground, day)
    assert root.size == await ground.platform.portal.fetchval("select count(*) from receipt where day = $1", day) > 1
    assert root.is_signed_by(AUDIT_KEY.public_key())
    reference = ground.stores.copies.clients["reference"]
    said = verify_receipt(root.witness, "reference", reference.host.receipt_key)
    assert said.items == [[day.isoformat(), root.root.hex(), root.size]]
    assert [(each.day, each.root) for each in await reference.witnessed()] == [(day.isoformat(), root.root.hex())]
    assert DailyRoot.parse(root.note(AUDIT_KEY.public_key())) == root


async def test_it_is_computed_again_from_what_was_kept_and_not_from_anything_else(ground: Ground, kept: Kept) -> None:
    await ground.platform.quiet()       # both hosts signed that they hold the record
    day = await closed(ground)
    root = await root_of(ground, day)
    roots = {root.root}
    assert (await tree_on(ground.stores.hosting.roots, day)).root == root.root
    for altered in (
        "update receipt set head = sha256(head) where record_id = $1 and host_id = $2 and day = $3",
        "update receipt set signed = sha256(signed) where record_id = $1 and host_id = $2 and day = $3",
        "delete from receipt where record_id = $1 and host_id = $2 and day = $3",
    ):
        await ground.platform.portal.execute(altered, kept.record, kept.home, day)
        tree = await tree_on(ground.stores.hosting.roots, day)
        assert tree != Frontier()
        assert tree.root not in roots
        roots.add(tree.root)


async def test_what_no_host_had_received_is_in_it_by_the_portals_own_word(ground: Ground, kept: Kept) -> None:
    for host in kept.placement.both:
        ground.faults[host].always("append", no_answer)
    await ground.deposit(kept)
    await ground.stores.delivery.settle()
    await ground.platform.portal.execute("update outbox set committed_at = committed_at - interval '1 day'")
    day = await closed(ground)
    known = await ground.known(kept)
    said = await ground.platform.portal.fetch(
        "select host_id, place, head from receipt where record_id = $1 and says = 'committed'", kept.record)
    assert [tuple(row) for row in said] == [("", known.place, known.head)]
    assert (await root_of(ground, day)).root == (await tree_on(ground.stores.hosting.roots, day)).root


async def test_another_root_for_a_day_that_is_kept_is_refused_and_told_once(ground: Ground, kept: Kept) -> None:
    day = await closed(ground)
    first = await root_of(ground, day)
    await ground.platform.portal.execute("delete from daily_root")
    await ground.platform.portal.execute(
        "update receipt set head = sha256(head) where record_id = $1 and day = $2", kept.record, day)
    overseer = Overseer(ground.stores, AUDIT_KEY, OversightRules())
    for _ in range(2):
        await overseer.close_days()
    root = await root_of(ground, day)
    assert (root.witness, root.root != first.root) == ("", True)
    told = await ground.platform.portal.fetchval("select count(*) from audit_event where act = 'daily_root_refused'")
    assert told == 1
    kept_there = await ground.stores.copies.clients["reference"].witnessed()
    assert [each.root for each in kept_there] == [first.root.hex()]


async def test_a_witness_that_is_away_signs_when_it_is_back(ground: Ground, kept: Kept) -> None:
    ground.faults["reference"].always("witness", no_answer)
    day = await closed(ground)
    assert (await root_of(ground, day)).witness == ""
    ground.faults["reference"].none()
    ground.probe()
    assert await Overseer(ground.stores, AUDIT_KEY, OversightRules()).close_days() == 0
    assert (await root_of(ground, day)).witness


async def test_every_day_has_its_root_also_after_days_without_a_worker(ground: Ground, kept: Kept) -> None:
    day = await closed(ground)
    await ground.platform.portal.execute("update daily_root set day = day - 3")
    await ground.platform.hosts["reference"].pool.execute("truncate witnessed")
    assert await Overseer(ground.stores, AUDIT_KEY, OversightRules()).close_days() == 3
    assert (await root_of(ground, day - timedelta(1))).size == 0
    assert (await root_of(ground, day)).witness


@pytest.mark.parametrize("note", ["", "carnet/daily-root\n1\n", "carnet/audit\n1\nAAAA\nday 2026-01-01\n\n— x AAAA\n"])
async def test_what_is_no_daily_root_is_refused(note: str) -> None:
    with pytest.raises(InvalidInput):
        DailyRoot.parse(note)

"""When a snapshot is due, and that a view begins at the last one."""

from __future__ import annotations

from dataclasses import replace

from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.snapshot import is_due, take_snapshot
from carnet.record.submit import submit
from tests.running import PATIENT, Platform, letter, lot, patient, professional


async def test_snapshots_are_due_at_ever_greater_distances(platform: Platform) -> None:
    known = await platform.stores.known(await platform.opened())
    taken: list[int] = []
    for place in range(1, 1100):
        known = replace(known, place=place, documents=place)
        if is_due(known):
            taken.append(place)
            known = replace(known, snapshot_place=place)
    assert taken == [128, 256, 512, 1024]


async def test_a_view_that_begins_at_a_snapshot_holds_what_came_before_and_after(platform: Platform) -> None:
    record = await platform.opened()
    before, after = letter("Avant."), letter("Apres.")
    await submit(professional(), lot(before), platform.stores)
    assert await take_snapshot(record, platform.stores)
    await submit(professional(), lot(after), platform.stores)
    await platform.quiet()
    known = await platform.stores.known(record, fresh=True)
    view = await platform.stores.views._rebuilt(known, await platform.stores.keys.keys_of(record), None)
    assert set(view.by_unique_id) == {before.entry.unique_id, after.entry.unique_id}
    assert known.snapshot_place == known.place - 1
    found = await find(patient(), PATIENT.ins, Criteria(), platform.stores)
    assert {entry.unique_id for entry in found.entries} == set(view.by_unique_id)

"""How full records are: documents in force, by source, and the same when counted anew from journals."""

from __future__ import annotations

import asyncio
from datetime import date

import msgspec
import pytest

from carnet.documents import codes
from carnet.documents.codes import CodeList
from carnet.record.visibility import change_visibility
from carnet.rights.access import Act
from carnet.steering.counting import count_what_came, keep_figures, recount_some
from carnet.steering.fill import Fill
from carnet.steering.sources import OTHER, SOURCES, of_types, source_of
from tests.running import another_patient, letter, patient, professional
from tests.steering.ground import Ground

MONTHS = 600        # what the tests deposit is of an act of any day
Held = dict[str, int]


def test_every_type_of_a_source_is_one_of_the_list_and_of_one_source_only() -> None:
    types, sources = of_types()
    assert [each for each in types if codes.find(CodeList.TYPE, each) is None] == []
    assert len(set(types)) == len(types)
    assert OTHER not in sources
    assert {source_of(each) for each in types} == {source.code for source in SOURCES}
    assert source_of("unheard-of") == OTHER


async def _held(ground: Ground) -> Held:
    await count_what_came(ground.store)
    rows = await ground.platform.portal.fetch(
        "select source, sum(documents) as n from record_fill group by source having sum(documents) <> 0")
    return {row["source"]: row["n"] for row in rows}


async def _fill(ground: Ground, months: int = MONTHS) -> Fill:
    await count_what_came(ground.store)
    await ground.store.sum_up_fill(months)
    [fill] = await ground.store.fill(date(2100, 1, 1), months)
    return fill


async def test_only_documents_in_force_are_counted(ground: Ground) -> None:
    stores = ground.platform.stores
    await ground.platform.opened()
    first = letter()
    await ground.deposit(first)
    assert await _held(ground) == {"letters": 1}
    await change_visibility(patient(), first.entry.unique_id, Act.MASK, stores)
    assert await _held(ground) == {"letters": 1}
    await change_visibility(professional(), first.entry.unique_id, Act.ARCHIVE, stores)
    assert await _held(ground) == {}
    await change_visibility(professional(), first.entry.unique_id, Act.UNARCHIVE, stores)
    assert await _held(ground) == {"letters": 1}
    second = letter("Mieux.")
    await ground.deposit(msgspec.structs.replace(second, replaces=first.entry.unique_id))
    assert await _held(ground) == {"letters": 1}
    await ground.deposit(letter("Autre."))
    assert await _held(ground) == {"letters": 2}


async def test_records_are_summed_up_by_what_they_have(ground: Ground) -> None:
    for number in range(3):
        await ground.platform.opened(another_patient(number))
    await ground.deposit(letter(of=another_patient(0)))
    for _ in range(5):
        await ground.deposit(letter(of=another_patient(1)))
    fill = await _fill(ground)
    assert (fill.active, fill.empty, fill.any, fill.five, fill.fed["letters"], fill.fed["laboratory"]) == (
        3, 1, 2, 1, 2, 0)
    by_home = await ground.store.fill(date(2100, 1, 1), MONTHS, "home")
    assert sum(each.active for each in by_home) == 3


async def test_an_act_of_long_ago_feeds_no_source_now(ground: Ground) -> None:
    await ground.platform.opened()
    await ground.deposit(letter())
    assert (await _fill(ground, 600)).fed["letters"] == 1
    await ground.platform.portal.execute("update record_fill set month = '2001-01-01'")
    old = await _fill(ground, 12)
    assert (old.fed["letters"], old.any) == (0, 1)


async def test_closed_records_are_not_in_the_sum(ground: Ground) -> None:
    await ground.platform.opened()
    await ground.platform.portal.execute("update record set state = 'closed'")
    await ground.store.sum_up_fill(MONTHS)
    assert await ground.store.fill(date(2100, 1, 1), MONTHS) == []


@pytest.mark.parametrize("counted_before", [False, True])
async def test_a_fill_counted_anew_is_the_same_and_nothing_is_counted_twice(
    ground: Ground, counted_before: bool,
) -> None:
    await ground.platform.opened()
    for _ in range(2):
        await ground.deposit(letter())
    if counted_before:
        await count_what_came(ground.store)
        await ground.platform.portal.execute("update record_fill set documents = 40, month = '2001-01-01'")
    assert await ground.store.recount_all() == 1
    assert await recount_some(ground.store, ground.platform.stores, 10) == 1
    assert await _held(ground) == {"letters": 2}
    await ground.deposit(letter())
    assert await _held(ground) == {"letters": 3}
    assert await recount_some(ground.store, ground.platform.stores, 10) == 0
    assert (await ground.figure()).documents == 3       # the scoreboard counted each of them too


async def test_a_record_that_moved_meanwhile_is_not_overwritten(ground: Ground) -> None:
    record = await ground.platform.opened()
    await ground.deposit(letter())
    assert not await ground.store.refill(record, b"another head", {("letters", date(2026, 1, 1)): 9})
    assert await _held(ground) == {"letters": 1}


async def test_counting_and_counting_anew_at_once_never_count_a_document_twice(ground: Ground) -> None:
    await ground.platform.opened()
    for _ in range(4):
        await ground.deposit(letter())
    await ground.store.recount_all()

    async def count() -> None:
        for _ in range(6):
            await ground.store.count(1)

    await asyncio.gather(count(), recount_some(ground.store, ground.platform.stores, 10), count())
    assert await _held(ground) == {"letters": 4}


async def test_nothing_of_an_erased_record_stays_in_the_fill(ground: Ground) -> None:
    record = await ground.platform.opened()
    await ground.deposit(letter())
    await ground.platform.portal.execute("update record set state = 'erased' where record_id = $1", record)
    assert await _held(ground) == {}


async def test_one_look_of_a_worker_does_all_of_it_and_waits_for_its_turn(ground: Ground) -> None:
    await ground.platform.opened()
    await ground.deposit(letter())
    await keep_figures(ground.store, ground.platform.stores, [], 12)
    [fill] = await ground.store.fill(date(2100, 1, 1), 12)
    assert fill.any == 1
    assert not await ground.store.take_turn()

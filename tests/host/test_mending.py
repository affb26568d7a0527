"""A host that lost or altered entries says so when it verifies, and takes back the very same ones, and no others."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from uuid import UUID, uuid4

import asyncpg
import pytest

from carnet.journal.chain import SealedEntry, genesis, next_head, verify_suffix
from tests.host.portal import Entry, Portal, chain

# The last entry with a head that fits its bytes: only the copy's own head tells that it is another one.
_CONSISTENT = """
UPDATE entry SET sealed = 'b', head = sha256(before.head || entry.header || 'b') FROM entry AS before
WHERE entry.place = 6 AND before.place = 5
"""
_LOST_OR_ALTERED = [
    ("DELETE FROM entry WHERE place = 3", [3, 4]),
    ("DELETE FROM entry WHERE place IN (3, 4)", [3, 4, 5]),
    ("DELETE FROM entry WHERE place > 4", [5, 6]),
    ("DELETE FROM entry WHERE place = 1", [1, 2]),
    ("DELETE FROM entry", [1, 2, 3, 4, 5, 6]),
    ("UPDATE entry SET sealed = 'other' WHERE place = 2", [2]),
    ("UPDATE entry SET sealed = 'other' WHERE place = 6", [6]),
    ("UPDATE entry SET header = '{}' WHERE place = 1", [1]),
    ("UPDATE entry SET head = sha256('other') WHERE place = 4", [4, 5]),
    ("UPDATE entry SET head = sha256('other') WHERE place = 6", [6]),
    (_CONSISTENT, [6]),
    ("UPDATE entry SET head = sha256('a'), sealed = 'b' WHERE place IN (2, 3)", [2, 3, 4]),
]
each_damage = pytest.mark.parametrize(("damage", "places"), _LOST_OR_ALTERED, ids=range(len(_LOST_OR_ALTERED)))


@each_damage
async def test_what_was_lost_or_altered_is_told_and_mended_by_the_same_entries(
    portal: Portal, pool: asyncpg.Pool, record: UUID, damage: str, places: list[int]
) -> None:
    entries = chain(record, [b"one"], [], [b"two"], [], [], [])
    await portal.append(*entries)
    await pool.execute(damage)
    assert (await portal.head(record, query="?verify=true")).content["damaged"] == places
    mended = await portal.append(*(entries[place - 1] for place in places))
    assert [each["status"] for each in mended.content["results"]] == ["already"] * len(places)
    assert (await portal.head(record, query="?verify=true")).content["damaged"] == []
    await _is_whole(portal, record, entries)


@each_damage
async def test_a_fill_mends_as_well(
    portal: Portal, pool: asyncpg.Pool, record: UUID, damage: str, places: list[int]
) -> None:
    entries = chain(record, [], [], [], [], [], [], [])
    await portal.append(*entries[:6])
    await pool.execute(damage)
    answer = await portal.fill((entries, []))
    assert [each["status"] for each in answer.content["results"]] == ["appended"]
    await _is_whole(portal, record, entries)


async def test_other_entries_mend_nothing(portal: Portal, pool: asyncpg.Pool, record: UUID) -> None:
    entries = chain(record, [], [], [])
    await portal.append(*entries)
    await pool.execute("DELETE FROM entry WHERE place = 2")
    [fork] = chain(record, [], after=entries[0])
    shifted = replace(entries[2], place=2, previous=entries[0].head)
    for other in (fork, shifted, replace(entries[1], sealed=b"other")):
        answer = await portal.append(other)
        assert [each["status"] for each in answer.content["results"]] == ["conflict"]
    # A chain of one's own does not vouch for itself: its last entry must be known.
    own = [fork, *chain(record, [], after=fork)]
    answer = await portal.append(*own)
    assert [each["status"] for each in answer.content["results"]] == ["conflict"] * 2
    assert [row["place"] for row in await pool.fetch("SELECT place FROM entry ORDER BY place")] == [1, 3]


async def test_entries_far_before_the_end_mend_when_they_lead_to_one_that_is_kept(
    portal: Portal, pool: asyncpg.Pool, record: UUID
) -> None:
    entries = chain(record, *([] for _ in range(9)))
    await portal.append(*entries)
    await pool.execute("DELETE FROM entry WHERE place IN (3, 4, 5)")
    alone = await portal.append(entries[2])       # nothing here says yet that it is right
    assert [each["status"] for each in alone.content["results"]] == ["conflict"]
    answer = await portal.append(*entries[2:5])
    assert [each["status"] for each in answer.content["results"]] == ["already"] * 3
    await _is_whole(portal, record, entries)


async def test_an_altered_entry_mends_alone_by_its_kept_head(
    portal: Portal, pool: asyncpg.Pool, record: UUID
) -> None:
    """Where what follows it is lost too."""
    entries = chain(record, *([] for _ in range(6)))
    await portal.append(*entries)
    await pool.execute("UPDATE entry SET sealed = 'other' WHERE place = 3")
    await pool.execute("DELETE FROM entry WHERE place = 4")
    for entry in (entries[2], entries[3]):
        assert [each["status"] for each in (await portal.append(entry)).content["results"]] == ["already"]
    await _is_whole(portal, record, entries)


async def test_an_intact_entry_that_comes_again_is_not_written_again(
    portal: Portal, pool: asyncpg.Pool, record: UUID
) -> None:
    entries = chain(record, [], [], [])
    await portal.append(*entries)
    before = await pool.fetch("SELECT place, xmin FROM entry ORDER BY place")
    await portal.append(*entries)
    assert await pool.fetch("SELECT place, xmin FROM entry ORDER BY place") == before


async def test_an_order_of_an_erased_version_mends_nothing(portal: Portal, pool: asyncpg.Pool, record: UUID) -> None:
    await portal.erase(record, 1)
    entries = chain(record, [], [])
    await portal.append(*entries, version=2)
    await pool.execute("DELETE FROM entry WHERE place = 1")
    late = await portal.append(entries[0], version=1)
    assert [each["status"] for each in late.content["results"]] == ["erased"]
    assert await pool.fetchval("SELECT count(*) FROM entry") == 1


async def test_a_record_row_that_was_lost_or_went_back_alone_is_no_dead_end(
    portal: Portal, pool: asyncpg.Pool, record: UUID
) -> None:
    entries = chain(record, [], [], [], [])
    await portal.append(*entries[:3])
    await pool.execute("UPDATE record SET place = 1, head = $1", entries[0].head)
    assert [each["status"] for each in (await portal.append(*entries[1:])).content["results"]] == ["appended"] * 3
    await _is_whole(portal, record, entries)
    await pool.execute("DELETE FROM record")
    assert [each["status"] for each in (await portal.append(*entries)).content["results"]] == ["appended"] * 4
    await _is_whole(portal, record, entries)


async def test_verifying_marks_altered_bodies_and_names_again_what_was_forgotten(
    portal: Portal, pool: asyncpg.Pool, record: UUID
) -> None:
    await portal.put((record, b"one"), (record, b"two"), (record, b"unnamed"))
    await portal.append(*chain(record, [b"one", b"two"], [b"three"]))
    await pool.execute("UPDATE body SET sealed = 'other' WHERE body_id = sha256('one')")
    await pool.execute("DELETE FROM named_body WHERE body_id = sha256('three')")
    lightly = (await portal.head(record)).content
    assert (lightly["lacking"], "damaged" in lightly) == ([], False)
    verified = (await portal.head(record, query="?verify=true")).content
    assert verified["lacking"] == sorted(sha256(each).hexdigest() for each in (b"one", b"three"))
    assert (verified["damaged"], verified["bodies"], (await portal.status())["damaged"]) == ([], 2, 1)


async def test_verifying_a_record_never_seen_finds_nothing(portal: Portal, record: UUID) -> None:
    verified = (await portal.head(record, query="?verify=true")).content
    assert (verified["place"], verified["damaged"]) == (0, [])
    await portal.erase(record, 1)
    assert (await portal.head(record, query="?verify=true")).status == 410
    assert (await portal.head(uuid4(), query="?verify=maybe")).status == 400


async def test_verifying_reads_long_journals_in_parts(portal: Portal, pool: asyncpg.Pool, record: UUID) -> None:
    await portal.append(*chain(record, *([] for _ in range(450))))
    await pool.execute("UPDATE entry SET sealed = 'other' WHERE place IN (200, 201, 450)")
    assert (await portal.head(record, query="?verify=true")).content["damaged"] == [200, 201, 450]


async def _is_whole(portal: Portal, record: UUID, entries: list[Entry]) -> None:
    page = (await portal.journal(record)).content
    assert [entry["place"] for entry in page["entries"]] == [entry.place for entry in entries]
    got = [SealedEntry(entry["header"], entry["sealed"]) for entry in page["entries"]]
    verify_suffix(record, genesis(record), got, head=next_head(entries[-1].previous, got[-1].header, got[-1].sealed))
    for entry in entries:
        assert (await portal.journal(record, f"?after={entry.place}")).content["head"] == entry.head

"""What a host promises of bodies it promises as well when every body is in a body store: the same tests once more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from carnet.host.app import build
from carnet.host.config import HostConfig
from carnet.host.files import Files
from carnet.host.outside import Outside
from tests.host import test_bodies as bodies
from tests.host import test_challenge as challenges
from tests.host import test_erasure as erasures
from tests.host import test_export as exports
from tests.host import test_fill as fills
from tests.host.portal import Portal

SAME = (
    bodies.test_bodies_that_were_put_are_read_back_and_receipted,
    bodies.test_the_same_body_put_again_gives_the_same_answer_and_stays_one,
    bodies.test_a_body_that_does_not_hash_to_its_id_is_refused_and_nothing_is_kept,
    bodies.test_more_than_one_answer_can_carry_is_too_large,
    bodies.test_collection_removes_unnamed_bodies_whose_ticket_ended_and_no_other,
    bodies.test_a_collected_body_can_be_put_again,
    bodies.test_a_body_that_an_entry_named_before_it_came_is_never_collected,
    fills.test_new_records_are_kept_with_their_bodies_and_receipted,
    fills.test_the_same_again_keeps_nothing_twice_and_brings_what_lacked,
    fills.test_what_follows_or_overlaps_is_appended,
    fills.test_of_a_record_in_conflict_nothing_is_kept_and_of_the_others_all,
    fills.test_a_body_no_entry_names_has_a_ticket_and_one_that_is_named_has_none,
    fills.test_concurrent_fills_of_the_same_records_in_any_order_keep_each_once,
    exports.test_records_come_whole_in_the_order_asked_with_the_bodies_their_entries_name,
    exports.test_as_many_records_come_as_fit_and_one_that_never_fits_comes_without_contents,
    challenges.test_bodies_and_ranges_are_hashed_with_the_nonce,
    erasures.test_erasure_removes_all_and_its_receipt_counts_it,
    erasures.test_erasure_repeated_says_the_same,
    erasures.test_orders_of_the_erased_version_or_older_are_refused,
    erasures.test_a_put_for_an_erased_record_names_it_and_keeps_nothing_of_the_call,
    erasures.test_a_newer_version_starts_afresh,
)
globals().update({each.__name__: each for each in SAME} | {"entries": challenges.entries})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def portal(pool: asyncpg.Pool, config: HostConfig, unconnected: Portal, folder: Path) -> Portal:
    return replace(unconnected, app=build(pool, config, Outside(pool, Files(folder))))


@pytest.fixture(autouse=True)
async def _each_object_is_one_that_a_row_names(pool: asyncpg.Pool, folder: Path) -> AsyncIterator[None]:
    """After each of these tests: nothing in PostgreSQL, nothing lost, nothing left over."""
    yield
    assert await pool.fetchval("SELECT count(*) FROM body WHERE object IS NULL") == 0
    assert await pool.fetchval("SELECT count(*) FROM loose_object") == 0
    named = {row[0].hex for row in await pool.fetch("SELECT object FROM body")}
    assert {file.name.rpartition("-")[2] for file in folder.glob("*/*")} == named

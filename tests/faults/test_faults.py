"""Whatever breaks, nothing acknowledged is lost, nothing stale or forbidden is shown: DESIGN 7 and 8.1, and issue 4.

The form of `make test`; `make faults` is the long one, with a table and a file of results.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.demonstration import Demonstration, demonstration_folder, running_demonstration
from tests.faults.breaks import SHORT
from tests.faults.history import rows
from tests.faults.run import Outcome, lived_through, table


@pytest.fixture(scope="module")
def outcome() -> Iterator[Outcome]:
    """A short run, over."""
    with demonstration_folder() as folder, running_demonstration(folder) as demonstration:
        yield _lived_through(demonstration)


def _lived_through(demonstration: Demonstration) -> Outcome:
    return asyncio.run(lived_through(demonstration, SHORT, seconds=2.5))


def test_nothing_was_lost_stale_forbidden_or_doubled_and_both_copies_are_whole(
    outcome: Outcome, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f"\n{table(outcome)}")
    assert outcome.history.acknowledged()
    assert outcome.verdict.is_clean, outcome.verdict


def test_nobody_was_refused_but_for_a_while(outcome: Outcome) -> None:
    assert outcome.refused == []


def test_deposits_and_reads_went_on_in_every_fault(outcome: Outcome) -> None:
    assert [row.what for row in rows(outcome.history) if not (row.deposits and row.reads)] == []


def test_somebody_was_blocked_and_tried(outcome: Outcome) -> None:
    history = outcome.history
    assert any(block.forbids(found.request) for block in history.blocks for found in history.found)

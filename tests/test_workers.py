"""What belongs together is done by one worker, and what takes long comes first."""

from __future__ import annotations

import pytest

from tests.workers import together, turn

STORY, OTHER_STORY = "tests/flows/test_crash.py::test_a[x::y]", "tests/flows/test_story.py::test_a"
START, RECORD = "tests/flows/test_start.py::test_a", "tests/record/test_deposit.py::test_a"
_seen: list[int] = []


def test_stories_share_a_demonstration_and_files_what_they_started() -> None:
    assert together(STORY) == together(OTHER_STORY)
    assert len({together(each) for each in (STORY, START, RECORD)}) == 3
    assert turn(STORY) < turn(RECORD)


@pytest.mark.parametrize("number", range(8))
def test_the_worker_of_a_file_does_all_its_tests_in_order(number: int) -> None:
    _seen.append(number)
    assert _seen == list(range(_seen[0], number + 1))

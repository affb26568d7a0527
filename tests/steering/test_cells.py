"""Nothing is shown of fewer than five records, and what is hidden is not found by subtraction."""

from __future__ import annotations

from datetime import date

import pytest

from carnet.record.inbox.message import MessageState
from carnet.steering.cells import shown, shown_fill, total
from carnet.steering.figure import Figure, Line
from carnet.steering.fill import Fill

STATES = {MessageState.DEPOSITED: 2, MessageState.REFUSED: 1, MessageState.WAITING: 3}


def figure(records: int, documents: int = 7) -> Figure:
    return Figure(Line("1", "x"), "Labo", STATES, {"value": 1}, documents, 3, 1, records, {60: documents})


@pytest.mark.parametrize("records", [1, 4])
def test_a_line_of_few_records_says_only_what_reached_none(records: int) -> None:
    told = shown(figure(records))
    assert told.is_small
    assert [told.received, told.deposited, told.replaced, told.documents, told.structured, told.records,
            told.median_minutes, told.ninety_minutes] == [None] * 8
    assert (told.figure.refused, told.figure.waiting) == (1, 3)


@pytest.mark.parametrize("records", [0, 5])
def test_a_line_of_no_record_or_of_five_is_shown(records: int) -> None:
    told = shown(figure(records))
    assert (told.is_small, told.received, told.documents, told.records) == (False, 6, 7, records)


def test_what_is_hidden_is_in_no_total() -> None:
    assert total([figure(4, 7), figure(5, 11)]) == (11, 2, 6)


@pytest.mark.parametrize(("with_it", "told"), [(0, 0), (1, None), (4, None), (5, 5), (95, 95), (96, None), (99, None),
                                               (100, 100)])
def test_neither_the_few_that_have_it_nor_the_few_that_lack_it_are_told(with_it: int, told: int | None) -> None:
    fill = Fill(date(2026, 1, 1), "", 100, 100 - with_it, with_it, 0, {"laboratory": with_it})
    one = shown_fill(fill)
    assert (one.fed["laboratory"], one.any) == (told, told)
    assert (one.empty is None) == (one.any is None)


def test_the_few_between_one_and_five_documents_are_not_found_by_subtraction() -> None:
    assert shown_fill(Fill(date(2026, 1, 1), "", 100, 50, 50, 47, {})).five is None
    assert shown_fill(Fill(date(2026, 1, 1), "", 100, 50, 50, 45, {})).five == 45


def test_a_platform_of_four_records_says_nothing() -> None:
    one = shown_fill(Fill(date(2026, 1, 1), "", 4, 2, 2, 1, {"laboratory": 2}))
    assert [one.active, one.empty, one.any, one.five, one.fed["laboratory"]] == [None] * 5

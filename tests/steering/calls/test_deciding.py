"""Scores, tranches and measures, as tables: whole numbers, exact ties, sums that are the whole."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from carnet.steering.calls.milestones import MeasuredFeed, Outcome, due_cents, outcome_of, required_of, tranches
from carnet.steering.calls.months import whole_months
from carnet.steering.calls.report import per
from carnet.steering.calls.scoring import Mark, Proposed, Ranked, are_right, proposal, ranking, score_of
from tests.steering.calls.files import TODAY, a_call, an_application, day


def marks(volume: int, method: int, words: str = "parce que") -> tuple[Mark, ...]:
    return Mark(criterion="volume", mark=volume, words=words), Mark(criterion="method", mark=method, words=words)


def test_a_score_is_the_mean_of_scorers_by_weight() -> None:
    assert score_of([marks(10, 10)], a_call()) == 1
    assert score_of([marks(5, 1), marks(4, 0)], a_call()) == Fraction(16 + 12, 80)


@pytest.mark.parametrize(("given_marks", "right"), [
    (marks(0, 10), True), (marks(11, 0), False), (marks(-1, 0), False), (marks(1, 1, " "), False),
    (marks(1, 1)[:1], False), ((*marks(1, 1), marks(1, 1)[0]), False),
])
def test_marks_are_one_for_each_criterion_within_the_scale_and_with_words(
    given_marks: tuple[Mark, ...], right: bool,
) -> None:
    assert are_right(given_marks, a_call()) is right


def test_ties_are_told_apart_by_criteria_in_their_order_and_else_stay_ties() -> None:
    found = ranking({
        "A001": [marks(4, 4), marks(6, 6)], "A002": [marks(5, 5), marks(5, 5)], "A003": [marks(6, 2)],
        "A004": [marks(9, 9)], "A005": [marks(1, 1)]}, a_call())
    assert [(each.application, each.rank, each.is_enough) for each in found] == [
        ("A004", 1, True), ("A003", 2, True), ("A001", 3, True), ("A002", 3, True), ("A005", 5, False)]


def _ranked(*ranks: int) -> list[Ranked]:
    return [Ranked(f"A{place}", rank, Fraction(1, 2), is_enough=rank < 9) for place, rank in enumerate(ranks)]


@pytest.mark.parametrize(("ranks", "asked", "budget", "cents", "tied"), [
    ((1, 2, 3), (50, 40, 30), 100, (50, 40, 0), (False, False, False)),
    ((1, 2, 3), (50, 60, 30), 100, (50, 0, 0), (False, False, False)),     # nobody overtakes
    ((1, 1, 3), (60, 60, 10), 100, (0, 0, 0), (True, True, False)),        # a tie at the line: people decide
    ((1, 1, 3), (50, 50, 1), 100, (50, 50, 0), (False, False, False)),
    ((1, 9), (50, 1), 100, (50,), (False,)),
])
def test_the_budget_goes_down_the_ranking(
    ranks: tuple[int, ...], asked: tuple[int, ...], budget: int, cents: tuple[int, ...], tied: tuple[bool, ...],
) -> None:
    wished = {f"A{place}": each for place, each in enumerate(asked)}
    assert proposal(_ranked(*ranks), wished, budget) == [
        Proposed(f"A{place}", each, is_tied) for place, (each, is_tied) in enumerate(zip(cents, tied, strict=True))]


@pytest.mark.parametrize(("since", "until", "months"), [
    (date(2026, 1, 15), date(2026, 2, 14), 0), (date(2026, 1, 15), date(2026, 2, 15), 1),
    (date(2026, 1, 31), date(2026, 2, 28), 0), (date(2026, 1, 1), date(2027, 1, 1), 12),
    (date(2026, 5, 1), date(2026, 1, 1), 0),
])
def test_months_are_whole_ones(since: date, until: date, months: int) -> None:
    assert whole_months(since, until) == months


def test_what_is_required_counts_from_the_later_of_grant_and_promise_and_is_rounded_up() -> None:
    [feed], milestone = an_application().feeds, a_call().milestones[1]
    assert required_of(feed, milestone, day(TODAY, -20)) == 9             # 5 a month, 3 months, 60 of 100
    assert required_of(feed, milestone, date(2026, 7, 1)) == 6
    assert required_of(replace(feed, documents_a_month=3), milestone, TODAY) == 6       # 5.4
    assert required_of(feed, a_call().milestones[0], TODAY) == 0


def _fed(*pairs: tuple[int, int]) -> list[MeasuredFeed]:
    return [MeasuredFeed(organisation="1", type_code="x", required=required, documents=documents, records=documents)
            for required, documents in pairs]


@pytest.mark.parametrize(("fed", "partly", "least", "outcome", "due"), [
    (((9, 9),), "nothing", 0, Outcome.REACHED, 1000),
    (((9, 99),), "pro_rata", 0, Outcome.REACHED, 1000),
    (((9, 8),), "nothing", 0, Outcome.NOT_REACHED, 0),
    (((9, 8),), "pro_rata", 0, Outcome.PARTLY, 888),           # 888.88…: a part of a cent is not paid
    (((5, 99), (5, 0)), "pro_rata", 0, Outcome.PARTLY, 500),   # too much of one does not stand for another
    (((10, 4),), "pro_rata", 50, Outcome.NOT_REACHED, 0),
    (((10, 5),), "pro_rata", 50, Outcome.PARTLY, 500),
    (((10, 0),), "pro_rata", 0, Outcome.NOT_REACHED, 0),
    (((0, 7),), "pro_rata", 0, Outcome.NOT_REACHED, 0),        # nothing could be promised by then: nothing is due
])
def test_what_was_fed_says_what_is_due(
    fed: tuple[tuple[int, int], ...], partly: str, least: int, outcome: Outcome, due: int,
) -> None:
    call = replace(a_call(), partly=partly, least_reached_percent=least)
    found = outcome_of(_fed(*fed), call.milestones[1], call)
    assert (found, due_cents(1000, _fed(*fed), found)) == (outcome, due)


def test_an_advance_is_due_whatever_was_fed() -> None:
    call = a_call()
    assert outcome_of(_fed((0, 0)), call.milestones[0], call) is Outcome.REACHED


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 10**12), st.lists(st.integers(1, 100), min_size=1, max_size=12))
def test_tranches_are_whole_cents_that_sum_to_the_grant(cents: int, shares: list[int]) -> None:
    first = a_call().milestones[0]
    made = [replace(first, id=f"m{place}", share=share) for place, share in enumerate(shares)]
    assert sum(tranches(cents, made).values()) == cents


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**12), st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=5))
def test_what_is_due_is_never_more_than_the_tranche_nor_below_nothing(
    cents: int, pairs: list[tuple[int, int]],
) -> None:
    call = replace(a_call(), partly="pro_rata")
    outcome = outcome_of(_fed(*pairs), call.milestones[1], call)
    assert 0 <= due_cents(cents, _fed(*pairs), outcome) <= cents


@pytest.mark.parametrize(("cents", "number", "each"), [(100, 3, 33), (50, 100, 1), (49, 100, 0), (7, 0, None)])
def test_a_cost_for_each_is_the_nearest_cent(cents: int, number: int, each: int | None) -> None:
    assert per(cents, number) == each

"""Estimates give what textbooks print."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.steering.comparison.estimates import (
    Interval,
    Mean,
    Sampled,
    around,
    bootstrap,
    difference,
    newcombe,
    stratified,
    wilson,
    z_of,
)
from carnet.steering.comparison.sample import allocate, frame_of

# Newcombe, Two-sided intervals for the single proportion (1998), table I, method 3: score without continuity.
PUBLISHED_SHARES = [
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
# Newcombe, Interval estimation for the difference between independent proportions (1998), table II, method 10.
PUBLISHED_DIFFERENCES = [
    (56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (6, 7, 2, 7, 0.0582, 0.8062),
    (5, 56, 0, 29, -0.0381, 0.1926), (10, 10, 0, 10, 0.6075, 1.0)]


@pytest.mark.parametrize(("hits", "of", "low", "high"), PUBLISHED_SHARES)
def test_wilsons_interval_is_that_of_the_published_table(hits: int, of: int, low: float, high: float) -> None:
    found = wilson(hits, of, 0.95)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(("a", "m", "b", "n", "low", "high"), PUBLISHED_DIFFERENCES)
def test_the_difference_of_two_shares_is_that_of_the_published_table(
    a: int, m: int, b: int, n: int, low: float, high: float,
) -> None:
    found = newcombe(wilson(a, m, 0.95), wilson(b, n, 0.95))
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_the_quantile_is_that_of_every_table() -> None:
    assert [round(z_of(each), 3) for each in (0.90, 0.95, 0.99)] == [1.645, 1.960, 2.576]


def test_a_stratified_mean_has_the_variance_of_its_formula_with_what_was_not_drawn() -> None:
    """By hand: W = 0.6 and 0.4, means 2 and 4, s² = 1 and 2, n = 3 and 2, 1 - n/N = 0.5 and 0.5."""
    found = stratified([Sampled(6, {1: 1, 2: 1, 3: 1}), Sampled(4, {3: 1, 5: 1})])
    assert found.value == pytest.approx(0.6 * 2 + 0.4 * 4)
    assert found.variance == pytest.approx(0.36 * 0.5 * 1 / 3 + 0.16 * 0.5 * 2 / 2)


def test_who_was_all_asked_has_no_error_of_sampling() -> None:
    assert stratified([Sampled(3, {1: 1, 2: 1, 5: 1})]).variance == 0


def test_a_stratum_without_an_answer_says_nothing() -> None:
    with pytest.raises(ValueError, match="without an answer"):
        stratified([Sampled(6, {}), Sampled(4, {3: 2})])


def test_the_interval_of_a_difference_adds_the_variances() -> None:
    found = difference(Mean(4.0, 0.09), Mean(3.0, 0.16), 0.95)
    assert (found.value, round(found.high - found.value, 3)) == (1.0, round(1.96 * sqrt(0.25), 3))
    assert around(Mean(4.0, 0.0), 0.95) == Interval(4.0, 4.0, 4.0)


def test_the_bootstrap_of_a_seed_is_always_the_same_and_near_the_formula() -> None:
    units = [[float(number) for number in range(100)]]

    def mean(strata: Sequence[Sequence[float]]) -> float:
        [drawn] = strata
        return sum(drawn) / len(drawn)

    found = bootstrap(units, mean, seed="a seed", times=2000, confidence=0.95)
    assert found == bootstrap(units, mean, seed="a seed", times=2000, confidence=0.95)
    assert found != bootstrap(units, mean, seed="another seed", times=2000, confidence=0.95)
    half = 1.96 * sqrt((100 ** 2 - 1) / 12 / 100)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.08)


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(1, 5_000), min_size=1, max_size=8),
       st.integers(16, 20_000))
def test_an_allocation_sums_to_the_sample_and_takes_no_more_than_there_is(strata: dict[str, int], size: int) -> None:
    found = allocate(size, strata)
    assert sum(found.values()) == min(size, sum(strata.values()))
    assert all(min(2, strata[name]) <= count <= strata[name] for name, count in found.items())


def test_the_sample_follows_from_the_seed_and_not_from_the_order() -> None:
    records = [(UUID(int=number * 7919), "dense" if number % 3 else "sparse") for number in range(900)]
    frame = frame_of(records, "seed one", 30)
    drawn = frame.drawn(30)
    assert {name: len(of) for name, of in drawn.items()} == {"dense": 20, "sparse": 10}
    assert frame_of(records[::-1], "seed one", 30).drawn(30) == drawn
    assert frame_of(records, "seed two", 30).drawn(30) != drawn
    assert frame_of(records[:-1], "seed one", 30).digest != frame.digest

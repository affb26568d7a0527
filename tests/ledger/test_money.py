"""Amounts are read without a guess and shared without a cent lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.ledger.dimensions import WHOLE, attributable
from carnet.ledger.money import cents_of, euros_of, share_out


@pytest.mark.parametrize(("text", "cents"), [
    ("1 234,56", 123_456), ("-12.5", -1250), ("0", 0), ("1\u202f000", 100_000), ("+7,07", 707)])
def test_an_amount_is_read(text: str, cents: int) -> None:
    assert cents_of(text) == cents


@pytest.mark.parametrize("text", ["", "1,234", "1.234,56", "12€", "1e3", "--1", ",5", "٣"])
def test_what_is_no_amount_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        cents_of(text)


@given(st.integers(-10**15, 10**15))
def test_an_amount_that_was_written_is_read_again(cents: int) -> None:
    assert cents_of(euros_of(cents)) == cents


@given(st.integers(-10**12, 10**12), st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_shares_sum_to_the_whole_and_each_is_within_a_cent(cents: int, weights: list[int]) -> None:
    shares = share_out(cents, weights)
    assert sum(shares) == cents
    total = sum(weights)
    assert all(abs(share * total - cents * weight) < total for share, weight in zip(shares, weights, strict=True))


@given(st.integers(-10**15, 10**15), st.integers(0, WHOLE))
def test_a_share_of_the_record_is_the_nearest_cent(cents: int, share: int) -> None:
    assert abs(attributable(cents, share) * WHOLE - cents * share) * 2 <= WHOLE
    assert attributable(-cents, share) == -attributable(cents, share)

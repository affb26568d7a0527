"""Estimates and their intervals, as small functions with the name of their formula. Pure; no library but Python's own.

Wilson (1927) for a share, without continuity correction; Newcombe (1998, method 10) for the difference of two; Cochran,
Sampling Techniques (1977), 5.3 and 2.6, for a stratified mean with finite population correction; percentile bootstrap
(Efron) where there is no formula. Which is used where: docs/comparison.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import TypeVar

T = TypeVar("T")
_BITS = 1 << 64


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate, and between what the true value lies, as often as the confidence says."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Sampled:
    """What a stratum of `size` gave: answers by score."""

    size: int
    scores: Mapping[int, int]

    @property
    def answers(self) -> int:
        """How many answered."""
        return sum(self.scores.values())

    @property
    def mean(self) -> float:
        """Their mean."""
        return sum(score * count for score, count in self.scores.items()) / self.answers

    @property
    def variance(self) -> float:
        """The sample's variance, with n - 1; 0 for one answer, of which nobody knows."""
        if self.answers < 2:
            return 0.0
        mean = self.mean
        return sum(count * (score - mean) ** 2 for score, count in self.scores.items()) / (self.answers - 1)


@dataclass(frozen=True, slots=True)
class Mean:
    """A stratified mean and the variance of it."""

    value: float
    variance: float


def z_of(confidence: float) -> float:
    """The quantile that leaves half of the rest on each side: 1.96 for 0.95."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def wilson(hits: float, of: float, confidence: float) -> Interval:
    """The share `hits / of` and its interval. Raises ValueError for a share of nothing."""
    if of <= 0 or not 0 <= hits <= of:
        raise ValueError("a share is of something, and no more than all of it")
    z, share = z_of(confidence), hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def newcombe(one: Interval, other: Interval) -> Interval:
    """The difference `one - other` of two shares, from the interval of each."""
    value = one.value - other.value
    below = sqrt((one.value - one.low) ** 2 + (other.high - other.value) ** 2)
    above = sqrt((one.high - one.value) ** 2 + (other.value - other.low) ** 2)
    return Interval(value, value - below, value + above)


def stratified(strata: Sequence[Sampled], weights: Sequence[int] | None = None) -> Mean:
    """The mean over strata, each weighing as many as it has, or these weights. Raises ValueError for an empty one.

    Variance: the sum of W² (1 - n/N) s²/n.
    """
    if not strata or any(each.answers == 0 for each in strata):
        raise ValueError("a stratum without an answer says nothing")
    sizes = weights or [each.size for each in strata]
    whole = sum(sizes)
    value = sum(size * each.mean for size, each in zip(sizes, strata, strict=True)) / whole
    variance = sum(
        (size / whole) ** 2 * max(0.0, 1 - each.answers / each.size) * each.variance / each.answers
        for size, each in zip(sizes, strata, strict=True))
    return Mean(value, variance)


def around(mean: Mean, confidence: float) -> Interval:
    """The interval of a mean whose estimate is about normal."""
    half = z_of(confidence) * sqrt(mean.variance)
    return Interval(mean.value, mean.value - half, mean.value + half)


def difference(one: Mean, other: Mean, confidence: float) -> Interval:
    """The difference `one - other` of two means of samples that know nothing of each other."""
    return around(Mean(one.value - other.value, one.variance + other.variance), confidence)


def bootstrap(
    strata: Sequence[Sequence[T]], statistic: Callable[[Sequence[Sequence[T]]], float], *, seed: str, times: int,
    confidence: float,
) -> Interval:
    """The statistic, and between which percentiles it falls when units are drawn again within each stratum.

    The same seed always draws the same, on any machine.
    """
    numbers = _numbers(seed)
    drawn = sorted(
        statistic([[units[next(numbers) * len(units) // _BITS] for _ in units] for units in strata])
        for _ in range(times))
    tail = (1 - confidence) / 2
    low, high = drawn[int(tail * times)], drawn[min(times - 1, int((1 - tail) * times))]
    return Interval(statistic(strata), low, high)


def _numbers(seed: str) -> Iterator[int]:
    """Numbers of 64 bits that follow from the seed: SHA-256 of it and of a count."""
    count = 0
    while True:
        block = hashlib.sha256(f"{seed}\0{count}".encode()).digest()
        yield from (int.from_bytes(block[at : at + 8]) for at in range(0, 32, 8))
        count += 1

"""Flights: what waits travels together, in order where it must, and each item has only its own fate."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from carnet.hosting.flights import Flights


class Airline:
    """Flights of words: every flight is noted, and waits until it is let go."""

    def __init__(self) -> None:
        self.flown: list[list[str]] = []
        self.may_land = asyncio.Event()
        self.bad: set[str] = set()

    async def fly(self, items: Sequence[str]) -> Sequence[str]:
        self.flown.append(list(items))
        await self.may_land.wait()
        if self.bad & set(items):
            raise ValueError(f"one of {items}")
        return [item.upper() for item in items]


async def test_one_item_alone_leaves_at_once() -> None:
    airline = Airline()
    airline.may_land.set()
    flights = Flights(airline.fly)
    assert await flights("a") == "A"
    assert airline.flown == [["a"]]


async def test_what_comes_while_the_lane_is_busy_travels_together() -> None:
    airline = Airline()
    flights = Flights(airline.fly)
    answers = await _all(airline, flights, "abcd")
    assert answers == ["A", "B", "C", "D"]
    assert airline.flown == [["a"], ["b", "c", "d"]]


async def test_two_lanes_fly_two_flights_at_once() -> None:
    airline = Airline()
    flights = Flights(airline.fly, lanes=2)
    await _all(airline, flights, "abcd")
    assert airline.flown == [["a"], ["b"], ["c", "d"]]


async def test_a_flight_takes_no_more_than_it_may() -> None:
    airline = Airline()
    await _all(airline, Flights(airline.fly, most=2), "abcdef")
    assert [len(flight) for flight in airline.flown] == [1, 2, 2, 1]


async def test_a_flight_is_bounded_by_the_weight_of_its_items_and_the_heaviest_leaves_alone() -> None:
    airline = Airline()
    flights = Flights(airline.fly, weight=len, most=4)
    await _all(airline, flights, ["a", "bbb", "c", "dddddddd", "ee"])
    assert airline.flown == [["a"], ["bbb", "c"], ["dddddddd"], ["ee"]]


async def test_two_items_of_one_key_are_never_in_the_air_together_and_keep_their_order() -> None:
    airline = Airline()
    flights = Flights(airline.fly, key=lambda item: item[0], lanes=2)
    await _all(airline, flights, ["a1", "a2", "b1", "a3", "b2", "c1"])
    first = [item for flight in airline.flown for item in flight]
    assert [item for item in first if item[0] == "a"] == ["a1", "a2", "a3"]
    assert [item for item in first if item[0] == "b"] == ["b1", "b2"]
    assert all(len({item[0] for item in flight}) == len(flight) for flight in airline.flown)


async def test_a_second_lane_does_not_overtake_an_item_of_the_same_key() -> None:
    airline = Airline()
    flights = Flights(airline.fly, key=lambda item: item[0], lanes=2)
    waiting = [asyncio.ensure_future(flights(item)) for item in ("a1", "a2")]
    await _turns()
    assert airline.flown == [["a1"]]
    airline.may_land.set()
    assert await asyncio.gather(*waiting) == ["A1", "A2"]


async def test_one_failing_item_only_hurts_itself() -> None:
    airline = Airline()
    airline.bad = {"c"}
    flights = Flights(airline.fly)
    answers = await _all(airline, flights, "abcd")
    assert answers[:2] == ["A", "B"]
    assert isinstance(answers[2], ValueError)
    assert answers[3] == "D"


async def test_an_answer_that_is_an_exception_is_raised_and_not_flown_again() -> None:
    flown = []

    async def fly(items: Sequence[str]) -> Sequence[str | Exception]:
        flown.append(list(items))
        return [KeyError(item) if item == "b" else item for item in items]

    flights = Flights(fly)
    answers = await asyncio.gather(*(flights(item) for item in "abc"), return_exceptions=True)
    assert isinstance(answers[1], KeyError)
    assert [answers[0], answers[2]] == ["a", "c"]
    assert flown == [["a"], ["b", "c"]]


async def test_too_few_answers_are_an_error_for_all_and_nobody_waits_for_ever() -> None:
    async def fly(items: Sequence[str]) -> Sequence[str]:
        return list(items)[1:]

    flights = Flights(fly)
    answers = await asyncio.gather(*(flights(item) for item in "abc"), return_exceptions=True)
    assert all(isinstance(answer, RuntimeError) for answer in answers)


async def test_a_waiter_that_left_is_not_flown_and_the_others_are() -> None:
    airline = Airline()
    flights = Flights(airline.fly)
    waiting = [asyncio.ensure_future(flights(item)) for item in "abc"]
    await _turns()
    waiting[1].cancel()
    await _turns()
    airline.may_land.set()
    assert await waiting[0] == "A"
    assert await waiting[2] == "C"
    assert airline.flown == [["a"], ["c"]]


async def test_a_waiter_that_leaves_in_the_air_does_not_disturb_the_flight() -> None:
    airline = Airline()
    flights = Flights(airline.fly)
    waiting = [asyncio.ensure_future(flights(item)) for item in "abc"]
    await _turns()
    waiting[0].cancel()
    await _turns()
    airline.may_land.set()
    assert await asyncio.gather(*waiting[1:]) == ["B", "C"]
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]


async def _all(
    airline: Airline, flights: Flights[str, str], items: Sequence[str],
) -> list[str | BaseException]:
    """Send them all, let them fly, and give every answer."""
    waiting = [asyncio.ensure_future(flights(item)) for item in items]
    await _turns()
    airline.may_land.set()
    return await asyncio.gather(*waiting, return_exceptions=True)


async def _turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)

"""What was acknowledged is never lost, and service goes on, whichever process is killed (DESIGN 7 and 8.1).

One bad day with the real processes, lived once; each test looks at it from one side. The worst request of every break
is printed and not asserted: machines differ.
"""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.demonstration import Demonstration
from tests.flows.disaster import Day, Vandal, lived_through

NOBODY_WAITS_LONGER = 15.0
# What is broken, and how many seconds more to look at: some are whole again before a client has asked anything.
GOES_ON = {
    "alpha killed": 0, "reference killed": 0, "beta held still": 0, "reference held still": 0,
    "worker killed": 5, "postgres-beta killed": 5}
SOAK_BREAKS = 40
PROCESSES = (
    "alpha", "beta", "reference", "worker", "portal", "postgres-alpha", "postgres-reference", "postgres-portal")


async def one_after_another(vandal: Vandal) -> None:
    """A home host, the reference, the worker, the portal, two databases; then hosts that hang."""
    for name in ("alpha", "reference", "worker", "portal", "postgres-beta", "postgres-portal"):
        await vandal.kill(name)
    await vandal.hold_still("beta")
    await vandal.hold_still("reference")
    await vandal.hold_still("beta", "reference", seconds=2)


@pytest.fixture(scope="module")
def day(demonstration: Demonstration) -> Day:
    """The bad day, over."""
    return asyncio.run(lived_through(demonstration, one_after_another))


def check_that_nothing_is_lost(day: Day) -> None:
    """The promises, at the end of any day."""
    assert day.load.kept
    assert day.lost == []
    assert day.twice == []
    assert day.load.wrong == []
    assert day.waiting == 0
    for record, known in day.portal.items():
        for host in (known.home, known.reference):
            assert day.hosts[host].said[record] == known.chain
            assert day.hosts[host].computed[record] == known.chain
    assert {host: held.lacking for host, held in day.hosts.items()} == dict.fromkeys(day.hosts, 0)
    assert {host: held.altered for host, held in day.hosts.items()} == dict.fromkeys(day.hosts, 0)


def test_every_acknowledged_document_is_found_and_comes_back_byte_for_byte(
    day: Day, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f"\n{day}")
    assert day.load.kept
    assert day.lost == []


def test_no_document_is_there_twice_though_it_was_sent_again(day: Day) -> None:
    assert day.twice == []


def test_nobody_ever_read_anything_else_than_what_was_deposited(day: Day) -> None:
    assert day.load.wrong == []


@pytest.mark.parametrize(("what", "more_seconds"), GOES_ON.items())
def test_deposits_and_reads_go_on_while_it_is_broken(day: Day, what: str, more_seconds: float) -> None:
    broken = day.when(what)
    deposits, reads = day.load.successes(broken.began, broken.ended + more_seconds)
    assert deposits
    assert reads
    assert all(request.status != 0 for request in day.during(broken))


def test_nobody_waits_for_long_whatever_is_broken(day: Day) -> None:
    assert max(request.seconds for request in day.load.requests) < NOBODY_WAITS_LONGER


def test_a_document_that_cannot_be_kept_twice_is_refused_with_the_time_to_try_again(day: Day) -> None:
    refused = [request for request in day.during(day.when("beta and reference held still")) if request.status == 503]
    assert refused
    assert any(request.is_deposit for request in refused)


def test_every_refusal_says_when_to_try_again(day: Day) -> None:
    refused = [request for request in day.load.requests if request.status == 503]
    assert all(request.retry_after.isdecimal() for request in refused)


def test_nothing_waits_for_a_host_once_all_was_caught_up(day: Day) -> None:
    assert day.waiting == 0


def test_portal_home_and_reference_end_at_the_same_head(day: Day) -> None:
    check_that_nothing_is_lost(day)


def test_no_host_lacks_a_body_or_holds_an_altered_one(day: Day) -> None:
    assert {host: (held.lacking, held.altered) for host, held in day.hosts.items()} == dict.fromkeys(day.hosts, (0, 0))


async def at_random(vandal: Vandal) -> None:
    """Any process, killed or held still, again and again."""
    chance = random.Random(20260101)
    for _ in range(SOAK_BREAKS):
        name = chance.choice(PROCESSES)
        if name in ("alpha", "beta", "reference") and chance.random() < 0.4:
            await vandal.hold_still(name, seconds=chance.uniform(0.2, 4))
        else:
            await vandal.kill(name)


@pytest.mark.slow
def test_nothing_is_lost_on_a_very_long_bad_day(
    demonstration: Demonstration, capsys: pytest.CaptureFixture[str]
) -> None:
    day = asyncio.run(lived_through(demonstration, at_random, first_patient=800))
    with capsys.disabled():
        print(f"\n{day}")
    check_that_nothing_is_lost(day)

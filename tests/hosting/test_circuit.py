"""A circuit opens on failures, lets one probe a second through, and closes on the first answer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from carnet.hosting.circuit import FAILURES_IN_A_ROW, PROBE_SECONDS, WINDOW_CALLS, WINDOW_SECONDS, Circuit


def test_it_opens_after_five_failures_in_a_row() -> None:
    circuit = Circuit()
    for number in range(FAILURES_IN_A_ROW):
        assert not circuit.is_open
        circuit.failed(float(number))
    assert circuit.is_open
    assert not circuit.allows(float(FAILURES_IN_A_ROW - 1))


def test_one_answer_in_between_starts_the_count_again() -> None:
    circuit = Circuit()
    for _ in range(3):
        for _ in range(FAILURES_IN_A_ROW - 1):
            circuit.failed(0.0)
        circuit.succeeded(0.0)
    assert circuit.is_open is False


def test_it_opens_when_half_of_twenty_recent_calls_failed() -> None:
    circuit = Circuit()
    for number in range(WINDOW_CALLS - 1):
        (circuit.failed if number % 2 else circuit.succeeded)(0.0)
    assert not circuit.is_open
    circuit.failed(0.0)
    assert circuit.is_open


def test_failures_of_more_than_ten_seconds_ago_are_forgotten() -> None:
    circuit = Circuit()
    for number in range(WINDOW_CALLS - 1):
        (circuit.failed if number % 2 else circuit.succeeded)(0.0)
    circuit.succeeded(0.0)
    circuit.failed(WINDOW_SECONDS + 0.1)
    assert not circuit.is_open


def test_while_open_one_probe_a_second_goes_out_and_its_answer_closes() -> None:
    circuit = _open(at=10.0)
    assert not circuit.allows(10.0 + PROBE_SECONDS / 2)
    assert circuit.allows(10.0 + PROBE_SECONDS)
    assert not circuit.allows(10.0 + PROBE_SECONDS)
    assert circuit.allows(10.0 + 2 * PROBE_SECONDS)
    circuit.succeeded(10.0 + 2 * PROBE_SECONDS)
    assert not circuit.is_open
    assert circuit.allows(10.0 + 2 * PROBE_SECONDS)


def test_asking_whether_a_probe_is_due_does_not_use_it_up() -> None:
    circuit = _open(at=10.0)
    assert not circuit.would_allow(10.0)
    assert circuit.would_allow(10.0 + PROBE_SECONDS)
    assert circuit.would_allow(10.0 + PROBE_SECONDS)
    assert circuit.allows(10.0 + PROBE_SECONDS)
    assert not circuit.would_allow(10.0 + PROBE_SECONDS)


def test_a_probe_that_fails_leaves_it_open() -> None:
    circuit = _open(at=0.0)
    assert circuit.allows(1.0)
    circuit.failed(1.0)
    assert circuit.is_open
    assert not circuit.allows(1.5)


def test_what_failed_before_it_closed_does_not_open_it_again() -> None:
    circuit = Circuit()
    for _ in range(WINDOW_CALLS):
        circuit.failed(0.0)
    circuit.succeeded(1.0)
    circuit.failed(1.0)
    assert not circuit.is_open


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 3)), max_size=80))
def test_a_circuit_is_never_shut_for_more_than_a_second(calls: list[tuple[bool, float]]) -> None:
    circuit, now = Circuit(), 0.0
    for failed, pause in calls:
        now += pause
        if circuit.allows(now):
            (circuit.failed if failed else circuit.succeeded)(now)
    assert circuit.would_allow(now + PROBE_SECONDS)


def _open(*, at: float) -> Circuit:
    circuit = Circuit()
    for _ in range(FAILURES_IN_A_ROW):
        circuit.failed(at)
    return circuit

"""The exit of a host on paper: the hours follow from what there is and from what was measured."""

from __future__ import annotations

from carnet.hosting.moving.plan import Load, Rates, exit_steps

MILLION = Load(1_000_000, 0, 0, 10_000_000)


def hours(load: Load, rates: Rates, *, document_bytes: int) -> float:
    return sum(step.hours for step in exit_steps(load, rates, document_bytes=document_bytes))


def test_small_documents_take_as_long_as_their_records_and_large_ones_as_their_bytes() -> None:
    small = hours(MILLION, Rates(500, 12 * 2**20), document_bytes=2_000)
    large = hours(MILLION, Rates(500, 12 * 2**20), document_bytes=139_000)
    assert 1.3 < small < 1.5
    assert 31 < large < 32
    assert hours(MILLION, Rates(1000, 24 * 2**20), document_bytes=139_000) < large / 1.8


def test_a_host_that_has_nothing_takes_no_time_but_that_of_people() -> None:
    assert hours(Load(0, 0, 0, 0), Rates(), document_bytes=139_000) == 0.75


def test_a_plan_for_more_records_keeps_the_mixture_there_is() -> None:
    assert Load(30, 10, 4, 200).scaled(4000) == Load(3000, 1000, 400, 20_000)
    assert Load(0, 0, 0, 0).scaled(500) == Load(500, 0, 0, 5000)


def test_the_order_is_one_in_which_nothing_new_comes_after_the_list() -> None:
    steps = [step.what for step in exit_steps(MILLION, Rates())]
    assert steps[0].startswith("the host takes no new record")
    assert steps[-1].startswith("it is checked elsewhere")

"""The checker of histories finds what is false in one, and nothing in a true one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.faults.history import (
    Blocked,
    Broken,
    Deposit,
    End,
    Found,
    History,
    Request,
    Retrieved,
    judged,
    rows,
    unavailable,
)


def at(sent: float, answered: float | None = None, status: int = 200) -> Request:
    return Request(sent, sent + 0.1 if answered is None else answered, status)


KEPT = Deposit(at(1, 2, 201), "camille", "d1", "h1")
END = End({"camille": ["d1"]}, {"d1": "h1"}, differing=0, lacking=0, altered=0, waiting=0, log_verifies=True)
BLOCK = Blocked("benali", "camille", acknowledged_at=10, released_at=20)


def history(*said: Any) -> History:
    """The deposit of d1, and this."""
    made = History([KEPT])
    kinds: dict[type, list[Any]] = {
        Deposit: made.deposits, Found: made.found, Retrieved: made.retrieved, Blocked: made.blocks}
    for each in said:
        kinds[type(each)].append(each)
    return made


def false(said: History, end: End = END) -> dict[str, int]:
    """How much is false, by kind."""
    verdict = judged(said, end)
    kinds = ("lost", "stale", "forbidden", "doubled", "copies")
    return {kind: len(getattr(verdict, kind)) for kind in kinds if getattr(verdict, kind)}


@pytest.mark.parametrize("said", [
    (),
    (Found(at(3), "camille", "camille", ("d1",)), Retrieved(at(3), "camille", "d1", "h1")),
    (Found(at(1.5), "camille", "camille", ()),),                                # asked before it was acknowledged
    (Retrieved(at(1.5, status=404), "camille", "d1"),),
    (Found(at(3, status=503), "camille", "camille"), Retrieved(at(3, status=0), "camille", "d1")),
    (Deposit(at(5, status=0), "camille", "d2", "h2"),),                         # never acknowledged
    (Deposit(at(5, status=0), "camille", "d2", "h2"), Found(at(6), "camille", "camille", ("d1", "d2"))),
    (BLOCK, Found(at(11, status=403), "benali", "camille"), Retrieved(at(12, status=404), "benali", "d1")),
    (BLOCK, Retrieved(at(9), "benali", "d1", "h1"), Retrieved(at(19.95), "benali", "d1", "h1")),
    (BLOCK, Found(at(25), "benali", "camille", ("d1",))),
])
def test_a_true_history_is_clean(said: tuple[Any, ...]) -> None:
    assert judged(history(*said), END).is_clean


@pytest.mark.parametrize(("said", "kind"), [
    (Found(at(3), "camille", "camille", ()), "stale"),
    (Found(at(3, status=404), "camille", "camille"), "stale"),
    (Retrieved(at(3), "camille", "d1", "other"), "stale"),
    (Retrieved(at(1.5), "camille", "d1", "other"), "stale"),
    (Retrieved(at(3, status=404), "camille", "d1"), "stale"),
    (Retrieved(at(3, status=500), "camille", "d1"), "stale"),
    (Found(at(3), "camille", "camille", ("d1", "d1")), "doubled"),
])
def test_a_false_answer_is_found(said: Any, kind: str) -> None:
    assert false(history(said)) == {kind: 1}


@pytest.mark.parametrize("said", [
    Found(at(11), "benali", "camille", ("d1",)), Retrieved(at(11), "benali", "d1", "h1"),
    Retrieved(at(10), "benali", "d1", "h1")])
def test_an_answer_to_who_is_blocked_is_forbidden(said: Any) -> None:
    assert false(history(BLOCK, said)) == {"forbidden": 1}
    assert false(history(replace(BLOCK, released_at=None), said)) == {"forbidden": 1}


@pytest.mark.parametrize(("changes", "kind"), [
    ({"listed": {}}, "lost"), ({"digests": {}}, "lost"), ({"digests": {"d1": "other"}}, "lost"),
    ({"listed": {"camille": ["d1", "d1"]}}, "doubled"), ({"listed": {"camille": ["d1", "d9"]}}, "doubled"),
    ({"differing": 1}, "copies"), ({"lacking": 1}, "copies"), ({"altered": 1}, "copies"), ({"waiting": 1}, "copies"),
    ({"log_verifies": False}, "copies"),
])
def test_a_false_end_is_found(changes: dict[str, Any], kind: str) -> None:
    assert false(history(), replace(END, **changes)) == {kind: 1}


def test_a_document_acknowledged_at_the_second_try_is_one() -> None:
    again = History([replace(KEPT, request=at(0, 0.5, 503)), KEPT, replace(KEPT, request=at(3, 4, 200))])
    assert again.acknowledged() == {"d1": (2, KEPT)}


def test_a_second_with_a_failure_or_a_long_wait_is_unavailable() -> None:
    assert unavailable([at(1.2), at(3.1, status=503), at(5.9, 8.2), at(10, 11.9)]) == {3, 5, 6, 7, 8}


def test_each_fault_is_told_until_the_next_began() -> None:
    said = history(
        Found(at(31), "camille", "camille", ("d1",)), Retrieved(at(34, 37), "camille", "d1", "h1"),
        Deposit(at(41, status=503), "camille", "d2", "h2"), Deposit(at(42, 42.5, 201), "camille", "d2", "h2"),
        Retrieved(at(43, status=403), "benali", "d1"), BLOCK)
    said.broken += [Broken("worker killed", 40, 44), Broken("alpha killed", 30, 33)]
    alpha, worker = rows(said)
    assert (alpha.what, alpha.seconds, alpha.deposits, alpha.reads, alpha.failed) == ("alpha killed", 3, 0, 2, 0)
    assert (alpha.seconds_without_deposits, alpha.seconds_without_reads, alpha.worst_read) == (0, 4, 3)
    assert (worker.deposits, worker.reads, worker.failed, worker.seconds_without_deposits) == (1, 0, 1, 1)

"""A check: one thing that a host must do, the rule it proves, and what went wrong when it does not.

Each is a short function with a sentence: its name is the check's name, its sentence says what it proves.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from carnet.hosting.conformance.client import HostUnderTest

Proof = Callable[[HostUnderTest], Awaitable[None]]
Needs = Literal["nothing", "time", "restart"]


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `needs`: time (left out of a quick run), or a restart of the host before it."""

    name: str
    subject: str
    rule: str
    proves: str
    run: Proof
    needs: Needs = "nothing"


class Subject:
    """The checks of one file, in the order in which they are made."""

    def __init__(self, name: str, *, needs: Needs = "nothing") -> None:
        self._name = name
        self._needs = needs
        self._checks: list[Check] = []

    def proves(self, rule: str, *, needs: Needs | None = None) -> Callable[[Proof], Proof]:
        """Have a function be a check of this subject: its name and its sentence are the check's."""
        def added(proof: Proof) -> Proof:
            sentence = " ".join((proof.__doc__ or "").split())
            self.add(Check(proof.__name__.replace("_", "-"), self._name, rule, sentence, proof, needs or self._needs))
            return proof

        return added

    def add(self, check: Check) -> None:
        """Add a check that is made rather than written."""
        self._checks.append(check)

    def __iter__(self) -> Iterator[Check]:
        return iter(self._checks)

"""Everything that is wrong in a message, gathered while it is read. Pure.

May import: errors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from carnet.errors import InvalidInput, Issue

Read = TypeVar("Read")


class AllIssues:
    """What was found wrong so far."""

    def __init__(self) -> None:
        self.found: list[Issue] = []

    def of(self, read: Callable[[], Read]) -> Read | None:
        """What this gives, or None with what it found wrong kept."""
        try:
            return read()
        except InvalidInput as error:
            self.found += error.issues
            return None

    def or_raise(self) -> None:
        """Raises InvalidInput when something is wrong."""
        if self.found:
            raise InvalidInput(*self.found)

"""What is wrong with a message, gathered while it is read: a sender learns everything at once.

May import: errors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from carnet.errors import InvalidInput, Issue

T = TypeVar("T")


class Problems:
    """Issues found so far."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def add(self, code: str, message: str, expression: str) -> None:
        """Note something wrong at this place."""
        self.issues.append(Issue(code, message, expression))

    def attempt(self, read: Callable[[], T], expression: str = "") -> T | None:
        """What `read` gives, or None after noting what it refused, at `expression` where it says no place."""
        try:
            return read()
        except InvalidInput as error:
            self.issues += (
                issue if issue.expression else Issue(issue.code, issue.message, expression) for issue in error.issues)
            return None

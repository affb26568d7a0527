"""How many keys this process unwraps: counted, and no more than a ceiling in each minute.

Whoever takes hold of a process can then read records one after the other, slowly and on the count, and not all of them
in an hour. A decision on numbers: the time is given.
May import: errors.
"""

from __future__ import annotations

from math import ceil

from carnet.errors import Unavailable

USUAL = 6000
_MINUTE = 60.0


class Unwraps:
    """The count of one process, since it was last drained, and its ceiling."""

    def __init__(self, a_minute: int = USUAL) -> None:
        self.a_minute = a_minute
        self._began = float("-inf")
        self._in_this_minute = 0
        self._refused_in_this_minute = 0
        self._unwrapped = 0
        self._refused = 0

    def take(self, now: float) -> None:
        """Count one more. Raises Unavailable beyond the ceiling, until the minute is over."""
        if now - self._began >= _MINUTE:
            self._began, self._in_this_minute, self._refused_in_this_minute = now, 0, 0
        if self._in_this_minute >= self.a_minute:
            self._refused += 1
            self._refused_in_this_minute += 1
            raise Unavailable(
                "this process unwrapped as many keys as it may in a minute",
                retry_after_seconds=ceil(self._began + _MINUTE - now))
        self._in_this_minute += 1
        self._unwrapped += 1

    def note(self) -> None:
        """Count one that no ceiling is for: a command that goes through all keys."""
        self._unwrapped += 1

    @property
    def is_alarm_new(self) -> bool:
        """True when the refusal just made is the first of its minute: the alarm is then given, once."""
        return self._refused_in_this_minute == 1

    def drain(self) -> tuple[int, int]:
        """How many were unwrapped and refused since the last time this was asked."""
        counted = self._unwrapped, self._refused
        self._unwrapped = self._refused = 0
        return counted

    def give_back(self, unwrapped: int, refused: int) -> None:
        """What was drained could not be written: count it again next time."""
        self._unwrapped += unwrapped
        self._refused += refused

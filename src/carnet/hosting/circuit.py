"""A circuit: when to stop asking a host that does not answer, and when to ask again.

Opens after 5 failures in a row, or when half of at least 20 calls of the last 10 seconds failed; then one probe goes
out a second. Time is passed in, in seconds of any steady clock.
"""

from __future__ import annotations

from collections import deque

FAILURES_IN_A_ROW = 5
WINDOW_SECONDS = 10.0
WINDOW_CALLS = 20
PROBE_SECONDS = 1.0


class Circuit:
    """The state of our calls to one host, for one kind of call: a full host refuses puts, and nothing else."""

    def __init__(self) -> None:
        self._in_a_row = 0
        self._recent: deque[tuple[float, bool]] = deque()
        self._open = False
        self._next_probe = 0.0

    @property
    def is_open(self) -> bool:
        """True while the host is taken for down."""
        return self._open

    def would_allow(self, now: float) -> bool:
        """Is it worth trying a call? True again once a probe is due: a host nobody else calls must come back too."""
        return not self._open or now >= self._next_probe

    def allows(self, now: float) -> bool:
        """May this call be tried? While open, only one probe a second may, and this call is it."""
        allowed = self.would_allow(now)
        if self._open and allowed:
            self._next_probe = now + PROBE_SECONDS
        return allowed

    def succeeded(self, now: float) -> None:
        """The host answered: it is up."""
        if self._open:
            self._recent.clear()
        self._open, self._in_a_row = False, 0
        self._note(now, failed=False)

    def failed(self, now: float) -> None:
        """The host did not answer in time, or answered wrong."""
        self._in_a_row += 1
        self._note(now, failed=True)
        failures = sum(failed for _, failed in self._recent)
        too_many = len(self._recent) >= WINDOW_CALLS and failures * 2 >= len(self._recent)
        if not self._open and (self._in_a_row >= FAILURES_IN_A_ROW or too_many):
            self._open, self._next_probe = True, now + PROBE_SECONDS

    def _note(self, now: float, *, failed: bool) -> None:
        self._recent.append((now, failed))
        while self._recent and self._recent[0][0] < now - WINDOW_SECONDS:
            self._recent.popleft()

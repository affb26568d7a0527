"""What every antivirus answers, and what a name it gives may look like. May import: errors."""

from __future__ import annotations

import re
from typing import Protocol

from carnet.errors import Unavailable

AWAY_SECONDS = 30
ANSWER_SECONDS = 30.0
AT_ONCE = 8         # clamd has ten threads as it is delivered
_NOT_A_NAME = re.compile(r"[^\w.:/+-]+")


class Antivirus(Protocol):
    """A scanner outside of the platform."""

    async def scan(self, content: bytes) -> str | None:
        """The name of what was found in these bytes, or None. Raises Unavailable when there is no clear answer."""


def away(why: str) -> Unavailable:
    """The antivirus gave no clear answer: nothing is deposited unseen."""
    return Unavailable(f"the antivirus {why}", retry_after_seconds=AWAY_SECONDS)


def name_of(said: str) -> str:
    """The name of what was found, without anything that a log or a page would trip over."""
    return _NOT_A_NAME.sub("_", said.strip())[:80] or "unnamed"

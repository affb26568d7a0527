"""Support: people who asked for help, as officers enter it for a day. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from carnet.errors import InvalidInput, Issue

CHANNELS = ("telephone", "mail", "desk", "online")
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Contacts:
    """How many people asked, by which channel, and the minutes that it took. `host` answered; empty: the platform.

    A correction of what was entered before is below 0.
    """

    channel: str
    host: str
    contacts: int
    minutes: int = 0

    def checked(self) -> Contacts:
        """The same. Raises InvalidInput with all that is wrong."""
        issues = []
        if self.channel not in CHANNELS:
            issues.append(Issue("value", f"{self.channel!r}; accepted: {', '.join(CHANNELS)}", "channel"))
        if self.contacts == 0 or abs(self.contacts) > _MOST:
            issues.append(Issue("value", "is a number of people, not 0, and below 0 for a correction", "contacts"))
        if abs(self.minutes) > _MOST or self.minutes * self.contacts < 0:
            issues.append(Issue("value", "are below 0 only in a correction", "minutes"))
        if issues:
            raise InvalidInput(*issues)
        return self

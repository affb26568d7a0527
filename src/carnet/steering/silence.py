"""Partners who fell silent: "nothing from this laboratory for 9 days". Pure.

A partner that never sent is silent too, counted from when the platform first knew of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Watched:
    """A partner of the settings, and after how many days without anything officers are told."""

    partner: str
    organisation: str
    name: str
    software: str
    silent_days: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of a partner: since when, and when anything last came of it. `since` is None for one that no
    worker has seen in the settings yet.
    """

    partner: str
    since: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Silence:
    """A partner of whom nothing came for so many whole days: since `last_at`, or ever (None)."""

    watched: Watched
    days: int
    last_at: datetime | None


def silences(watched: Sequence[Watched], heard: Sequence[Heard], now: datetime) -> list[Silence]:
    """Those who are silent for as long as they may not be, the longest first."""
    known = {each.partner: each for each in heard}
    found = []
    for each in watched:
        what = known.get(each.partner)
        since = (what.last_at or what.since) if what is not None else None
        if what is not None and since is not None and now - since >= timedelta(days=each.silent_days):
            found.append(Silence(each, (now - since).days, what.last_at))
    return sorted(found, key=lambda silence: (-silence.days, silence.watched.partner))

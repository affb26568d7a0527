"""What ends soon: a host's decision and its HDS certificate, told 180, 90 and 30 days before, and once they ended.

Decides, and looks nothing up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from carnet.hosting.accreditation.store import Dossier

DAYS_BEFORE = (30, 90, 180)


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing that ends: its last day, how many days are left (less than none: it ended), and how near that is."""

    host: str
    company: str
    what: Literal["decision", "certificate"]
    last_day: date
    days_left: int
    within: int
    is_renewed_soon: bool

    @property
    def is_over(self) -> bool:
        """True when its last day has passed: the host is not active."""
        return self.days_left < 0


def reminders_of(dossiers: Iterable[Dossier]) -> list[Reminder]:
    """What ends within 180 days, or ended, of hosts that hold a decision: the most urgent first."""
    found = [each for dossier in dossiers for each in _of(dossier)]
    return sorted(found, key=lambda each: (each.days_left, each.host, each.what))


def _of(dossier: Dossier) -> Iterable[Reminder]:
    life = dossier.life
    if life.decision is None:
        return
    ends: dict[Literal["decision", "certificate"], date] = {
        "decision": life.decision.until, "certificate": dossier.file.certificate.expires_on}
    for what, last_day in ends.items():
        left = (last_day - dossier.today).days
        within = next((days for days in DAYS_BEFORE if left <= days), None)
        if within is not None:
            yield Reminder(
                dossier.host, dossier.file.company.name, what, last_day, left, within,
                is_renewed_soon=life.is_under_way)

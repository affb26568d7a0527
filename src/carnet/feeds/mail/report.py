"""What comes back about a letter of ours: it was read or treated (RFC 8098), or never arrived (RFC 3464). Pure.

It is known by the Message-ID that the letter left with, which nobody else could guess.
May import: this room.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from carnet.feeds.mail.mime import Mail

_KINDS = frozenset({"disposition-notification", "delivery-status"})
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


class Fate(StrEnum):
    """What became of a letter."""

    READ = "read"
    ARRIVED = "arrived"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """One report: about which letter, what became of it, and the status that was given."""

    outgoing_id: UUID
    fate: Fate
    status: str = ""


def is_report(mail: Mail) -> bool:
    """True for a message that is about another, and never for a record."""
    return mail.report_type in _KINDS


def report_of(mail: Mail, raw: bytes, domain: str) -> Report | None:
    """What it says; None when it is about no letter of this platform, or settles nothing."""
    found = re.search(rb"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@" + re.escape(domain.encode()) + rb">", raw)
    if found is None:
        return None
    outgoing_id = UUID(found[1].decode())
    for said in _said(mail, "Disposition"):
        kind, _, modifier = said.partition(";")[2].strip().lower().partition("/")
        is_read = kind.strip() in ("displayed", "processed", "dispatched") and not modifier
        return Report(outgoing_id, Fate.READ if is_read else Fate.FAILED, said.partition(";")[2].strip()[:60])
    for said in _said(mail, "Action"):
        status = next(iter(_said(mail, "Status")), "").strip()
        status = status if _STATUS.fullmatch(status) else ""
        if said.strip().lower() in ("failed", "delivered"):
            return Report(outgoing_id, Fate.FAILED if said.strip().lower() == "failed" else Fate.ARRIVED, status)
    return None


def _said(mail: Mail, name: str) -> Iterator[str]:
    """The values of this field in the parts: never of the message's own headers."""
    parts = mail.message.walk()
    next(parts)
    return (str(part[name]) for part in parts if part[name] is not None)

"""What a host signs of its days, beside what the portal metered, whose own meter decides: this only compares. Pure.

A host counts every body it was given, also twice, also those that no entry ever named, and what was brought to it to
catch up: it may count more than the portal, which pays for bodies of committed entries. Less would be a mistake.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from carnet.errors import IntegrityError
from carnet.steering.metering.tariff import DayMeter


@dataclass(frozen=True, slots=True)
class Signed:
    """What a host says that it did on a day (UTC)."""

    day: date
    bodies_read: int
    bytes_read: int
    bodies_put: int
    entries_appended: int
    refused: int
    exported: int
    challenged: int

    @property
    def read_for_people(self) -> int:
        """Bodies read, without those of exports and challenges; those of catch-up are among them."""
        return self.bodies_read - self.exported - self.challenged


@dataclass(frozen=True, slots=True)
class Compared:
    """A month of a host: what the portal metered on the days that the host signed, and what the host signed of them."""

    days: int
    deposits: int
    signed_deposits: int
    reads: int
    signed_reads: int
    entries: int
    refused: int

    @property
    def is_short(self) -> bool:
        """True when the host counted less than the portal: it kept, or read, something that it did not count."""
        return self.signed_deposits < self.deposits or self.signed_reads < self.reads


class _Receipt(msgspec.Struct, frozen=True):
    method: str
    items: list[list[Any]]


def signed_in(receipt: str) -> Signed:
    """The counts in a receipt, whose signature was verified when it came. Raises IntegrityError when they are none."""
    try:
        payload = receipt.split(".")[1]
        told = msgspec.json.decode(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=_Receipt)
        [[day, *counts]] = told.items
        return Signed(date.fromisoformat(day), *(int(each) for each in counts))
    except (IndexError, ValueError, TypeError, msgspec.MsgspecError) as error:
        raise IntegrityError("a receipt that was kept holds no counts of a day") from error


def compared(metered: Iterable[DayMeter], receipts: Mapping[date, str]) -> Compared:
    """What was metered against what was signed, over the days that have both. Raises IntegrityError."""
    ours = [each for each in metered if each.day in receipts]
    theirs = [signed_in(receipts[each.day]) for each in ours]
    return Compared(
        len(ours), sum(each.deposits for each in ours), sum(each.bodies_put for each in theirs),
        sum(each.reads for each in ours), sum(each.read_for_people for each in theirs),
        sum(each.entries_appended for each in theirs), sum(each.refused for each in theirs))

"""Closed periods: a month of some books after which nothing is entered into it, and the signed words that say so.

The words are a note that anybody can check with the platform's public key: books, month, how many entries, the head of
their chain, the sums of both sides. Pure.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from carnet.errors import InvalidInput, Issue


@dataclass(frozen=True, slots=True)
class Period:
    """All entries of these books up to the end of this month: `entries` of them, and the head they lead to."""

    books: str
    month: date                 # its first day
    entries: int
    head: bytes
    debit_cents: int
    credit_cents: int
    closed_by: str
    signature: bytes | None = None

    @property
    def text(self) -> str:
        """What is signed."""
        return (
            f"carnet/ledger\n{self.books}\n{self.month:%Y-%m}\nentries {self.entries}\nhead {self.head.hex()}\n"
            f"debit {self.debit_cents}\ncredit {self.credit_cents}\n")

    @property
    def last_day(self) -> date:
        """The last day of the month."""
        return last_day(self.month)

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Say whether the owner of this key signed exactly this."""
        try:
            key.verify(self.signature or b"", self.text.encode())
        except InvalidSignature:
            return False
        return True


def last_day(month: date) -> date:
    """The last day of the month of this day."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def month_of(text: str) -> date:
    """The first day of the month `2026-11`. Raises InvalidInput."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise InvalidInput(Issue("value", f"{text!r} is no month; accepted: 2026-11", "month")) from error

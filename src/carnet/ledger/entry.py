"""Entries: lines that are entered together, balance together, and are never changed.

French accounting calls them écritures; their fields are those of the fichier des écritures comptables (FEC, article
A47 A-1 of the livre des procédures fiscales), beside the dimensions. Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from uuid import UUID

import msgspec

from carnet.errors import Issue
from carnet.ledger.accounts import is_account
from carnet.ledger.dimensions import NOTHING_SAID, Dimensions
from carnet.ledger.money import euros_of

MOST_CENTS = 10**15         # ten thousand milliards: whoever writes more made a mistake
_CURRENCY = re.compile(r"[A-Z]{3}")


class Line(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An amount on one side of one account, in cents. Below 0 only as accountants write one back on the same side.

    What FEC files say beside: the auxiliary account, the lettering, the amount in a foreign currency, as written.
    `source_line` is the line of the file that it comes from: several lines of ours may be one of its. `piece` and
    `piece_on` are its own document's, where that is not the entry's.
    """

    account: str
    debit_cents: int = 0
    credit_cents: int = 0
    label: str = ""
    dimensions: Dimensions = NOTHING_SAID
    account_label: str = ""
    auxiliary: str = ""
    auxiliary_label: str = ""
    lettering: str = ""
    lettered_on: date | None = None
    currency: str = ""
    currency_amount: str = ""
    source_line: int = 0
    piece: str = ""
    piece_on: date | None = None

    @property
    def cents(self) -> int:
        """The debit, less the credit."""
        return self.debit_cents - self.credit_cents


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Lines of one day in one journal. `number` is their own in the journal and fiscal year (EcritureNum), `piece` the
    document's (PieceRef); `proof` the SHA-256 of the stored document that proves them.

    The fiscal year is the calendar year of `on`, unless `year` says another. `reverses` is the entry that this one
    takes back, line by line; `settles` the commitment that an invoice uses up, or the invoice that a payment pays.
    """

    entry_id: UUID
    journal: str
    number: str
    on: date
    lines: tuple[Line, ...]
    label: str = ""
    journal_label: str = ""
    piece: str = ""
    piece_on: date | None = None
    valid_on: date | None = None
    committed_on: date | None = None
    invoiced_on: date | None = None
    paid_on: date | None = None
    accrued_on: date | None = None
    proof: bytes | None = None
    reverses: UUID | None = None
    settles: UUID | None = None
    year: int = 0

    @property
    def fiscal_year(self) -> int:
        """The year whose numbers it is among."""
        return self.year or self.on.year


def issues_of(entry: Entry, where: str = "") -> Iterator[Issue]:
    """Everything that is wrong with an entry, its dimensions apart. `where` says which of many it is."""
    at = f"{where}." if where else ""
    for name in ("journal", "number"):
        if not getattr(entry, name):
            yield Issue("required", "is missing", f"{at}{name}")
    if len(entry.lines) < 2:
        yield Issue("structure", "an entry has two lines or more", f"{at}lines")
    for place, line in enumerate(entry.lines):
        yield from _about(line, f"{at}lines[{place}]")
    yield from _unbalanced(entry, at)


def _about(line: Line, at: str) -> Iterator[Issue]:
    if not is_account(line.account):
        yield Issue("value", f"{line.account!r} is no account of the general chart", f"{at}.account")
    if line.debit_cents and line.credit_cents:
        yield Issue("business-rule", "has a debit and a credit: one of the two is 0", at)
    if max(abs(line.debit_cents), abs(line.credit_cents)) > MOST_CENTS:
        yield Issue("value", f"is more than {euros_of(MOST_CENTS)}", at)
    if line.currency and not _CURRENCY.fullmatch(line.currency):
        yield Issue("value", f"{line.currency!r} is no currency code (ISO 4217)", f"{at}.currency")


def _unbalanced(entry: Entry, at: str) -> Iterator[Issue]:
    sums: Counter[Dimensions] = Counter()
    for line in entry.lines:
        sums[line.dimensions] += line.cents
    total = sum(sums.values())
    if total:
        debits = sum(line.debit_cents for line in entry.lines)
        words = f"debits {euros_of(debits)} and credits {euros_of(debits - total)} differ by {euros_of(total)}"
        yield Issue("business-rule", words, f"{at}lines")
    elif any(sums.values()):
        yield Issue("business-rule", "does not balance within each set of dimensions", f"{at}lines")

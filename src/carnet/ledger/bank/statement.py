"""A bank statement: an account, a balance before, movements, a balance after. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that came (above 0) or went (below), as the bank tells it. `number` is its place in the statement, from 1.

    `end_to_end_id` is what the payer gave the payment; `reference` all words that came with it.
    """

    number: int
    booked_on: date
    cents: int
    counterparty: str = ""
    counterparty_iban: str = ""
    end_to_end_id: str = ""
    reference: str = ""
    bank_reference: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of one account. `digest` is the SHA-256 of the file that it came in."""

    digest: bytes
    statement_id: str
    account: str
    opened_on: date
    closed_on: date
    opening_cents: int
    closing_cents: int
    movements: tuple[Movement, ...]

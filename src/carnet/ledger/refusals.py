"""Why something is not entered: a rule with the values that break it, so that each door says it in its own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from carnet.errors import Conflict, Issue

Value = int | str | date        # a whole number is cents


class Rule(StrEnum):
    """The rules of keeping books. The words for people are in the catalogue of the pages, under these names."""

    ABOVE_NOTHING = "above_nothing"
    TOO_MUCH_INVOICED = "too_much_invoiced"
    NO_COMMITMENT = "no_commitment"
    NO_INVOICE = "no_invoice"
    TOO_MUCH_PAID = "too_much_paid"
    IS_A_REVERSAL = "is_a_reversal"
    RESTED_UPON = "rested_upon"
    TAKEN_BACK = "taken_back"
    ALREADY_TAKEN_BACK = "already_taken_back"
    CLOSED = "closed"
    ALREADY_CLOSED = "already_closed"
    NOT_OVER = "not_over"
    SENT_BEFORE = "sent_before"
    MOVEMENT_USED = "movement_used"
    MOVEMENT_NO_PAYMENT = "movement_no_payment"
    STATEMENT_LOADED = "statement_loaded"
    STATEMENT_DIFFERS = "statement_differs"


@dataclass(frozen=True, slots=True)
class Refusal(Issue):
    """One rule that stands against it."""

    rule: Rule = Rule.ABOVE_NOTHING
    values: Mapping[str, Value] = field(default_factory=dict)


class Refused(Conflict):
    """It was done before, by this person or by another: look at how things are now."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.issues = (refusal,)


def refusal(rule: Rule, message: str, where: str = "", **values: Value) -> Refusal:
    """This rule, in English for logs and command lines; `where` is the field."""
    return Refusal("business-rule", message, where, rule, values)

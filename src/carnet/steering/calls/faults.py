"""Why something of a call is refused: a rule with its values, so that each door says it in its own words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from carnet.errors import Conflict, Issue
from carnet.ledger.money import euros_of

Value = int | str | date


class Rule(StrEnum):
    """The rules of calls. The words for people are in the catalogue of the pages, under these names."""

    UNREADABLE = "unreadable"
    SHAPE = "shape"
    MISSING = "missing"
    UNKNOWN_FIELD = "unknown_field"
    TWICE = "twice"
    FEW = "few"
    MANY = "many"
    SIREN = "siren"
    ORGANISATION = "organisation"
    TYPE = "type"
    SHARES = "shares"
    AMOUNT = "amount"
    ORDER = "order"
    OTHER_CALL = "other_call"
    NOT_INVITED = "not_invited"
    REGION = "region"
    TOO_MUCH = "too_much"
    TOO_LITTLE = "too_little"
    LATE_FEED = "late_feed"
    NOT_OPEN = "not_open"
    CLOSED = "closed"
    STILL_OPEN = "still_open"
    FULL = "full"
    DECIDED = "decided"
    UNDECIDED = "undecided"
    FIXED = "fixed"
    REASON = "reason"
    NO_SCORER = "no_scorer"
    OF_THEIR_OWN = "of_their_own"
    SCORED = "scored"
    MARKS = "marks"
    UNSCORED = "unscored"
    ALL_NAMED = "all_named"
    BELOW_LEAST = "below_least"
    ABOVE_ASKED = "above_asked"
    ABOVE_BUDGET = "above_budget"
    OVERLAP = "overlap"
    TOO_SOON = "too_soon"
    LEGAL_ACT = "legal_act"
    NOT_GRANTED = "not_granted"
    NOT_YET = "not_yet"
    MEASURED = "measured"
    UNMEASURED = "unmeasured"
    NO_APPEAL = "no_appeal"
    APPEAL_OVER = "appeal_over"
    APPEAL_OPEN = "appeal_open"
    NOTHING_DUE = "nothing_due"
    NOTHING_LEFT = "nothing_left"
    RELEASED = "released"
    RELEASE_FIRST = "release_first"
    SENT_BEFORE = "sent_before"
    EXISTS = "exists"


_SAYS = {
    Rule.UNREADABLE: "is neither TOML nor JSON in UTF-8: {why}",
    Rule.SHAPE: "is not what is expected here: {why}",
    Rule.MISSING: "is missing",
    Rule.UNKNOWN_FIELD: "is no field of such a file",
    Rule.TWICE: "{what} is there twice",
    Rule.FEW: "there are {n}, and {least} are needed at least",
    Rule.MANY: "there are {n}, and {most} are allowed at most",
    Rule.SIREN: "{what} is no SIREN: nine digits, the last of which is a key",
    Rule.ORGANISATION: "{what} is no organisation of this group",
    Rule.TYPE: "{what} is no type of document that is asked for here",
    Rule.SHARES: "the shares of the milestones sum to {n}, and not to 100",
    Rule.AMOUNT: "{what} is no amount in euros and cents",
    Rule.ORDER: "{what} comes before {other}",
    Rule.OTHER_CALL: "is an application to the call {what}",
    Rule.NOT_INVITED: "{what} may not apply to this call",
    Rule.REGION: "{what} is no region of this call",
    Rule.TOO_MUCH: "{cents} is asked for, and {most_cents} is the most",
    Rule.TOO_LITTLE: "{n} documents a month of type {what} are promised, and {least} are asked for",
    Rule.LATE_FEED: "begins less than a whole month before the milestone {what}",
    Rule.NOT_OPEN: "this call opens on {day}",
    Rule.CLOSED: "this call closed on {day}: nothing is taken any more",
    Rule.STILL_OPEN: "this call is open until {day}: it comes after that",
    Rule.FULL: "this call has as many applications as it can take",
    Rule.DECIDED: "this call was decided on {day}: this is no more changed",
    Rule.UNDECIDED: "this call is not decided yet",
    Rule.FIXED: "does not change any more by an amendment",
    Rule.REASON: "say why, in a few words",
    Rule.NO_SCORER: "{what} is no scorer of this call",
    Rule.OF_THEIR_OWN: "{what} declared an interest in this application, or has one: somebody else scores it",
    Rule.SCORED: "{what} scored this application already",
    Rule.MARKS: "a whole number from 0 to {most}, and why, for each criterion",
    Rule.UNSCORED: "was not scored by {what}",
    Rule.ALL_NAMED: "every application is granted or refused: {what} is not said, or said twice",
    Rule.BELOW_LEAST: "{what} may not be granted: it is below the least score, or breaks a rule of the call",
    Rule.ABOVE_ASKED: "{what} would get {cents}, and asked for {most_cents}",
    Rule.ABOVE_BUDGET: "{cents} would be granted, and the budget is {most_cents}",
    Rule.OVERLAP: "{what} feeds the same documents under the grant of {other}",
    Rule.TOO_SOON: "the milestone {what} is less than a whole month away: amend the call first",
    Rule.LEGAL_ACT: "name the legal act",
    Rule.NOT_GRANTED: "{what} has no grant with such a milestone",
    Rule.NOT_YET: "this is measured from {day} on",
    Rule.MEASURED: "this milestone was measured already",
    Rule.UNMEASURED: "this milestone was not measured yet",
    Rule.NO_APPEAL: "there is nothing to appeal against, or this call knows no second measure",
    Rule.APPEAL_OVER: "an appeal had to come until {day}",
    Rule.APPEAL_OPEN: "an appeal may come until {day}, or waits for its second measure",
    Rule.NOTHING_DUE: "nothing is due of this tranche",
    Rule.NOTHING_LEFT: "nothing is left of this tranche",
    Rule.RELEASED: "this tranche was released already",
    Rule.RELEASE_FIRST: "{cents} is due of this tranche: release that first",
    Rule.SENT_BEFORE: "this was sent before with other words",
    Rule.EXISTS: "there is a call {what} already",
}
_CENTS = ("cents", "most_cents")


@dataclass(frozen=True, slots=True)
class Fault(Issue):
    """One rule that stands against it."""

    rule: Rule = Rule.REASON
    values: Mapping[str, Value] = field(default_factory=dict)


class Stands(Conflict):
    """It was done before, by this person or by another: look at how things are now."""

    def __init__(self, *issues: Fault) -> None:
        super().__init__("; ".join(str(issue) for issue in issues))
        self.issues = issues


def fault(rule: Rule, where: str = "", **values: Value) -> Fault:
    """This rule; `where` is the field. Values named cents are amounts, and stand as files write them."""
    told = {name: f"{euros_of(value)} €" if name in _CENTS and isinstance(value, int) else value
            for name, value in values.items()}
    return Fault("business-rule", _SAYS[rule].format(**told), where, rule, values)

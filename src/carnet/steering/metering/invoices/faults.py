"""What may be wrong with an invoice or with what is wished of it, in words with what is filled in. Pure.

Pages have their own words for each (web/words/*/9_invoices.toml, `invoices.fault.<key>`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from carnet.errors import Conflict, Issue

FAULTS = {
    "number": "an invoice has a number, of 100 characters at most",
    "lines": "an invoice has lines, {value} at most",
    "issued_before": "is issued before the month that it is for",
    "sum": "its lines sum to {other} and it says {value}; allowances and charges are given as lines of their own",
    "nothing": "asks for nothing; a credit note takes an entry of the ledger back",
    "below": "is below 0",
    "too_much": "has an amount that no host asks for",
    "missing": "is missing",
    "no_number": "{value} is no number with 12 decimals at most",
    "no_amount": "{value} is no amount in euros and cents",
    "no_day": "{value} is no day; accepted: 2026-04-02",
    "no_month": "{value} is no month; accepted: 2026-04",
    "not_the_same": "is not that of the first line",
    "utf_8": "is not UTF-8",
    "csv": "is no CSV: {value}",
    "columns": "the first line names the columns: {value}; of these may lack: {other}",
    "rows": "has no line of an invoice, or more than {value}",
    "cells": "has not as many cells as there are columns",
    "xml": "is not accepted: {value}",
    "root": "is neither an invoice of UBL 2.1 nor one of CII (Factur-X): its root is {value}",
    "type": "type {value} asks for no payment: a credit note takes an entry of the ledger back",
    "currency": "is in {value}, and the ledger is in euros",
    "pdf": "is a PDF: give the XML that a Factur-X carries (factur-x.xml), UBL, or CSV",
    "seller": "is of {value}, and this host is {other}",
    "not_over": "{value} is not over",
    "unpriced": "this host never handed in a price list that was in force then",
    "twice": "this host gave an invoice {value} before: it is not counted twice",
    "no_such_line": "the invoice has no line {value}",
    "words": "say why, in words: 3 to {value} characters",
    "unexplained": "a named person must first say why it differs: lines {value}",
    "decided": "invoice {value} was decided before",
    "promises_nothing": "this commitment promises nothing for host {value}: choose another one",
    "promises_several": "this commitment promises several things for host {value}: choose another one",
}


@dataclass(frozen=True, slots=True)
class Fault(Issue):
    """One thing that is wrong: its key in `FAULTS`, and what is filled in."""

    key: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


class Stands(Conflict):
    """What stands against it is how things are now: look at them again."""

    def __init__(self, why: Fault) -> None:
        super().__init__(why.message)
        self.issues = (why,)


def fault(key: str, where: str = "", *, value: object = "", other: object = "") -> Fault:
    """This is wrong, there. Raises KeyError for what has no words."""
    values = {"value": str(value)[:200], "other": str(other)[:200]}
    return Fault("business-rule", FAULTS[key].format(**values), where, key, values)

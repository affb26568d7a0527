"""Faults: everything that is wrong with a file, by line and column, in words.

All are counted, the first thousand are listed. A warning is told too, and stops nothing. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

from carnet.errors import Issue

LISTED = 1000

# The words of a rule, with what is filled in. Pages have their own words for each (web/words/*/fec.toml).
FAULTS = {
    "name": "the file's name is SirenFECYYYYMMDD.txt, the date being the last day of the fiscal year: {value}",
    "siren": "the file's name says SIREN {value}; these books are those of {other}",
    "empty": "there is no line of accounts",
    "encoding": "is neither UTF-8 nor ISO 8859-15: {value}",
    "control": "holds a character that is no text (control characters, a carriage return alone, a tab in a cell)",
    "long": "is longer than {value} bytes",
    "missing_column": "there is no column {value}",
    "unknown_column": "{value} is no column of a FEC",
    "order": "the columns do not stand in the order of the law, each once",
    "cells": "has {value} cells; the first line has {other}",
    "required": "is empty",
    "date": "{value} is no date; accepted: YYYYMMDD",
    "outside_year": "{value} is outside of the fiscal year, {other}",
    "valid_before": "{value} is before the day of the entry, {other}",
    "amount": "{value} is no amount; accepted: digits, a comma, at most two decimals, a minus sign before",
    "both_sides": "has a debit, {value}, and a credit, {other}: one of the two is 0",
    "no_amount": "has neither debit nor credit",
    "side": "{value} is no side; accepted: D, C, +1, -1",
    "currency": "{value} is no currency code (ISO 4217)",
    "no_currency": "an amount in a currency, {value}, without the currency",
    "no_euros": "an amount of {value} in a currency, without its amount in euros",
    "account": "{value} is no account of the general chart: a class, 1 to 9, three characters at least",
    "half_auxiliary": "an auxiliary account has a number and a label: one of them is empty",
    "half_lettering": "a date of lettering without lettering",
    "same_entry": "{value} differs from {other}, in the line before of the same entry",
    "one_line": "the entry {value} has one line: two are the least",
    "unbalanced": "the entry {value} is not balanced: debits less credits are {other}",
    "too_long_entry": "the entry {value} has more lines than {other}",
    "number_twice": "this number is used by another entry of this journal, line {other}",
    "number_kept": "the number {value} is used in this journal and year by an entry that is in the books",
    "piece_twice": "this piece was entered before, in this journal, with the same amounts: line {other}",
    "journal_total": "the debits of the journal {value} less its credits are {other}",
    "total": "the debits of the file less its credits are {value}",
    "large": "is larger than {value} bytes, or unpacks to more",
    "rows": "has more than {value} lines",
    "broken": "cannot be read: {value}",
    "not_utf_8": "is not UTF-8",
    "column_twice": "the column {value} is there twice",
    "iso_date": "{value} is no date; accepted: 2026-12-31",
    "not_read": "reversals and settlements are not imported: enter them where their entry is",
    "said": "{value}",
    "many": "more than {value} accounts, by journal and auxiliary account: this is no file of one operator",
    "closed": "{value} is in a period that is closed, through {other}",
}
WARNINGS = {
    "gap": "numbers of the journal {value} miss between {other}",
    "no_siren": "these books name no SIREN: the one of the file's name, {value}, was compared with nothing",
}


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong: the file's line (0: the whole file), the column (empty: the whole line), which rule, with what.
    """

    line: int
    column: str
    rule: str
    value: str = ""
    other: str = ""

    def __str__(self) -> str:
        where = f"line {self.line}" if self.line else "file"
        words = (FAULTS.get(self.rule) or WARNINGS[self.rule]).format(value=self.value, other=self.other)
        return f"{where}, {self.column}: {words}" if self.column else f"{where}: {words}"

    @property
    def issue(self) -> Issue:
        """The same as the platform's doors tell it."""
        place = f"line {self.line}" if self.line else "file"
        words = (FAULTS.get(self.rule) or WARNINGS[self.rule]).format(value=self.value, other=self.other)
        return Issue("business-rule", words, f"{place}, {self.column}" if self.column else place)


@dataclass(slots=True)
class Faults:
    """What was found so far. What one block finds comes rule by rule, blocks come in order: the first lines are kept.

    The cells of a block are read in one thread while the entries of the one before are looked at: both tell here.
    """

    counts: Counter[str] = field(default_factory=Counter)
    warnings: list[Fault] = field(default_factory=list)
    _kept: list[Fault] = field(default_factory=list)
    _one_at_a_time: Lock = field(default_factory=Lock, repr=False, compare=False)

    def add(self, rule: str, column: str, found: Iterable[tuple[int, str, str]], count: int = 0) -> None:
        """Lines with what is filled in; `count` where there are more than these."""
        faults = [Fault(line, column, rule, _short(value), _short(other)) for line, value, other in found]
        with self._one_at_a_time:
            self.counts[rule] += max(count, len(faults))
            self._kept += faults
            if len(self._kept) > 4 * LISTED:
                self._kept = self.listed

    def file(self, rule: str, value: str = "", other: str = "", *, column: str = "", line: int = 0) -> None:
        """One fault, of the whole file unless a line is said."""
        self.add(rule, column, [(line, value, other)])

    def warn(self, rule: str, value: str = "", other: str = "", *, line: int = 0) -> None:
        """Something to look at, that stops nothing."""
        if len(self.warnings) < LISTED:
            self.warnings.append(Fault(line, "EcritureNum" if rule == "gap" else "", rule, value, other))

    @property
    def listed(self) -> list[Fault]:
        """The first of them, by line."""
        return sorted(self._kept)[:LISTED]

    @property
    def untold(self) -> int:
        """How many are not listed."""
        return self.counts.total() - len(self.listed)

    def __bool__(self) -> bool:
        return self.counts.total() > 0


def _short(text: str) -> str:
    """As much of a cell as one line of an answer holds, and nothing in it that a terminal would obey."""
    shown = "".join(character if character.isprintable() else "·" for character in text[:60])
    return f"{shown}…" if len(text) > 60 else shown

"""The cells of a block, column by column: what each says, and every one that says nothing acceptable.

Whole columns at a time: a line costs a microsecond or two. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from carnet.ledger.entry import MOST_CENTS
from carnet.ledger.fec.columns import DATES, REQUIRED
from carnet.ledger.fec.faults import LISTED, Faults
from carnet.ledger.fec.fiscal_year import FiscalYear, day_of
from carnet.ledger.money import euros_of

_CELL_BYTES = 4096
_AMOUNT = r"^-?[0-9]{1,14},[0-9]{2}$"
_LOOSE_AMOUNT = re.compile(r"([+-]?)([0-9]{1,14})(?:,([0-9]{1,2}))?", re.ASCII)
_CURRENCY_AMOUNT = r"^-?[0-9]{1,20}(,[0-9]{1,10})?$"
_ACCOUNT = re.compile(r"[1-9][0-9]{2}[0-9A-Z]{0,17}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_SIDES = {"D": 1, "C": -1, "+1": 1, "-1": -1}


@dataclass(frozen=True, slots=True)
class Read:
    """A block whose cells were looked at: days and cents beside the text; null where there was a fault."""

    table: pa.Table
    days: dict[str, Any]
    debits: Any
    credits: Any

    @property
    def cents(self) -> Any:
        """Debits less credits; 0 where one of them is not known."""
        return pc.fill_null(pc.subtract(self.debits, self.credits), 0)


class Cells:
    """Looks at blocks of one file, of this fiscal year, and tells what is wrong."""

    def __init__(self, year: FiscalYear, faults: Faults, *, closed: date = date.min) -> None:
        self._year, self._faults, self._closed = year, faults, closed

    def read(self, table: pa.Table) -> Read:
        """Everything that each cell alone, and each line alone, must be."""
        for name in table.column_names[:-1]:
            is_long = pc.greater(pc.binary_length(table[name]), _CELL_BYTES)
            self._tell("long", name, is_long, table, value=str(_CELL_BYTES))
        for name in REQUIRED:
            self._tell("required", name, pc.equal(pc.ascii_trim_whitespace(table[name]), ""), table)
        read = Read(table, {name: self._days(table, name) for name in DATES}, *self._sides(table))
        self._look_at_days(read)
        self._look_at_amounts(read)
        self._look_at_words(table)
        return read

    def _days(self, table: pa.Table, name: str) -> Any:
        coded = pc.dictionary_encode(table[name]).combine_chunks()
        texts = coded.dictionary.to_pylist()
        days = [day_of(text) for text in texts]
        wrong = [text for text, day in zip(texts, days, strict=True) if day is None and text.strip()]
        if wrong:
            self._tell("date", name, pc.is_in(table[name], pa.array(wrong)), table, value=name)
        if name == "EcritureDate":
            known = [(text, day) for text, day in zip(texts, days, strict=True) if day is not None]
            for rule, other, outside in (
                ("outside_year", str(self._year), [text for text, day in known if day not in self._year]),
                ("closed", str(self._closed), [text for text, day in known if day <= self._closed]),
            ):
                if outside:
                    self._tell(rule, name, pc.is_in(table[name], pa.array(outside)), table, value=name, other=other)
        return pa.array(days, pa.date32()).take(coded.indices)

    def _look_at_days(self, read: Read) -> None:
        before = pc.less(read.days["ValidDate"], read.days["EcritureDate"])
        self._tell("valid_before", "ValidDate", before, read.table, value="ValidDate", other="EcritureDate")
        no_lettering = pc.and_(pc.equal(read.table["EcritureLet"], ""), pc.not_equal(read.table["DateLet"], ""))
        self._tell("half_lettering", "DateLet", no_lettering, read.table)

    def _sides(self, table: pa.Table) -> tuple[Any, Any]:
        if "Debit" in table.column_names:
            return self._cents(table, "Debit"), self._cents(table, "Credit")
        amounts = pc.fill_null(self._cents(table, "Montant"), 0)
        side = table["Sens"]
        self._tell("side", "Sens", pc.invert(pc.is_in(side, pa.array(list(_SIDES)))), table, value="Sens")
        is_debit = pc.is_in(side, pa.array([text for text, sign in _SIDES.items() if sign > 0]))
        return pc.if_else(is_debit, amounts, 0), pc.if_else(is_debit, 0, amounts)

    def _cents(self, table: pa.Table, name: str) -> Any:
        column = table[name].combine_chunks()
        if pc.all(pc.match_substring_regex(column, _AMOUNT)).as_py() in (True, None):
            return pc.cast(pc.replace_substring(column, ",", ""), pa.int64())
        coded = pc.dictionary_encode(column)
        texts = coded.dictionary.to_pylist()
        values = [_cents_of(text) for text in texts]
        wrong = [text for text, value in zip(texts, values, strict=True) if value is None]
        if wrong:
            self._tell("amount", name, pc.is_in(column, pa.array(wrong)), table, value=name)
        return pa.array(values, pa.int64()).take(coded.indices)

    def _look_at_amounts(self, read: Read) -> None:
        table, has_side = read.table, "Debit" in read.table.column_names
        debit, credit = ("Debit", "Credit") if has_side else ("Montant", "Montant")
        both = pc.and_(pc.not_equal(read.debits, 0), pc.not_equal(read.credits, 0))
        self._tell("both_sides", debit, both, table, value=debit, other=credit)
        for name, cents in ((debit, read.debits), (credit, read.credits)):
            self._tell("amount", name, pc.greater(pc.abs(cents), MOST_CENTS), table, value=name)
        empty = pc.equal(table[debit], "")
        self._tell("no_amount", debit, pc.and_(empty, pc.equal(table[credit], "")) if has_side else empty, table)
        amount, currency = table["Montantdevise"], table["Idevise"]
        if pc.any(pc.not_equal(amount, "")).as_py():
            said = pc.not_equal(amount, "")
            shaped = pc.match_substring_regex(amount, _CURRENCY_AMOUNT)
            self._tell("amount", "Montantdevise", pc.and_(said, pc.invert(shaped)), table, value="Montantdevise")
            self._tell("no_currency", "Idevise", pc.and_(said, pc.equal(currency, "")), table, value="Montantdevise")
            is_some = pc.and_(shaped, pc.match_substring_regex(amount, "[1-9]"))
            none = pc.and_(pc.equal(read.debits, 0), pc.equal(read.credits, 0))
            self._tell("no_euros", debit, pc.and_(is_some, none), table, value="Montantdevise")

    def _look_at_words(self, table: pa.Table) -> None:
        self._shaped("account", table, "CompteNum", lambda text: not text or _ACCOUNT.fullmatch(text) is not None)
        self._shaped("currency", table, "Idevise", lambda text: not text or _CURRENCY.fullmatch(text) is not None)
        half = pc.xor(pc.equal(table["CompAuxNum"], ""), pc.equal(table["CompAuxLib"], ""))
        self._tell("half_auxiliary", "CompAuxNum", half, table)

    def _shaped(self, rule: str, table: pa.Table, name: str, is_good: Callable[[str], bool]) -> None:
        wrong = [text for text in pc.unique(table[name]).to_pylist() if not is_good(text)]
        if wrong:
            self._tell(rule, name, pc.is_in(table[name], pa.array(wrong)), table, value=name)

    def _tell(
        self, rule: str, column: str, mask: Any, table: pa.Table, *, value: str = "", other: str = "",
    ) -> None:
        tell(self._faults, rule, column, mask, table, value=value, other=other)


def tell(
    faults: Faults, rule: str, column: str, mask: Any, table: pa.Table, *, value: str = "", other: str = "",
) -> None:
    """The lines where this is so. `value` and `other` are columns, whose cells are filled in, or words."""
    count = pc.sum(mask).as_py() or 0
    if count:
        picked = table.filter(mask).slice(0, LISTED)
        faults.add(rule, column, zip(
            picked["line"].to_pylist(), _filled(picked, value), _filled(picked, other), strict=True), count)


def _filled(picked: pa.Table, said: str) -> list[str]:
    return picked[said].to_pylist() if said in picked.column_names else [said] * len(picked)


def _cents_of(text: str) -> int | None:
    """What money.cents_of reads, without the spaces and points that the law does not know; nothing is 0."""
    found = _LOOSE_AMOUNT.fullmatch(text) if text else None
    if found is None:
        return None if text else 0
    cents = int(found[2]) * 100 + int((found[3] or "").ljust(2, "0"))
    return -cents if found[1] == "-" else cents


def euros(cents: int) -> str:
    """Cents as the faults tell them."""
    return euros_of(cents)

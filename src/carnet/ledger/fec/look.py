"""Looking through a file before anything of it is entered: all its faults, its entries' numbers, accounts and sums.

Pure, apart from the file. Memory: a few blocks, eight bytes four times for each entry, the accounts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from carnet.ledger.fec.cells import Cells, Read, euros, tell
from carnet.ledger.fec.columns import Header
from carnet.ledger.fec.faults import LISTED, Faults
from carnet.ledger.fec.fiscal_year import FileName, FiscalYear, name_of
from carnet.ledger.fec.numbers import Numbering
from carnet.ledger.fec.runs import Runs, numbers_of, runs_of, texts_of, whole_entries
from carnet.ledger.fec.source import Source, opened

MOST_USES = 200_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """Where lines stand, as far as a mapping looks: account, journal, and the auxiliary account beside classes 4 and 5.
    """

    account: str
    journal: str
    auxiliary: str = ""


@dataclass(slots=True)
class Used:
    """What the lines of one use come to."""

    label: str = ""
    debit_cents: int = 0
    credit_cents: int = 0
    lines: int = 0


@dataclass(slots=True)
class Looked:
    """What is known of a file. It may be entered when `faults` is empty."""

    source: Source
    name: FileName | None
    year: FiscalYear | None
    faults: Faults
    lines: int = 0
    entries: int = 0
    debit_cents: int = 0
    credit_cents: int = 0
    uses: dict[Use, Used] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Keys:
    """The entries of one block: journal, number, first line of each."""

    journals: list[str]
    numbers: list[str]
    lines: list[int]


class Look:
    """Goes through a file block by block; `blocks` says after each which entries it held, `looked` what was found."""

    def __init__(
        self, path: Path, name: str, year: FiscalYear | None = None, *, closed: date = date.min,
    ) -> None:
        faults, said = Faults(), name_of(name)
        if said is None:
            faults.file("name", name)
        year = year or (FiscalYear.ending(said.until) if said else None)
        self.looked = Looked(opened(path, faults), said, year, faults)
        self._closed, self._numbering = closed, Numbering()
        self._journals: Counter[str] = Counter()

    def blocks(self) -> Iterator[Keys]:
        """Look at the next block. Nothing for a file whose first line, or whose year, is unknown."""
        looked, header = self.looked, self.looked.source.header
        if header is None or not _is_good(header, looked.faults):
            return
        # Without a year, no day is outside of it: the name is the fault, not every line.
        cells = Cells(looked.year or FiscalYear(date.min, date.max), looked.faults, closed=self._closed)
        tables = _ahead(whole_entries(looked.source.tables(looked.faults), looked.faults))
        for read in _ahead(map(cells.read, tables)):
            yield self._look_at(read)
        self._end()

    def _look_at(self, read: Read) -> Keys:
        table, runs = read.table, runs_of(read.table)
        firsts = table.take(runs.starts)
        keys = Keys(texts_of(firsts["JournalCode"]), texts_of(firsts["EcritureNum"]), numbers_of(firsts["line"]))
        self._look_at_entries(read, runs, keys)
        self._add_up(read)
        looked = self.looked
        looked.lines += len(table)
        looked.entries += len(keys.lines)
        return keys

    def _look_at_entries(self, read: Read, runs: Runs, keys: Keys) -> None:
        _look_at_what_entries_share(read.table, runs, self.looked.faults)
        balances, sizes = numbers_of(runs.sums(read.cents)), numbers_of(runs.sizes)
        faults = self.looked.faults
        self._numbering.add(keys.journals, keys.numbers, keys.lines, _pieces(read, runs))
        for rule, found in (
            ("unbalanced", [(place, euros(cents)) for place, cents in enumerate(balances) if cents]),
            ("one_line", [(place, "") for place, size in enumerate(sizes) if size < 2]),
        ):
            faults.add(rule, "EcritureNum", [(keys.lines[place], keys.numbers[place], said) for place, said in found])

    def _add_up(self, read: Read) -> None:
        table, looked = read.table, self.looked
        is_third = pc.match_substring_regex(table["CompteNum"], "^[45]")
        beside = pa.table({
            "account": table["CompteNum"], "journal": table["JournalCode"],
            "auxiliary": pc.if_else(is_third, "", table["CompAuxNum"]), "label": table["CompteLib"],
            "debit": pc.fill_null(read.debits, 0), "credit": pc.fill_null(read.credits, 0)})
        sums = beside.group_by(["account", "journal", "auxiliary"], use_threads=False).aggregate(
            [("label", "first"), ("debit", "sum"), ("credit", "sum"), ("debit", "count")])
        for row in sums.to_pylist():
            use = Use(row["account"], row["journal"], row["auxiliary"])
            if use not in looked.uses and len(looked.uses) >= MOST_USES:
                if not looked.faults.counts["many"]:
                    looked.faults.file("many", str(MOST_USES))
                use = Use("", "")
            used = looked.uses.setdefault(use, Used(row["label_first"]))
            used.debit_cents += row["debit_sum"]
            used.credit_cents += row["credit_sum"]
            used.lines += row["debit_count"]
            looked.debit_cents += row["debit_sum"]
            looked.credit_cents += row["credit_sum"]
            self._journals[use.journal] += row["debit_sum"] - row["credit_sum"]

    def _end(self) -> None:
        looked, faults = self.looked, self.looked.faults
        self._numbering.tell(faults)
        for journal, cents in sorted(self._journals.items()):
            if cents and not faults.counts["many"]:     # where there are too many, the last ones stand together
                faults.file("journal_total", journal, euros(cents))
        if looked.debit_cents != looked.credit_cents:
            faults.file("total", euros(looked.debit_cents - looked.credit_cents))
        if not looked.lines and not faults:
            faults.file("empty")


def _ahead(blocks: Iterator[T]) -> Iterator[T]:
    """The same, the next one made in another thread while this one is looked at: columns are read on the other core."""
    with ThreadPoolExecutor(1) as thread:
        ready = thread.submit(next, blocks, None)
        while (block := ready.result()) is not None:
            ready = thread.submit(next, blocks, None)
            yield block


def _is_good(header: Header, faults: Faults) -> bool:
    for rule, names in (("missing_column", header.missing), ("unknown_column", header.unknown)):
        faults.add(rule, "", [(1, name, "") for name in names[:LISTED]], len(names))
    if not header.is_good and not header.missing and not header.unknown:
        faults.file("order", line=1)
    return header.is_good


def _look_at_what_entries_share(table: pa.Table, runs: Runs, faults: Faults) -> None:
    """The lines of an entry have one day, one day of validation and one journal. Pieces and labels may differ."""
    for name in ("EcritureDate", "ValidDate", "JournalLib") if len(table) > 1 else ():
        column = table[name].combine_chunks()
        before_it = column.slice(0, len(column) - 1)
        differs = pc.and_(runs.is_same.slice(1), pc.not_equal(column.slice(1), before_it))
        tell(faults, "same_entry", name, differs, table.slice(1).append_column("before", before_it),
             value=name, other="before")


def _pieces(read: Read, runs: Runs) -> list[str]:
    """Of each entry its piece, and what tells it from others of the same piece: day, sums, accounts; empty for none.

    A piece without a digit stands for "no piece", and may be that of many entries.
    """
    first, last = read.table.take(runs.starts), read.table.take(runs.lasts)
    is_piece = pc.match_substring_regex(first["PieceRef"], "[0-9]")
    sums = (runs.sums(read.debits), runs.sizes, pc.fill_null(read.debits, 0).take(runs.starts))
    words = pc.binary_join_element_wise(
        *(first[name] for name in ("PieceRef", "PieceDate", "CompteNum", "CompAuxNum")),
        *(last[name] for name in ("CompteNum", "CompAuxNum")), *(pc.cast(each, pa.string()) for each in sums), "\t")
    return texts_of(pc.fill_null(pc.if_else(is_piece, words, ""), ""))

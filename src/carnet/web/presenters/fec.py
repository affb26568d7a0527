"""A file of accounting entries as an accountant sees it before it is imported: faults, accounts, what each maps to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carnet.ledger.dimensions import WHOLE, Dimensions
from carnet.ledger.fec.bring import Seen
from carnet.ledger.fec.faults import Fault
from carnet.ledger.fec.kept import Imported
from carnet.ledger.fec.look import Use, Used
from carnet.ledger.tables.columns import percent_of
from carnet.web.days import Calendar
from carnet.web.presenters.money import euros
from carnet.web.presenters.words import Fact
from carnet.web.words import Words

PATH = "/comptes/fec"
EXPORT = "/comptes/exporter"
SHOWN = 200


@dataclass(frozen=True, slots=True)
class AccountLine:
    """Lines of one account: what they come to, and what they are."""

    account: str
    label: str
    where: str
    debit: str
    credit: str
    maps_to: str
    is_unmapped: bool


@dataclass(frozen=True, slots=True)
class FileView:
    """What was found in a file."""

    path: str
    name: str
    facts: tuple[Fact, ...]
    faults: tuple[str, ...]
    untold: int
    warnings: tuple[str, ...]
    accounts: tuple[AccountLine, ...]
    more_accounts: int
    unmapped: int
    imported: str
    is_good: bool


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A file that is in books."""

    name: str
    books: str
    year: str
    entries: str
    debit: str
    when: str
    by: str


@dataclass(frozen=True, slots=True)
class FecPresenter:
    """Puts files and imports into words."""

    words: Words
    calendar: Calendar

    def file(self, path: str, name: str, seen: Seen) -> FileView:
        """The page of one file."""
        looked = seen.looked
        faults = tuple(self.fault(each) for each in looked.faults.listed[:SHOWN])
        found = sorted(looked.uses.items(), key=lambda each: (not _is_unmapped(seen, each[0]), each[0]))
        return FileView(
            path, name, self._facts(seen), faults, looked.faults.counts.total() - len(faults),
            tuple(self.fault(each) for each in looked.faults.warnings[:SHOWN]),
            tuple(self._account(seen, use, used) for use, used in found[:SHOWN]), max(0, len(found) - SHOWN),
            len(seen.unmapped), self._imported(seen.before) if seen.before else "", seen.is_good)

    def imports(self, found: Sequence[tuple[str, Imported]]) -> tuple[ImportLine, ...]:
        """The files that are in books, with their names."""
        return tuple(
            ImportLine(
                name, each.books, str(each.fiscal_year), self.words("fec.entries_count", n=each.entries),
                euros(each.debit_cents, self.words.language),
                self.calendar.moment(each.imported_at) if each.imported_at else "", each.imported_by)
            for name, each in found)

    def fault(self, fault: Fault) -> str:
        """`Ligne 12, Debit : 1.5 n'est pas un montant…`"""
        where = self.words("fec.at_line", line=fault.line) if fault.line else self.words("fec.in_file")
        where = f"{where}, {fault.column}" if fault.column else where
        said = self.words(f"fec.fault.{fault.rule}", value=fault.value, other=fault.other)
        return self.words("fec.said", where=where, said=said)

    def _facts(self, seen: Seen) -> tuple[Fact, ...]:
        looked, words = seen.looked, self.words
        year = f"{self.calendar.medium(looked.year.since)} – {self.calendar.medium(looked.year.until)}" if (
            looked.year) else "–"
        return (
            Fact(words("fec.year"), year), Fact(words("fec.lines"), str(looked.lines)),
            Fact(words("fec.entries"), str(looked.entries)),
            Fact(words("fec.debits"), euros(looked.debit_cents, words.language)),
            Fact(words("fec.encoding"), looked.source.encoding.upper()),
            Fact(words("fec.digest"), looked.source.digest.hex()))

    def _account(self, seen: Seen, use: Use, used: Used) -> AccountLine:
        said = seen.mapping.dimensions_of(use.account, use.journal, use.auxiliary)
        where = " · ".join(each for each in (use.journal, use.auxiliary) if each)
        is_unmapped = _is_unmapped(seen, use)
        rule = seen.mapping.rule_of(use.account, use.journal, use.auxiliary)
        told = self.words("fec.unmapped") if is_unmapped else self.dimensions(said) if said and rule else (
            self.words("fec.against"))
        return AccountLine(
            use.account, used.label, where, euros(used.debit_cents, self.words.language),
            euros(used.credit_cents, self.words.language), told, is_unmapped)

    def dimensions(self, said: Dimensions) -> str:
        """`hosting · alpha · 50 %`."""
        names = (said.category, said.host, said.consortium, said.region, said.contract, said.lot, said.phase)
        share = f"{percent_of(said.share_millionths)} %" if said.share_millionths != WHOLE else ""
        return " · ".join(str(each) for each in (*names, share) if each) or self.words("fec.whole")

    def _imported(self, before: Imported) -> str:
        when = self.calendar.moment(before.imported_at) if before.imported_at else ""
        return self.words("fec.already", when=when, by=before.imported_by, batch=str(before.batch), n=before.entries)


def _is_unmapped(seen: Seen, use: Use) -> bool:
    return seen.mapping.is_unmapped(use.account, use.journal, use.auxiliary)

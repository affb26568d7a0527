"""The first programme, 2004 to 2014: what was published of it, what each record cost, and what nobody can explain."""

from __future__ import annotations

from dataclasses import dataclass

from carnet.ledger.category import Category
from carnet.ledger.ceiling import CEILING_CENTS
from carnet.ledger.counts.count import Measure
from carnet.ledger.figures import Asked
from carnet.ledger.history.claims import Claim, History
from carnet.ledger.parts import Part
from carnet.ledger.unit_costs import Table, unit_cost
from carnet.web.presenters.cost_table import Cell, CostTable, Line, exactly, number, with_bars
from carnet.web.presenters.home import Figure
from carnet.web.presenters.money import euros
from carnet.web.transparency.asked import lines_path, table_path
from carnet.web.words import Language, Words

_ABOUT = ("cost", "received", "market", "running", "ceiling", "benchmark", "comparison")


@dataclass(frozen=True, slots=True)
class ThenView:
    """What was known of the first programme, and what was not."""

    figures: tuple[Figure, ...]
    exact: str
    spent: CostTable
    unknown: str
    hosting: str
    more: str


@dataclass(frozen=True, slots=True)
class FirstProgramme:
    """Puts the first programme into words."""

    words: Words

    def present(self, asked: Asked, by_line: Table, by_category: Table) -> ThenView | None:
        """`by_line` is its cost by who spent it, `by_category` by what for. None where it was not loaded."""
        language = self.words.language
        spent, records = by_line.whole.cost.spent, by_line.whole.units.get(Measure.RECORDS_OPENED)
        each = unit_cost(spent, records)
        if each is None or not spent:
            return None
        unknown = sum(row.cost.spent for row in by_line.rows if not row.value)
        figures = (
            Figure(self.words("cost.then.paid"), euros(spent, language)),
            Figure(self.words("cost.then.records"), number(each.units, language)),
            Figure(self.words("cost.then.each"), euros(each.nearest, language)),
            Figure(self.words("cost.then.unknown"), self.words("cost.percent", n=100 * unknown // spent)))
        return ThenView(
            figures, exactly(each, self.words), self._spent(asked, by_line),
            self._unknown(unknown, spent, by_category), self.hosting(by_category),
            table_path(asked, "funding_line"))

    def _spent(self, asked: Asked, table: Table) -> CostTable:
        rows = sorted((row for row in table.rows if row.cost.spent), key=lambda row: -row.cost.spent)
        lines = with_bars([
            Line(row.value or self.words("cost.then.nobody_knows"), (
                Cell(euros(row.cost.spent, self.words.language),
                     lines_path(asked, Part.SPENT, {"funding_line": row.value})),), weight=row.cost.spent)
            for row in rows])
        total = Line(self.words("cost.sum"), (
            Cell(euros(table.whole.cost.spent, self.words.language), lines_path(asked, Part.SPENT)),), is_total=True)
        head = (self.words("cost.then.who"), self.words("cost.part.spent"))
        return CostTable(self.words("cost.then.caption"), head, (*lines, total), has_bars=True)

    def _unknown(self, unknown: int, spent: int, by_category: Table) -> str:
        uncategorised = sum(row.cost.spent for row in by_category.rows if not row.value)
        return self.words(
            "cost.then.unknown_text", unknown=euros(unknown, self.words.language),
            uncategorised=self.words("cost.percent", n=100 * uncategorised // spent))

    def hosting(self, by_category: Table) -> str:
        """What a year of hosting cost each record, against the ceiling; empty where it was not loaded."""
        records = by_category.whole.units.get(Measure.RECORDS_OPENED)
        cents = sum(row.cost.committed for row in by_category.rows if row.value == Category.HOSTING)
        each = unit_cost(cents, records)
        if each is None or not cents:
            return ""
        language = self.words.language
        return self.words(
            "cost.then.hosting", amount=euros(cents, language), each=euros(each.nearest, language),
            exactly=exactly(each, self.words), ceiling=euros(CEILING_CENTS, language))


def claims_table(history: History, words: Words) -> tuple[CostTable, ...]:
    """What was published, by what it is about."""
    return tuple(
        CostTable(
            words(f"cost.about.{about}"),
            (words("cost.claim"), words("cost.in_all"), words("cost.when"), words("cost.source"),
             words("cost.in_books")),
            tuple(_claim(each, history, words) for each in claims))
        for about in _ABOUT if (claims := [each for each in history.claim if each.about == about]))


def _claim(claim: Claim, history: History, words: Words) -> Line:
    is_french = words.language is Language.FR
    note = claim.note_fr if is_french else claim.note_en
    years = dict.fromkeys((claim.since.year, claim.until.year))
    return Line(claim.fr if is_french else claim.en, (
        Cell(euros(claim.cents, words.language), more=words(f"cost.certainty.{claim.certainty}")),
        Cell("–".join(str(year) for year in years)), Cell(claim.source, more=note),
        Cell(_in_books(claim, history, words))))


def _in_books(claim: Claim, history: History, words: Words) -> str:
    if history.is_entered(claim.id):
        return words("cost.claim_entered")
    if claim.part_of:
        return words("cost.claim_part", of=_name(history.claimed(claim.part_of), words))
    return words("cost.claim_apart")


def _name(claim: Claim, words: Words) -> str:
    return claim.fr if words.language is Language.FR else claim.en


"""Costs in words and tables: what was spent, promised, reckoned and given, by whom and for what, and per record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from carnet.ledger.costs import Cost
from carnet.ledger.counts.count import Measure
from carnet.ledger.figures import Asked, Span
from carnet.ledger.parts import APART, Part, cents_of
from carnet.ledger.sharing import SHARED_AXES
from carnet.ledger.unit_costs import UNITS, Row, Table, unit_cost
from carnet.web.presenters.cost_table import Cell, CostTable, Line, exactly, number, of_each, with_bars
from carnet.web.presenters.home import Figure
from carnet.web.presenters.money import euros
from carnet.web.presenters.words import Way
from carnet.web.transparency.asked import lines_path, table_path
from carnet.web.words import Words

_WITHIN_SPENT = (Part.PAID, Part.OWED, Part.VAT)
_TOLD = (Part.SPENT, *_WITHIN_SPENT, Part.COMMITTED, Part.ESTIMATED, Part.IN_KIND)


@dataclass(frozen=True, slots=True)
class CostsPresenter:
    """Puts costs into words."""

    words: Words

    def figures(self, whole: Row) -> tuple[Figure, ...]:
        """The numbers to see at once: what was spent, and what that is per record and consultation."""
        spent, language = whole.cost.spent, self.words.language
        found = [Figure(self.words("cost.part.spent"), euros(spent, language))]
        for unit in UNITS:
            each = unit_cost(spent, whole.units.get(unit))
            if each is not None:
                found.append(Figure(self.words(f"cost.per.{unit}"), euros(each.nearest, language)))
        return tuple(found)

    def parts(self, asked: Asked, whole: Row) -> CostTable:
        """What is told apart: spent (and within it paid, owed and tax), committed, estimated, given in kind; each in
        all, and per unit.
        """
        lines, counted = [], self._counted(whole)
        for part in _TOLD:
            cents = cents_of(whole.cost, part)
            units = [
                of_each(unit_cost(cents, whole.units.get(unit)), self.words, lines_path(asked, part, unit=unit))
                for unit in counted]
            name = self.words(f"cost.part.{part}")
            lines.append(Line(
                self.words("cost.of_which", part=name.lower()) if part in _WITHIN_SPENT else name,
                (self._amount(asked, part, cents), *units), weight=cents))
        head = (
            self.words("cost.what"), self.words("cost.in_all"),
            *(self.words(f"cost.per.{unit}") for unit in counted))
        return CostTable(self.words("cost.parts_caption"), head, tuple(lines))

    def uncounted(self, whole: Row) -> tuple[str, ...]:
        """What nothing can be divided by: what nobody counted, and what there is none of."""
        lacking = {
            "cost.nobody_counted": [unit for unit in UNITS if unit not in whole.units],
            "cost.there_is_none": [unit for unit in UNITS if whole.units.get(unit) == 0]}
        return tuple(
            self.words(key, what=", ".join(self.words(f"cost.measure.{unit}").lower() for unit in units))
            for key, units in lacking.items() if units)

    def exact(self, whole: Row, part: Part = Part.SPENT) -> tuple[str, ...]:
        """Each unit cost to the cent, with what is left."""
        return tuple(
            self.words(
                "cost.exact_line", unit=self.words(f"cost.per.{unit}"), units=number(each.units, self.words.language),
                cost=exactly(each, self.words))
            for unit in UNITS
            if (each := unit_cost(cents_of(whole.cost, part), whole.units.get(unit))) is not None)

    def by_axis(self, asked: Asked, table: Table, *, part: Part = Part.SPENT) -> CostTable:
        """What each value of an axis comes to; bars show this part."""
        rows = self._shared_rows(asked, table, part) if table.axis in SHARED_AXES else self._rows(asked, table)
        lines = with_bars([
            Line(self.name(table.axis, row.value), cells, weight=cents_of(row.cost, part)) for row, cells in rows])
        if table.axis in SHARED_AXES:
            said = tuple(self.words(f"cost.share.{name}") for name in ("own", "shared", "both"))
            all_of_it = self._amount(asked, part, cents_of(table.whole.cost, part))
            total = Line(self.words("cost.sum"), (Cell(""), Cell(""), all_of_it), is_total=True)
        else:
            said = tuple(self.words(f"cost.part.{each}") for each in APART)
            total = Line(self.words("cost.sum"), tuple(
                self._amount(asked, each, cents_of(table.whole.cost, each)) for each in APART), is_total=True)
        axis = self.words(f"cost.axis.{table.axis}")
        caption = self.words(
            "cost.shared_caption" if table.axis in SHARED_AXES else "cost.by_caption", axis=axis.lower(),
            part=self.words(f"cost.part.{part}").lower())
        return CostTable(caption, (axis, *said), (*lines, total), has_bars=True)

    def units_by_axis(self, asked: Asked, table: Table, part: Part) -> CostTable:
        """What each value of an axis costs per unit. What holds a share of shared costs opens in the table of amounts.
        """
        rows, counted = [*table.rows, table.whole], self._counted(table.whole)
        lines = tuple(
            Line(self.words("cost.sum") if row is table.whole else self.name(table.axis, row.value), tuple(
                self._of_each(asked, table, row, part, unit) for unit in counted),
                 is_total=row is table.whole)
            for row in rows)
        head = (self.words(f"cost.axis.{table.axis}"), *(self.words(f"cost.per.{unit}") for unit in counted))
        return CostTable(self.words("cost.units_caption", part=self.words(f"cost.part.{part}").lower()), head, lines)

    def by_year(self, asked: Asked, years: Mapping[int, Cost]) -> CostTable:
        """What each year's lines come to."""
        lines = with_bars([
            Line(str(year), tuple(
                self._amount(Asked(asked.books, Span(year, year)), part, cents_of(cost, part)) for part in APART),
                 weight=cost.spent)
            for year, cost in years.items()])
        head = (self.words("cost.axis.year"), *(self.words(f"cost.part.{part}") for part in APART))
        return CostTable(self.words("cost.by_caption", axis=self.words("cost.axis.year").lower()), head, lines,
                         has_bars=True)

    def name(self, axis: str, value: str) -> str:
        """What a value of an axis is called; what nobody said is called so."""
        if axis == "category":
            return self.words(f"cost.category.{value or 'none'}")
        return value or self.words("cost.not_said")

    def ways(self, asked: Asked, axes: tuple[str, ...], axis: str, part: Part) -> tuple[Way, ...]:
        """The other axes."""
        return tuple(
            Way(self.words(f"cost.axis.{each}"), table_path(asked, each, part), is_current=each == axis)
            for each in axes)

    def _of_each(self, asked: Asked, table: Table, row: Row, part: Part, unit: Measure) -> Cell:
        each = unit_cost(cents_of(row.cost, part), row.units.get(unit))
        where = {} if row is table.whole else {table.axis: row.value}
        is_shared = row is not table.whole and cents_of(row.shared, part) != 0
        return of_each(each, self.words, "" if is_shared else lines_path(asked, part, where, unit=unit))

    def _counted(self, whole: Row) -> list[Measure]:
        return [unit for unit in UNITS if whole.units.get(unit)]

    def _rows(self, asked: Asked, table: Table) -> Iterator[tuple[Row, tuple[Cell, ...]]]:
        for row in table.rows:
            where = {table.axis: row.value}
            yield row, tuple(self._amount(asked, part, cents_of(row.cost, part), where) for part in APART)

    def _shared_rows(self, asked: Asked, table: Table, part: Part) -> Iterator[tuple[Row, tuple[Cell, ...]]]:
        """Own lines and a share of the shared ones are two figures, since they open into two sets of lines."""
        for row in table.rows:
            own, shared = cents_of(row.own, part), cents_of(row.shared, part)
            yield row, (
                self._amount(asked, part, own, {table.axis: row.value}),
                self._amount(asked, part, shared, {table.axis: ""}),
                Cell(euros(own + shared, self.words.language)))

    def _amount(self, asked: Asked, part: Part, cents: int, where: Mapping[str, str] | None = None) -> Cell:
        return Cell(euros(cents, self.words.language), lines_path(asked, part, where) if cents else "")

"""Adoption in words: figures, the plan, tables by host and département, the map, growth, why records hold little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from babel.numbers import format_compact_decimal, format_percent

from carnet.documents.codes import CodeList, label
from carnet.ledger.counts.count import Measure
from carnet.steering.adoption.hiding import COLUMNS, Shown
from carnet.steering.adoption.places import PLACES, REGIONS
from carnet.steering.adoption.plan import Target
from carnet.steering.adoption.told import Adoption, Stands
from carnet.web.days import Calendar
from carnet.web.presenters.cost_table import Cell, CostTable, Line, number, with_bars
from carnet.web.presenters.growth import Growing, Growth, Titles, grown
from carnet.web.presenters.home import Figure
from carnet.web.presenters.tiles import Tiles, Value, tiles_of
from carnet.web.words import Words

GROWN = (
    Measure.RECORDS_OPENED, Measure.RECORDS_ACTIVATED, Measure.RECORDS_READ, Measure.RECORDS_WITH_1,
    Measure.DOCUMENTS, Measure.CONSULTATIONS)
_DRAWN = (Measure.RECORDS_OPENED, Measure.RECORDS_ACTIVATED, Measure.RECORDS_READ, Measure.RECORDS_WITH_1)
ON_THE_MAP = ("with_1", "with_5", "activated", "read", "opened")
_FIGURES = ("opened", "activated", "read", "with_1", "with_5", "refused", "closed")
_FILL = ("open", "empty", "thin", "with_5")


@dataclass(frozen=True, slots=True)
class AdoptionPresenter:
    """Puts what is told of a day into words."""

    words: Words
    calendar: Calendar

    def figures(self, of: Adoption) -> tuple[Figure, ...]:
        """The numbers to see at once."""
        return tuple(
            Figure(self.words(f"adoption.column.{name}"), self._count(of.whole[name]), of.whole[name] is None)
            for name in _FIGURES)

    def plan(self, of: Adoption) -> CostTable | None:
        """What was planned, and what there is; None without a plan."""
        if not of.stands:
            return None
        lines = tuple(
            Line(self._target(each.target), (
                Cell(self.calendar.medium(each.target.by)), Cell(self._number(each.target.count)),
                Cell(self._count(each.reached)), Cell(self._reached(each))))
            for each in of.stands)
        return CostTable(
            self.words("adoption.plan_caption"), self._heads("planned", "by", "target", "reached", "share"), lines)

    def hosts(self, of: Adoption) -> CostTable:
        """The records of each host."""
        return self._places(self.words("adoption.by_host"), "host", {name: (name, of.hosts[name]) for name in of.hosts})

    def departements(self, of: Adoption) -> CostTable:
        """The records of each département: the map says a column of it."""
        return self._places(self.words("adoption.by_departement"), "departement", {
            code: (self._place(code), of.departements[code]) for code in of.departements})

    def tiles(self, of: Adoption, column: str) -> Tiles:
        """The map of a column: the share of opened records, or for these, how many."""
        most = max((shown["opened"] or 0 for shown in of.departements.values()), default=0)
        return tiles_of({
            code: self._value(shown, column, most) for code, shown in of.departements.items() if code in PLACES})

    def growth(self, points: Mapping[Measure, Sequence[tuple[date, int]]]) -> tuple[CostTable, Growth | None]:
        """How it grew: a line for each month, and the curve."""
        days = sorted({day for each in points.values() for day, _ in each}, reverse=True)
        counts = {measure: dict(each) for measure, each in points.items()}
        lines = tuple(
            Line(self.calendar.medium(day), tuple(
                Cell(self._number(counts[measure][day]) if day in counts[measure] else "—") for measure in GROWN))
            for day in _ends_of_months(days))
        head = (self.words("adoption.day"), *(self.words(f"adoption.measure.{each}") for each in GROWN))
        table = CostTable(self.words("adoption.growth_caption"), head, lines)
        series = [
            Growing(self.words(f"adoption.measure.{each}"), tuple(points.get(each, ())))
            for each in _DRAWN if points.get(each)]
        titles = Titles(self.words("adoption.curve_title"), self.words("adoption.growth_text"), "growth")
        return table, grown(titles, series, self.calendar) if series else None

    def fill(self, of: Adoption) -> CostTable:
        """Records in use by what they hold."""
        lines = [
            Line(self.words(f"adoption.fill.{name}"), (
                Cell(self._count(of.whole[name])), Cell(self._share(of.whole[name], of.whole["open"]))),
                weight=of.whole[name] or 0)
            for name in _FILL]
        return CostTable(
            self.words("adoption.fill_caption"), self._heads("records", "number", "share"), with_bars(lines),
            has_bars=True)

    def reasons(self, of: Adoption) -> CostTable:
        """Why records are empty or thin: each record once, for the first reason that holds."""
        lines = tuple(
            Line(self.words(f"adoption.reason.{each.reason}"), (
                Cell(self._count(each.empty)), Cell(self._count(each.thin))))
            for each in of.reasons)
        total = Line(self.words("cost.sum"), (
            Cell(self._count(of.whole["empty"])), Cell(self._count(of.whole["thin"]))), is_total=True)
        return CostTable(self.words("adoption.reasons"), self._heads("reason", "empty", "thin"), (*lines, total))

    def sources(self, of: Adoption) -> CostTable:
        """Documents in force by what they are expected from."""
        lines = tuple(
            Line(self.words(f"adoption.source.{each.source}"), (
                Cell(self._count(each.in_force)), Cell(self._count(each.records)),
                Cell(self._share(each.records, of.whole["open"])), Cell(self._number(each.departements))))
            for each in of.sources)
        return CostTable(
            self.words("adoption.sources"), self._heads("source", "in_force", "holding", "share", "sending"), lines)

    def types(self, of: Adoption) -> CostTable:
        """What was brought in the last 90 days, by document type."""
        lines = tuple(
            Line(label(CodeList.TYPE, each.type_code, self.words.language.value) or each.type_code, (
                Cell(self._count(each.documents)), Cell(self._share(each.structured, each.documents)),
                Cell(self._count(each.records))))
            for each in of.types)
        return CostTable(
            self.words("adoption.types"), self._heads("type", "documents", "structured", "reached_records"), lines)

    def _places(self, caption: str, kind: str, places: Mapping[str, tuple[str, Shown]]) -> CostTable:
        lines = tuple(
            Line(name, tuple(Cell(self._count(shown[column])) for column in COLUMNS))
            for name, shown in places.values())
        head = (
            self.words(f"adoption.{kind}"), *(self.words(f"adoption.column.{column}") for column in COLUMNS))
        return CostTable(caption, head, lines)

    def _value(self, shown: Shown, column: str, most: int) -> Value:
        count, opened = shown[column], shown["opened"]
        told = f"{self.words(f'adoption.column.{column}')} : {self._count(count)}"
        if count is None or opened is None:
            return Value("…", told, is_hidden=True)
        if column == "opened":
            words = str(format_compact_decimal(count, locale=self.words.language.value))
            return Value(words, told, count / most if most else 0)
        return Value(self._share(count, opened), told, count / opened if opened else 0)

    def _target(self, target: Target) -> str:
        where = REGIONS.get(target.region, "") or self._place(target.departement) if (
            target.region or target.departement) else self.words("adoption.everywhere")
        return f"{self.words(f'adoption.target.{target.what}')}, {where}"

    def _reached(self, each: Stands) -> str:
        return self.words("adoption.hidden") if each.percent is None else self.words("cost.percent", n=each.percent)

    def _place(self, code: str) -> str:
        return f"{code} {PLACES[code].name}" if code in PLACES else self.words("adoption.place_unknown")

    def _heads(self, *names: str) -> tuple[str, ...]:
        return tuple(self.words(f"adoption.head.{name}") for name in names)

    def _share(self, count: int | None, whole: int | None) -> str:
        if count is None or whole is None:
            return "…"
        return str(format_percent(count / whole, locale=self.words.language.value)) if whole else "—"

    def _count(self, count: int | None) -> str:
        return self.words("adoption.hidden") if count is None else self._number(count)

    def _number(self, count: int) -> str:
        return number(count, self.words.language)


def _ends_of_months(days: Sequence[date]) -> list[date]:
    """The last day of each month, of days that go backwards."""
    return list({(day.year, day.month): day for day in reversed(days)}.values())[::-1]

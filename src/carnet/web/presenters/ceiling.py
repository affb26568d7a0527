"""The ceiling in words: the year's forecast, its gauge, what it assumes, and what would change it."""

from __future__ import annotations

from dataclasses import dataclass

from carnet.ledger.ceiling import CEILING_CENTS, NEAR_PERCENT, Extension, Level, level_of
from carnet.ledger.forecast import Forecast
from carnet.ledger.unit_costs import unit_cost
from carnet.steering.budget import Budget
from carnet.web.days import Calendar
from carnet.web.presenters.cost_table import Cell, CostTable, Line, exactly, number, of_each
from carnet.web.presenters.money import euros
from carnet.web.presenters.words import Fact, Tag, Tone
from carnet.web.words import Words

WIDTH, END = 600, 125       # the gauge ends at 125 % of the ceiling
_TONES: dict[Level, Tone] = {Level.UNDER: "good", Level.NEAR: "warn", Level.OVER: "bad"}


@dataclass(frozen=True, slots=True)
class Gauge:
    """A cost per patient under its ceiling, drawn. `length` and marks are of `width`."""

    words: str
    exactly: str
    tag: Tag
    width: int
    length: float
    near: float
    full: float


@dataclass(frozen=True, slots=True)
class ContractView:
    """A contract before it is signed: what it costs per patient, and the year with it and without."""

    facts: tuple[Fact, ...]
    tag: Tag
    years: CostTable
    gauge_with: Gauge | None


@dataclass(frozen=True, slots=True)
class CeilingPresenter:
    """Puts forecasts into words."""

    words: Words
    calendar: Calendar

    def gauge(self, forecast: Forecast) -> Gauge | None:
        """The gauge of a forecast; None without a record."""
        each = forecast.each
        if each is None:
            return None
        near, full = WIDTH * NEAR_PERCENT / END, WIDTH * 100 / END
        return Gauge(
            self.words(
                "cost.gauge", each=self._euros(each.nearest), ceiling=self._euros(CEILING_CENTS),
                percent=self.words("cost.percent", n=forecast.percent), year=str(forecast.assumptions.year)),
            exactly(each, self.words), Tag(self.words(f"cost.level.{forecast.level}"), _TONES[forecast.level]), WIDTH,
            round(min(max(WIDTH * forecast.percent / END, 0), WIDTH), 1), near, full)

    def expected(self, forecast: Forecast) -> CostTable:
        """What the year costs, by category: spent, still to come and why."""
        lines = [
            Line(self.words(f"cost.category.{each.category or 'none'}"), (
                Cell(self._euros(each.spent)),
                Cell(self._euros(each.to_come),
                     more=self.words(f"cost.because.{each.because}") if each.because else ""),
                Cell(self._euros(each.cents))))
            for each in sorted(forecast.expected, key=lambda each: (not each.category, each.category))]
        total = Line(self.words("cost.sum"), (
            Cell(self._euros(sum(each.spent for each in forecast.expected))),
            Cell(self._euros(sum(each.to_come for each in forecast.expected))),
            Cell(self._euros(forecast.cents))), is_total=True)
        head = tuple(self.words(f"cost.{key}") for key in (
            "axis.category", "forecast.spent", "forecast.to_come", "forecast.year"))
        return CostTable(
            self.words("cost.forecast.caption", year=str(forecast.assumptions.year)), head, (*lines, total))

    def assumed(self, budget: Budget) -> tuple[Fact, ...]:
        """Everything that is assumed."""
        supposed = budget.forecast.assumptions
        percent = {
            "tariffs": supposed.tariff_millionths // 10_000, "invoiced": supposed.still_invoiced_millionths // 10_000}
        facts = [
            ("records", number(supposed.records, self.words.language)),
            ("documents", number(supposed.documents, self.words.language)),
            *((name, self.words("cost.percent", n=value)) for name, value in percent.items()),
            ("trend", str(supposed.trend_months)), ("note", supposed.note)]
        return (
            *(Fact(self.words(f"cost.assumed.{name}"), value) for name, value in facts if value),
            *(Fact(self.words("cost.assumed.tariff", host=each.host, version=each.version), self.words(
                "cost.assumed.prices", record=self._euros(each.record_year_cents),
                gigabyte=self._euros(each.gigabyte_month_cents)))
              for each in supposed.tariffs))

    def versions(self, budget: Budget) -> tuple[str, ...]:
        """Who wrote assumptions down, and when."""
        return tuple(
            self.words("cost.assumed.version", version=str(each.version), by=each.by,
                       when=self.calendar.moment(each.at), records=number(
                           each.assumptions.records, self.words.language))
            for each in budget.versions)

    def contract(self, extension: Extension, before: Forecast, after: Forecast) -> ContractView:
        """A contract held against the ceiling, for the records that the forecast assumes."""
        records = before.assumptions.records
        each = unit_cost(extension.yearly_cents, records)
        facts = [
            ("ends", self.calendar.medium(extension.ends)), ("yearly", self._euros(extension.yearly_cents)),
            ("each", "" if each is None else f"{self._euros(each.nearest)} ({exactly(each, self.words)})")]
        # The years that follow are taken to cost what this one does: nothing else is known of them.
        years = extension.by_year()
        worst = max((before.cents + cents for cents in years.values()), default=0)
        alone, level = level_of(extension.yearly_cents, records), level_of(worst, records)
        key = "over_alone" if alone is Level.OVER else f"with_{level}"
        lines = [
            Line(str(year), (
                Cell(self._euros(cents)), of_each(before.each, self.words),
                of_each(unit_cost(before.cents + cents, records), self.words)))
            for year, cents in years.items()]
        head = tuple(self.words(f"cost.{key}") for key in (
            "axis.year", "contract.of_it", "contract.without", "contract.with"))
        return ContractView(
            tuple(Fact(self.words(f"cost.contract.{name}"), value) for name, value in facts if value),
            Tag(self.words(f"cost.contract.{key}"), _TONES[Level.OVER if alone is Level.OVER else level]),
            CostTable(self.words("cost.contract.caption"), head, tuple(lines)), self.gauge(after))

    def _euros(self, cents: int) -> str:
        return euros(cents, self.words.language)

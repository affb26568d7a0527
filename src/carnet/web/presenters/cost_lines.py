"""Lines and entries of the ledger as everybody may see them: amounts, dimensions, hashes; no words of theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from carnet.ledger.accounts import kind_of
from carnet.ledger.chain import first_head, public_form, words_digest
from carnet.ledger.counts.count import Count, Measure
from carnet.ledger.dimensions import AXES, WHOLE, Dimensions
from carnet.ledger.figures import Made
from carnet.ledger.kept import KeptEntry, KeptLine
from carnet.ledger.money import share_out
from carnet.ledger.parts import Part, counted
from carnet.ledger.unit_costs import unit_cost
from carnet.web.days import Calendar
from carnet.web.presenters.cost_table import Cell, CostTable, Line, exactly, number
from carnet.web.presenters.costs import CostsPresenter
from carnet.web.presenters.money import euros
from carnet.web.presenters.words import Fact, Way
from carnet.web.words import Words

_SAID_APART = frozenset({"certainty", "share_millionths", "category"})


@dataclass(frozen=True, slots=True)
class CountedLine:
    """A line: when, on which account, for what, and what of it is counted."""

    day: str
    iso: str
    account: str
    what: str
    about: tuple[str, ...]
    amount: str
    share: str
    entry: Way


@dataclass(frozen=True, slots=True)
class Division:
    """The figure divided: what each costs, exactly; and how many were counted, when and by whom."""

    name: str
    each: str
    exactly: str
    counted: str


@dataclass(frozen=True, slots=True)
class LinesView:
    """A page of the lines that make a figure: their sum is the figure."""

    title: str
    sum: str
    lines: tuple[CountedLine, ...]
    count: str
    page_sum: str
    next_path: str
    shares: CostTable | None
    division: Division | None


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A line of an entry."""

    account: str
    debit: str
    credit: str
    dimensions: tuple[Fact, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry in its public form, and how its head follows from the one before."""

    title: str
    facts: tuple[Fact, ...]
    links: tuple[Way, ...]
    lines: tuple[EntryLine, ...]
    before: str
    public: str
    head: str
    source: str


@dataclass(frozen=True, slots=True)
class LinesPresenter:
    """Puts lines into words."""

    words: Words
    calendar: Calendar
    books_path: str

    def page(self, made: Made, part: Part, lines: Sequence[KeptLine], *, next_path: str = "",
             shares: CostTable | None = None, division: Division | None = None) -> LinesView:
        """A page of lines of this figure."""
        language = self.words.language
        page_sum = sum(_counts(part, each) for each in lines)
        return LinesView(
            self.words("cost.lines_title", part=self.words(f"cost.part.{part}").lower()), euros(made.cents, language),
            tuple(self._line(part, each) for each in lines),
            self.words("cost.lines_count", count=number(made.lines, language), n=made.lines),
            euros(page_sum, language), next_path, shares, division)

    def division(self, cents: int, unit: Measure, counts: Sequence[Count], units: int | None) -> Division | None:
        """This figure divided by what was counted; None where nobody counted any."""
        each = unit_cost(cents, units)
        if each is None:
            return None
        of_unit = [count for count in counts if count.measure is unit]
        sources = " ".join(dict.fromkeys(count.note for count in of_unit if count.note))
        counted_on = self.words(
            "cost.counted_on", what=self.words(f"cost.measure.{unit}"), count=number(each.units, self.words.language),
            day=self.calendar.medium(max(count.on for count in of_unit)))
        return Division(
            self.words(f"cost.per.{unit}"), euros(each.nearest, self.words.language), exactly(each, self.words),
            f"{counted_on} {sources}".strip())

    def shares(self, axis: str, weights: Mapping[str, int], cents: int) -> CostTable | None:
        """How so many cents are shared; None where there is nothing to share by."""
        if not any(weights.values()):
            return None
        language = self.words.language
        parts = share_out(cents, list(weights.values()))
        names = CostsPresenter(self.words)
        lines = [
            Line(names.name(axis, place), (Cell(number(weight, language)), Cell(euros(share, language))))
            for (place, weight), share in zip(weights.items(), parts, strict=True)]
        total = Line(self.words("cost.sum"), (
            Cell(number(sum(weights.values()), language)), Cell(euros(cents, language))), is_total=True)
        head = (self.words(f"cost.axis.{axis}"), self.words("cost.records_on_the_day"), self.words("cost.share.shared"))
        return CostTable(self.words("cost.shares_caption"), head, (*lines, total))

    def entry(self, kept: KeptEntry, before: KeptEntry | None, source: str) -> EntryView:
        """One entry. `before` is the one before it in the chain, `source` what proves it where that is public."""
        entry = kept.entry
        facts = [
            ("place", number(kept.place, self.words.language)), ("journal", f"{entry.journal} {entry.number}"),
            ("on", self.calendar.medium(entry.on)),
            *((name, self.calendar.medium(day)) for name in ("committed_on", "invoiced_on", "paid_on", "accrued_on")
              if (day := getattr(entry, name)) is not None),
            ("proof", entry.proof.hex() if entry.proof else ""), ("entry_id", entry.entry_id.hex)]
        links = [
            self._way(f"cost.{name}", value) for name in ("settles", "reverses")
            if (value := getattr(entry, name)) is not None]
        digests: dict[Dimensions, str] = {}
        public = public_form(entry, words_digest(entry, kept.salt), digests)
        return EntryView(
            self.words("cost.entry_title", number=f"{entry.journal} {entry.number}"),
            tuple(Fact(self.words(f"cost.fact.{name}"), value) for name, value in facts if value), tuple(links),
            tuple(
                EntryLine(
                    self._account(line.account), self._side(line.debit_cents), self._side(line.credit_cents),
                    tuple(self._dimensions(line.dimensions)), digests[line.dimensions])
                for line in entry.lines),
            (before.head if before else first_head(kept.books)).hex(), public.decode(), kept.head.hex(), source)

    def _line(self, part: Part, line: KeptLine) -> CountedLine:
        dimensions, language = line.content.dimensions, self.words.language
        said = (dimensions.funding_line, dimensions.beneficiary, dimensions.host, dimensions.consortium,
                dimensions.region, dimensions.phase, dimensions.contract)
        share = ""
        if dimensions.share_millionths != WHOLE:
            share = self.words("cost.share_of", whole=euros(abs(line.content.cents), language))
        return CountedLine(
            self.calendar.medium(line.dated), line.dated.isoformat(), self._account(line.content.account),
            CostsPresenter(self.words).name("category", dimensions.category or ""),
            tuple(each for each in said if each), euros(_counts(part, line), language), share,
            Way(self.words("cost.entry_place", place=number(line.place, language)),
                f"{self.books_path}/place/{line.place}"))

    def _account(self, account: str) -> str:
        return f"{account} · {self.words(f'cost.account.{kind_of(account)}')}"

    def _side(self, cents: int) -> str:
        return euros(cents, self.words.language) if cents else ""

    def _dimensions(self, dimensions: Dimensions) -> list[Fact]:
        said = [
            Fact(self.words("cost.axis.category"), CostsPresenter(self.words).name(
                "category", dimensions.category or "")),
            Fact(self.words("cost.axis.certainty"), self.words(f"cost.certainty.{dimensions.certainty}"))]
        said += [
            Fact(self.words(f"cost.axis.{name}"), str(getattr(dimensions, name)))
            for name in AXES if name not in _SAID_APART and getattr(dimensions, name)]
        if dimensions.share_millionths != WHOLE:
            said.append(Fact(
                self.words("cost.axis.share_millionths"),
                f"{number(dimensions.share_millionths, self.words.language)} : {dimensions.share_reason}"))
        return said

    def _way(self, key: str, entry: UUID) -> Way:
        return Way(self.words(key), f"{self.books_path}/{entry}")


def _counts(part: Part, line: KeptLine) -> int:
    return counted(part, line.content.dimensions.certainty, line.content.account, line.attributable_cents)

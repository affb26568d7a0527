"""What feeds records, as officers read it: lines of numbers, silent partners, how full records are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from babel.numbers import format_decimal, format_percent

from carnet.documents.codes import CodeList, label
from carnet.record.inbox.words import explain_reason
from carnet.steering.cells import ShownFigure, ShownFill, total
from carnet.steering.figure import Span
from carnet.steering.silence import Silence
from carnet.web.days import Calendar
from carnet.web.words import Words

_HOUR, _TWO_DAYS, _DAY = 60, 2880, 1440
_MOST_REASONS = 10
_OF_A_DOCUMENT = " "    # an issue's code and place
_NUMBERS = ("received", "refused", "waiting", "deposited", "replaced", "documents", "structured", "records")


@dataclass(frozen=True, slots=True)
class Told:
    """What the page is made of: `told_by` is the key of one of its choices, `error` what was wrong with the days."""

    span: Span
    told_by: str
    lines: Sequence[ShownFigure]
    silent: Sequence[Silence]
    fill: ShownFill | None
    months: int
    error: str = ""


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One line of the scoreboard: its name, what else tells it apart, its numbers, and why messages were refused."""

    name: str
    what: str
    numbers: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FillLine:
    """How many records have something: a number, its share in words, and the share as a bar's width in hundredths."""

    name: str
    records: str
    share: str
    width: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One way of telling lines apart."""

    value: str
    words: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class FeedingView:
    """The page."""

    since: str
    until: str
    period: str
    error: str
    choices: tuple[Choice, ...]
    titles: tuple[str, ...]
    lines: tuple[ScoreLine, ...]
    total: str
    csv: str
    silent: tuple[str, ...]
    fill: tuple[FillLine, ...]
    fill_day: str
    active: str
    months: int


@dataclass(frozen=True, slots=True)
class FeedingPresenter:
    """Puts figures into words."""

    words: Words
    calendar: Calendar
    path: str

    def view(self, told: Told, choices: Sequence[str]) -> FeedingView:
        """The page."""
        last = told.span.until - timedelta(days=1)
        documents, refused, waiting = total([each.figure for each in told.lines])
        asked = urlencode({"depuis": told.span.since, "jusqua": last, "par": told.told_by})
        return FeedingView(
            told.span.since.isoformat(), last.isoformat(),
            self.words("feeding.period", since=self._day(told.span.since), until=self._day(last)), told.error,
            tuple(Choice(each, self.words(f"feeding.by_{each}"), each == told.told_by) for each in choices),
            tuple(self.words(f"feeding.{name}") for name in (*_NUMBERS, "median", "ninety")),
            tuple(self._line(each) for each in told.lines),
            self.words("feeding.total", documents=self._number(documents), refused=self._number(refused),
                       waiting=self._number(waiting)),
            f"{self.path}.csv?{asked}", tuple(self._silence(each) for each in told.silent),
            tuple(self._fill(told.fill)) if told.fill else (),
            self._day(told.fill.fill.day) if told.fill else "",
            self._few(told.fill.active) if told.fill else "", told.months)

    def _line(self, each: ShownFigure) -> ScoreLine:
        line = each.figure.line
        name = each.figure.organisation_name or line.organisation
        rest = [
            line.software, self._channel(line.channel), line.kind,
            label(CodeList.TYPE, line.type_code, self.words.language.value) if line.type_code else ""]
        told = [part for part in (name, *rest) if part] or [self.words("feeding.unnamed")]
        counts = (
            each.received, each.figure.refused, each.figure.waiting, each.deposited, each.replaced, each.documents)
        numbers = (
            *(self._few(count) for count in counts), self._structured(each), self._few(each.records),
            self._delay(each.median_minutes, each), self._delay(each.ninety_minutes, each))
        reasons = sorted(each.figure.reasons.items(), key=lambda item: (-item[1], item[0]))
        return ScoreLine(
            told[0], ", ".join(told[1:]), numbers,
            tuple(self._reason(code, number) for code, number in reasons[:_MOST_REASONS]))

    def _channel(self, channel: str) -> str:
        key = f"feeding.channel_{channel}"
        return self.words(key) if self.words.has(key) else channel

    def _reason(self, code: str, number: int) -> str:
        """In words where there are; what is wrong in a document is told as its vendor is told."""
        if _OF_A_DOCUMENT in code:
            return self.words("feeding.to_correct", n=self._number(number), code=code)
        said = explain_reason(code, self.words.language.value)
        return self.words("feeding.reason", n=self._number(number), why=said, code=code)

    def _silence(self, each: Silence) -> str:
        names = {"name": each.watched.name, "software": each.watched.software, "n": each.days}
        if each.last_at is None:
            return self.words("feeding.never", **names)
        return self.words("feeding.silent", when=self.calendar.moment(each.last_at), **names)

    def _fill(self, fill: ShownFill) -> Iterator[FillLine]:
        for name, records in (("empty", fill.empty), ("any", fill.any), ("five", fill.five)):
            yield self._share(self.words(f"feeding.{name}"), records, fill)
        for source, records in fill.fed.items():
            yield self._share(self.words(f"feed_source.{source}"), records, fill)

    def _share(self, name: str, records: int | None, fill: ShownFill) -> FillLine:
        if records is None or not fill.active:
            return FillLine(name, self.words("feeding.too_few") if records is None else "0", "", 0)
        share = records / fill.active
        return FillLine(
            name, self._number(records), str(format_percent(share, locale=self.words.language.value)),
            round(100 * share))

    def _structured(self, each: ShownFigure) -> str:
        if each.documents is None or each.structured is None:
            return self.words("feeding.few")
        if not each.documents:
            return self.words("feeding.nothing")
        return str(format_percent(each.structured / each.documents, locale=self.words.language.value))

    def _delay(self, minutes: int | None, each: ShownFigure) -> str:
        if minutes is None:
            return self.words("feeding.few" if each.is_small else "feeding.nothing")
        if minutes < _HOUR:
            return self.words("feeding.minutes", n=minutes)
        if minutes < _TWO_DAYS:
            return self.words("feeding.hours", n=minutes // _HOUR)
        return self.words("feeding.days", n=minutes // _DAY)

    def _few(self, count: int | None) -> str:
        return self.words("feeding.few") if count is None else self._number(count)

    def _number(self, count: int) -> str:
        return str(format_decimal(count, locale=self.words.language.value))

    def _day(self, day: date) -> str:
        return self.calendar.medium(day)

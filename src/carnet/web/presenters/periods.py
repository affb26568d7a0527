"""Closed months, for accountants and for everybody: until when, by whom, how many entries, the signed note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from carnet.ledger.kept import Books
from carnet.ledger.period import Period, last_day
from carnet.web import forms
from carnet.web.days import Calendar
from carnet.web.presenters.money import euros
from carnet.web.presenters.words import Tag
from carnet.web.words import Words

PATH, PUBLIC = "/comptes/clotures", "/transparence/clotures"
_MOST_MONTHS = 36


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """A closed month."""

    books: str
    month: str
    entries: str
    total: str
    head: str
    closed_by: str
    tag: Tag
    note_path: str


@dataclass(frozen=True, slots=True)
class ToClose:
    """Books of which a month may be closed."""

    books: str
    name: str
    month: forms.Field


@dataclass(frozen=True, slots=True)
class PeriodsView:
    """Closed months, the last ones first, and what may be closed."""

    lines: tuple[PeriodLine, ...]
    to_close: tuple[ToClose, ...]


@dataclass(frozen=True, slots=True)
class PeriodsPresenter:
    """Puts closed months into words."""

    words: Words
    calendar: Calendar

    def accountants(self, periods: Sequence[Period], books: Sequence[Books], today: date) -> PeriodsView:
        """All closed months, and what may be closed today."""
        names = {each.books: each.name for each in books}
        to_close = tuple(
            ToClose(each.books, each.name, forms.Field(
                "month", self.words("accounts.month"), groups=(("", self._months(months)),)))
            for each in books if (months := _over(each.closed_through, today)))
        return PeriodsView(tuple(self._line(each, names, PATH) for each in _last_first(periods)), to_close)

    def public(self, periods: Sequence[Period], books: Sequence[Books]) -> tuple[PeriodLine, ...]:
        """Those of the books that are everybody's."""
        names = {each.books: each.name for each in books}
        return tuple(self._line(each, names, PUBLIC) for each in _last_first(periods))

    def _line(self, period: Period, names: dict[str, str], path: str) -> PeriodLine:
        signed = Tag(self.words("accounts.signed"), "good") if period.signature else Tag(
            self.words("accounts.not_signed_yet"), "warn")
        return PeriodLine(
            names.get(period.books, period.books), self.calendar.month(period.month),
            self.words("accounts.entries_count", n=period.entries), euros(period.debit_cents, self.words.language),
            period.head.hex(), period.closed_by, signed,
            f"{path}/{period.books}/{period.month:%Y-%m}" if period.signature else "")

    def _months(self, months: Sequence[date]) -> tuple[forms.Choice, ...]:
        return tuple((f"{each:%Y-%m}", self.calendar.month(each)) for each in months)


def _last_first(periods: Sequence[Period]) -> list[Period]:
    return sorted(periods, key=lambda each: (each.month, each.books), reverse=True)


def _over(closed_through: date, today: date) -> list[date]:
    """The months after the last closed one that are over, the first ones first; of books never closed, the last few."""
    month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    found: list[date] = []
    while last_day(month) > closed_through and len(found) < _MOST_MONTHS:
        found.append(month)
        month = (month - timedelta(days=1)).replace(day=1)
    return found[::-1]

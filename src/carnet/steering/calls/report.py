"""What a call came to: granted, released, not released; what was fed before and since, and what a document cost. Pure.

What tells of fewer than five records is not shown (`steering/cells.py`); amounts are, they are of the public purse.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from carnet.steering.calls.granting import only_of
from carnet.steering.calls.life import Grant, Life
from carnet.steering.cells import ShownFigure, shown
from carnet.steering.figure import Figure, Line, Span
from carnet.steering.scoreboard import figures

if TYPE_CHECKING:
    from carnet.steering.store import FigureStore

COLUMNS = (
    "call", "application", "group", "region", "asked_cents", "granted_cents", "released_cents", "cancelled_cents",
    "left_cents", "since", "until", "documents_before", "documents_since", "records_reached", "cents_per_document",
    "cents_per_record")
SMALL = "<5"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Fed:
    """What a grant's organisations fed of its types: since the grant, and in as many days before it."""

    span: Span
    before: ShownFigure
    since: ShownFigure


@dataclass(frozen=True, slots=True)
class Account:
    """An application and its money: `left` is committed still. `fed` is None for one that has no grant."""

    application: str
    group: str
    region: str
    asked: int
    granted: int
    released: int
    cancelled: int
    fed: Fed | None = None

    @property
    def left(self) -> int:
        """What is neither released nor cancelled."""
        return self.granted - self.released - self.cancelled

    @property
    def per_document(self) -> int | None:
        """Cents released for each document fed since the grant; None where there is none, or it is not shown."""
        return per(self.released, self.fed.since.documents) if self.fed else None

    @property
    def per_record(self) -> int | None:
        """The same for each record that was reached."""
        return per(self.released, self.fed.since.records) if self.fed else None


def per(cents: int, number: int | None) -> int | None:
    """The nearest whole cents for each; None for each of nothing."""
    return (2 * cents + number) // (2 * number) if number else None


def accounts(life: Life, fed: Mapping[str, Fed]) -> list[Account]:
    """A line for each application."""
    return [_account(life, name, fed.get(name)) for name in sorted(life.applications)]


def _account(life: Life, name: str, fed: Fed | None) -> Account:
    file, grant = life.applications[name].file, life.grants.get(name)
    tranches = [(name, milestone) for milestone in grant.tranches] if grant else []
    return Account(
        name, file.name, file.region, file.asked_cents, grant.cents if grant else 0,
        sum(life.released[each].cents for each in tranches if each in life.released),
        sum(life.cancelled[each].cents for each in tranches if each in life.cancelled), fed)


def total(accounts: Sequence[Account]) -> Account:
    """All of them together, in money: figures of records do not add up, and would tell what is hidden."""
    sums = [sum(getattr(each, name) for each in accounts) for name in ("asked", "granted", "released", "cancelled")]
    return Account("", "", "", *sums)


def span_of(life: Life, grant: Grant, today: date) -> Span:
    """The days that a grant is looked at: from its own until the last milestone was measured, at most."""
    last = max(each.on for each in life.call.milestones) + timedelta(
        life.call.appeal.counts_days if life.call.appeal else 0)
    return Span(grant.on, max(grant.on + timedelta(1), min(last, today + timedelta(1))))


async def fed_by(life: Life, store: FigureStore) -> dict[str, Fed]:
    """What each grant's organisations fed, as far as it is counted. Raises Unavailable."""
    found, today = {}, await store.today()
    for name, grant in life.grants.items():
        span = span_of(life, grant, today)
        before = Span(span.since - (span.until - span.since), span.since)
        only = only_of(grant.submitted.file)
        told = [shown(next(iter(await figures(store, each, (), only)), Figure(Line()))) for each in (before, span)]
        found[name] = Fed(span, *told)
    return found


def as_csv(lives: Sequence[tuple[Life, Sequence[Account]]]) -> str:
    """RFC 4180, a row for each application. `<5` stands for what is of too few records, an empty cell for nothing."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for life, lines in lives:
        for each in lines:
            writer.writerow([_cell(value) for value in _values(life, each)])
    return written.getvalue()


def _values(life: Life, each: Account) -> list[object]:
    money = [life.call.call, each.application, each.group, each.region, each.asked, each.granted, each.released,
             each.cancelled, each.left]
    if each.fed is None:
        return [*money, *[None] * 7]
    fed = each.fed
    hidden = SMALL if fed.since.is_small else None
    return [
        *money, fed.span.since, fed.span.until - timedelta(1), SMALL if fed.before.is_small else fed.before.documents,
        hidden or fed.since.documents, hidden or fed.since.records, hidden or each.per_document,
        hidden or each.per_record]


def _cell(value: object) -> object:
    """Names come from applicants: a spreadsheet must not take one for a formula."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value

"""Meters as officers read them: a month of hosts and of the platform, the last invoices, and the form of support."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from carnet.steering.metering.invoices.check import State
from carnet.steering.metering.support import CHANNELS
from carnet.web.days import Calendar
from carnet.web.forms import Field
from carnet.web.presenters.invoices import TONES
from carnet.web.presenters.money import euros
from carnet.web.presenters.words import Fact, Tag, Way, size
from carnet.web.words import Words

if TYPE_CHECKING:
    from carnet.steering.metering.invoices.store import KeptInvoice
    from carnet.steering.metering.month import HostMonth, PlatformMonth

PATH = "/agent/compteurs"
_GIGABYTE = 10**9
# Acts that say how much the platform is used; the others are in `carnet ledger meter`.
_ACTS = ("list", "read")


@dataclass(frozen=True, slots=True)
class Metered:
    """What the page is made of."""

    hosts: Sequence[HostMonth]
    platform: PlatformMonth
    invoices: Sequence[KeptInvoice]
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the form brought back, and what is wrong with it."""

    values: Mapping[str, str]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostRow:
    """A host in that month."""

    host: str
    values: tuple[str, ...]
    signed: Tag


@dataclass(frozen=True, slots=True)
class CheckRow:
    """An invoice and what became of it."""

    host: str
    month: str
    number: str
    asked: str
    over: str
    state: Tag
    reason: str


@dataclass(frozen=True, slots=True)
class MetersView:
    """The page."""

    month: str
    error: str
    notice: Tag | None
    before: Way
    after: Way
    hosts: tuple[HostRow, ...]
    facts: tuple[Fact, ...]
    checks: tuple[CheckRow, ...]
    form: tuple[Field, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MetersPresenter:
    """Puts meters into words."""

    words: Words
    calendar: Calendar

    def view(self, told: Metered, answers: Answers, *, error: str, is_done: bool) -> MetersView:
        """The page."""
        month = told.platform.month
        return MetersView(
            self.calendar.month(month), error, Tag(self.words("meters.done"), "good") if is_done else None,
            self._way(month - timedelta(1)), self._way(month + timedelta(31)),
            tuple(self._host(each) for each in told.hosts), tuple(self._facts(told.platform)),
            tuple(self._check(each) for each in told.invoices), self._form(told.names, answers), answers.problems)

    def _way(self, month: date) -> Way:
        return Way(self.calendar.month(month), f"{PATH}?mois={month:%Y-%m}")

    def _host(self, host: HostMonth) -> HostRow:
        quantities, compared = host.quantities, host.compared
        return HostRow(host.host, (
            str(host.days), str(host.records), size(host.size.body_bytes, self.words),
            size(host.size.journal_bytes, self.words), str(quantities.record_days),
            str(round(quantities.byte_days / _GIGABYTE)),
            self.words("meters.and_signed", ours=quantities.deposits, theirs=compared.signed_deposits),
            self.words("meters.and_signed", ours=quantities.reads, theirs=compared.signed_reads),
        ), self._signed(host))

    def _signed(self, host: HostMonth) -> Tag:
        if not host.compared.days:
            return Tag(self.words("meters.unsigned"), "plain")
        if host.compared.is_short:
            return Tag(self.words("meters.short"), "warn")
        return Tag(self.words("meters.signed_days", n=host.compared.days), "good")

    def _facts(self, platform: PlatformMonth) -> list[Fact]:
        facts = [Fact(self.words("meters.documents"), str(platform.documents)), *(
            Fact(self.words(f"meters.act.{act}"), str(platform.asked.get(act, 0))) for act in _ACTS)]
        messages = ", ".join(f"{channel} {number}" for channel, number in sorted(platform.messages.items()))
        facts.append(Fact(self.words("meters.messages"), messages or "0"))
        support = ", ".join(
            self.words("meters.support_by", n=each.contacts, channel=self.words(f"meters.channel.{each.channel}"),
                       host=each.host or self.words("meters.platform"), minutes=each.minutes)
            for each in platform.contacts)
        facts.append(Fact(self.words("meters.support"), support or "0"))
        return facts

    def _check(self, kept: KeptInvoice) -> CheckRow:
        reasons = [kept.reason] if kept.state is State.REFUSED else [word.words for word in kept.words.values()]
        return CheckRow(
            kept.host, self.calendar.month(kept.month), kept.number, euros(kept.net_cents, self.words.language),
            euros(kept.net_cents - kept.expected_cents, self.words.language),
            Tag(self.words(f"invoices.state.{kept.state.value}"), TONES[kept.state]), " ".join(reasons))

    def _form(self, hosts: Sequence[str], answers: Answers) -> tuple[Field, ...]:
        value = answers.values.get
        channels = tuple((each, self.words(f"meters.channel.{each}")) for each in CHANNELS)
        whose = (("", self.words("meters.platform")), *((each, each) for each in hosts))
        return (
            Field("day", self.words("meters.day"), value("day", "")),
            Field("channel", self.words("meters.channel_of"), value("channel", ""), groups=(("", channels),)),
            Field("contacts", self.words("meters.contacts"), value("contacts", ""),
                  help=self.words("meters.contacts_help")),
            Field("minutes", self.words("meters.minutes"), value("minutes", "")),
            Field("host", self.words("meters.answered_by"), value("host", ""), groups=(("", whose),)),
            Field("note", self.words("meters.note"), value("note", "")))

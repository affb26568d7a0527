"""Invoices of hosts as an accountant reads them: what is asked for, what is due, what differs and who said why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from babel.numbers import format_currency, format_decimal

from carnet.errors import Conflict, InvalidInput, Issue
from carnet.ledger.refusals import Refusal
from carnet.steering.metering.invoices.check import CheckedLine, State
from carnet.steering.metering.invoices.faults import Fault
from carnet.steering.metering.tariff import Kind
from carnet.web.days import Calendar
from carnet.web.forms import Field
from carnet.web.presenters.money import euros
from carnet.web.presenters.words import Fact, Tag, Tone, Way
from carnet.web.words import Language, Words

if TYPE_CHECKING:
    from carnet.ledger.kept import KeptEntry
    from carnet.steering.metering.invoices.store import KeptInvoice

PATH = "/comptes/factures"
TYPED = f"{PATH}/saisie"
ROWS = 7
_LOCALES = {Language.FR: "fr_FR", Language.EN: "en_GB"}
TONES: dict[State, Tone] = {
    State.TO_EXPLAIN: "warn", State.READY: "good", State.ENTERING: "warn", State.ENTERED: "plain", State.REFUSED: "bad"}
_LINE = re.compile(r"line (\d+)(?:, (.+))?")


@dataclass(frozen=True, slots=True)
class Said:
    """What is wrong with what was just sent, and what it was."""

    problems: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """One invoice of the list."""

    month: str
    host: str
    way: Way
    asked: str
    due: str
    over: str
    state: Tag


@dataclass(frozen=True, slots=True)
class InvoicesView:
    """The list, and the form that takes one."""

    rows: tuple[InvoiceRow, ...]
    host: Field
    file: Field
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of an invoice. `form` is there for one that somebody may explain."""

    place: int
    what: str
    asked: tuple[str, str, str]
    due: tuple[str, str, str]
    over: str
    tag: Tag
    words: str
    by: str
    form: Field | None


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """One invoice, and what may be done with it."""

    title: str
    state: Tag
    facts: tuple[Fact, ...]
    lines: tuple[LineView, ...]
    total: tuple[str, str, str]
    problems: tuple[str, ...]
    path: str
    enter: tuple[Field, Field] | None
    refuse: Field | None
    proof: str
    entry: str


@dataclass(frozen=True, slots=True)
class TypedView:
    """The form of an invoice that is typed."""

    head: tuple[Field, ...]
    rows: tuple[tuple[Field, ...], ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InvoicePresenter:
    """Puts invoices into words."""

    words: Words
    calendar: Calendar

    def listed(self, invoices: Sequence[KeptInvoice], hosts: Sequence[str], host: str, said: Said) -> InvoicesView:
        """The list."""
        return InvoicesView(
            tuple(self._row(each) for each in invoices), self._hosts(hosts, host),
            Field("file", self.words("invoices.file"), help=self.words("invoices.file_help")), said.problems)

    def typed(self, hosts: Sequence[str], said: Said) -> TypedView:
        """The form of an invoice on paper, with what was typed before."""
        value = said.values.get
        head = tuple(self._field(name, value(name, "")) for name in ("number", "issued_on", "month"))
        kinds = tuple((kind.value, self.words(f"invoices.kind.{kind.value}")) for kind in Kind)
        choices = (("", (*kinds, ("other", self.words("invoices.kind.something")))),)
        return TypedView((self._hosts(hosts, value("host", "")), *head), tuple(
            (Field(f"kind_{number}", self.words("invoices.kind_of"), value(f"kind_{number}", ""), groups=choices), *(
                Field(f"{name}_{number}", self.words(f"invoices.{name}"), value(f"{name}_{number}", ""))
                for name in ("version", "quantity", "unit_price", "amount", "vat", "label")))
            for number in range(1, ROWS + 1)), said.problems)

    def one(self, kept: KeptInvoice, promises: Sequence[KeptEntry], said: Said) -> InvoiceView:
        """One invoice."""
        is_open = kept.state in (State.TO_EXPLAIN, State.READY)
        total = kept.net_cents - kept.expected_cents
        return InvoiceView(
            self.words("invoices.title_one", number=kept.number, host=kept.host), self._state(kept), self._facts(kept),
            tuple(self._line(place, line, kept, said) for place, line in enumerate(kept.lines)),
            (self._euros(kept.net_cents), self._euros(kept.expected_cents), self._over(total)), said.problems,
            f"{PATH}/{kept.invoice_id}",
            self._enter(kept, promises) if kept.state in (State.READY, State.ENTERING) else None,
            self._field("reason", said.values.get("reason", "")) if is_open else None,
            f"/comptes/preuves/{kept.proof.hex()}",
            f"/comptes/ecritures/{kept.invoice_id}" if kept.state is State.ENTERED else "")

    def problems(self, error: InvalidInput | Conflict) -> tuple[str, ...]:
        """Every reason in words, each with its place."""
        issues: Sequence[Issue] = getattr(error, "issues", ())
        return tuple(dict.fromkeys(self._problem(each) for each in issues)) or (str(error),)

    def _problem(self, issue: Issue) -> str:
        if isinstance(issue, Fault):
            words = self.words(f"invoices.fault.{issue.key}", **issue.values)
        elif isinstance(issue, Refusal):
            values = {
                name: self._euros(value) if isinstance(value, int) else value if isinstance(value, str)
                else self.calendar.medium(value) for name, value in issue.values.items()}
            words = self.words(f"accounts.rule.{issue.rule}", **values)
        else:
            words = issue.message
        where = self._where(issue.expression)
        return self.words("invoices.at", where=where, words=words) if where else words

    def _where(self, expression: str) -> str:
        found = _LINE.fullmatch(expression)
        if found is None:
            key = f"invoices.{expression}"
            return self.words(key) if expression.isidentifier() and self.words.has(key) else ""
        name = found[2] or ""
        named = self.words(f"invoices.{name}") if name and self.words.has(f"invoices.{name}") else name
        line = self.words("invoices.line", n=int(found[1]))
        return f"{line}, {named}" if named else line

    def _row(self, kept: KeptInvoice) -> InvoiceRow:
        return InvoiceRow(
            self.calendar.month(kept.month), kept.host, Way(kept.number, f"{PATH}/{kept.invoice_id}"),
            self._euros(kept.net_cents), self._euros(kept.expected_cents),
            self._over(kept.net_cents - kept.expected_cents), self._state(kept))

    def _facts(self, kept: KeptInvoice) -> tuple[Fact, ...]:
        told = {
            "month": self.calendar.month(kept.month), "issued_on": self.calendar.medium(kept.issued_on),
            "vat": self._euros(kept.vat_cents), "read_by": kept.read_by, "decided_by": kept.decided_by,
            "reason": kept.reason}
        return tuple(Fact(self.words(f"invoices.{name}"), value) for name, value in told.items() if value)

    def _line(self, place: int, line: CheckedLine, kept: KeptInvoice, said: Said) -> LineView:
        word = kept.words.get(place)
        is_sent = said.values.get("line") == str(place)
        may_explain = not line.is_equal and kept.state in (State.TO_EXPLAIN, State.READY)
        what = self.words(f"invoices.kind.{line.kind.value}") if line.kind else line.label
        form = Field(
            "words", self.words("invoices.words", n=place + 1), said.values.get("words", "") if is_sent else "")
        return LineView(
            place, f"{what} {line.version}".strip(), self._triple(line.quantity, line.unit_cents, line.cents),
            self._triple(line.expected_quantity, line.expected_unit_cents, line.expected_cents),
            self._difference(line), self._tag(line, has_words=word is not None), word.words if word else "",
            self.words("invoices.said_by", name=word.by, when=self.calendar.moment(word.at)) if word else "",
            form if may_explain else None)

    def _tag(self, line: CheckedLine, *, has_words: bool) -> Tag:
        if line.is_equal:
            return Tag(self.words("invoices.equal"), "good")
        return Tag(self.words("invoices.explained"), "plain") if has_words else Tag(
            self.words("invoices.differs"), "warn")

    def _triple(
        self, quantity: Decimal | None, unit: Decimal | int | None, cents: int | None,
    ) -> tuple[str, str, str]:
        if quantity is None or unit is None or cents is None:
            return ("", "", self.words("invoices.none_of_it"))
        return self._number(quantity), self._price(Decimal(unit)), self._euros(cents)

    def _difference(self, line: CheckedLine) -> str:
        if line.is_equal:
            return ""
        quantity = f", {self._signed(line.quantity_over)}" if line.quantity_over else ""
        return f"{self._over(line.cents_over)}{quantity}"

    def _enter(self, kept: KeptInvoice, promises: Sequence[KeptEntry]) -> tuple[Field, Field]:
        found = [each.entry for each in promises]
        choices = tuple((str(each.entry_id), f"{each.label} ({self.calendar.medium(each.on)})") for each in found)
        of = Field("of", self.words("invoices.of"), groups=(("", (("", self.words("invoices.of_choose")), *choices)),))
        return of, Field("on", self.words("invoices.on"), kept.issued_on.isoformat(),
                         help=self.words("invoices.on_help"))

    def _hosts(self, hosts: Sequence[str], host: str) -> Field:
        return Field("host", self.words("invoices.host"), host, groups=(("", tuple((each, each) for each in hosts)),))

    def _field(self, name: str, value: str) -> Field:
        return Field(name, self.words(f"invoices.{name}"), value, help=self.words(f"invoices.{name}_help"))

    def _state(self, kept: KeptInvoice) -> Tag:
        return Tag(self.words(f"invoices.state.{kept.state.value}"), TONES[kept.state])

    def _euros(self, cents: int) -> str:
        return euros(cents, self.words.language)

    def _over(self, cents: int) -> str:
        return f"+{self._euros(cents)}" if cents > 0 else self._euros(cents)

    def _number(self, number: Decimal) -> str:
        return str(format_decimal(
            number, "#,##0.############", locale=_LOCALES[self.words.language], decimal_quantization=False))

    def _signed(self, number: Decimal) -> str:
        return f"+{self._number(number)}" if number > 0 else self._number(number)

    def _price(self, cents: Decimal) -> str:
        return str(format_currency(
            cents.scaleb(-2), "EUR", locale=_LOCALES[self.words.language], decimal_quantization=False))

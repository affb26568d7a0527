"""The forms of an accountant: a commitment, an invoice, a payment, something given in kind, a reversal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from carnet.ledger.category import Category
from carnet.ledger.contribution import Given
from carnet.web import forms
from carnet.web.presenters.words import Fact
from carnet.web.words import Words

Kind = Literal["text", "date", "choice", "file"]
_KINDS: dict[str, Kind] = {
    "on": "date", "piece_on": "date", "category": "choice", "host": "choice", "given": "choice", "proof": "file"}
PIECE = ("label", "piece", "on", "proof")
WHO = ("payer", "beneficiary")
ACT = ("contract", "lot", "legal_act", "funding_line")
WHERE = ("category", "host", "consortium", "region", "phase")
SHARE = ("share", "share_reason")
COMMITMENT = (
    ("piece", PIECE), ("amount", ("net", "vat")), ("who", WHO), ("act", ACT), ("where", WHERE), ("share", SHARE))
IN_KIND = (
    ("given", ("given", "quantity", "unit", "source")), ("piece", ("on", "piece", "proof")),
    ("who", WHO), ("where", WHERE), ("share", SHARE))


@dataclass(frozen=True, slots=True)
class Input:
    """A field and what it looks like."""

    kind: Kind
    field: forms.Field


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that go together."""

    title: str
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class BookForm:
    """A form. `hidden` are what it must bring back: the id that the entry will have, the proof that is kept already."""

    title: str
    lead: str
    path: str
    back: str
    facts: tuple[Fact, ...]
    problems: tuple[str, ...]
    sections: tuple[Section, ...]
    hidden: tuple[tuple[str, str], ...]
    submit: str


@dataclass(frozen=True, slots=True)
class BookForms:
    """Makes the fields of these forms. `hosts` are those of the platform."""

    words: Words
    hosts: Sequence[str]

    def sections(
        self, layout: Iterable[tuple[str, Sequence[str]]], answers: forms.Answers,
        labels: Mapping[str, str] | None = None,
    ) -> tuple[Section, ...]:
        """The sections of a form. `labels` are for fields whose name is not in the catalogue."""
        return tuple(
            Section(self.words(f"accounts.section.{title}"), tuple(
                self._input(name, answers, labels or {}) for name in names)) for title, names in layout)

    def _input(self, name: str, answers: forms.Answers, labels: Mapping[str, str]) -> Input:
        kind = _KINDS.get(name, "text")
        if name in labels:
            return Input(kind, forms.Field(name, labels[name], answers.value(name), error=answers.error(name)))
        return Input(kind, forms.field(self.words, "accounts", name, answers, choices=self._choices(name)))

    def _choices(self, name: str) -> tuple[forms.Group, ...]:
        choices: Iterable[forms.Choice] = ()
        if name == "category":
            choices = (("", self.words("accounts.choose")), *(
                (each.value, self.words(f"cost.category.{each}")) for each in Category))
        if name == "host":
            choices = (("", self.words("accounts.no_host")), *((each, each) for each in self.hosts))
        if name == "given":
            choices = ((each.value, self.words(f"accounts.given_{each}")) for each in Given)
        return (("", tuple(choices)),) if choices else ()

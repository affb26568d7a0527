"""Entries of the books as people read them: lists to look through, and one with its lines, what it is for, its hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from msgspec.structs import replace

from carnet.ledger.category import Category
from carnet.ledger.dimensions import WHOLE, Certainty, Dimensions
from carnet.ledger.entry import Entry, Line
from carnet.ledger.keep import is_commitment, is_invoice
from carnet.ledger.kept import KeptEntry
from carnet.ledger.postings import owed_by, promised_by
from carnet.web import forms
from carnet.web.days import Calendar
from carnet.web.presenters.money import euros
from carnet.web.presenters.words import Fact, Way
from carnet.web.words import Words

PATH = "/comptes/ecritures"
_DAYS = ("piece_on", "committed_on", "invoiced_on", "paid_on", "accrued_on")
_SAID = (
    "payer", "beneficiary", "funding_line", "legal_act", "contract", "lot", "phase", "region", "host", "consortium")


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry in a list."""

    when: str
    iso: str
    number: str
    label: str
    piece: str
    amount: str
    path: str


@dataclass(frozen=True, slots=True)
class EntriesView:
    """What was looked for, and what was found of it."""

    fields: tuple[forms.Field, ...]
    entries: tuple[EntryLine, ...]
    older_path: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of an entry; `what` is the number of what it is for, below."""

    account: str
    label: str
    debit: str
    credit: str
    certainty: str
    what: int


@dataclass(frozen=True, slots=True)
class What:
    """What lines are for: a set of dimensions, but for how sure they are."""

    number: int
    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry."""

    title: str
    label: str
    facts: tuple[Fact, ...]
    rows: tuple[LineRow, ...]
    whats: tuple[What, ...]
    proof_path: str
    related: tuple[Way, ...]
    deeds: tuple[Way, ...]
    left: str


@dataclass(frozen=True, slots=True)
class EntriesPresenter:
    """Puts entries into words."""

    words: Words
    calendar: Calendar

    def listed(
        self, found: Sequence[KeptEntry], fields: tuple[forms.Field, ...], asked: dict[str, str], *, has_more: bool,
    ) -> EntriesView:
        """A list; `asked` is what leads to the same search further down."""
        further = {**asked, "avant": str(found[-1].place)} if found and has_more else {}
        return EntriesView(
            fields, tuple(self._listed(each) for each in found), f"{PATH}?{urlencode(further)}" if further else "")

    def one(self, kept: KeptEntry, around: tuple[KeptEntry | None, Sequence[KeptEntry]], settled: KeptEntry | None,
            ) -> EntryView:
        """One entry with what it rests on, what rests on it, and what may be done with it."""
        reversal, settling = around
        entry, whats = kept.entry, self._whats(kept.entry)
        related = [
            Way(self.words("accounts.settled_by", what=self.name(each.entry), amount=self._amount(each.entry)),
                path_of(each)) for each in settling]
        if settled is not None:
            related.insert(0, Way(self.words("accounts.settles", what=self.name(settled.entry)), path_of(settled)))
        if reversal is not None:
            related.insert(0, Way(
                self.words("accounts.was_reversed", what=self.name(reversal.entry)), path_of(reversal)))
        if entry.reverses is not None:
            related.insert(0, Way(self.words("accounts.reverses"), f"{PATH}/{entry.reverses}"))
        left = self._left(entry, settling) if reversal is None else 0
        return EntryView(
            self.name(entry), entry.label, tuple(self._facts(kept)),
            tuple(self._row(line, [each[0] for each in whats]) for line in entry.lines),
            tuple(each[1] for each in whats), f"/comptes/preuves/{entry.proof.hex()}" if entry.proof else "",
            tuple(related), tuple(self._deeds(kept, left, is_standing=reversal is None and not settling)),
            self._told_left(entry, left) if reversal is None else "")

    def name(self, entry: Entry) -> str:
        """`Facture HA 3`, with the journal's own word."""
        key = f"accounts.journal.{entry.journal}"
        word = self.words(key) if self.words.has(key) else entry.journal_label or entry.journal
        return f"{word} {entry.journal} {entry.number}"

    def category(self, category: Category | None) -> str:
        """A category's name."""
        return self.words(f"cost.category.{category or 'none'}")

    def _listed(self, kept: KeptEntry) -> EntryLine:
        entry = kept.entry
        return EntryLine(
            self.calendar.medium(entry.on), entry.on.isoformat(), f"{entry.journal} {entry.number}", entry.label,
            entry.piece, self._amount(entry), path_of(kept))

    def _amount(self, entry: Entry) -> str:
        """What it comes to: a commitment that an invoice uses up beside is not counted a second time."""
        cents = sum(line.debit_cents for line in entry.lines if not line.account.startswith("80"))
        return self._euros(cents or sum(line.debit_cents for line in entry.lines))

    def _facts(self, kept: KeptEntry) -> Sequence[Fact]:
        entry = kept.entry
        days = [
            Fact(self.words(f"accounts.{name}"), self.calendar.medium(day))
            for name in _DAYS if (day := getattr(entry, name)) is not None]
        said = [Fact(self.words("accounts.piece"), entry.piece)] if entry.piece else []
        return (
            Fact(self.words("accounts.on"), self.calendar.medium(entry.on)), *said, *days,
            Fact(self.words("accounts.entered"), self.words(
                "accounts.entered_by", who=kept.entered_by, when=self.calendar.moment(kept.entered_at))),
            Fact(self.words("accounts.place"), self.words("accounts.place_of", place=kept.place, books=kept.books)),
            Fact(self.words("accounts.hash"), kept.head.hex()))

    def _whats(self, entry: Entry) -> list[tuple[Dimensions, What]]:
        sets = dict.fromkeys(_unsure(line.dimensions) for line in entry.lines)
        return [
            (each, What(number, self.category(each.category), tuple(self._said(each))))
            for number, each in enumerate(sets, start=1)]

    def _said(self, dimensions: Dimensions) -> Sequence[Fact]:
        facts = [
            Fact(self.words(f"accounts.{name}"), getattr(dimensions, name)) for name in _SAID
            if getattr(dimensions, name)]
        if dimensions.share_millionths != WHOLE:
            percent = f"{dimensions.share_millionths / 10_000:g}"
            share = percent.replace(".", ",") if self.words.language == "fr" else percent
            facts.append(Fact(self.words("accounts.share"), f"{share} % : {dimensions.share_reason}"))
        return facts

    def _row(self, line: Line, whats: list[Dimensions]) -> LineRow:
        return LineRow(
            line.account, line.label, self._euros(line.debit_cents) if line.debit_cents else "",
            self._euros(line.credit_cents) if line.credit_cents else "",
            self.words(f"accounts.certainty.{line.dimensions.certainty}"), whats.index(_unsure(line.dimensions)) + 1)

    def _left(self, entry: Entry, settling: Sequence[KeptEntry]) -> int:
        of = promised_by if is_commitment(entry) else owed_by
        return int(of(entry).total() + sum(of(each.entry).total() for each in settling))

    def _told_left(self, entry: Entry, left: int) -> str:
        if is_commitment(entry):
            return self.words("accounts.left_to_invoice", amount=self._euros(left))
        return self.words("accounts.left_to_pay", amount=self._euros(left)) if is_invoice(entry) else ""

    def _deeds(self, kept: KeptEntry, left: int, *, is_standing: bool) -> Sequence[Way]:
        entry, deeds = kept.entry, []
        if left > 0 and is_commitment(entry):
            deeds.append(Way(self.words("accounts.to_invoice"), f"{path_of(kept)}/facture"))
        if left > 0 and is_invoice(entry):
            deeds.append(Way(self.words("accounts.to_pay"), f"{path_of(kept)}/paiement"))
        if is_standing and entry.reverses is None:
            deeds.append(Way(self.words("accounts.to_take_back"), f"{path_of(kept)}/reprise"))
        return deeds

    def _euros(self, cents: int) -> str:
        return euros(cents, self.words.language)


def path_of(kept: KeptEntry) -> str:
    """The page of an entry."""
    return f"{PATH}/{kept.entry.entry_id}"


def _unsure(dimensions: Dimensions) -> Dimensions:
    return replace(dimensions, certainty=Certainty.INVOICED)

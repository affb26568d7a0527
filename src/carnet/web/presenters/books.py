"""The books as an accountant finds them: how many entries, the hash they lead to, how far they are closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from carnet.ledger.kept import Books
from carnet.web.days import Calendar
from carnet.web.presenters.home import Figure
from carnet.web.presenters.money import euros
from carnet.web.presenters.words import Way
from carnet.web.words import Words

# Where an accountant may go, in the order of the page: a message of the catalogue, and the address.
_WAYS = (
    ("accounts.to_promise", "/comptes/engagement"), ("accounts.to_lend", "/comptes/nature"),
    ("accounts.to_bank", "/comptes/banque"), ("accounts.to_invoices", "/comptes/factures"),
    ("accounts.to_periods", "/comptes/clotures"), ("fec.title", "/comptes/fec"),
    ("fec.export_title", "/comptes/exporter"),
    ("accounts.to_entries", "/comptes/ecritures"))


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in the programme's books: owed to suppliers, promised and not invoiced, paid and not matched."""

    owed_cents: int
    committed_cents: int
    movements: int


@dataclass(frozen=True, slots=True)
class BooksLine:
    """One books."""

    books: str
    name: str
    siren: str
    entries: str
    head: str
    closed: str


@dataclass(frozen=True, slots=True)
class BooksView:
    """The first page."""

    books: tuple[BooksLine, ...]
    figures: tuple[Figure, ...]
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class BooksPresenter:
    """Puts the books into words."""

    words: Words
    calendar: Calendar

    def home(self, books: Sequence[Books], waiting: Waiting) -> BooksView:
        """The first page."""
        language = self.words.language
        figures = (
            Figure(self.words("accounts.owed"), euros(waiting.owed_cents, language)),
            Figure(self.words("accounts.committed"), euros(waiting.committed_cents, language)),
            Figure(self.words("accounts.bank_waiting"), str(waiting.movements)))
        return BooksView(
            tuple(self._line(each) for each in books), figures,
            tuple(Way(self.words(key), path) for key, path in _WAYS))

    def _line(self, books: Books) -> BooksLine:
        return BooksLine(
            books.books, books.name, books.siren, self.words("accounts.entries_count", n=books.entries),
            books.head.hex(), self.closed(books.closed_through))

    def closed(self, through: date) -> str:
        """How far books are closed."""
        if through.year == 1:
            return self.words("accounts.not_closed")
        return self.words("accounts.closed_through", day=self.calendar.medium(through))

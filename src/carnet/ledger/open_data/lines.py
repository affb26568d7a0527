"""Lines in their public form: all that the chain of heads is made of, and all that figures are made of. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

from carnet.ledger.chain import words_digest
from carnet.ledger.dimensions import AXES, Dimensions, attributable
from carnet.ledger.kept import KeptEntry

_DATES = ("on", "piece_on", "valid_on", "committed_on", "invoiced_on", "paid_on", "accrued_on")
_DIMENSIONS = (*AXES, "share_reason")
COLUMNS = (
    "books", "place", "line", "entry_id", "head", "journal", "number", "fiscal_year", *_DATES, "proof", "reverses",
    "settles", "words_digest", "account", "debit_cents", "credit_cents", "attributable_cents", *_DIMENSIONS)
NUMBERS = frozenset({
    "place", "line", "fiscal_year", "debit_cents", "credit_cents", "attributable_cents", "share_millionths"})
Cell = str | int


def rows_of(kept: KeptEntry) -> Iterator[tuple[Cell, ...]]:
    """The lines of an entry, each with what the entry says."""
    entry = kept.entry
    before = (entry.entry_id.hex, kept.head.hex(), entry.journal, entry.number, entry.fiscal_year)
    dates = [getattr(entry, name) for name in _DATES]
    rest = (
        *("" if each is None else each.isoformat() for each in dates), entry.proof.hex() if entry.proof else "",
        entry.reverses.hex if entry.reverses else "", entry.settles.hex if entry.settles else "",
        b64encode(words_digest(entry, kept.salt)).decode())
    for number, line in enumerate(entry.lines, start=1):
        yield (
            kept.books, kept.place, number, *before, *rest, line.account, line.debit_cents, line.credit_cents,
            attributable(line.cents, line.dimensions.share_millionths), *_cells(line.dimensions))


def _cells(dimensions: Dimensions) -> Iterator[Cell]:
    for name in _DIMENSIONS:
        value = getattr(dimensions, name)
        yield "" if value is None else value

"""The chain of a books' entries: what is hashed, so that whoever has the published lines can compute the head.

`head(0) = SHA-256("carnet ledger 1" LF books)`, `head(n) = SHA-256(head(n-1) ‖ public(n))`; `public` is JSON in UTF-8
without spaces. What an entry says in words (labels, names of third parties) may name people and is not published: its
salted SHA-256 is.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode

import msgspec

from carnet.ledger.dimensions import Dimensions
from carnet.ledger.entry import Entry, Line

_encode = msgspec.json.Encoder().encode


def first_head(books: str) -> bytes:
    """The head of books without an entry."""
    return hashlib.sha256(f"carnet ledger 1\n{books}".encode()).digest()


def next_head(head: bytes, public: bytes) -> bytes:
    """The head after one more entry."""
    return hashlib.sha256(head + public).digest()


def public_form(entry: Entry, words_digest: bytes, digests: dict[Dimensions, str]) -> bytes:
    """What is published of an entry. `digests` holds those that were computed, and is added to."""
    return _encode((
        entry.entry_id.hex, entry.journal, entry.number, entry.fiscal_year, entry.on, entry.piece_on, entry.valid_on,
        entry.committed_on, entry.invoiced_on, entry.paid_on, entry.accrued_on,
        entry.proof.hex() if entry.proof else "", entry.reverses.hex if entry.reverses else "",
        entry.settles.hex if entry.settles else "",
        [(line.account, line.debit_cents, line.credit_cents, _digest(line.dimensions, digests))
         for line in entry.lines],
        b64encode(words_digest).decode()))


def words_digest(entry: Entry, salt: bytes) -> bytes:
    """SHA-256 of what an entry says in words, after this salt: nobody finds a name by trying names."""
    return hashlib.sha256(salt + _encode(
        (entry.label, entry.piece, entry.journal_label, [_words(line) for line in entry.lines]))).digest()


def _words(line: Line) -> tuple[object, ...]:
    return (line.label, line.account_label, line.auxiliary, line.auxiliary_label, line.lettering, line.lettered_on,
            line.currency, line.currency_amount, line.source_line, line.piece, line.piece_on)


def _digest(dimensions: Dimensions, digests: dict[Dimensions, str]) -> str:
    known = digests.get(dimensions)
    if known is None:
        known = digests[dimensions] = dimensions.digest.hex()
    return known

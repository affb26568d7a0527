"""Postings: the lines by which the programme enters what happens to it: promised, invoiced, paid, decommitted, lent,
taken back.

The French way: a promise stands in accounts 80, outside of the balance, until an invoice uses it up; an invoice is a
charge (or an asset) and its tax against the supplier; a payment settles the supplier; what is given in kind stands in
accounts 86 and 87. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from uuid import UUID, uuid4

import msgspec
from msgspec.structs import replace

from carnet.ledger.accounts import (
    BANK,
    CHARGE_OF,
    COMMITMENTS_COUNTERPART,
    COMMITMENTS_GIVEN,
    IN_KIND_GIVEN,
    IN_KIND_USED,
    SUPPLIERS,
    VAT_ON_PURCHASES,
)
from carnet.ledger.dimensions import Certainty, Dimensions
from carnet.ledger.entry import Entry, Line
from carnet.ledger.money import share_out


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """The document that something is entered from: the day it is entered for, its own number and day, its stored proof.

    `number` is the entry's; empty: the next one of its journal. `entry_id` is the entry's too, where whoever asks chose
    it: what is asked twice is then entered once.
    """

    on: date
    label: str
    piece: str = ""
    piece_on: date | None = None
    proof: bytes | None = None
    number: str = ""
    entry_id: UUID | None = None


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """Cents without tax, the tax on them, and what they are for. `account` where it is not that of the category."""

    net_cents: int
    dimensions: Dimensions
    vat_cents: int = 0
    account: str = ""

    @property
    def cents(self) -> int:
        """Tax included."""
        return self.net_cents + self.vat_cents


def commitment(piece: Piece, amounts: Iterable[Amount]) -> Entry:
    """A contract or an act that promises these amounts."""
    lines = [
        line for each in amounts for line in _pair(
            COMMITMENTS_COUNTERPART, COMMITMENTS_GIVEN, each.cents, _sure(each.dimensions, Certainty.COMMITTED))]
    return replace(_entry("EN", "Engagements", piece, lines), committed_on=piece.on)


def invoice(piece: Piece, amounts: Iterable[Amount], *, of: Entry) -> Entry:
    """An invoice that uses up these amounts of the commitment `of`."""
    lines: list[Line] = []
    for each in amounts:
        owed, account = _sure(each.dimensions, Certainty.INVOICED), each.account or _charge(each.dimensions)
        lines.append(Line(account=account, debit_cents=each.net_cents, dimensions=owed))
        if each.vat_cents:
            lines.append(Line(account=VAT_ON_PURCHASES, debit_cents=each.vat_cents, dimensions=owed))
        lines.append(Line(account=SUPPLIERS, credit_cents=each.cents, dimensions=owed))
        lines += _pair(
            COMMITMENTS_GIVEN, COMMITMENTS_COUNTERPART, each.cents, _sure(each.dimensions, Certainty.COMMITTED))
    return replace(
        _entry("HA", "Achats", piece, lines), settles=of.entry_id, committed_on=of.on, invoiced_on=piece.on)


def decommitment(piece: Piece, amounts: Iterable[Amount], *, of: Entry) -> Entry:
    """So much of the commitment `of` that will not be spent: it is promised no more, and nothing was bought."""
    lines = [
        line for each in amounts for line in _pair(
            COMMITMENTS_GIVEN, COMMITMENTS_COUNTERPART, each.cents, _sure(each.dimensions, Certainty.COMMITTED))]
    return replace(_entry("EN", "Engagements", piece, lines), settles=of.entry_id, committed_on=of.on)


def payment(piece: Piece, cents: int, *, of: Entry) -> Entry:
    """A payment of so many cents of the invoice `of`, shared over what the invoice is for."""
    owed = owed_by(of)
    shares = share_out(cents, list(owed.values()))
    lines = [
        line for dimensions, share in zip(owed, shares, strict=True) if share
        for line in _pair(SUPPLIERS, BANK, share, dimensions)]
    return replace(
        _entry("BQ", "Banque", piece, lines), settles=of.entry_id, committed_on=of.committed_on,
        invoiced_on=of.invoiced_on, paid_on=piece.on)


def in_kind(piece: Piece, cents: int, dimensions: Dimensions) -> Entry:
    """Something lent or given, or time spent, valued: it moves no money and is always an estimate."""
    lines = _pair(IN_KIND_USED, IN_KIND_GIVEN, cents, _sure(dimensions, Certainty.ESTIMATED))
    return replace(_entry("NA", "Contributions en nature", piece, lines), accrued_on=piece.on)


def reversal(piece: Piece, of: Entry) -> Entry:
    """The entry that takes `of` back, line by line: debits become credits. What it settled is unsettled again."""
    lines = [
        replace(line, debit_cents=line.credit_cents, credit_cents=line.debit_cents)
        for line in of.lines]
    return replace(_entry(of.journal, of.journal_label, piece, lines), reverses=of.entry_id)


def promised_by(entry: Entry) -> Counter[Dimensions]:
    """The cents that a commitment promises, by what for; or those that an invoice or a decommitment uses up, below 0.
    """
    found: Counter[Dimensions] = Counter()
    for line in entry.lines:
        if line.account == COMMITMENTS_GIVEN:
            found[line.dimensions] -= line.cents
    return found


def owed_by(entry: Entry) -> Counter[Dimensions]:
    """The cents that an invoice owes its supplier, by what for; or those that a payment settles, below 0."""
    found: Counter[Dimensions] = Counter()
    for line in entry.lines:
        if line.account == SUPPLIERS:
            found[line.dimensions] -= line.cents
    return found


def _pair(debit: str, credit: str, cents: int, dimensions: Dimensions) -> list[Line]:
    return [
        Line(account=debit, debit_cents=cents, dimensions=dimensions),
        Line(account=credit, credit_cents=cents, dimensions=dimensions)]


def _charge(dimensions: Dimensions) -> str:
    return CHARGE_OF[dimensions.category] if dimensions.category is not None else "658"


def _sure(dimensions: Dimensions, certainty: Certainty) -> Dimensions:
    return replace(dimensions, certainty=certainty)


def _entry(journal: str, journal_label: str, piece: Piece, lines: Iterable[Line]) -> Entry:
    return Entry(
        entry_id=piece.entry_id or uuid4(), journal=journal, journal_label=journal_label, number=piece.number,
        on=piece.on, label=piece.label, piece=piece.piece, piece_on=piece.piece_on, proof=piece.proof,
        lines=tuple(replace(line, label=piece.label) for line in lines))

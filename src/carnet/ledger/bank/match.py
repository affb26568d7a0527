"""Which invoice a movement may have paid, and why one thinks so. It proposes; an accountant confirms. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from carnet.ledger.bank.statement import Movement

_SHORTEST = 4       # a reference of fewer letters stands in any text by chance
_NOT_SAID = re.compile(r"[^A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class Owed:
    """An invoice, and how much of it is not paid yet."""

    entry_id: UUID
    number: str             # journal and number: `HA 3`
    piece: str
    on: date
    label: str
    beneficiary: str        # its SIREN
    owed_cents: int


class Reason(StrEnum):
    """What a movement and an invoice have in common, the strongest first."""

    END_TO_END = "end_to_end"       # the payer gave the payment the invoice's number
    REFERENCE = "reference"         # the number of the invoice stands in the words of the payment
    AMOUNT = "amount"               # exactly what is owed
    SIREN = "siren"                 # the supplier's SIREN stands in them
    IBAN = "iban"                   # the supplier was paid on this account before


_WEIGHTS = {Reason.END_TO_END: 16, Reason.REFERENCE: 12, Reason.AMOUNT: 6, Reason.SIREN: 3, Reason.IBAN: 3}
_ENOUGH = frozenset({Reason.END_TO_END, Reason.REFERENCE, Reason.AMOUNT})


@dataclass(frozen=True, slots=True)
class Proposal:
    """An invoice that a movement may have paid, and every reason."""

    owed: Owed
    reasons: tuple[Reason, ...]

    @property
    def weight(self) -> int:
        """How much speaks for it."""
        return sum(_WEIGHTS[each] for each in self.reasons)


@dataclass(frozen=True, slots=True)
class Match:
    """What is proposed for a movement, the likeliest first. `clear` is the only one that nothing else equals."""

    movement: Movement
    proposals: tuple[Proposal, ...]

    @property
    def clear(self) -> Proposal | None:
        """The proposal to show as chosen: none, where two are as likely."""
        if not self.proposals or (len(self.proposals) > 1 and self.proposals[1].weight == self.proposals[0].weight):
            return None
        return self.proposals[0]

    @property
    def sure(self) -> Proposal | None:
        """The clear proposal, where the payment names the invoice and is exactly what is owed."""
        named = {Reason.END_TO_END, Reason.REFERENCE}
        clear = self.clear
        is_sure = clear is not None and Reason.AMOUNT in clear.reasons and named.intersection(clear.reasons)
        return clear if is_sure else None


def match(movement: Movement, invoices: Iterable[Owed], suppliers: Mapping[str, Sequence[str]]) -> Match:
    """The invoices that this movement may have paid. `suppliers` are SIRENs that were paid on an IBAN before."""
    if movement.cents >= 0:
        return Match(movement, ())
    known = frozenset(suppliers.get(movement.counterparty_iban, ()))
    proposals = [
        Proposal(each, reasons) for each in invoices if each.owed_cents >= -movement.cents
        and _ENOUGH.intersection(reasons := tuple(_reasons(movement, each, known)))]
    return Match(movement, tuple(sorted(proposals, key=lambda each: (-each.weight, each.owed.on, each.owed.number))))


def _reasons(movement: Movement, invoice: Owed, known: frozenset[str]) -> Iterable[Reason]:
    piece, words = _plain(invoice.piece), f" {movement.reference} {movement.counterparty} "
    if len(piece) >= _SHORTEST:
        if _plain(movement.end_to_end_id) == piece:
            yield Reason.END_TO_END
        if re.search(_anywhere(invoice.piece), words.upper()):
            yield Reason.REFERENCE
    if -movement.cents == invoice.owed_cents:
        yield Reason.AMOUNT
    if invoice.beneficiary and invoice.beneficiary in _NOT_SAID.sub("", words.upper()):
        yield Reason.SIREN
    if invoice.beneficiary in known:
        yield Reason.IBAN


def _plain(text: str) -> str:
    """`F-2026/017` as `F2026017`: banks leave signs out."""
    return _NOT_SAID.sub("", text.upper())


def _anywhere(piece: str) -> str:
    """This number as a word of its own, with or without signs between its letters: `F-17` is not in `F-178`."""
    letters = r"[^A-Z0-9]*".join(re.escape(each) for each in _plain(piece))
    return rf"(?<![A-Z0-9]){letters}(?![A-Z0-9])"

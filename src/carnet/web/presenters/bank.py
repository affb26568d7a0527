"""Bank statements as an accountant finds them: payments that wait, with the invoices they may have paid, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from carnet.ledger.bank.match import Match, Proposal
from carnet.ledger.bank.store import KeptMovement, KeptStatement
from carnet.web.days import Calendar
from carnet.web.presenters.entries import PATH as ENTRIES
from carnet.web.presenters.money import euros
from carnet.web.words import Words

PATH = "/comptes/banque"


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """An invoice that may have been paid, chosen beforehand where nothing else is as likely."""

    entry_id: str
    words: str
    reasons: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment that waits for an invoice."""

    movement_id: str
    title: str
    about: str
    proposals: tuple[ProposalLine, ...]
    is_ambiguous: bool


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A statement that was loaded."""

    name: str
    account: str
    days: str
    opening: str
    closing: str
    movements: str
    waiting: str
    path: str


@dataclass(frozen=True, slots=True)
class MovementLine:
    """A movement of a statement, and the entry that it paid."""

    when: str
    who: str
    reference: str
    amount: str
    state: str
    entry_path: str


@dataclass(frozen=True, slots=True)
class BankView:
    """The page of bank statements."""

    payments: tuple[PaymentView, ...]
    statements: tuple[StatementLine, ...]


@dataclass(frozen=True, slots=True)
class BankPresenter:
    """Puts movements into words."""

    words: Words
    calendar: Calendar

    def page(
        self, matches: Sequence[tuple[KeptMovement, Match]], statements: Sequence[KeptStatement],
    ) -> BankView:
        """What waits, and what was loaded."""
        return BankView(
            tuple(self._payment(kept, match) for kept, match in matches),
            tuple(self._statement(each) for each in statements))

    def movements(self, movements: Sequence[KeptMovement]) -> tuple[MovementLine, ...]:
        """All movements of a statement."""
        return tuple(self._movement(each) for each in movements)

    def _payment(self, kept: KeptMovement, match: Match) -> PaymentView:
        movement = kept.content
        about = [self.calendar.medium(movement.booked_on), movement.end_to_end_id, movement.reference]
        return PaymentView(
            str(kept.movement_id), self.words(
                "bank.payment_to", amount=euros(-movement.cents, self.words.language),
                who=movement.counterparty or self.words("bank.nobody")),
            " · ".join(each for each in dict.fromkeys(about) if each),
            tuple(self._proposal(each, is_chosen=each is match.clear) for each in match.proposals),
            bool(match.proposals) and match.clear is None)

    def _proposal(self, proposal: Proposal, *, is_chosen: bool) -> ProposalLine:
        owed = proposal.owed
        words = self.words(
            "bank.proposal", number=owed.number, label=" ".join(each for each in (owed.piece, owed.label) if each),
            owed=euros(owed.owed_cents, self.words.language))
        reasons = ", ".join(self.words(f"bank.reason.{each}") for each in proposal.reasons)
        return ProposalLine(str(owed.entry_id), words, reasons, is_chosen)

    def _statement(self, statement: KeptStatement) -> StatementLine:
        days = self.words(
            "bank.days", since=self.calendar.medium(statement.opened_on),
            until=self.calendar.medium(statement.closed_on))
        return StatementLine(
            statement.statement_id, statement.account, days, euros(statement.opening_cents, self.words.language),
            euros(statement.closing_cents, self.words.language), str(statement.movements), str(statement.waiting),
            f"{PATH}/releve?{urlencode({'compte': statement.account, 'numero': statement.statement_id})}")

    def _movement(self, kept: KeptMovement) -> MovementLine:
        movement = kept.content
        state = "paid" if kept.paid_by else "received" if movement.cents > 0 else "waiting"
        return MovementLine(
            self.calendar.medium(movement.booked_on), movement.counterparty, movement.reference,
            euros(movement.cents, self.words.language), self.words(f"bank.state.{state}"),
            f"{ENTRIES}/{kept.paid_by}" if kept.paid_by else "")

"""What is done with a call until it is decided: open, amend, apply, score, stand back, decide.

Each is one step, written whole or not at all. A step's id is chosen when its form is shown: what is sent twice is done
once. The decision and its commitments in the ledger are one transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID, uuid5

import msgspec

from carnet.errors import Unavailable
from carnet.ledger.category import Category
from carnet.ledger.dimensions import Certainty, Dimensions
from carnet.ledger.keep import PROGRAMME, promised
from carnet.ledger.postings import Amount, Piece
from carnet.ledger.store import LedgerStore
from carnet.steering.calls import rules
from carnet.steering.calls.application import read_application
from carnet.steering.calls.call import read_call
from carnet.steering.calls.faults import Rule, Stands, fault
from carnet.steering.calls.life import Grant, Life, Submitted
from carnet.steering.calls.scoring import Mark
from carnet.steering.calls.steps import Amended, Applied, Decided, Given, Opened, Recused, Scored
from carnet.steering.calls.store import CallStore

_IDS = UUID("6f1c7a1e-58a4-4c0e-9a5e-0d2f6f5f2b11")


class Calls:
    """Calls for projects, for somebody (`by`) who does something. Methods raise NotFound, InvalidInput with every
    reason, Stands for what was done before.
    """

    def __init__(self, store: CallStore, ledger: LedgerStore) -> None:
        self.store, self._ledger = store, ledger

    async def open(self, content: bytes, by: str, step_id: UUID) -> Life:
        """Open the call in this file. Raises TooLarge too."""
        return await self.store.open(step_id, Opened(call=read_call(content), sha256=_sha256(content)), by)

    async def amend(self, content: bytes, reason: str, by: str, step_id: UUID) -> Life:
        """Have the call be as this file says from now on."""
        call = read_call(content)
        async with self.store.turn(call.call) as turn:
            said = Amended(
                call=call, sha256=_sha256(content), number=turn.life.amendments + 1, reason=reason.strip())
            if turn.life.amendments and await turn.before(
                    step_id, msgspec.structs.replace(said, number=turn.life.amendments)):
                return turn.life
            rules.may_amend(turn.life, call, said.reason, turn.today)
            return await turn.write(step_id, said, by)

    async def apply(self, call: str, content: bytes, by: str, step_id: UUID) -> Submitted:
        """Take an application down; the same file a second time is the same application. Raises Unavailable when more
        come than people can hand in.
        """
        digest = _sha256(content)
        async with self.store.turn(call) as turn:
            same = next((each for each in turn.life.applications.values() if each.sha256 == digest), None)
            if same is not None:
                return same
            if await turn.was(step_id) is not None:
                raise Stands(fault(Rule.SENT_BEFORE))
            rules.may_apply(turn.life, turn.today)
            file = read_application(content, turn.life.call)
            if await turn.is_crowded():
                raise Unavailable("too many applications within an hour", retry_after_seconds=1800)
            name = f"A{len(turn.life.applications) + 1:03d}"
            life = await turn.write(step_id, Applied(application=name, file=file, sha256=digest), by)
            return life.applications[name]

    async def recuse(self, call: str, application: str, scorer: str, reason: str, step_id: UUID) -> Life:
        """A scorer stands back from an application."""
        said = Recused(application=application, scorer=scorer, reason=reason.strip())
        async with self.store.turn(call) as turn:
            if await turn.before(step_id, said):
                return turn.life
            rules.must_be_there(turn.life, application)
            rules.may_recuse(turn.life, said)
            return await turn.write(step_id, said, scorer)

    async def score(
        self, call: str, application: str, *, scorer: str, marks: Sequence[Mark], step_id: UUID,
    ) -> Life:
        """A scorer gives an application marks, once."""
        said = Scored(application=application, scorer=scorer, marks=tuple(marks))
        async with self.store.turn(call) as turn:
            if await turn.before(step_id, said):
                return turn.life
            rules.must_be_there(turn.life, application)
            rules.may_score(turn.life, said, turn.today)
            return await turn.write(step_id, said, scorer)

    async def decide(self, call: str, legal_act: str, given: Sequence[Given], *, by: str, step_id: UUID) -> Life:
        """Say who is granted how much, and commit it in the programme's books, tranche by tranche."""
        said = Decided(legal_act=legal_act.strip(), given=tuple(given))
        proof = msgspec.json.format(msgspec.json.encode(said))
        digest = hashlib.sha256(proof).digest()
        await self._ledger.keep_proof(digest, f"{call}-decision.json", "application/json", proof)
        async with self._ledger.writing(PROGRAMME, by) as writing:
            turn = await self.store.turn_in(writing.connection, call)
            if await turn.before(step_id, said):
                return turn.life
            rules.may_decide(turn.life, said, turn.today, await turn.others())
            life = await turn.write(step_id, said, by)
            for name, grant in life.grants.items():
                piece = Piece(
                    on=turn.today, label=f"Subvention {call}/{name}", piece=said.legal_act,
                    entry_id=grant_id(call, name), proof=digest)
                amounts = [amount_of(life, grant, milestone, cents) for milestone, cents in grant.tranches.items()]
                await promised(writing, piece, *(each for each in amounts if each.net_cents))
        return life


def grant_id(call: str, application: str) -> UUID:
    """The id of a grant's commitment in the ledger."""
    return uuid5(_IDS, f"{call}/{application}")


def tranche_id(call: str, application: str, milestone: str, what: str) -> UUID:
    """The id of what is entered of a tranche: `released` or `cancelled`."""
    return uuid5(_IDS, f"{call}/{application}/{milestone}/{what}")


def amount_of(life: Life, grant: Grant, milestone: str, cents: int) -> Amount:
    """So many cents of a tranche: each has its own lot, so that one never uses up what another promised."""
    call, file = life.call, grant.submitted.file
    return Amount(net_cents=cents, dimensions=Dimensions(
        category=Category(call.category), certainty=Certainty.COMMITTED, payer=call.payer,
        beneficiary=file.beneficiary, funding_line=call.funding_line, legal_act=grant.legal_act,
        contract=f"{call.contract}/{grant.submitted.id}", lot=milestone, phase=call.call, region=file.region))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

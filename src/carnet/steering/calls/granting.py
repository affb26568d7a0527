"""What is done with a grant: measure a milestone, appeal, release a tranche, cancel what is left of it.

A measure freezes the scoreboard's figures in a step; a release is an invoice of the grant's commitment with that step
as its proof, a cancellation its decommitment: each in one transaction with the ledger.
"""

from __future__ import annotations

import hashlib
from datetime import date
from uuid import UUID

import msgspec

from carnet.ledger.keep import PROGRAMME, decommitted, invoiced
from carnet.ledger.postings import Piece
from carnet.ledger.store import LedgerStore
from carnet.steering.calls import rules_of_grants as rules
from carnet.steering.calls.application import Application
from carnet.steering.calls.call import Milestone
from carnet.steering.calls.faults import Rule, Stands, fault
from carnet.steering.calls.handling import amount_of, grant_id, tranche_id
from carnet.steering.calls.life import Grant, Life, Tranche
from carnet.steering.calls.milestones import MeasuredFeed, due_cents, outcome_of, required_of
from carnet.steering.calls.rules import granted
from carnet.steering.calls.steps import Appealed, Cancelled, Measured, Released
from carnet.steering.calls.store import CallStore, Turn
from carnet.steering.counting import count_what_came
from carnet.steering.figure import By, Only, Span
from carnet.steering.scoreboard import figures
from carnet.steering.store import FigureStore


class Granting:
    """Grants of calls. Methods raise NotFound, InvalidInput with every reason, Stands for what was done before."""

    def __init__(self, store: CallStore, ledger: LedgerStore, counted: FigureStore) -> None:
        self._store, self._ledger, self._figures = store, ledger, counted

    async def measure(self, call: str, tranche: Tranche, by: str, step_id: UUID) -> Life:
        """Freeze what was fed for a milestone, and what is due of its tranche. Raises Unavailable while what was fed is
        being counted.
        """
        async with self._store.turn(call) as turn:
            if await self._was(turn, step_id, tranche):
                return turn.life
            life = turn.life
            attempt, until = rules.measured_until(life, tranche, turn.today)
        said = await self._measured(life, tranche, attempt, until)
        async with self._store.turn(call) as turn:
            if await self._was(turn, step_id, tranche):
                return turn.life
            if rules.measured_until(turn.life, tranche, turn.today) != (attempt, until):
                raise Stands(fault(Rule.MEASURED))
            return await turn.write(step_id, said, by)

    async def appeal(self, call: str, tranche: Tranche, reason: str, by: str, *, step_id: UUID) -> Life:
        """Write down that the group asks for the second measure."""
        said = Appealed(application=tranche[0], milestone=tranche[1], reason=reason.strip())
        async with self._store.turn(call) as turn:
            if await turn.before(step_id, said):
                return turn.life
            rules.may_appeal(turn.life, tranche, said.reason, turn.today)
            return await turn.write(step_id, said, by)

    async def release(self, call: str, tranche: Tranche, by: str, step_id: UUID) -> Life:
        """Enter what is due of a tranche as an invoice of its commitment: the accountant pays it afterwards."""
        proof = await self._proof(call, tranche)
        async with self._ledger.writing(PROGRAMME, by) as writing:
            turn = await self._store.turn_in(writing.connection, call)
            entry = tranche_id(call, *tranche, "released")
            if (done := turn.life.released.get(tranche)) is not None and await turn.before(step_id, done):
                return turn.life
            cents, grant = rules.to_release(turn.life, tranche, turn.today), granted(turn.life, *tranche)
            piece = Piece(
                on=turn.today, label=f"Tranche {call}/{tranche[0]}, {tranche[1]}",
                piece=f"{call}/{tranche[0]}/{tranche[1]}", proof=proof, entry_id=entry)
            await invoiced(
                writing, piece, amount_of(turn.life, grant, tranche[1], cents), of=grant_id(call, tranche[0]))
            said = Released(application=tranche[0], milestone=tranche[1], cents=cents, entry=entry)
            return await turn.write(step_id, said, by)

    async def cancel(self, call: str, tranche: Tranche, reason: str, by: str, *, step_id: UUID) -> Life:
        """Enter that what is left of a tranche will not be paid: it is promised no more."""
        proof = await self._proof(call, tranche)
        async with self._ledger.writing(PROGRAMME, by) as writing:
            turn = await self._store.turn_in(writing.connection, call)
            entry = tranche_id(call, *tranche, "cancelled")
            if (done := turn.life.cancelled.get(tranche)) is not None and await turn.before(
                    step_id, msgspec.structs.replace(done, reason=reason.strip())):
                return turn.life
            cents = rules.to_cancel(turn.life, tranche, reason, turn.today)
            grant = granted(turn.life, *tranche)
            piece = Piece(
                on=turn.today, label=f"Dégagement {call}/{tranche[0]}, {tranche[1]}", proof=proof, entry_id=entry)
            await decommitted(
                writing, piece, amount_of(turn.life, grant, tranche[1], cents), of=grant_id(call, tranche[0]))
            said = Cancelled(
                application=tranche[0], milestone=tranche[1], cents=cents, reason=reason.strip(), entry=entry)
            return await turn.write(step_id, said, by)

    async def _was(self, turn: Turn, step_id: UUID, tranche: Tranche) -> bool:
        """True when this form was sent before: a second time it would count later days."""
        match await turn.was(step_id):
            case None:
                return False
            case Measured(application=application, milestone=milestone) if (application, milestone) == tranche:
                return True
            case _:
                raise Stands(fault(Rule.SENT_BEFORE))

    async def _measured(self, life: Life, tranche: Tranche, attempt: int, until: date) -> Measured:
        grant, milestone = granted(life, *tranche), life.call.milestone(tranche[1])
        if milestone is None:
            raise LookupError("a tranche without its milestone")
        await count_what_came(self._figures)
        await self._store.must_be_counted(until)
        feeds, documents, records = await self._counted(grant, milestone, Span(grant.on, max(until, grant.on)))
        outcome = outcome_of(feeds, milestone, life.call)
        cents = grant.tranches[tranche[1]]
        return Measured(
            application=tranche[0], milestone=tranche[1], attempt=attempt, since=grant.on, until=until,
            feeds=tuple(feeds), documents=documents, records=records, outcome=outcome, tranche_cents=cents,
            due_cents=due_cents(cents, feeds, outcome))

    async def _counted(
        self, grant: Grant, milestone: Milestone, span: Span,
    ) -> tuple[list[MeasuredFeed], int, int]:
        file = grant.submitted.file
        by = {
            (each.line.organisation, each.line.type_code): each
            for each in await figures(self._figures, span, (By.ORGANISATION, By.TYPE), only_of(file))}
        feeds = []
        for feed in file.feeds:
            figure = by.get((feed.organisation, feed.type_code))
            feeds.append(MeasuredFeed(
                organisation=feed.organisation, type_code=feed.type_code,
                required=required_of(feed, milestone, grant.on), documents=figure.documents if figure else 0,
                records=figure.records if figure else 0))
        whole = await figures(self._figures, span, (), only_of(file))
        return feeds, sum(each.documents for each in feeds), whole[0].records if whole else 0

    async def _proof(self, call: str, tranche: Tranche) -> bytes:
        """The report of the last measure, kept as a proof of the ledger's; its digest."""
        last = (await self._store.life(call)).measure(tranche)
        content = msgspec.json.format(msgspec.json.encode({
            "call": call, "measured_on": last[0] if last else None, "measure": last[1] if last else None}))
        digest = hashlib.sha256(content).digest()
        await self._ledger.keep_proof(digest, f"{call}-{tranche[0]}-{tranche[1]}.json", "application/json", content)
        return digest


def only_of(file: Application) -> Only:
    """The lines of the scoreboard that an application is about."""
    return Only(organisations=file.struct_ids, type_codes=file.type_codes)

"""The portal's row of rights is what its journal says, after any sequence of changes (protocol.md, rule RIGHTS)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from carnet.errors import CarnetError
from carnet.journal.rights import rights_of
from carnet.people.patient import Patient
from carnet.record.activate import activate
from carnet.record.announce_record import announce_record
from carnet.record.ask_erasure import ask_erasure, cancel_erasure
from carnet.record.authorise import authorise, block, name_medecin_traitant, unblock, withdraw
from carnet.record.choices import choose, set_ceiling
from carnet.record.close_record import close_record
from carnet.record.delegate import delegate
from carnet.record.due import act_on_due
from carnet.record.inbox.message import Opposition
from carnet.record.open_record import open_record
from carnet.record.organisations import lift_from_organisation, said_to_organisation
from carnet.record.protect import protect
from carnet.record.proxies import answer_invitation, invite, revoke_proxy
from carnet.record.refuse_record import refuse_record
from carnet.record.reopen_record import reopen_record
from carnet.record.snapshot import take_snapshot
from carnet.record.submit import submit
from carnet.record.suspend_record import resume_record, suspend_record
from carnet.rights.access import Asker
from carnet.rights.held import Choice, DelegateKind, ProxyKind, RecordRights
from tests.record.life import AGAIN, FATHER, FRIEND, MOTHER, OFFICER, child, journal_of
from tests.running import (
    CONSENT,
    LABORATORY,
    OTHER_DOCTOR,
    Platform,
    another_patient,
    letter,
    lot,
    patient,
    professional,
)

OTHER = professional(OTHER_DOCTOR)
STEPS = 40
Step = Callable[["Walk"], Awaitable[object]]


class Walk:
    """One record, and someone who asks at random for what is permitted or not."""

    def __init__(self, platform: Platform, who: Patient, random: Random) -> None:
        self.stores, self.platform, self.who, self.random = platform.stores, platform, who, random
        self.ins = who.ins

    def one(self) -> Asker:
        holder = patient(self.who)
        return self.random.choice((holder, holder, patient(MOTHER), professional(), OTHER, OFFICER))

    def choice(self) -> Choice:
        return self.random.choice(sorted(Choice))

    async def rights(self) -> RecordRights:
        return (await self.stores.known(await self.stores.record_of(self.ins), fresh=True)).rights

    async def some_proxy(self) -> UUID:
        return self.random.choice([each.proxy_id for each in (await self.rights()).proxies] or [UUID(int=0)])


async def _revoke(walk: Walk) -> None:
    await revoke_proxy(walk.one(), walk.ins, await walk.some_proxy(), walk.stores)


async def _snapshot(walk: Walk) -> None:
    await take_snapshot(await walk.stores.record_of(walk.ins), walk.stores)


async def _due(walk: Walk) -> None:
    await walk.platform.portal.execute("update record set next_due = clock_timestamp() where next_due is not null")
    await act_on_due(walk.stores)


async def _there(walk: Walk) -> None:
    feeding, consultation = walk.random.choices((True, False, None), k=2)
    at = walk.stores.clock.now() - timedelta(days=walk.random.randrange(3))
    await said_to_organisation(professional(LABORATORY), Opposition(walk.ins, feeding, consultation, at), walk.stores)


WALK: tuple[Step, ...] = (
    lambda w: open_record(w.one(), w.who, CONSENT, w.stores),
    lambda w: refuse_record(w.one(), w.ins, w.stores),
    lambda w: activate(w.one(), w.ins, w.stores),
    lambda w: close_record(w.one(), w.ins, motive="patient-demande", stores=w.stores),
    lambda w: reopen_record(w.one(), w.ins, AGAIN, w.stores),
    lambda w: reopen_record(w.one(), w.ins, AGAIN, w.stores),
    lambda w: suspend_record(w.one(), w.ins, w.stores, motive="fraude"),
    lambda w: resume_record(OFFICER, w.ins, w.stores),
    lambda w: ask_erasure(w.one(), w.ins, w.stores),
    lambda w: cancel_erasure(w.one(), w.ins, w.stores),
    lambda w: protect(OFFICER, w.ins, w.stores, is_protected=w.random.random() < 0.5),
    lambda w: authorise(w.one(), w.ins, OTHER_DOCTOR.ps_id, w.stores),
    lambda w: withdraw(w.one(), w.ins, OTHER_DOCTOR.ps_id, w.stores),
    lambda w: block(w.one(), w.ins, OTHER_DOCTOR.ps_id, w.stores),
    lambda w: unblock(w.one(), w.ins, OTHER_DOCTOR.ps_id, w.stores),
    lambda w: name_medecin_traitant(w.one(), w.ins, OTHER_DOCTOR.ps_id, w.stores),
    lambda w: choose(
        w.one(), w.ins, {w.choice(): w.random.random() < 0.5, w.choice(): True}, w.stores, text_version="2026-1"),
    lambda w: set_ceiling(w.one(), w.ins, w.random.choice((None, 0, 3)), w.stores),
    lambda w: delegate(professional(), w.ins, DelegateKind.PROFESSIONAL, OTHER_DOCTOR.ps_id, w.stores),
    lambda w: invite(
        w.one(), w.ins, w.random.choice((MOTHER, FATHER, FRIEND)).ins, w.random.choice(tuple(ProxyKind)), w.stores,
        name="Quelqu'un", relationship="RESPRSN"),
    lambda w: answer_invitation(
        patient(w.random.choice((MOTHER, FATHER, FRIEND))), w.ins, w.random.random() < 0.7, w.stores),
    _revoke, _snapshot, _due, _there,
    lambda w: lift_from_organisation(w.one(), w.ins, LABORATORY.struct_id, w.stores),
    lambda w: submit(w.one(), lot(letter(of=w.who)), w.stores),
)


@pytest.mark.parametrize("seed", range(4))
async def test_rights_made_again_from_the_journal_are_the_row_after_any_sequence(platform: Platform, seed: int) -> None:
    random = Random(seed)
    who = child(seed) if seed % 2 else another_patient(seed)
    walk = Walk(platform, who, random)
    await announce_record(OFFICER, who, platform.stores)
    if seed > 1:
        await open_record(professional(), who, CONSENT, platform.stores)
    done = 0
    for step in random.choices(WALK, k=STEPS):
        try:
            await step(walk)
            done += 1
        except CarnetError:
            continue        # refused: nothing changed
    record = await platform.stores.record_of(who.ins)
    known = await platform.stores.known(record, fresh=True)
    assert rights_of(await journal_of(platform, record)) == known.rights
    assert done > STEPS // 10

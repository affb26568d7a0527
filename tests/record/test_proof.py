"""A holder gets the proof of what their history tells, and of nothing else."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.audit.log.sequence import Sequencer
from carnet.documents.entry import Visibility
from carnet.errors import NotFound, Unavailable
from carnet.record.history import history
from carnet.record.proof import proof
from carnet.record.retrieve import retrieve
from carnet.record.submit import submit
from tests.running import (
    DOCTOR,
    OTHER_DOCTOR,
    PATIENT,
    Platform,
    another_patient,
    letter,
    lot,
    patient,
    professional,
    with_entry,
)

KEY = Ed25519PrivateKey.generate()


async def signed(platform: Platform) -> None:
    """A worker puts all traces into the log, and signs."""
    await Sequencer(platform.stores.audit.log, KEY, every=timedelta(0)).round()


async def test_every_line_of_a_history_has_a_proof_that_holds(platform: Platform) -> None:
    await platform.opened()
    document = letter()
    await submit(professional(), lot(document), platform.stores)
    await retrieve(professional(), document.entry.unique_id, platform.stores)
    lines = await history(patient(), PATIENT.ins, platform.stores)
    await signed(platform)
    assert {"open_record", "feed", "read"} <= {line.act for line in lines}
    for line in lines:
        proved = await proof(patient(), PATIENT.ins, line.event_id, platform.stores)
        assert proved.holds(KEY.public_key())
        said = msgspec.json.decode(proved.said)
        assert (said["event"], said["act"], said["actor"]["name"]) == (str(line.event_id), line.act, line.actor_name)


async def test_a_proof_is_itself_a_visit_with_a_trace(platform: Platform) -> None:
    await platform.opened()
    [line, *_] = await history(patient(), PATIENT.ins, platform.stores)
    await signed(platform)
    await proof(patient(), PATIENT.ins, line.event_id, platform.stores)
    [last, *_] = await history(patient(), PATIENT.ins, platform.stores)
    assert (last.act, last.detail["proof_of"]) == ("see_history", str(line.event_id))


async def test_who_is_not_told_of_an_event_gets_no_proof_of_it(platform: Platform) -> None:
    await platform.opened()
    lines = await history(patient(), PATIENT.ins, platform.stores)
    await signed(platform)
    [own, *_] = [line.event_id for line in lines if line.actor_id == DOCTOR.ps_id]
    assert (await proof(professional(), PATIENT.ins, own, platform.stores)).holds(KEY.public_key())
    again = await history(patient(), PATIENT.ins, platform.stores)
    [another, *_] = [line.event_id for line in again if line.actor_kind == "patient"]
    await signed(platform)
    for asker, event in (
        (professional(), another), (professional(OTHER_DOCTOR), own), (patient(another_patient(1)), own),
    ):
        with pytest.raises(NotFound):
            await proof(asker, PATIENT.ins, event, platform.stores)


async def test_what_names_also_a_hidden_document_is_told_apart_and_has_its_own_proof(platform: Platform) -> None:
    record = await platform.opened()
    shown, withheld = letter(), with_entry(letter(), visibility=frozenset({Visibility.INVISIBLE_PATIENT}))
    await submit(professional(), lot(shown, withheld), platform.stores)
    [line] = [
        line for line in await history(patient(), PATIENT.ins, platform.stores) if line.act == "feed"]
    assert len(line.documents) == 1
    await signed(platform)
    said = msgspec.json.decode((await proof(patient(), PATIENT.ins, line.event_id, platform.stores)).said)
    assert said["detail"]["documents"] == [str(line.documents[0])]
    assert len([each for each in await platform.stores.audit.events_of(record) if each.act == "feed"]) == 2


async def test_unknown_events_and_those_of_documents_not_announced_yet_have_no_proof(platform: Platform) -> None:
    record = await platform.opened()
    withheld = with_entry(letter(), visibility=frozenset({Visibility.INVISIBLE_PATIENT}))
    await submit(professional(), lot(withheld), platform.stores)
    told = {line.event_id for line in await history(patient(), PATIENT.ins, platform.stores)}
    [event] = [each for each in await platform.stores.audit.events_of(record) if each.act == "feed"]
    assert event.event_id not in told
    await signed(platform)
    assert await platform.stores.audit.log.logged(record, event.event_id)
    for unknown in (event.event_id, uuid4()):
        with pytest.raises(NotFound):
            await proof(patient(), PATIENT.ins, unknown, platform.stores)


async def test_an_event_that_no_checkpoint_covers_yet_is_to_be_asked_for_again(platform: Platform) -> None:
    await platform.opened()
    [line, *_] = await history(patient(), PATIENT.ins, platform.stores)
    with pytest.raises(Unavailable):
        await proof(patient(), PATIENT.ins, line.event_id, platform.stores)
    await signed(platform)
    assert (await proof(patient(), PATIENT.ins, line.event_id, platform.stores)).holds(KEY.public_key())

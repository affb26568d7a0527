"""What becomes of a message: deposited, waiting, received or refused; never lost, never doubled."""

from __future__ import annotations

import pytest

from carnet.errors import Gone
from carnet.record.choices import choose
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.inbox.again import forget_old, try_again
from carnet.record.inbox.message import MessageState
from carnet.record.inbox.take import take_again
from carnet.rights.held import Choice
from tests.record.inbox.ground import Ground
from tests.running import PATIENT, Platform, letter, patient


@pytest.fixture
def ground(platform: Platform) -> Ground:
    """A platform with an inbox."""
    return Ground(platform)


async def listed(ground: Ground) -> set[str]:
    found = await find(patient(), PATIENT.ins, Criteria(), ground.platform.stores)
    return {entry.unique_id for entry in found.entries}


async def test_a_message_becomes_a_document_and_its_content_is_kept_nowhere_else(ground: Ground) -> None:
    await ground.platform.opened()
    document = letter()
    taken = await ground.send(document.content)
    assert (taken.state, taken.is_new) == (MessageState.DEPOSITED, True)
    assert await listed(ground) == {document.entry.unique_id}
    kept = await ground.kept(taken.message_id)
    assert (kept.has_content, kept.unique_ids) == (False, (document.entry.unique_id,))


async def test_sent_twice_it_is_one_message_and_one_document(ground: Ground) -> None:
    await ground.platform.opened()
    document = letter()
    first, second = [await ground.send(document.content) for _ in range(2)]
    assert second.message_id == first.message_id
    assert (second.state, second.is_new) == (MessageState.DEPOSITED, False)
    assert (await ground.kept(first.message_id)).times == 2
    assert len(await listed(ground)) == 1


async def test_before_there_is_a_record_it_waits_and_is_deposited_when_it_opens(ground: Ground) -> None:
    document = letter()
    taken = await ground.send(document.content)
    assert (taken.state, taken.reasons) == (MessageState.WAITING, ("no_record",))
    assert (await ground.kept(taken.message_id)).has_content
    assert await try_again(ground.inbox) == 0
    await ground.platform.opened()
    assert await try_again(ground.inbox) == 1
    kept = await ground.kept(taken.message_id)
    assert (kept.state, kept.has_content) == (MessageState.DEPOSITED, False)
    assert await listed(ground) == {document.entry.unique_id}


async def test_what_the_patient_opposes_is_refused_and_not_kept(ground: Ground) -> None:
    await ground.platform.opened()
    await choose(
        patient(), PATIENT.ins, {Choice.FEEDING: False}, ground.platform.stores, text_version="2026-1",
        reason="a legitimate one")
    document = letter("Un secret que personne ne garde.")
    taken = await ground.send(document.content)
    assert (taken.state, taken.reasons) == (MessageState.REFUSED, ("feeding_opposed",))
    assert not (await ground.kept(taken.message_id)).has_content
    assert await ground.platform.portal.fetchval("select count(*) from outgoing") == 0


async def test_what_cannot_be_read_is_refused_with_every_reason_and_kept_to_be_corrected(ground: Ground) -> None:
    taken = await ground.send(b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>")
    assert taken.state is MessageState.REFUSED
    assert len(taken.issues) > 3
    kept = await ground.kept(taken.message_id)
    assert (kept.has_content, kept.issues) == (True, taken.issues)


async def test_while_hosts_are_away_it_is_kept_and_deposited_later(ground: Ground) -> None:
    await ground.platform.opened()
    for host in ground.platform.hosts.values():
        await host.stop()
    document = letter()
    taken = await ground.send(document.content)
    assert (taken.state, taken.is_accepted) == (MessageState.RECEIVED, True)
    for host in ground.platform.hosts.values():
        await host.start()
    for client in ground.platform.stores.copies.clients.values():
        client.writes.succeeded(0.0)
    await ground.platform.portal.execute("update message set next_at = clock_timestamp()")
    assert await try_again(ground.inbox) == 1
    assert (await ground.kept(taken.message_id)).state is MessageState.DEPOSITED
    assert await listed(ground) == {document.entry.unique_id}


async def test_the_content_of_an_old_message_can_be_read_by_nobody(ground: Ground) -> None:
    taken = await ground.send(letter().content)
    held = await ground.platform.stores.messages.held(taken.message_id)
    assert held is not None
    assert await forget_old(ground.inbox, days=-1) == 1        # as tomorrow would, of no day at all
    kept = await ground.kept(taken.message_id)
    assert (kept.state, kept.reasons, kept.has_content) == (MessageState.REFUSED, ("waited_too_long",), False)
    assert kept.times == 2      # it was read once more, to tell who sent it
    with pytest.raises(Gone):
        await take_again(held, ground.inbox)

"""Copies by secure mail that a message asks for: to whom, with what, and what its sender is told of them."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes

import pytest

from carnet.feeds.hl7.copies import Post
from carnet.journal.database import Database
from carnet.record.inbox.message import Channel, MessageState
from carnet.record.inbox.outgoing_store import Due, OutgoingStore
from carnet.record.inbox.sealed import unsealed
from carnet.record.inbox.take import give_up
from tests.feeds.hl7.ground import PARTNER, Feed, documents, feeding, sender_of
from tests.feeds.hl7.messages import COPY, mdm, named, oru, report
from tests.feeds.hl7.test_partners import Receiver
from tests.fhir.client import Client
from tests.running import PATIENT, Platform

POST = Post("carnet@carnet.mssante.example", "patient.mssante.example")
DOCTOR, HOLDER = "louis.fictif@cabinet.mssante.example", f"{PATIENT.ins.value}@patient.mssante.example"
BOTH = {"DESTMSSANTEPS": "Y", "DESTMSSANTEPAT": "Y", "ACK_RECEPTION": "Y", "ACK_LECTURE_MSS": "Y"}
TO_DOCTOR = COPY.format(DOCTOR)
TO_HOLDER_BUT_WRONG = (
    "PRT||UC||RCT^^participation|299077512345678^INVENTEE^Camille^^^^^^&1.2.250.1.213.1.4.10&ISO^L^^^INS|||||||||"
    "|^^X.400^29907751234567899999@patient.mssante.example")


async def letters(platform: Platform) -> dict[str, Due]:
    """What is to be mailed, by the box it goes to."""
    store = OutgoingStore(Database(platform.portal))
    return {due.destination: due for due in await store.claim(Channel.MAIL, 50)}


async def test_copies_go_to_the_professional_and_to_the_box_that_the_ins_names(platform: Platform) -> None:
    await platform.opened()
    async with feeding(platform, post=POST) as feed:
        message = oru(report(), flags=BOTH, more=(TO_DOCTOR, TO_HOLDER_BUT_WRONG))
        for _ in range(2):
            assert (await feed.send(message)).code == "AA"
    found = await letters(platform)
    assert set(found) == {DOCTOR, HOLDER}
    letter = message_from_bytes(await unsealed(found[HOLDER].content, platform.stores.keys))
    assert (letter["To"], letter["From"]) == (HOLDER, POST.mailbox)
    assert letter["Disposition-Notification-To"]
    assert next(part.get_filename() for part in letter.walk() if part.get_filename()) == "IHE_XDM.zip"


async def test_what_is_not_for_the_record_goes_by_mail_alone(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    async with feeding(platform, post=POST) as feed:
        message = oru(report(), flags={"DESTDMP": "N", "DESTMSSANTEPAT": "Y"})
        assert (await feed.send(message)).code == "AA"
    assert set(await letters(platform)) == {HOLDER}
    assert await documents(doctor) == {}


async def test_what_is_refused_or_deleted_goes_to_nobody(platform: Platform) -> None:
    await platform.opened()
    content = report()
    async with feeding(platform, post=POST) as feed:
        assert (await feed.send(mdm(content))).code == "AA"
        assert (await feed.send(mdm(content, "T04", flags=BOTH, more=(TO_DOCTOR,)))).code == "AA"
        assert (await feed.send(oru(b"no document", flags=BOTH, more=(TO_DOCTOR,)))).code == "AE"
    assert await letters(platform) == {}


@pytest.mark.parametrize("flags", [
    {"INVISIBLE_PATIENT": "Y", "DESTMSSANTEPAT": "Y"}, {"MASQUE_PS": "Y", "DESTMSSANTEPS": "Y"},
    {"MASQUE_PS": "Y", "DESTMSSANTEPAT": "Y"}, {"INVISIBLE_REP_LEGAUX": "Y", "DESTMSSANTEPAT": "Y"},
    {"INVISIBLE_REP_LEGAUX": "Y", "DESTDMP": "N", "DESTMSSANTEPAT": "Y", "DESTMSSANTEPS": "Y"},
    {"CONNEXION_SECRETE": "Y", "DESTMSSANTEPAT": "Y"}])
async def test_flags_that_contradict_each_other_are_refused(feed: Feed, flags: dict[str, str]) -> None:
    await feed.platform.opened()
    ack = await feed.send(oru(report(), flags=flags, more=(TO_DOCTOR,)))
    assert (ack.code, set(ack.errors)) == ("AE", {("198", "")})


async def test_a_copy_without_an_address_is_refused(feed: Feed) -> None:
    await feed.platform.opened()
    for more in ((), (COPY.format("not an address"),)):
        ack = await feed.send(oru(report(), flags={"DESTMSSANTEPS": "Y"}, more=more))
        assert (ack.code, ack.errors, ack.segments[0](2, 1)) == ("AE", [("101", "")], "PRT")


async def test_who_sees_a_document_is_changed_by_replacing_it(feed: Feed, doctor: Client) -> None:
    await feed.platform.opened()
    first, second = report("1"), report("2")
    assert (await feed.send(mdm(first))).code == "AA"
    alone = await feed.send(mdm(second, flags={"MODIF_CONF_CODE": "Y", "MASQUE_PS": "Y"}))
    assert (alone.code, alone.errors) == ("AE", [("198", "")])
    hiding = mdm(second, "T10", parent=named(first), flags={"MODIF_CONF_CODE": "Y", "MASQUE_PS": "Y"})
    assert (await feed.send(hiding)).code == "AA"
    [found] = (await documents(doctor)).values()        # its author sees it still
    assert "MASQUE_PS" in str(found["securityLabel"])
    showing = mdm(report("3"), "T10", parent=named(second), flags={"MODIF_CONF_CODE": "Y"})
    assert (await feed.send(showing)).code == "AA"
    [found] = (await documents(doctor)).values()
    assert "MASQUE_PS" in str(found["securityLabel"])   # software hides, and never shows again


@pytest.mark.parametrize(("error", "status"), [("", "Y"), ("550 no such box", "N")])
async def test_the_sender_is_told_of_a_copy_once_it_is_known(platform: Platform, error: str, status: str) -> None:
    await platform.opened()
    receiver, store = Receiver(), OutgoingStore(Database(platform.portal))
    async with (
        receiver.listening() as address,
        feeding(platform, post=POST, replies={PARTNER.partner_id: address}) as feed,
    ):
        flags = {"DESTMSSANTEPS": "Y", "DESTMSSANTEPAT": "Y", "ACK_RECEPTION": "Y"}
        await feed.send(oru(report(), flags=flags, more=(TO_DOCTOR,), number="ESSAI-COPY"))
        sender, now = sender_of(platform), platform.stores.clock.now()
        await sender.send_due(now)
        assert receiver.said() == [("Z01", "ACK_RECEPTION_DMP", "ESSAI-COPY", "Y")]
        due = (await letters(platform))[DOCTOR]
        await (store.failed(due, error, for_good=True) if error else store.sent(due.outgoing_id))
        await platform.portal.execute("update outgoing set next_at = clock_timestamp() where next_at is not null")
        await sender.send_due(now)
    assert receiver.said()[1:] == [("Z02", "ACK_RECEPTION_MSS", "ESSAI-COPY", status)]
    box = receiver.came[-1].every("OBX")[1]
    assert (box(3), box(5, 4)) == ("DESTINATAIRE_MSS", DOCTOR)
    assert [each(5) for each in receiver.came[-1].every("ERR")] == (["550"] if error else [])
    assert (await feed.kept("ESSAI-COPY")).state is MessageState.DEPOSITED


@pytest.mark.parametrize(("why", "status"), [("", "Y"), ("deleted", "N")])
async def test_the_sender_is_told_once_a_copy_was_read(platform: Platform, why: str, status: str) -> None:
    await platform.opened()
    receiver, store = Receiver(), OutgoingStore(Database(platform.portal))
    async with (
        receiver.listening() as address,
        feeding(platform, post=POST, replies={PARTNER.partner_id: address}) as feed,
    ):
        await feed.send(oru(report(), flags={**BOTH, "DESTMSSANTEPAT": "N"}, more=(TO_DOCTOR,), number="ESSAI-READ"))
        due = (await letters(platform))[DOCTOR]
        await store.was_read(due.outgoing_id)               # nobody reads what has not left
        sender, now = sender_of(platform), platform.stores.clock.now()
        await store.sent(due.outgoing_id)
        await sender.send_due(now)
        assert [event for event, *_ in sorted(receiver.said())] == ["Z01", "Z02"]
        await (store.came_back(due.outgoing_id, why) if why else store.was_read(due.outgoing_id))
        await sender.send_due(now)
        await store.was_read(due.outgoing_id)               # said twice
        await sender.send_due(now)
    assert receiver.said()[2:] == [("Z03", "ACK_LECTURE_MSS", "ESSAI-READ", status)]
    box = receiver.came[-1].every("OBX")[1]
    assert (box(3), box(5, 4)) == ("LECTEUR_MSS", DOCTOR)


async def test_who_had_a_copy_is_told_that_it_is_void(platform: Platform) -> None:
    await platform.opened()
    content, store = report(), OutgoingStore(Database(platform.portal))
    async with feeding(platform, post=POST) as feed:
        await feed.send(mdm(content, flags={"DESTMSSANTEPS": "Y", "DESTMSSANTEPAT": "Y"}, more=(TO_DOCTOR,)))
        await platform.portal.execute("update outgoing set next_at = null where destination = $1", HOLDER)
        await store.sent((await letters(platform))[DOCTOR].outgoing_id)     # the other has not left
        assert (await feed.send(mdm(content, "T04"))).code == "AA"
    await platform.portal.execute("update outgoing set next_at = clock_timestamp() where sealed is not null")
    [notice] = (await letters(platform)).values()
    letter = message_from_bytes(await unsealed(notice.content, platform.stores.keys))
    assert (notice.destination, letter["X-MSS-MES"], letter.is_multipart()) == (DOCTOR, "FIN", False)
    assert named(content) in str(letter.get_payload(decode=True))


async def test_who_sent_what_waited_too_long_is_told(platform: Platform) -> None:
    receiver = Receiver()
    async with (
        receiver.listening() as address,
        feeding(platform, replies={PARTNER.partner_id: address}) as feed,
    ):
        await feed.send(oru(report(), flags={"ACK_RECEPTION": "Y"}, number="ESSAI-OLD"))
        tomorrow = platform.stores.clock.now().date() + timedelta(days=1)
        [held] = await platform.stores.messages.ending(tomorrow, limit=10)
        await give_up(held, feed.inbox)
        assert await platform.stores.messages.ending(tomorrow, limit=10) == []
        await sender_of(platform).send_due(platform.stores.clock.now())
        kept = await feed.kept("ESSAI-OLD")
    assert (kept.state, kept.reasons) == (MessageState.REFUSED, ("waited_too_long",))
    assert receiver.said() == [("Z01", "ACK_RECEPTION_DMP", "ESSAI-OLD", "N")]

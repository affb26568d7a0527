"""What goes out by mail: letters for patients and professionals, receipts, and what comes back about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from io import BytesIO
from zipfile import ZipFile

import pytest

from carnet.errors import InvalidInput
from carnet.feeds.folder.form import FolderForm
from carnet.feeds.mail.letter import Letter, letter
from carnet.feeds.mail.mime import read_mail
from carnet.feeds.mail.receipt import receipt
from carnet.feeds.mail.report import Fate, report_of
from carnet.journal.database import Database
from carnet.record.inbox.message import Channel, Deposit, Outgoing, Settled
from carnet.record.inbox.outgoing_store import OutgoingStore, Sending
from carnet.record.inbox.take import Arrived, Inbox, take
from tests.feeds.mail.ground import (
    MAILBOX,
    PARTNER,
    SENDER,
    Box,
    Post,
    box,
    box_listening,
    sender_of,
    with_archive,
    written,
)
from tests.running import PATIENT, Platform, lot
from tests.running import letter as report

PATIENTS_BOX = f"{PATIENT.ins.value}@patient.mssante.example"
DOCTORS_BOX = "docteur@cabinet.mssante.example"


@dataclass(frozen=True)
class Copied(FolderForm):
    """A file whose document goes to two boxes as well."""

    def answers(self, settled: Settled, /) -> Sequence[Outgoing]:
        """A copy for the patient, who may not answer, and one for a doctor, who says it was read."""
        assert settled.message is not None
        step = settled.message.steps[0]
        assert isinstance(step, Deposit)
        to_patient = Letter(
            to=PATIENTS_BOX, sender=MAILBOX, submission=step.submission, subject="Vos résultats", is_end=True)
        to_doctor = Letter(to=DOCTORS_BOX, sender=MAILBOX, submission=step.submission, wants_receipt=True)
        return (
            Outgoing(Channel.MAIL, PATIENTS_BOX, "copy for the patient", letter(to_patient)),
            Outgoing(Channel.MAIL, DOCTORS_BOX, "copy for a professional", letter(to_doctor)))


async def sent_by_file(platform: Platform, content: bytes) -> list[Sending]:
    """Deposit this document, with its copies; what goes out."""
    await platform.opened()
    taken = await take(
        Arrived(content, Channel.FOLDER, PARTNER), Inbox(platform.stores, {Channel.FOLDER: Copied()}))
    return await OutgoingStore(Database(platform.portal)).of(taken.message_id)


async def sendings(platform: Platform, message: Sending) -> dict[str, Sending]:
    """How the sendings of the message of this one go, by their destinations."""
    [row] = await platform.portal.fetch("select message_id from outgoing where outgoing_id = $1", message.outgoing_id)
    found = await OutgoingStore(Database(platform.portal)).of(row[0])
    return {each.destination: each for each in found}


async def due_again(platform: Platform) -> None:
    """As if the pause before the next try were over."""
    await platform.portal.execute("update outgoing set next_at = clock_timestamp() where next_at is not null")


def attached(message: EmailMessage) -> dict[str, bytes]:
    """The files of a letter."""
    return {str(each.get_filename()): each.get_content() for each in message.iter_attachments()}


async def test_a_copy_reaches_the_patient_and_the_doctor_with_a_pdf(platform: Platform) -> None:
    document = report("Glycémie ≥ 3 mmol/L.")
    first, _ = await sent_by_file(platform, document.content)
    async with box() as taken:
        assert await sender_of(platform, taken.port).send_due(platform.stores.clock.now()) == 2
    letters = {to: (sender, message) for sender, to, message in taken.letters}
    sender, message = letters[PATIENTS_BOX]
    assert (sender, message["From"], message["X-MSS-MES"]) == (MAILBOX, MAILBOX, "FIN")
    assert (message["Subject"], message["Disposition-Notification-To"]) == ("XDM/1.0/DDM Vos résultats", None)
    assert letters[DOCTORS_BOX][1]["Disposition-Notification-To"] == MAILBOX
    files = attached(message)
    assert set(files) == {"IHE_XDM.zip", "DOC00001.PDF"}
    with ZipFile(BytesIO(files["IHE_XDM.zip"])) as archive:
        assert archive.read("IHE_XDM/SUBSET01/DOC00001.XML") == document.content
    assert b"(Glyc\xe9mie >= 3 mmol/L.) Tj" in files["DOC00001.PDF"]
    assert all(each.sent_at is not None for each in (await sendings(platform, first)).values())
    assert await platform.portal.fetchval("select count(*) from outgoing where sealed is not null") == 0


async def test_what_we_send_another_carnet_can_take(post: Post, platform: Platform) -> None:
    await sent_by_file(platform, report().content)
    async with box() as taken:
        await sender_of(platform, taken.port).send_due(platform.stores.clock.now())
    [message] = [each for _, to, each in taken.letters if to == DOCTORS_BOX]
    again = with_archive(attached(message)["IHE_XDM.zip"])
    assert (await post.send(again)).startswith("250 2.6.0 deposited")


async def test_while_the_relay_is_down_letters_wait_and_leave_when_it_is_back(platform: Platform) -> None:
    first, _ = await sent_by_file(platform, report().content)
    async with box() as taken:
        port = taken.port
    sender = sender_of(platform, port)
    assert await sender.send_due(platform.stores.clock.now()) == 2
    waiting = (await sendings(platform, first))[PATIENTS_BOX]
    assert (waiting.sent_at, waiting.attempts, waiting.next_at is not None) == (None, 1, True)
    assert waiting.last_error.startswith("no answer of the server")
    assert await sender.send_due(platform.stores.clock.now()) == 0
    await due_again(platform)
    async with box() as taken:
        assert await sender_of(platform, taken.port).send_due(platform.stores.clock.now()) == 2
    assert len(taken.letters) == 2


async def test_not_now_is_tried_again_and_never_is_given_up_with_its_code(platform: Platform) -> None:
    first, _ = await sent_by_file(platform, report().content)
    async with box() as taken:
        taken.answers = {PATIENTS_BOX: "550 5.1.1 no such box", DOCTORS_BOX: "451 4.2.1 full"}
        await sender_of(platform, taken.port).send_due(platform.stores.clock.now())
        found = await sendings(platform, first)
        assert (found[PATIENTS_BOX].last_error, found[PATIENTS_BOX].next_at) == ("550 5.1.1 no such box", None)
        assert found[DOCTORS_BOX].last_error == "451 4.2.1 full"
        taken.answers = {}
        await due_again(platform)
        assert await sender_of(platform, taken.port).send_due(platform.stores.clock.now()) == 1
    assert [to for _, to, _ in taken.letters] == [DOCTORS_BOX]


async def test_nothing_leaves_in_clear_to_another_machine(platform: Platform) -> None:
    first, _ = await sent_by_file(platform, report().content)
    plain = Box(0)
    async with box_listening(plain) as port:
        await sender_of(platform, port, name="127.1").send_due(platform.stores.clock.now())
    assert plain.letters == []
    assert (await sendings(platform, first))[PATIENTS_BOX].sent_at is None


async def test_a_deposit_is_told_when_it_was_asked_for_and_a_refusal_always(post: Post) -> None:
    await post.platform.opened()
    await post.send(written(lot(report()), wants_receipt=False))
    assert await post.outgoing() == []
    await post.send(written(lot(report())))
    await post.send(with_archive(b"PK\x03\x04 nothing"))
    async with box() as taken:
        await sender_of(post.platform, taken.port).send_due(post.platform.stores.clock.now())
    told = {str(message["In-Reply-To"]): (sender, to, message) for sender, to, message in taken.letters}
    sender, to, good = told["<1@labo.mssante.example>"]
    assert (sender, to) == ("<>", SENDER)
    assert "processed\r\n" in good.as_string()
    bad = told["<2@labo.mssante.example>"][2].as_string()
    assert "Disposition: automatic-action/MDN-sent-automatically;processed/error" in bad
    assert "Error: this is no zip archive, or only a part of one" in bad
    assert len(taken.letters) == 2


async def test_nothing_is_answered_to_an_address_that_no_partner_writes_from(post: Post) -> None:
    await post.platform.opened()
    raw = written(lot(report())).replace(
        f"Disposition-Notification-To: {SENDER}".encode(), b"Disposition-Notification-To: ailleurs@exemple.example")
    assert (await post.send(raw)).startswith("250 2.6.0 deposited")
    assert await post.outgoing() == []


@pytest.mark.parametrize("kind", ["mdn", "dsn", "read"])
async def test_what_comes_back_about_a_letter_is_noted(post: Post, kind: str) -> None:
    first, _ = await sent_by_file(post.platform, report().content)
    async with box() as taken:
        await sender_of(post.platform, taken.port).send_due(post.platform.stores.clock.now())
    [message] = [each for _, to, each in taken.letters if to == PATIENTS_BOX]
    name = str(message["Message-ID"])
    problems = ["illisible"] if kind == "mdn" else []
    raw = bounce(name) if kind == "dsn" else receipt(name, mailbox=PATIENTS_BOX, to=MAILBOX, problems=problems)
    assert (await post.send(raw, sender="")).startswith("250 2.0.0 noted")
    found = (await sendings(post.platform, first))[PATIENTS_BOX]
    assert found.last_error == {"mdn": "processed/error", "dsn": "5.1.1", "read": ""}[kind]
    assert (found.read_at is not None) == (kind == "read")
    assert (await sendings(post.platform, first))[DOCTORS_BOX].last_error == ""
    assert await post.count() == 0


def test_a_report_says_what_became_of_a_letter() -> None:
    name = "<6f0d5a52-31ff-4b0c-8d0e-8f6f6b0a4c11@carnet.mssante.example>"
    fates = {
        receipt(name, mailbox="a@b.example", to=MAILBOX): Fate.READ,
        receipt(name, mailbox="a@b.example", to=MAILBOX, problems=["x"]): Fate.FAILED,
        bounce(name): Fate.FAILED,
        bounce(name).replace(b"Action: failed", b"Action: delivered"): Fate.ARRIVED,
        bounce(name).replace(b"Action: failed", b"Action: delayed"): None,
        bounce("<1@carnet.mssante.example>"): None,
        bounce(name.replace("carnet.", "autre.")): None,
    }
    for raw, fate in fates.items():
        found = report_of(read_mail(raw), raw, "carnet.mssante.example")
        assert (found.fate if found is not None else None) == fate, raw.decode()


@pytest.mark.parametrize("text", ["", "a", "a@", "@b", "a b@c.fr", "a@b.fr\r\nBcc: c@d.fr", "é@b.fr", "a@b, c@d"])
def test_a_letter_goes_to_one_address_that_is_one(text: str) -> None:
    with pytest.raises(InvalidInput, match="not an address"):
        letter(Letter(to=text, sender=MAILBOX, submission=lot(report())))


def bounce(name: str) -> bytes:
    """What a server says of a letter that it could not deliver."""
    return (
        "From: <postmaster@mssante.example>\r\nTo: x@y.example\r\nSubject: echec\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nrate\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mssante.example\r\n\r\n"
        "Final-Recipient: rfc822;x@y.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {name}\r\n\r\n--b--\r\n").encode()

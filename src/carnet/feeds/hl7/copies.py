"""Copies by secure mail that a message asks for, as letters ready to be sent. Pure.

The patient's address is made from the INS, whatever the message has: an example of the guide has digits too many,
and a letter to a box that is nearly the right one is read by somebody else.
May import: this room, feeds/mail/letter.py, record/inbox/message.py, documents, errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from carnet.documents.submission import Submission
from carnet.errors import InvalidInput
from carnet.feeds.hl7.embedded import bytes_of
from carnet.feeds.hl7.er7 import Er7
from carnet.feeds.hl7.flags import Flag, Flags
from carnet.feeds.hl7.participants import Participants
from carnet.feeds.mail.letter import Letter, letter, plain_letter
from carnet.people.ins import Ins
from carnet.record.inbox.message import FOR_A_PROFESSIONAL, FOR_THE_PATIENT, Channel, Outgoing

_TEXT_FOR = {FOR_A_PROFESSIONAL: "CORPSMAIL_PS", FOR_THE_PATIENT: "CORPSMAIL_PATIENT"}
_COMMENT_TYPE, _END = 4, "FIN"
_VOID_SUBJECT = "Document annulé"
_VOID = (
    "{sender} a supprimé ce document, dont vous avez reçu une copie : il est nul. N'en tenez plus compte, et retirez-le"
    " de vos dossiers.\n\nIdentifiant du document : {documents}\n")


@dataclass(frozen=True, slots=True)
class Post:
    """Where letters leave from: the platform's own box, and the domain of patients' boxes."""

    mailbox: str
    patient_domain: str


def copies_of(flags: Flags, participants: Participants, ins: Ins, post: Post) -> list[tuple[str, str]]:
    """Who gets a copy, and as what: address, purpose."""
    found = [(each, FOR_A_PROFESSIONAL) for each in participants.copies] if flags[Flag.DESTMSSANTEPS] else []
    if flags[Flag.DESTMSSANTEPAT]:
        found.append((f"{ins.value}@{post.patient_domain}", FOR_THE_PATIENT))
    return found


def letters(
    er7: Er7, flags: Flags, participants: Participants, submission: Submission, post: Post,
) -> Iterator[Outgoing]:
    """A letter for each copy."""
    first = submission.documents[0].entry
    for address, purpose in copies_of(flags, participants, first.patient_id, post):
        said = Letter(
            to=address, sender=post.mailbox, submission=submission, subject=first.title,
            text=_text(er7, _TEXT_FOR[purpose]), is_end=_is_end(er7), wants_receipt=flags[Flag.ACK_LECTURE_MSS],
            reply_to=participants.reply_to)
        yield Outgoing(Channel.MAIL, address, purpose, letter(said))


def notices(unique_ids: Sequence[str], boxes: Sequence[str], sender: str, post: Post) -> Iterator[Outgoing]:
    """A letter to each box that had a copy of what is void now: by its name, for the document does not go out again."""
    text = _VOID.format(sender=sender, documents=", ".join(unique_ids))
    for box in boxes:
        said = plain_letter(to=box, sender=post.mailbox, subject=_VOID_SUBJECT, text=text)
        yield Outgoing(Channel.MAIL, box, "a copy is void", said)


def _text(er7: Er7, name: str) -> str:
    """The text that the sender wrote for it; one that cannot be read is as none."""
    obx = next((each for each in er7.every("OBX") if each(3) == name), None)
    if obx is None:
        return ""
    try:
        return bytes_of(obx).decode(errors="replace")
    except InvalidInput:
        return ""


def _is_end(er7: Er7) -> bool:
    return any(nte(_COMMENT_TYPE) == _END for nte in er7.every("NTE"))

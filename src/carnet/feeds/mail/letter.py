"""A letter of secure mail: an RFC 5322 message with IHE_XDM.zip and a PDF copy of each CDA. Pure.

`Date` and `Message-ID` are written when it is sent (`sending.py`): what is made here waits, perhaps for days.
May import: this room, documents, errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from carnet.documents.submission import Submission
from carnet.errors import InvalidInput, Issue
from carnet.feeds.mail.pdf_copy import pdf_copy
from carnet.feeds.mail.xdm_out import FILE_NAME, uri_of, xdm_of

SUBJECT = "XDM/1.0/DDM"
END = "FIN"
_SUBJECT_CHARACTERS = 200
_TEXT = "Veuillez trouver ci-joint des documents de santé.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What goes to whom. `is_end`: no answer is expected (`X-MSS-MES: FIN`); `wants_receipt`: an MDN is asked for;
    `text` is what people read first, `subject` what follows `XDM/1.0/DDM`.
    """

    to: str
    sender: str
    submission: Submission
    subject: str = ""
    text: str = ""
    is_end: bool = False
    wants_receipt: bool = False
    reply_to: str = ""


def letter(said: Letter) -> bytes:
    """The message. Raises InvalidInput for an address that is none, InvalidDocument for a CDA that cannot be read."""
    message = _addressed(said.to, said.sender, f"{SUBJECT} {said.subject}")
    if said.reply_to:
        message["Reply-To"] = address(said.reply_to, "reply_to")
    if said.is_end:
        message["X-MSS-MES"] = END
    if said.wants_receipt:
        message["Disposition-Notification-To"] = address(said.sender, "sender")
    message.set_content(said.text or _TEXT, cte="quoted-printable")
    message.add_attachment(xdm_of(said.submission), maintype="application", subtype="zip", filename=FILE_NAME)
    for place, document in enumerate(said.submission.documents, 1):
        copy = pdf_copy(document)
        if copy is not None:
            name = uri_of(document.entry, place).rpartition(".")[0]
            message.add_attachment(copy, maintype="application", subtype="pdf", filename=f"{name}.PDF")
    return message.as_bytes()


def plain_letter(*, to: str, sender: str, subject: str, text: str) -> bytes:
    """A message without documents, that expects no answer. Raises InvalidInput for an address that is none."""
    message = _addressed(to, sender, subject)
    message["X-MSS-MES"] = END
    message.set_content(text, cte="quoted-printable")
    return message.as_bytes()


def _addressed(to: str, sender: str, subject: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = address(sender, "sender")
    message["To"] = address(to, "to")
    words = " ".join("".join(each if each.isprintable() else " " for each in subject).split())
    message["Subject"] = words[:_SUBJECT_CHARACTERS]
    return message


def address(text: str, where: str) -> str:
    """This address, if it is one, without a name. Raises InvalidInput."""
    try:
        found = Address(addr_spec=text)
    except (MessageError, ValueError, IndexError):
        raise InvalidInput(Issue("value", "not an address of secure mail", where)) from None
    if not (found.username and found.domain and text.isascii() and text.isprintable()):
        raise InvalidInput(Issue("value", "not an address of secure mail", where))
    return text

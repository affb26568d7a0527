"""What is answered to a letter: a message disposition notification (RFC 8098), good or bad. Pure.

The words are those of the refusal; nothing of the documents, and nothing of a person, is in them.
May import: this room, errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP

from carnet.feeds.mail.letter import END

_DONE, _WRONG = "processed", "processed/error"
_LINE_CHARACTERS = 300
_GOOD = "Les documents de ce message sont dans le dossier.\nThe documents of this message are in the record.\n"
_BAD = (
    "Les documents de ce message n'ont pas été gardés dans le dossier. Motifs :\n"
    "The documents of this message were not kept in the record. Reasons:\n\n")


def receipt(
    message_id: str, *, mailbox: str, to: str, problems: Sequence[str] = (), notes: Sequence[str] = (),
) -> bytes:
    """The notification that goes to `to` about the message of this id; with problems, it says that it failed. Notes
    are what else there is to know of documents that are kept.
    """
    made = MIMEMultipart("report", report_type="disposition-notification", policy=SMTP)
    made["From"] = mailbox
    made["To"] = to
    made["Subject"] = f"{'NON ' if problems else ''}XDM/1.0/DDM"
    made["X-MSS-MES"] = END
    made["Auto-Submitted"] = "auto-replied"
    if message_id:
        made["In-Reply-To"] = message_id
    lines = [_line(problem) for problem in problems]
    text = (_BAD if problems else _GOOD) + "".join(f"- {line}\n" for line in lines or map(_line, notes))
    made.attach(MIMEText(text, "plain", "utf-8", policy=SMTP))
    made.attach(_fields(message_id, mailbox, lines))
    return made.as_bytes()


def _fields(message_id: str, mailbox: str, problems: Sequence[str]) -> Message:
    fields = [
        "Reporting-UA: Carnet", f"Final-Recipient: rfc822;{mailbox}",
        *([f"Original-Message-ID: {message_id}"] if message_id else []),
        f"Disposition: automatic-action/MDN-sent-automatically;{_WRONG if problems else _DONE}",
        *(f"Error: {problem.encode('ascii', 'replace').decode()}" for problem in problems[:1])]
    part = Message(policy=SMTP)
    part.set_type("message/disposition-notification")
    part.set_payload("".join(f"{field}\r\n" for field in fields))
    return part


def _line(problem: str) -> str:
    return "".join(each if each.isprintable() else " " for each in problem)[:_LINE_CHARACTERS]

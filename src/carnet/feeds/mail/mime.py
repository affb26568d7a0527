"""A message as it came (RFC 5322, MIME), with its parts counted before anything is parsed. Pure.

The standard library reads it, with its plain policy: headers stay texts, and no header is longer than what is bounded
here. What is asked of a sender is little: addresses, an attachment.
May import: errors.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr, parsedate_to_datetime
from itertools import islice

from carnet.errors import InvalidInput, Issue

MOST_PARTS = 50
MOST_HEADERS = 200
MOST_LIKE_HEADERS = 5000
HEADER_BYTES = 32 * 1024
_FILE_NAME = "ihe_xdm.zip"
_ZIPS = frozenset({"application/zip", "application/x-zip-compressed", "application/octet-stream"})
_PART = re.compile(rb"^content-type:", re.IGNORECASE | re.MULTILINE)
_LIKE_HEADER = re.compile(rb"^[!-9;-~]{1,200}:", re.MULTILINE)
_DELIMITER = re.compile(rb"^--", re.MULTILINE)


class NoArchiveError(Exception):
    """There is no archive in this message: it was not meant for a record."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What the headers say, and the parts."""

    message: Message

    @property
    def sender(self) -> str:
        """The address in From, in lower case; empty when there is not exactly one."""
        return self._address("From")

    @property
    def wants_receipt_at(self) -> str:
        """Where an MDN is asked for, or nothing."""
        return self._address("Disposition-Notification-To")

    @property
    def message_id(self) -> str:
        """The Message-ID, with its brackets."""
        return " ".join(self._text("Message-ID").split())[:250]

    @property
    def sent_at(self) -> datetime | None:
        """The Date, when it is one with a zone."""
        try:
            found = parsedate_to_datetime(self._text("Date"))
        except (ValueError, IndexError, TypeError, OverflowError):
            return None
        return found if found.tzinfo is not None else None

    @property
    def report_type(self) -> str:
        """What kind of report a multipart/report is: `disposition-notification` or `delivery-status`."""
        if self.message.get_content_type() != "multipart/report":
            return ""
        found = self.message.get_param("report-type")
        return found.lower() if isinstance(found, str) else ""

    def parts(self) -> Iterator[Message]:
        """Every part that is a leaf, in order."""
        return (part for part in self.message.walk() if not part.is_multipart())

    def _text(self, name: str) -> str:
        found = self.message.get_all(name) or []
        return str(found[0]) if len(found) == 1 else ""

    def _address(self, name: str) -> str:
        text = self._text(name)
        found = parseaddr(text)[1] if text.count("@") == 1 else ""
        return found.lower() if found.count("@") == 1 and found.isascii() and found.isprintable() else ""


def read_mail(raw: bytes) -> Mail:
    """The message. Raises InvalidInput when it has too many parts or headers, before any of it is parsed."""
    parts = max(_count(_PART, raw, MOST_PARTS), _count(_DELIMITER, raw, 4 * MOST_PARTS) // 4)
    for what, count, most in (
        ("parts", parts, MOST_PARTS), ("lines of headers", headers_of(raw).count(b"\n"), MOST_HEADERS),
        ("lines that look like headers", _count(_LIKE_HEADER, raw, MOST_LIKE_HEADERS), MOST_LIKE_HEADERS),
    ):
        if count > most:
            raise InvalidInput(Issue("too-costly", f"a message has at most {most} {what}", "message"))
    try:
        message = message_from_bytes(raw, policy=compat32)
    except (MessageError, ValueError, LookupError) as error:
        raise InvalidInput(Issue("structure", f"no message: {type(error).__name__}", "message")) from None
    for part in message.walk():
        if sum(len(name) + len(value) for name, value in part.raw_items()) > HEADER_BYTES:
            raise InvalidInput(Issue("too-costly", f"headers are at most {HEADER_BYTES} bytes", "message"))
    return Mail(message)


def archive_in(mail: Mail) -> bytes:
    """The bytes of IHE_XDM.zip. Raises NoArchiveError, or InvalidInput when there are two or it cannot be decoded."""
    found = [part for part in mail.parts() if _name_of(part) == _FILE_NAME]
    found = found or [part for part in mail.parts() if _name_of(part).endswith(".zip") or _is_zip(part)]
    if not found:
        raise NoArchiveError
    if len(found) > 1:
        raise InvalidInput(Issue("structure", "a message brings one archive, IHE_XDM.zip", "message"))
    return _decoded(found[0])


def _is_zip(part: Message) -> bool:
    return part.get_content_type() in _ZIPS and _starts_as_zip(part)


def _starts_as_zip(part: Message) -> bool:
    text = part.get_payload()
    return isinstance(text, str) and text.lstrip()[:4] == "UEsD"      # base64 of PK\x03


def _name_of(part: Message) -> str:
    try:
        return (part.get_filename() or "").strip().lower()
    except (ValueError, LookupError):
        return ""


def _decoded(part: Message) -> bytes:
    """What the part holds. The standard library would give what it can of a text that was cut."""
    encoding = str(part.get("Content-Transfer-Encoding", "7bit")).strip().lower()
    text = part.get_payload()
    if not isinstance(text, str):
        raise InvalidInput(Issue("structure", "the archive is no attachment", "IHE_XDM.zip"))
    if encoding == "base64":
        try:
            return b64decode("".join(text.split()), validate=True)
        except ValueError:
            raise InvalidInput(Issue("structure", "the base64 text of the archive is cut or broken", "IHE_XDM.zip")
                               ) from None
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def headers_of(raw: bytes) -> bytes:
    """The headers of the message itself, which can be read as a message without parts."""
    ends = [end for end in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if end >= 0]
    return raw[: min(ends, default=len(raw))]


def _count(pattern: re.Pattern[bytes], raw: bytes, most: int) -> int:
    """How many, not counted far beyond what is allowed."""
    return sum(1 for _ in islice(pattern.finditer(raw), most * 2))

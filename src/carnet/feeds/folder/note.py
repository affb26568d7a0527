"""The note beside a file: what became of it, for a person to read and for a program to find. Pure.

May import: record's inbox, errors.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

from carnet.errors import Issue
from carnet.record.inbox.message import MessageState
from carnet.record.inbox.words import as_told, explain_reason, explain_state

_MESSAGE = re.compile(rb"^message: ([0-9a-f-]{36})$", re.MULTILINE)
_MOST_ISSUES = 200


def note(
    state: MessageState, message_id: UUID | None, *, reasons: Sequence[str] = (), issues: Sequence[Issue] = (),
) -> bytes:
    """The state, the message's id in the inbox, each reason in French and English, and what is to be corrected."""
    lines = [f"state: {state}", *([f"message: {message_id}"] if message_id else [])]
    lines += [f"  {explain_state(state, language)}" for language in ("fr", "en")]
    codes = [] if issues else as_told(reasons)      # the issues say each of their reasons already, and better
    for code in codes:
        lines += [f"reason: {code}", *(f"  {explain_reason(code, language)}" for language in ("fr", "en"))]
    lines += [f"issue: {' '.join(str(issue).split())}" for issue in issues[:_MOST_ISSUES]]
    return ("\n".join(lines) + "\n").encode()


def message_of(written: bytes) -> UUID | None:
    """The id of the message that a note is about; None when it names none."""
    found = _MESSAGE.search(written)
    try:
        return UUID(found[1].decode()) if found else None
    except ValueError:
        return None

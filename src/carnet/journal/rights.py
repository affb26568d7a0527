"""The rights of a record, as its journal says them: what the portal's row holds can be made again from here.

protocol.md, rule RIGHTS. May import: this room, rights.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from carnet.errors import IntegrityError
from carnet.journal.content import Content, Opened, RightsChanged, Snapshot
from carnet.rights.changes import applied
from carnet.rights.held import Choice, Consent, RecordRights


def rights_of(contents: Iterable[Content]) -> RecordRights:
    """The rights after these contents, in the order of their places. Raises IntegrityError when nothing opens them."""
    rights: RecordRights | None = None
    for content in contents:
        match content:
            case Opened():
                rights = rights_at_opening(content)
            case Snapshot(rights=RecordRights() as kept):
                rights = kept
            case RightsChanged(changes=changes, at=at) if rights is not None:
                for change in changes:
                    rights = applied(rights, change, at)
            case _:
                continue
    if rights is None:
        raise IntegrityError("a journal says nothing of the record's opening")
    return rights


def rights_at_opening(opened: Opened) -> RecordRights:
    """The rights of a record that just began."""
    consent = Consent(
        given=True, at=opened.at, text_version=opened.consent_text, channel=opened.consent_channel)
    consents = {Choice.OPENING: consent} if opened.consent_text else {}
    consents |= {choice: msgspec.structs.replace(consent, given=False) for choice in opened.opposed}
    return RecordRights(
        state=opened.state, since=opened.at, notice_ends_at=opened.notice_ends_at, consents=consents)

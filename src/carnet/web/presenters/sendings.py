"""What an organisation sent, as its professionals read it: when, how, in which state and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carnet.record.inbox.message import Kept, MessageState
from carnet.record.inbox.words import explain_reason, explain_state
from carnet.web.days import Calendar
from carnet.web.presenters.words import Tag
from carnet.web.words import Words

_MOST_ISSUES = 20
_KEPT = frozenset({MessageState.DEPOSITED, MessageState.REPLACED})


@dataclass(frozen=True, slots=True)
class SendingLine:
    """One message."""

    when: str
    iso: str
    name: str
    how: str
    tag: Tag
    sentence: str
    why: tuple[str, ...]
    path: str = ""


@dataclass(frozen=True, slots=True)
class StateChoice:
    """One state that the list may be narrowed to."""

    words: str
    path: str
    is_current: bool


def present_sendings(found: Sequence[Kept], path: str, words: Words, calendar: Calendar) -> tuple[SendingLine, ...]:
    """The messages, in the order in which they came. What was kept has a page of its own under `path`."""
    return tuple(
        SendingLine(
            calendar.moment(each.received_at), each.received_at.isoformat(),
            each.control_id or words("sendings.unnamed"),
            words("sendings.how", channel=words(f"sendings.by_{each.channel}"), software=each.partner.software),
            _tag(each.state, words),
            explain_state(each.state, words.language), _why(each, words),
            f"{path}/{each.message_id}" if each.state in _KEPT else "")
        for each in found)


def states(path: str, current: str, words: Words) -> tuple[StateChoice, ...]:
    """All messages, or those of one state."""
    one = [
        StateChoice(words(f"sendings.is_{state}"), f"{path}?etat={state}", state == current) for state in MessageState]
    return (StateChoice(words("sendings.all"), path, current not in [*MessageState]), *one)


def _tag(state: MessageState, words: Words) -> Tag:
    said = words(f"sendings.is_{state}")
    if state is MessageState.REFUSED:
        return Tag(said, "bad")
    return Tag(said, "good" if state is MessageState.DEPOSITED else "")


def _why(kept: Kept, words: Words) -> tuple[str, ...]:
    """Each reason once, then what is to be corrected, as it was told to the software."""
    reasons = dict.fromkeys(explain_reason(each, words.language) for each in kept.reasons)
    return (*reasons, *(str(each) for each in kept.issues[:_MOST_ISSUES]))

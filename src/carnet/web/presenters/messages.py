"""What happened, as the person is told: one neutral sentence each, never what a document says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carnet.web.days import Calendar
from carnet.web.presenters.words import Tag
from carnet.web.words import Words

if TYPE_CHECKING:
    from carnet.record.notification_store import Notification


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message."""

    when: str
    iso: str
    sentence: str
    about: str
    remarks: tuple[str, ...]
    tag: Tag | None


def present_messages(found: Sequence[Notification], words: Words, calendar: Calendar) -> tuple[MessageLine, ...]:
    """The messages, in the order in which they came."""
    return tuple(
        MessageLine(
            calendar.moment(each.at), each.at.isoformat(), _sentence(each.act, each.detail, words),
            words("told.about", name=each.about) if each.about else "", tuple(_remarks(each.detail, words)),
            Tag(words("told.new"), "") if each.read_at is None else None)
        for each in found)


def _sentence(act: str, detail: Mapping[str, str], words: Words) -> str:
    for key in (f"told.{act}_{detail.get('state', '')}", f"told.{act}_{detail.get('review', '')}", f"told.{act}"):
        if words.has(key):
            return words(key, **_values(detail, words))
    return words("told.other", **_values(detail, words))


def _values(detail: Mapping[str, str], words: Words) -> dict[str, str]:
    by = ", ".join(part for part in (detail.get("by", ""), detail.get("organisation", "")) if part)
    if detail.get("by_kind") == "system" or not by:
        by = words("history.platform")
    professional = detail.get("professional_name") or detail.get("professional") or words("professionals.unnamed")
    return {"by": by, "professional": professional, "proxy": detail.get("proxy") or words("told.somebody")}


def _remarks(detail: Mapping[str, str], words: Words) -> list[str]:
    said = [f"choice.{choice}.title" for choice in detail.get("choices", "").split()]
    said += [f"told.mode_{detail['mode']}"] if "mode" in detail else []
    return [words(key) for key in said if words.has(key)]

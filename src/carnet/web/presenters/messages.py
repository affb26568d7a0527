"""What happened, as the person is told: one neutral sentence each, never what a document says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    said = next(key for key in _keys(act, detail) if words.has(key))
    return words(said, **_values(detail, words))


def _keys(act: str, detail: Mapping[str, str]) -> Iterator[str]:
    """From what says most to what always fits. Who is told nothing of a proxy's name is that proxy."""
    if "proxy" not in detail:
        yield f"told.{act}_you"
    if detail.get("by") and detail.get("by") == detail.get("professional_name"):
        yield f"told.{act}_self"
    yield from (f"told.{act}_{detail[name]}" for name in ("state", "review") if name in detail)
    yield f"told.{act}"
    yield "told.other"


def _values(detail: Mapping[str, str], words: Words) -> dict[str, str]:
    by = ", ".join(part for part in (detail.get("by", ""), detail.get("organisation", "")) if part)
    if detail.get("by_kind") == "organisation":     # the name of its program says nothing
        by = detail.get("organisation") or by
    if detail.get("by_kind") == "system" or not by:
        by = words("history.platform")
    professional = detail.get("professional_name") or detail.get("professional") or words("professionals.unnamed")
    return {
        "by": by, "professional": professional, "proxy": detail.get("proxy") or words("told.somebody"),
        "there": detail.get("there", "")}


def _remarks(detail: Mapping[str, str], words: Words) -> list[str]:
    said = [f"choice.{choice}.title" for choice in detail.get("choices", "").split()]
    said += [f"there.{choice}_no" for choice in detail.get("opposed_there", "").split()]
    said += [f"there.{choice}_yes" for choice in detail.get("allowed_there", "").split()]
    said += [f"told.mode_{detail['mode']}"] if "mode" in detail else []
    return [words(key) for key in said if words.has(key)]

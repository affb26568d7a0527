"""What a professional sees of the record, now and after a change not yet made: documents, and reasons where there is
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from carnet.documents.entry import DocumentEntry
from carnet.rights.reasons import Reason
from carnet.rights.words import explain
from carnet.web import forms
from carnet.web.days import Calendar
from carnet.web.presenters.documents import DocumentLine, DocumentsPresenter
from carnet.web.presenters.words import Tag, Tone
from carnet.web.words import Words

_TONES: Mapping[str, Tone] = {"goes": "warn", "comes": "good", "stays": "plain", "sees_it": "plain"}


@dataclass(frozen=True, slots=True)
class Why:
    """What stands against seeing more, at one moment."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SightView:
    """Whom to look for, and what they see."""

    whom: forms.Field
    sentence: str = ""
    reasons: tuple[Why, ...] = ()
    documents: tuple[DocumentLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What one professional sees at one moment."""

    entries: Sequence[DocumentEntry]
    against: Sequence[Reason]
    closed_at: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SightPresenter:
    """Compares what is seen now with what would be."""

    words: Words
    calendar: Calendar

    def now(self, whom: forms.Field, who: str, now: Seen) -> SightView:
        """What this professional sees, with nothing changed."""
        lines = tuple(self._lines(now.entries, "sees_it"))
        return SightView(
            whom, self.words("sight.sees", who=who, now=self._count(now)), tuple(self._why(("why_now", now))), lines)

    def compared(self, whom: forms.Field, who: str, now: Seen, then: Seen) -> SightView:
        """What this professional sees, and would see: first what changes, then what stays."""
        before = {entry.logical_id for entry in now.entries}
        after = {entry.logical_id for entry in then.entries}
        lines = (
            *self._lines((entry for entry in now.entries if entry.logical_id not in after), "goes"),
            *self._lines((entry for entry in then.entries if entry.logical_id not in before), "comes"),
            *self._lines((entry for entry in then.entries if entry.logical_id in before), "stays"),
        )
        if before == after:
            sentence = self.words("sight.same", who=who, n=len(after))
        else:
            sentence = self.words("sight.differs", who=who, now=self._count(now), then=self._count(then))
        return SightView(whom, sentence, tuple(self._why(("why_now", now), ("why_then", then))), lines)

    def _count(self, seen: Seen) -> str:
        return self.words("sight.documents", n=len(seen.entries)) if seen.entries else self.words("sight.nothing")

    def _why(self, *moments: tuple[str, Seen]) -> list[Why]:
        return [
            Why(self.words(f"sight.{key}"),
                tuple(explain(reason, self.words.language, to="patient") for reason in seen.against))
            for key, seen in moments if seen.against]

    def _lines(self, entries: Iterable[DocumentEntry], becomes: str) -> list[DocumentLine]:
        documents = DocumentsPresenter(self.words, self.calendar, "/moi/documents")
        tag = Tag(self.words(f"sight.{becomes}"), _TONES[becomes])
        return [replace(documents.line(entry), tags=(tag,)) for entry in entries]

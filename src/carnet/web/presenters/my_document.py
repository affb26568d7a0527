"""What the holder may do with one of their documents, and who can see it, with reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carnet.documents.entry import AvailabilityStatus, DocumentEntry
from carnet.rights.reasons import Reason
from carnet.rights.words import explain
from carnet.web.presenters.words import Tag, profession_name
from carnet.web.words import Words

if TYPE_CHECKING:
    from carnet.record.preview import WhoSees


@dataclass(frozen=True, slots=True)
class DocumentDeed:
    """A button under the document: sent at once, or (`is_asked`) after a page that says what it does."""

    words: str
    path: str
    tone: str
    is_asked: bool = False


@dataclass(frozen=True, slots=True)
class MineView:
    """Masked or not, what may be done, and where it says who sees it. `version` is the entry that the page shows."""

    state: Tag
    what: str
    deeds: tuple[DocumentDeed, ...]
    who_path: str
    version: str


@dataclass(frozen=True, slots=True)
class SeerLine:
    """Somebody: do they see it, and why not."""

    name: str
    tag: Tag
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Professions:
    """Professions with the same answer."""

    answer: str
    reasons: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhoSeesView:
    """The page."""

    title: str
    language: str
    path: str
    people: tuple[SeerLine, ...]
    professions: tuple[Professions, ...]


def present_mine(entry: DocumentEntry, path: str, words: Words, *, is_own: bool, decides: bool) -> MineView:
    """What is offered for this document; whether it is allowed is decided at each act."""
    masked = entry.is_masked_from_professionals
    state = Tag(words("mine.masked"), "warn") if masked else Tag(words("mine.visible"), "good")
    deeds = [_deed(words, path, "demasquer" if masked else "masquer")] if decides else []
    if is_own:
        archived = entry.availability_status is AvailabilityStatus.ARCHIVED
        deeds.append(_deed(words, path, "desarchiver" if archived else "archiver"))
        deeds.append(_deed(words, path, "supprimer", tone="stop", is_asked=True))
    what = words("mine.masked_what" if masked else "mine.visible_what")
    return MineView(state, what, tuple(deeds), f"{path}/qui" if decides else "", str(entry.entry_uuid))


def _deed(words: Words, path: str, act: str, *, tone: str = "quiet", is_asked: bool = False) -> DocumentDeed:
    return DocumentDeed(words(f"mine.{act}"), f"{path}/{act}", tone, is_asked=is_asked)


def present_who_sees(found: WhoSees, path: str, words: Words) -> WhoSeesView:
    """Who can see this document: those whom the patient knows, then professions, together where the answer is one."""
    people = tuple(
        SeerLine(
            each.name or words("professionals.unnamed_number", number=each.ps_id), _answer(words, sees=each.sees),
            _sentences(each.reasons, words))
        for each in found.people)
    alike: dict[tuple[Reason, ...], list[str]] = {}
    for each in sorted(found.professions, key=lambda each: not each.sees):
        alike.setdefault(each.reasons, []).append(profession_name(each.profession, words))
    professions = tuple(
        Professions(words("who.could_not" if reasons else "who.could"), _sentences(reasons, words), tuple(names))
        for reasons, names in alike.items())
    return WhoSeesView(found.entry.title, found.entry.language_code, path, people, professions)


def _answer(words: Words, *, sees: bool) -> Tag:
    return Tag(words("who.sees"), "good") if sees else Tag(words("who.sees_not"), "plain")


def _sentences(reasons: Iterable[Reason], words: Words) -> tuple[str, ...]:
    return tuple(explain(reason, words.language, to="patient") for reason in reasons)

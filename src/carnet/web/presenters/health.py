"""What the pages about health have in common: where they are, the way between them, and what they lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carnet.documents.entry import DocumentEntry
from carnet.web.presenters.words import Way
from carnet.web.words import Words

PAGES = ("resultats", "vaccinations", "traitements", "allergies", "soins")
"""The last part of the addresses of these pages, in the order in which they are offered."""


@dataclass(frozen=True, slots=True)
class HealthPaths:
    """The addresses below `base`: `/moi`, or the pages about one patient."""

    base: str

    def page(self, name: str) -> str:
        """One of `PAGES`."""
        return f"{self.base}/{name}"

    def test(self, name: str) -> str:
        """The page of a test."""
        return f"{self.base}/resultats/{name}"

    def document(self, entry: DocumentEntry) -> str:
        """The page of a document."""
        return f"{self.base}/documents/{entry.logical_id}"

    def ways(self, words: Words, here: str) -> tuple[Way, ...]:
        """The way between these pages; `here` is the one of the address."""
        return tuple(Way(words(f"health.{name}"), self.page(name), is_current=name == here) for name in PAGES)


@dataclass(frozen=True, slots=True)
class Source:
    """A document that a line is read from."""

    title: str
    language: str
    path: str


@dataclass(frozen=True, slots=True)
class Gaps:
    """What a page lacks, and says so: older documents, those that could not be read, those of which a part could not.
    Empty when nothing lacks.
    """

    older: str
    not_read: str
    documents: tuple[Source, ...]
    partly_read: str
    parts: tuple[Source, ...]


def source(entry: DocumentEntry, paths: HealthPaths) -> Source:
    """A document, as a link."""
    return Source(entry.title, entry.language_code, paths.document(entry))


@dataclass(frozen=True, slots=True)
class Lacking:
    """How many older documents were not read, which could not be, and of which a part could not."""

    older: int
    not_read: Sequence[DocumentEntry]
    partly_read: Sequence[DocumentEntry]


def gaps(lacking: Lacking, words: Words, paths: HealthPaths) -> Gaps:
    """What is not on the page."""
    not_read, partly_read = lacking.not_read, lacking.partly_read
    return Gaps(
        words("health.older", n=lacking.older) if lacking.older else "",
        words("health.not_read", n=len(not_read)) if not_read else "",
        tuple(source(entry, paths) for entry in not_read),
        words("health.partly_read", n=len(partly_read)) if partly_read else "",
        tuple(source(entry, paths) for entry in partly_read))

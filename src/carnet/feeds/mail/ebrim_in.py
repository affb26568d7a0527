"""Small readings of ebRIM 3.0: slots, classifications, identifiers, each with what is wrong in it. Pure.

May import: this room, documents, people, errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from lxml import etree

from carnet.documents.entry import Author
from carnet.documents.time import Dtm
from carnet.errors import InvalidInput, Issue
from carnet.feeds.mail.ebrim import rim
from carnet.people.code import Code
from carnet.people.names import parse_xcn, parse_xon

Read = TypeVar("Read")


@dataclass
class Reader:
    """One object of METADATA.XML; what is wrong in it is gathered in `issues`, under `where`."""

    element: etree._Element
    where: str
    issues: list[Issue] = field(default_factory=list)

    def slot(self, name: str) -> tuple[str, ...]:
        """The values of a slot."""
        return slot_of(self.element, name)

    def one(self, name: str) -> str:
        """The first value of a slot, or nothing."""
        return next(iter(self.slot(name)), "")

    def words(self, name: str) -> str:
        """The text of Name or Description."""
        found = self.element.find(f"{rim(name)}/{rim('LocalizedString')}")
        return "" if found is None else found.get("value", "").strip()

    def identifier(self, scheme: str) -> str:
        """The value of an external identifier of this scheme."""
        found = (
            each for each in self.element.iterfind(rim("ExternalIdentifier"))
            if each.get("identificationScheme") == scheme)
        return next((each.get("value", "").strip() for each in found), "")

    def codes(self, scheme: str) -> tuple[Code, ...]:
        """The codes of a classification scheme."""
        return tuple(_code(each) for each in self.classified(scheme) if each.get("nodeRepresentation"))

    def classified(self, scheme: str) -> list[etree._Element]:
        """The classifications of this scheme."""
        found = self.element.iterfind(rim("Classification"))
        return [each for each in found if each.get("classificationScheme") == scheme]

    def time(self, name: str, place: str) -> Dtm | None:
        """A slot that holds a time."""
        text = self.one(name)
        return self.attempt(lambda: Dtm.parse(text), place) if text else None

    def authors(self, scheme: str) -> tuple[Author, ...]:
        """Who made it."""
        found = (
            self.attempt(lambda each=each: _author(each), f"author[{place}]")   # type: ignore[misc]
            for place, each in enumerate(self.classified(scheme)))
        return tuple(author for author in found if author is not None)

    def attempt(self, read: Callable[[], Read], place: str) -> Read | None:
        """What this gives, or None with what is wrong noted at this place."""
        try:
            return read()
        except InvalidInput as error:
            self.issues += [Issue(each.code, each.message, f"{self.where}.{place}") for each in error.issues]
            return None

    def note(self, code: str, words: str, place: str) -> None:
        """Something is wrong at this place."""
        self.issues.append(Issue(code, words, f"{self.where}.{place}"))


def slot_of(element: etree._Element, name: str) -> tuple[str, ...]:
    """The values of a slot of any element."""
    for slot in element.iterfind(rim("Slot")):
        if slot.get("name") == name:
            found = ((each.text or "").strip() for each in slot.iterfind(f"{rim('ValueList')}/{rim('Value')}"))
            return tuple(text for text in found if text)
    return ()


def _code(element: etree._Element) -> Code:
    words = element.find(f"{rim('Name')}/{rim('LocalizedString')}")
    system = next(iter(slot_of(element, "codingScheme")), "")
    display = "" if words is None else words.get("value", "").strip()
    return Code(element.get("nodeRepresentation", "").strip(), system.removeprefix("urn:oid:"), display)


def _author(element: etree._Element) -> Author:
    people, places = slot_of(element, "authorPerson"), slot_of(element, "authorInstitution")
    return Author(
        parse_xcn(people[0]) if people else None, parse_xon(places[0]) if places else None,
        tuple(map(_said_code, slot_of(element, "authorRole"))),
        tuple(map(_said_code, slot_of(element, "authorSpecialty"))))


def _said_code(text: str) -> Code:
    """`code^words^list`, as CI-SIS writes roles and specialties; else words only."""
    parts = [part.strip() for part in text.split("^")]
    if len(parts) < 3:
        return Code("", "", text)
    return Code(parts[0], parts[2].removeprefix("&").removesuffix("&ISO"), parts[1])

"""Small readings that every part of a CDA header shares: a path, a code, a time, an identifier.

They never raise for what is absent or badly formed: what is wrong is noted, with its XPath, in a `Notes`.
May import: this room, people, errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from lxml import etree

from carnet.documents.time import Dtm
from carnet.errors import InvalidInput, Issue
from carnet.people.code import Code

HL7 = "urn:hl7-org:v3"


@dataclass
class Notes:
    """What is wrong in a document, gathered while it is read."""

    issues: list[Issue] = field(default_factory=list)

    def add(self, code: str, message: str, expression: str) -> None:
        """Note something wrong at this place."""
        self.issues.append(Issue(code, message, expression))


def first(element: etree._Element | None, path: str) -> etree._Element | None:
    """The first element at a path of HL7 names, `recordTarget/patientRole`, or None."""
    return None if element is None else next(_at(element, _steps(path)), None)


def every(element: etree._Element | None, path: str) -> list[etree._Element]:
    """All elements at a path of HL7 names."""
    return [] if element is None else list(_at(element, _steps(path)))


def text_of(element: etree._Element | None) -> str:
    """All text below, with its white space made single."""
    return "" if element is None else " ".join("".join(map(str, element.itertext())).split())


def code_of(element: etree._Element | None) -> Code | None:
    """A coded element (CD, CE), or None when it is absent or has no code."""
    if element is None or not element.get("code"):
        return None
    return Code(element.get("code", "").strip(), element.get("codeSystem", "").strip(), element.get("displayName", ""))


def time_of(element: etree._Element | None, notes: Notes, expression: str) -> Dtm | None:
    """The time in `@value`, or None when it is absent; a wrong one is noted."""
    value = element.get("value") if element is not None else None
    if not value:
        return None
    try:
        return Dtm.parse(value)
    except InvalidInput as error:
        notes.add("value", error.issues[0].message, f"{expression}/@value")
        return None


def id_of(element: etree._Element | None) -> tuple[str, str]:
    """Root and extension of an identifier (II); empty where absent."""
    return ("", "") if element is None else (element.get("root", "").strip(), element.get("extension", "").strip())


def _at(element: etree._Element, steps: tuple[str, ...]) -> Iterator[etree._Element]:
    """Twice as fast as the library's `findall`, which compiles a path to Python generators."""
    if len(steps) == 1:
        yield from element.iterchildren(steps[0])
        return
    for child in element.iterchildren(steps[0]):
        yield from _at(child, steps[1:])


@cache
def _steps(path: str) -> tuple[str, ...]:
    return tuple(f"{{{HL7}}}{step}" for step in path.split("/"))

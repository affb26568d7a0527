"""A document while its entries are read: what its texts show, who it names, and what was odd.

Nothing here raises for a document that is badly made, but `OddEntryError`, which leaves one entry out, and is told.
May import: this room, people, errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TypeAlias

from lxml.etree import QName, _Element

from carnet.documents.cda_people import institution, responsible
from carnet.documents.cda_read import HL7, Notes, code_of, every, first, time_of
from carnet.documents.content.values import Unread
from carnet.documents.time import Dtm
from carnet.people.code import Code
from carnet.people.names import Institution, Person

Element: TypeAlias = _Element
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_BREAKS = frozenset(
    f"{{{HL7}}}{name}" for name in ("br", "paragraph", "item", "list", "td", "th", "tr", "table", "caption", "text"))
_SECTION, _SUP = f"{{{HL7}}}section", f"{{{HL7}}}sup"
_RAISED = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_LONGEST = 500      # of one text on a list; the document is a click away
_SPACES = re.compile(r"\s+")


class OddEntryError(ValueError):
    """An entry is not as its model says: it is left out, and this is why. Never leaves this room."""


class Reading:
    """One document: its texts by XML ID, its own author and organisation, and what was left out."""

    def __init__(self, document: Element) -> None:
        self.document = document
        self.unread: list[Unread] = []

    def leave_out(self, section: str, reason: str) -> None:
        """Tell that a part of this section was not read."""
        self.unread.append(Unread(section, reason))

    @cached_property
    def _texts(self) -> dict[str, Element]:
        found: dict[str, Element] = {}
        for text in self.document.iter(f"{{{HL7}}}text"):
            parent = text.getparent()
            if parent is not None and parent.tag == _SECTION:
                for element in text.iter():
                    if "ID" in element.attrib:
                        found.setdefault(str(element.attrib["ID"]), element)
        return found

    def shown(self, element: Element | None) -> str:
        """What a `text` or `originalText` shows: its own words, or those of the narrative that it refers to."""
        if element is None:
            return ""
        reference = first(element, "reference")
        if reference is None:
            return words_of(element)
        name = str(reference.get("value", "")).strip()
        return words_of(self._texts.get(name.removeprefix("#")))

    def label(self, coded: Element | None) -> str:
        """How a coded element is shown: the narrative that it refers to, else the words of its code or of another."""
        if coded is None:
            return ""
        shown = self.shown(first(coded, "originalText"))
        names = (each.get("displayName", "") for each in (coded, *coded.iter(f"{{{HL7}}}translation")))
        return shown or next((_cut(name) for name in names if name.strip()), "")

    @cached_property
    def author(self) -> tuple[Person | None, Institution | None]:
        """Who made the document, and for whom: the first author who is a person."""
        for element in every(self.document, "author"):
            entity = first(element, "assignedAuthor")
            if first(entity, "assignedPerson") is not None:
                return who(entity)
        return None, None

    @cached_property
    def organisation(self) -> Institution | None:
        """The organisation whose document it is: who performed the act, else the author's, else its custodian."""
        performers = every(self.document, "documentationOf/serviceEvent/performer/assignedEntity")
        places = [
            *(first(performer, "representedOrganization") for performer in performers),
            *(first(author, "assignedAuthor/representedOrganization") for author in every(self.document, "author")),
            first(self.document, "custodian/assignedCustodian/representedCustodianOrganization"),
        ]
        found = (institution(place) for place in places if place is not None)
        return next((each for each in found if each is not None), None)

    @cached_property
    def made_at(self) -> Dtm | None:
        """When the document was made."""
        return moment(first(self.document, "effectiveTime"))


def type_of(value: Element) -> str:
    """The HL7 data type that an element says it is, without its prefix: `PQ`, `IVL_PQ`, `CD`…"""
    return str(value.get(_TYPE, "")).rpartition(":")[2].strip()


def words_of(element: Element | None) -> str:
    """The words of a narrative: a line or a cell ends a word, and a raised number stays one (`10⁹`, not `109`)."""
    return "" if element is None else _cut(_SPACES.sub(" ", "".join(_pieces(element))).strip())


def _pieces(element: Element) -> Iterator[str]:
    yield str(element.text or "")
    for child in element:
        is_break = child.tag in _BREAKS
        if is_break:
            yield " "
        inside = _pieces(child)
        yield from (piece.translate(_RAISED) for piece in inside) if child.tag == _SUP else inside
        if is_break:
            yield " "
        yield str(child.tail or "")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST - 1]}…"


def moment(element: Element | None) -> Dtm | None:
    """A time, or where an interval starts, or where it ends when only that is known. None for what is no time."""
    if element is None:
        return None
    for each in (element, first(element, "low"), first(element, "center"), first(element, "high")):
        found = time_of(each, Notes(), "")
        if found is not None:
            return found
    return None


def interval(element: Element | None) -> tuple[Dtm | None, Dtm | None]:
    """Where an interval starts and ends, each if it is known; a point in time starts."""
    start = time_of(element, Notes(), "") or time_of(first(element, "low"), Notes(), "")
    return start, time_of(first(element, "high"), Notes(), "")


def codes_in(coded: Element | None) -> tuple[Code, ...]:
    """Every code of a coded element: its own first, then its translations, also those inside others."""
    if coded is None:
        return ()
    every_code = (code_of(each) for each in (coded, *coded.iter(f"{{{HL7}}}translation")))
    return tuple(dict.fromkeys(code for code in every_code if code is not None))


def is_negated(element: Element) -> bool:
    """True when the entry says that it is not so."""
    return element.get("negationInd") == "true"


def who(entity: Element | None) -> tuple[Person | None, Institution | None]:
    """The person and the organisation of an assigned entity or author."""
    return responsible(entity), institution_of(first(entity, "representedOrganization"))


def institution_of(element: Element | None) -> Institution | None:
    """An organisation, or None where none is given."""
    return None if element is None else institution(element)


def related(element: Element, *kinds: str) -> Iterator[Element]:
    """What an entry holds by its relationships of these kinds (COMP, SUBJ, REFR…)."""
    for relation in every(element, "entryRelationship"):
        if relation.get("typeCode") in kinds:
            yield from relation.iterchildren(f"{{{HL7}}}*")


def named(element: Element) -> str:
    """The name of an element, without its namespace."""
    return QName(element).localname

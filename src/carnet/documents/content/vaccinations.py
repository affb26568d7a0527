"""Vaccinations: VAC and VAC-NOTE, and the sections 11369-6 of summaries and of child certificates.

May import: this room, people.
"""

from __future__ import annotations

from collections.abc import Iterator

from carnet.documents.cda_read import every, first
from carnet.documents.content import quantities
from carnet.documents.content.products import product
from carnet.documents.content.reading import Element, OddEntryError, Reading, is_negated, moment, named, related, who
from carnet.documents.content.values import Vaccination

_RANK = "30973-2"       # LOINC: the number of the dose


def vaccinations(reading: Reading, entry: Element) -> Iterator[Vaccination]:
    """The vaccination of this entry. Raises OddEntryError."""
    given = first(entry, "substanceAdministration")
    if given is None:
        raise OddEntryError("no vaccination in an entry")
    by, place = who(first(given, "performer/assignedEntity"))
    if by is None and place is None:
        by, place = who(first(given, "author/assignedAuthor"))
    yield Vaccination(
        product=product(reading, given, "consumable"), at=moment(first(given, "effectiveTime")),
        rank=_rank(reading, given), is_given=not is_negated(given), is_planned=given.get("moodCode", "EVN") != "EVN",
        by=by, place=place, reactions=tuple(_reactions(reading, given)),
    )


def _rank(reading: Reading, given: Element) -> str:
    for observation in related(given, "SUBJ", "COMP", "REFR"):
        if named(observation) == "observation" and _code(observation) == _RANK:
            found, _ = quantities.value(reading, every(observation, "value"))
            return quantities.as_text(found) if found else ""
    return ""


def _reactions(reading: Reading, given: Element) -> Iterator[str]:
    for observation in related(given, "CAUS", "MFST"):
        found, _ = quantities.value(reading, every(observation, "value"))
        text = quantities.as_text(found) if found else reading.shown(first(observation, "text"))
        if text:
            yield text


def _code(observation: Element) -> str:
    code = first(observation, "code")
    return "" if code is None else str(code.get("code", ""))

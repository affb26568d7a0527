"""Results of laboratories and of rapid tests: CR-BIO 2021 and 2024 (with microbiology), TROD, and reports in others.

They stand in acts of the template of IHE XD-LAB ("Laboratory Report Data Processing Entry"), whatever the document: a
stroke form or a maternity summary has them too. An earlier result that a report recalls is left to its own report.
May import: this room, people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from carnet.documents.cda_read import every, first
from carnet.documents.codes import LOINC
from carnet.documents.content import quantities
from carnet.documents.content.reading import (
    Element,
    OddEntryError,
    Reading,
    codes_in,
    institution_of,
    is_negated,
    moment,
    named,
)
from carnet.documents.content.values import ReferenceRange, Result, Text
from carnet.documents.time import Dtm
from carnet.people.code import Code
from carnet.people.names import Institution

REPORT_DATA = "1.3.6.1.4.1.19376.1.3.1"
_USUAL = frozenset({"N", ""})
_MICROORGANISM = "MIC"
_GROUPS = frozenset({"act", "organizer"})
_SILENT = frozenset({"procedure", "observationMedia", "supply", "substanceAdministration", "encounter"})
_HOLDS = frozenset({"COMP", ""})
_ASIDE = frozenset({"templateId", "sequenceNumber", "seperatableInd", "priorityNumber", "priorityCode", "realmCode"})


@dataclass(frozen=True, slots=True)
class _Around:
    """What an observation takes from the groups that it is in."""

    discipline: str = ""
    specimen: str = ""
    isolate: str = ""
    laboratory: Institution | None = None
    at: Dtm | None = None


def is_report_data(entry: Element) -> bool:
    """True for an entry that holds results of a laboratory."""
    act = first(entry, "act")
    marks = [*every(entry, "templateId"), *every(act, "templateId")]
    return act is not None and any(mark.get("root") == REPORT_DATA for mark in marks)


def results(reading: Reading, entry: Element, section: str) -> Iterator[Result]:
    """Every result of this entry, in its order."""
    act = first(entry, "act")
    if act is None:
        raise OddEntryError("no act in a laboratory's entry")
    around = _Around(discipline=section, laboratory=reading.organisation)
    yield from _walk(reading, act, around, section)


def _walk(reading: Reading, group: Element, outer: _Around, section: str) -> Iterator[Result]:
    around = _inside(reading, group, outer)
    for held in _held(group):
        kind = named(held)
        if kind == "observation":
            try:
                yield _result(reading, held, around)
            except OddEntryError as odd:
                reading.leave_out(section, str(odd))
            yield from _walk(reading, held, around, section)
        elif kind in _GROUPS:
            yield from _walk(reading, held, around, section)
        elif kind not in _SILENT:
            reading.leave_out(section, f"unknown part of a report: {kind}")


def _held(group: Element) -> Iterator[Element]:
    """What a group is made of; what it refers to (earlier results) and comments are no part of it."""
    relations = [*every(group, "component"), *every(group, "entryRelationship")]
    for relation in relations:
        if relation.get("typeCode", "") in _HOLDS:
            yield from (child for child in relation if named(child) not in _ASIDE)


def _inside(reading: Reading, group: Element, outer: _Around) -> _Around:
    """The same, with what this group says for all that it holds."""
    around = outer
    place = first(group, "performer/assignedEntity/representedOrganization")
    laboratory = institution_of(place)
    if laboratory is not None:
        around = replace(around, laboratory=laboratory)
    for procedure in (held for held in _held(group) if named(held) == "procedure"):
        material = first(procedure, "participant/participantRole/playingEntity/code")
        around = replace(
            around, specimen=reading.label(material) or around.specimen,
            at=moment(first(procedure, "effectiveTime")) or around.at)
    for player in every(group, "specimen/specimenRole/specimenPlayingEntity"):
        label = reading.label(first(player, "code"))
        if player.get("classCode") == _MICROORGANISM:
            around = replace(around, isolate=label or around.isolate)
        else:
            around = replace(around, specimen=label or around.specimen)
    return replace(around, at=moment(first(group, "effectiveTime")) or around.at)


def _result(reading: Reading, observation: Element, outer: _Around) -> Result:
    around = _inside(reading, observation, outer)
    coded = first(observation, "code")
    code, label = _code(coded), reading.label(coded)
    if not (code.code or label):
        raise OddEntryError("a result without a name")
    if is_negated(observation):
        raise OddEntryError("a result that is said not to be")
    value, absent = quantities.value(reading, every(observation, "value"))
    if value is None and not absent and (shown := reading.shown(first(observation, "text"))):
        value = Text(shown)
    return Result(
        code=code, label=label or code.code, value=value, absent=absent, ranges=tuple(_ranges(reading, observation)),
        flag=_flag(observation), at=around.at or reading.made_at, specimen=around.specimen, isolate=around.isolate,
        discipline=around.discipline, laboratory=around.laboratory,
        status=str(_attribute(first(observation, "statusCode"), "code")),
    )


def _code(coded: Element | None) -> Code:
    """LOINC where it is given, else the laboratory's own code; without any, an empty one."""
    given = codes_in(coded)
    loinc = next((code for code in given if code.system == LOINC), None)
    return loinc or next(iter(given), Code("", ""))


def _flag(observation: Element) -> str:
    codes = (each.get("code", "") for each in every(observation, "interpretationCode"))
    return next((code.strip() for code in codes if code.strip()), "")


def _ranges(reading: Reading, observation: Element) -> Iterator[ReferenceRange]:
    """What is usual: ranges that stand for something else (HL7 interpretation other than N) are no such thing."""
    for said in every(observation, "referenceRange/observationRange"):
        if _attribute(first(said, "interpretationCode"), "code") not in _USUAL:
            continue
        value = first(said, "value")
        low, high = (quantities.quantity(first(value, name)) for name in ("low", "high"))
        text = reading.shown(first(said, "text"))
        if value is not None and low is None and high is None:
            found, _ = quantities.value(reading, [value])
            text = text or (quantities.as_text(found) if found else "")
        if low or high or text:
            yield ReferenceRange(low, high, text)


def _attribute(element: Element | None, name: str) -> str:
    return "" if element is None else str(element.get(name, "")).strip()

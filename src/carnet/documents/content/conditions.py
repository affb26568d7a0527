"""Allergies and problems: of VSM, IPS-FR, LDL-SES, DLU, and of any document with their sections.

They stand in "concerns" (IHE PCC 1.3.6.1.4.1.19376.1.5.3.1.4.5.x): an act around observations.
May import: this room, people.
"""

from __future__ import annotations

from collections.abc import Iterator

from carnet.documents.cda_read import code_of, every, first, text_of
from carnet.documents.content import quantities
from carnet.documents.content.reading import Element, OddEntryError, Reading, interval, is_negated, named, related
from carnet.documents.content.values import Allergy, Coded, Problem
from carnet.people.code import Code

_STATUS, _SEVERITY, _CRITICALITY = "33999-4", "SEV", "82606-5"


def allergies(reading: Reading, entry: Element) -> Iterator[Allergy]:
    """The allergies of a concern. Raises OddEntryError."""
    for observation in _observations(entry):
        since, until = interval(first(observation, "effectiveTime"))
        agent = first(observation, "participant/participantRole/playingEntity")
        label = _agent(reading, agent) or _label(reading, observation)
        if not label:
            raise OddEntryError("an allergy without a name")
        yield Allergy(
            label=label, kind=code_of(first(observation, "code")), agent=code_of(first(agent, "code")), since=since,
            until=until, status=_status(reading, observation),
            severity=_said(reading, observation, _SEVERITY) or _said(reading, observation, _CRITICALITY),
            reactions=tuple(_reactions(reading, observation)), is_refuted=is_negated(observation))


def problems(reading: Reading, entry: Element, *, is_history: bool) -> Iterator[Problem]:
    """The problems of a concern. Raises OddEntryError."""
    for observation in _observations(entry):
        since, until = interval(first(observation, "effectiveTime"))
        label = _label(reading, observation)
        if not label:
            raise OddEntryError("a problem without a name")
        yield Problem(
            label=label, code=_value_code(reading, observation), since=since, until=until,
            status=_status(reading, observation), is_history=is_history, is_refuted=is_negated(observation))


def _observations(entry: Element) -> list[Element]:
    """The observations of a concern; or the one that stands alone."""
    alone = first(entry, "observation")
    if alone is not None:
        return [alone]
    concern = first(entry, "act")
    held = [] if concern is None else [
        each for each in related(concern, "SUBJ", "COMP") if named(each) == "observation"]
    if not held:
        raise OddEntryError("no observation in a concern")
    return held


def _agent(reading: Reading, agent: Element | None) -> str:
    if agent is None:
        return ""
    coded = first(agent, "code")
    return text_of(first(agent, "name")) or reading.label(coded)


def _label(reading: Reading, observation: Element) -> str:
    """What is observed: as the value says, else in the words of the narrative."""
    found, _ = quantities.value(reading, every(observation, "value"))
    if isinstance(found, Coded):
        precise = ", ".join(reading.label(each) for each in every(observation, "value/qualifier/value"))
        label = found.code.display or found.text
        return f"{label} ({precise})" if precise else label         # which side it is on
    return (quantities.as_text(found) if found else "") or reading.shown(first(observation, "text"))


def _value_code(reading: Reading, observation: Element) -> Code | None:
    found, _ = quantities.value(reading, every(observation, "value"))
    return found.code if isinstance(found, Coded) else None


def _status(reading: Reading, observation: Element) -> str:
    """As it is said of the problem itself. The status of its concern tells how it is followed, not how it is."""
    return _said(reading, observation, _STATUS, coded=True)


def _said(reading: Reading, observation: Element, code: str, *, coded: bool = False) -> str:
    for held in related(observation, "REFR", "SUBJ", "MFST"):
        if named(held) != "observation":
            continue
        own = code_of(first(held, "code"))
        if own is not None and own.code == code:
            found, _ = quantities.value(reading, every(held, "value"))
            if isinstance(found, Coded):
                return found.code.code if coded else found.code.display or found.text
            return quantities.as_text(found) if found else ""
        if inner := _said(reading, held, code, coded=coded):
            return inner
    return ""


def _reactions(reading: Reading, observation: Element) -> Iterator[str]:
    for held in related(observation, "MFST"):
        if named(held) == "observation" and (label := _label(reading, held)):
            yield label

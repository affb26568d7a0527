"""Coded entries that we write ourselves, from the values that `documents.content` reads: for demonstrations and tests.

They carry the templates of their entries (IHE XD-LAB, IHE PCC), not that of a whole model. What is written here reads
back equal, but for the words of a code, which stand beside it and in no narrative.
May import: this room, people.
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from carnet.documents.content.laboratory import REPORT_DATA
from carnet.documents.content.values import (
    Allergy,
    Coded,
    Medication,
    MedicationKind,
    Problem,
    Product,
    Quantity,
    Result,
    Text,
    Vaccination,
    Value,
)
from carnet.documents.elements import E, element
from carnet.documents.time import Dtm
from carnet.people.code import Code
from carnet.people.names import Institution, Person

_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_INTERPRETATION = "2.16.840.1.113883.5.83"
_RANK = Code("30973-2", "2.16.840.1.113883.6.1", "Rang de la vaccination")
_STATUS = Code("33999-4", "2.16.840.1.113883.6.1", "Statut")
_DIAGNOSIS = Code("282291009", "2.16.840.1.113883.6.96", "interprétation diagnostique")
_DRUG = Code("DRUG", "2.16.840.1.113883.5.4", "Médicament")
_IMMUNIZATION = Code("IMMUNIZ", "2.16.840.1.113883.5.4", "Vaccination")


def report_data(discipline: Code, results: Iterable[Result]) -> etree._Element:
    """The entry of a laboratory with these results. `laboratory` is written where a result has one."""
    act = E.act(
        E.templateId(root=REPORT_DATA), _coded("code", discipline), E.statusCode(code="completed"), classCode="ACT",
        moodCode="EVN")
    act.extend(E.entryRelationship(_result(result), typeCode="COMP") for result in results)
    return E.entry(E.templateId(root=REPORT_DATA), act, typeCode="DRIV")


def vaccination(given: Vaccination) -> etree._Element:
    """The entry of a vaccination."""
    act = E.substanceAdministration(
        _coded("code", _IMMUNIZATION), E.statusCode(code="completed"), _time(given.at), _consumable(given.product),
        classCode="SBADM", moodCode="INT" if given.is_planned else "EVN", negationInd=_said(not given.is_given))
    if given.by is not None or given.place is not None:
        act.append(E.performer(_entity(given.by, given.place), typeCode="PRF"))
    if given.rank:
        rank = _observation(_RANK, _typed("INT", value=given.rank))
        act.append(E.entryRelationship(rank, typeCode="SUBJ"))
    return E.entry(act)


def medication(taken: Medication) -> etree._Element:
    """The entry of a medicine: a supply for what was dispensed, else how it is taken."""
    if taken.kind is MedicationKind.DISPENSED:
        product = element("product", *_consumable(taken.product))
        supply = E.supply(*_quantity(taken), product, classCode="SPLY", moodCode="EVN")
        if taken.start is not None:
            supply.append(E.performer(E.time(value=taken.start.text), _entity(taken.by, taken.place), typeCode="PRF"))
        return E.entry(supply)
    mood = "INT" if taken.kind is MedicationKind.PRESCRIBED else "EVN"
    act = E.substanceAdministration(
        _coded("code", _DRUG), E.statusCode(code="completed"), _interval(taken.start, taken.end),
        _consumable(taken.product), classCode="SBADM", moodCode=mood)
    if taken.posology:
        step = E.substanceAdministration(
            E.text(taken.posology), _nothing_consumed(), classCode="SBADM", moodCode=mood)
        act.append(E.entryRelationship(step, typeCode="COMP"))
    if taken.quantity:
        supply = E.supply(E.independentInd(value="false"), *_quantity(taken), classCode="SPLY", moodCode="RQO")
        act.append(E.entryRelationship(supply, typeCode="COMP"))
    return E.entry(act)


def allergy(found: Allergy) -> etree._Element:
    """The entry of an allergy."""
    nothing = _typed("CD", nullFlavor="NA")
    observation = _observation(
        found.kind or _DIAGNOSIS, nothing, when=_interval(found.since, found.until), is_negated=found.is_refuted)
    agent = E.playingEntity(E.name(found.label), classCode="MMAT")
    if found.agent is not None:
        agent.insert(0, _coded("code", found.agent))
    observation.append(E.participant(E.participantRole(agent, classCode="MANU"), typeCode="CSM"))
    return _concern(observation, found.status)


def problem(found: Problem) -> etree._Element:
    """The entry of a problem."""
    value = _typed("CD", nullFlavor="OTH") if found.code is None else _value(Coded(found.code, found.label))
    observation = _observation(
        _DIAGNOSIS, value, when=_interval(found.since, found.until), is_negated=found.is_refuted,
        text="" if found.code else found.label)
    return _concern(observation, found.status)


def _result(result: Result) -> etree._Element:
    value = _typed("ST", nullFlavor=result.absent or "NI") if result.value is None else _value(result.value)
    code = Code(result.code.code, result.code.system, result.code.display or result.label)
    observation = _observation(code, value, when=_time(result.at), status=result.status or "completed")
    if result.flag:
        observation.append(E.interpretationCode(code=result.flag, codeSystem=_INTERPRETATION))
    if result.laboratory is not None:
        observation.append(E.performer(_entity(None, result.laboratory), typeCode="PRF"))
    for usual in result.ranges:
        held = E.observationRange(classCode="OBS", moodCode="EVN.CRT")
        if usual.text:
            held.append(E.text(usual.text))
        if usual.low or usual.high:
            bounds = [(name, bound) for name, bound in (("low", usual.low), ("high", usual.high)) if bound]
            interval = _typed("IVL_PQ")
            interval.extend(element(name, **_number(bound)) for name, bound in bounds)
            held.append(interval)
        held.append(E.interpretationCode(code="N", codeSystem=_INTERPRETATION))
        observation.append(E.referenceRange(held, typeCode="REFV"))
    return observation


def _observation(
    code: Code, value: etree._Element, *, when: etree._Element | None = None, status: str = "completed",
    is_negated: bool = False, text: str = "",
) -> etree._Element:
    observation = E.observation(_coded("code", code), classCode="OBS", moodCode="EVN", negationInd=_said(is_negated))
    if text:
        observation.append(E.text(text))
    observation.append(E.statusCode(code=status))
    observation.extend([] if when is None else [when])
    observation.append(value)
    return observation


def _concern(observation: etree._Element, status: str) -> etree._Element:
    if status:
        said = _observation(_STATUS, _value(Coded(Code(status, "2.16.840.1.113883.4.642.4.1373", status), status)))
        observation.append(E.entryRelationship(said, typeCode="REFR"))
    act = E.act(
        E.id(nullFlavor="NI"), E.code(nullFlavor="NA"), E.statusCode(code="active"),
        E.entryRelationship(observation, typeCode="SUBJ"), classCode="ACT", moodCode="EVN")
    return E.entry(act)


def _value(value: Value) -> etree._Element:
    match value:
        case Quantity():
            return _typed("PQ", **_number(value))
        case Coded(code=code):
            return _typed("CD", code=code.code, codeSystem=code.system, displayName=code.display or value.text)
        case Text(text=text):
            written = _typed("ST")
            written.text = text
            return written


def _typed(kind: str, /, **attributes: str) -> etree._Element:
    value = element("value", **attributes)
    value.set(_TYPE, kind)
    return value


def _number(quantity: Quantity) -> dict[str, str]:
    return {"value": str(quantity.number), **({"unit": quantity.unit} if quantity.unit else {})}


def _coded(name: str, code: Code) -> etree._Element:
    return element(name, code=code.code, displayName=code.display or code.code, codeSystem=code.system)


def _consumable(product: Product) -> etree._Element:
    first, *others = product.codes or (None,)
    coded = E.code(nullFlavor="NA") if first is None else _coded("code", first)
    coded.extend(_coded("translation", other) for other in others if other is not None)
    material = E.manufacturedMaterial(coded, E.name(product.label))
    if product.lot:
        material.append(E.lotNumberText(product.lot))
    return E.consumable(E.manufacturedProduct(material))


def _nothing_consumed() -> etree._Element:
    material = E.manufacturedMaterial(E.code(nullFlavor="NA"), E.name(nullFlavor="NA"))
    return E.consumable(E.manufacturedProduct(material))


def _entity(person: Person | None, place: Institution | None) -> etree._Element:
    known = person is not None and person.identifier
    identifier = E.id(root=person.system, extension=person.identifier) if person and known else E.id(nullFlavor="UNK")
    entity = E.assignedEntity(identifier)
    if person is not None:
        entity.append(E.assignedPerson(E.name(E.given(person.given), E.family(person.family))))
    if place is not None:
        held = [E.id(root=place.system, extension=place.identifier)] if place.identifier else []
        entity.append(E.representedOrganization(*held, E.name(place.name)))
    return entity


def _quantity(taken: Medication) -> list[etree._Element]:
    number, _, unit = taken.quantity.partition(" ")
    return [E.quantity(value=number, **({"unit": f"{{{unit}}}"} if unit else {}))] if number else []


def _time(moment: Dtm | None) -> etree._Element:
    return E.effectiveTime(nullFlavor="UNK") if moment is None else E.effectiveTime(value=moment.text)


def _interval(start: Dtm | None, end: Dtm | None) -> etree._Element:
    parts = [element(name, value=at.text) for name, at in (("low", start), ("high", end)) if at is not None]
    interval = E.effectiveTime(*parts)
    interval.set(_TYPE, "IVL_TS")
    return interval


def _said(yes: bool) -> str:
    return "true" if yes else "false"

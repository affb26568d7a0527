"""Medicines: prescriptions (eP-MED-DM 2022 to 2024), dispensations (eDISP-MED), treatments of summaries and letters.

How a medicine is to be taken is given in the words of the document; codes of a posology are not put into sentences.
May import: this room, people.
"""

from __future__ import annotations

from collections.abc import Iterator

from carnet.documents.cda_read import every, first
from carnet.documents.content.products import product
from carnet.documents.content.reading import (
    Element,
    OddEntryError,
    Reading,
    interval,
    moment,
    named,
    related,
    who,
)
from carnet.documents.content.values import Medication, MedicationKind
from carnet.documents.time import Dtm
from carnet.people.names import Institution, Person

_INSTRUCTIONS = frozenset({"PINSTRUCT", "FINSTRUCT"})    # IHE: to the patient, to who dispenses
_HOW_MUCH = ("doseQuantity", "doseQuantity/low", "effectiveTime/period", "effectiveTime/comp/period")
_PACKAGE = "containerPackagedMedicine"     # of an extension of CDA, in a namespace of its own


def administered(reading: Reading, entry: Element, kind: MedicationKind) -> Iterator[Medication]:
    """The medicine of an entry that says how it is taken. Raises OddEntryError."""
    taken = first(entry, "substanceAdministration")
    if taken is None:
        raise OddEntryError("no medicine in an entry")
    start, end = interval(first(taken, "effectiveTime"))
    by, place = _who(reading, taken, kind)
    supply = next((each for each in related(taken, "COMP") if named(each) == "supply"), None)
    yield Medication(
        kind=kind, product=product(reading, taken, "consumable"), start=start, end=end,
        posology=_posology(reading, taken), route=reading.label(first(taken, "routeCode")),
        quantity=_quantity(supply), instructions=tuple(_instructions(reading, taken)), by=by, place=place)


def dispensed(reading: Reading, entry: Element) -> Iterator[Medication]:
    """The medicine of an entry that says what was given out. Raises OddEntryError."""
    supply = first(entry, "supply")
    if supply is None:
        raise OddEntryError("no supply in an entry of dispensation")
    how = next((each for each in related(supply, "COMP") if named(each) == "substanceAdministration"), None)
    by, place = _who(reading, supply, MedicationKind.DISPENSED)
    yield Medication(
        kind=MedicationKind.DISPENSED, product=product(reading, supply, "product"), start=_given_at(supply),
        posology="" if how is None else reading.shown(first(how, "text")),
        route="" if how is None else reading.label(first(how, "routeCode")),
        quantity=_quantity(supply), instructions=tuple(_instructions(reading, supply)), by=by, place=place)


def _given_at(supply: Element) -> Dtm | None:
    times = (first(supply, path) for path in ("performer/time", "effectiveTime", "author/time"))
    return next((found for found in map(moment, times) if found is not None), None)


def _who(reading: Reading, entry: Element, kind: MedicationKind) -> tuple[Person | None, Institution | None]:
    """Who prescribed or dispensed it: as the entry says, else who made the document. Of a summary, nobody is said."""
    paths = ("author/assignedAuthor", "performer/assignedEntity")
    for path in paths if kind is not MedicationKind.DISPENSED else reversed(paths):
        found = who(first(entry, path))
        if found != (None, None):
            return found
    is_act = kind in (MedicationKind.PRESCRIBED, MedicationKind.DISPENSED)
    return reading.author if is_act else (None, None)


def _posology(reading: Reading, taken: Element) -> str:
    """The words of each step of the treatment, else those of its doses and frequencies."""
    steps = [each for each in related(taken, "COMP") if named(each) == "substanceAdministration"]
    told = [text for step in steps if (text := reading.shown(first(step, "text")))]
    if told:
        return " ; ".join(told)
    held = (element for each in (taken, *steps) for path in _HOW_MUCH for element in every(each, path))
    shown = (reading.shown(first(element, "translation/originalText")) for element in held)
    return ", ".join(dict.fromkeys(text for text in shown if text))


def _quantity(supply: Element | None) -> str:
    """`2 Boîte`: the number, and the package when the product says what the unit's code is."""
    quantity = first(supply, "quantity")
    if supply is None or quantity is None or not quantity.get("value"):
        return ""
    unit = str(quantity.get("unit", ""))
    forms = (form for package in supply.iter(f"{{*}}{_PACKAGE}") for form in package.iterchildren("{*}formCode"))
    name = next((str(form.get("displayName", "")) for form in forms if form.get("code") == unit), "")
    if not name and not unit.isdecimal():
        name = unit.strip("{}")
    return f"{quantity.get('value')} {name}".strip()


def _instructions(reading: Reading, entry: Element) -> Iterator[str]:
    for act in related(entry, "SUBJ"):
        code = first(act, "code")
        if named(act) == "act" and code is not None and code.get("code") in _INSTRUCTIONS:
            text = reading.shown(first(act, "text"))
            if any(letter.isalnum() for letter in text):     # a dash stands for nothing
                yield text

"""What a document says in its coded entries, as values: one call, one value, never a guess.

Reading is tolerant: an entry that is not as its model says is left out and told in `Content.unread`, and the rest is
read. A document without coded entries (a PDF, narrative alone) has an empty content.
CDA R2, models of the CI-SIS (ANS). May import: the rest of documents, people, errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from carnet.documents.cda_header import clinical_document
from carnet.documents.cda_read import HL7, every, first, text_of
from carnet.documents.content.laboratory import is_report_data, results
from carnet.documents.content.models import Item, model_of, reader_of
from carnet.documents.content.reading import Element, OddEntryError, Reading, codes_in
from carnet.documents.content.values import (
    Allergy,
    CareKind,
    Coded,
    Content,
    Medication,
    MedicationKind,
    Problem,
    Product,
    Quantity,
    ReferenceRange,
    Reimbursed,
    Result,
    Text,
    Unread,
    Vaccination,
    Value,
)
from carnet.documents.xml import parse

__all__ = [
    "Allergy", "CareKind", "Coded", "Content", "Medication", "MedicationKind", "Problem", "Product", "Quantity",
    "ReferenceRange", "Reimbursed", "Result", "Text", "Unread", "Vaccination", "Value", "read_content",
]

MOST_ITEMS = 20_000
"""Of one document: far beyond any report, and not beyond what a page can bear."""


def read_content(cda: bytes) -> Content:
    """Everything that the coded entries of this document say. Raises InvalidDocument only if it is no CDA at all."""
    document = clinical_document(parse(cda))
    reading = Reading(document)
    model = model_of(document)
    sections = document.iter(f"{{{HL7}}}section")
    found = list(islice(chain.from_iterable(_section(reading, section, model) for section in sections), MOST_ITEMS + 1))
    if len(found) > MOST_ITEMS:
        reading.leave_out("", f"more than {MOST_ITEMS} entries")
        found.pop()
    return Content(
        model=model, unread=tuple(reading.unread),
        results=tuple(item for item in found if isinstance(item, Result)),
        vaccinations=tuple(item for item in found if isinstance(item, Vaccination)),
        medications=tuple(item for item in found if isinstance(item, Medication)),
        allergies=tuple(item for item in found if isinstance(item, Allergy)),
        problems=tuple(item for item in found if isinstance(item, Problem)),
        reimbursed=tuple(item for item in found if isinstance(item, Reimbursed)),
    )


def _section(reading: Reading, section: Element, model: str) -> Iterator[Item | Result]:
    coded = first(section, "code")
    codes = tuple(code.code for code in codes_in(coded))
    name = text_of(first(section, "title")) or next((code.display or code.code for code in codes_in(coded)), "")
    for entry in every(section, "entry"):
        try:
            if is_report_data(entry):
                yield from results(reading, entry, name)
            elif reader := reader_of(model, codes[::-1] if model == "CNAM-HR" else codes):
                yield from reader(reading, entry)
        except OddEntryError as odd:
            reading.leave_out(name, str(odd))

"""Which reader reads which section of which model (SPEC 7.4, 7.5).

A section means what its code says in every model, but for the models that say otherwise. Sections of laboratories are
known by their entries: a report has one per discipline.
May import: this room, people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from carnet.documents.cda_read import every
from carnet.documents.content import reimbursements
from carnet.documents.content.conditions import allergies, problems
from carnet.documents.content.medications import administered, dispensed
from carnet.documents.content.reading import Element, Reading
from carnet.documents.content.vaccinations import vaccinations
from carnet.documents.content.values import (
    Allergy,
    CareKind,
    Medication,
    MedicationKind,
    Problem,
    Reimbursed,
    Vaccination,
)

Item = Vaccination | Medication | Allergy | Problem | Reimbursed
Reader = Callable[[Reading, Element], Iterator[Item]]

_ANS = "1.2.250.1.213.1.1.1."
MODELS = {
    f"{_ANS}55": "CR-BIO", f"{_ANS}59": "TROD", f"{_ANS}37": "VAC", f"{_ANS}46": "VAC-NOTE", f"{_ANS}39": "eP-MED-DM",
    f"{_ANS}54": "eDISP-MED", f"{_ANS}13": "VSM", f"{_ANS}51": "IPS-FR", f"{_ANS}29": "LDL-SES", f"{_ANS}22": "DLU",
    f"{_ANS}36": "CNAM-HR",
}
_IN_ANY: Mapping[str, Reader] = {
    "11369-6": vaccinations,
    "57828-6": partial(administered, kind=MedicationKind.PRESCRIBED),
    "60590-7": dispensed,
    "10160-0": partial(administered, kind=MedicationKind.TREATMENT),
    "10183-2": partial(administered, kind=MedicationKind.TREATMENT),
    "18610-6": partial(administered, kind=MedicationKind.ADMINISTERED),
    "48765-2": allergies,
    "11450-4": partial(problems, is_history=False),
    "11348-0": partial(problems, is_history=True),
}
_READERS: Mapping[str, Mapping[str, Reader]] = {
    "LDL-SES": {**_IN_ANY, "18610-6": partial(administered, kind=MedicationKind.STOPPED)},
    "CNAM-HR": {
        "10160-0": reimbursements.medicines, "11369-6": reimbursements.vaccines, "46264-8": reimbursements.devices,
        "46240-8": reimbursements.stays, "67803-7": reimbursements.acts(CareKind.MEDICAL_DENTAL_CARE),
        "18726-0": reimbursements.acts(CareKind.RADIOLOGY), "26436-6": reimbursements.acts(CareKind.BIOLOGY),
    },
}


def model_of(document: Element) -> str:
    """The model that a document declares, the most particular if several; empty for one that is not known here."""
    declared = [str(each.get("root", "")) for each in every(document, "templateId")]
    return next((MODELS[template] for template in reversed(declared) if template in MODELS), "")


def reader_of(model: str, section_codes: tuple[str, ...]) -> Reader | None:
    """The reader of a section, by its code or a translation of it; None for a section that is not read."""
    readers = _READERS.get(model, _IN_ANY)
    return next((readers[code] for code in section_codes if code in readers), None)

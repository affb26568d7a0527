"""Invented documents with coded entries: what the samples show, shown without them."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from carnet.documents import compose_entries as write
from carnet.documents.compose import Section, compose
from carnet.documents.content.values import (
    Allergy,
    Coded,
    Medication,
    MedicationKind,
    Problem,
    Product,
    Quantity,
    ReferenceRange,
    Result,
    Text,
    Vaccination,
)
from carnet.documents.time import Dtm
from carnet.people.code import Code
from carnet.people.names import Institution, Person
from tests.documents.lots import LETTERHEAD

LOINC = "2.16.840.1.113883.6.1"
DAY = Dtm.parse("20260102083000+0100")
BIOCHEMISTRY = Code("18719-5", LOINC, "Biochimie")
LABORATORY = Institution("Laboratoire inventé", "1750712184")


def result(number: str = "7.67", unit: str = "pg/mL", loinc: str = "3024-7", **changes: object) -> Result:
    """A result of an invented laboratory."""
    made = Result(
        code=Code(loinc, LOINC, "Thyroxine libre"), label="Thyroxine libre", value=Quantity(Decimal(number), unit),
        ranges=(ReferenceRange(Quantity(Decimal("9.30"), unit), Quantity(Decimal("17.00"), unit)),), flag="L", at=DAY,
        discipline="Biochimie", laboratory=LABORATORY, status="completed")
    return msgspec.structs.replace(made, **changes)


NEGATIVE = Coded(Code("260385009", "2.16.840.1.113883.6.96", "négatif"), "négatif")
RESULTS = (
    result(),
    result("49", "[IU]/L", "1743-4", flag="HH", ranges=(ReferenceRange(text="selon l'âge"),)),
    result(loinc="5802-4", value=NEGATIVE, flag="", ranges=()),
    result(loinc="1988-5", value=Text("<1.0 mg/L"), ranges=(ReferenceRange(high=Quantity(Decimal("5.0"), "mg/L")),)),
    result(loinc="2345-7", value=None, absent="NAV", flag="", ranges=()),
    result("2.0", "", "6301-6", flag="N", ranges=()),
    result(code=Code("L-17", "1.2.3.4", "Dosage maison"), label="Dosage maison"),
)
GIVEN = Vaccination(
    product=Product("Vaccin inventé", (Code("J07BB02", "2.16.840.1.113883.6.73", "grippe"),), "A12"), at=DAY, rank="2",
    by=Person("899700218896", "1.2.250.1.71.4.2.1", "FICTIF", "Louis"), place=LABORATORY)
VACCINATIONS = (GIVEN, msgspec.structs.replace(GIVEN, is_given=False, rank="", by=None, at=None))
_MEDICINE = Product("Médicament inventé 5 mg", (
    Code("3400900000001", "1.2.250.1.213.2.3.2", "boîte de 30"), Code("B03AA07", "2.16.840.1.113883.6.73", "fer")))
PRESCRIBED = Medication(
    kind=MedicationKind.PRESCRIBED, product=_MEDICINE, start=DAY, end=Dtm.parse("20260402"), posology="1 par jour",
    quantity="3", by=LETTERHEAD.author.person, place=LETTERHEAD.author.institution)
DISPENSED = Medication(
    kind=MedicationKind.DISPENSED, product=_MEDICINE, start=DAY, quantity="2 boîte", by=GIVEN.by, place=LABORATORY)
TAKEN = Medication(kind=MedicationKind.TREATMENT, product=_MEDICINE, start=DAY)
ALLERGIES = (
    Allergy(
        label="Pénicilline", kind=Code("416098002", "2.16.840.1.113883.6.96", "allergie médicamenteuse"),
        agent=Code("XM5DJ7", "2.16.840.1.113883.6.347", "Pénicilline"), since=Dtm.parse("1982"), status="active"),
    Allergy(label="Pollens", kind=Code("x", "1.2.3", "allergie"), is_refuted=True),
)
PROBLEMS = (
    Problem(label="Anémie", code=Code("D50.9", "2.16.840.1.113883.6.3", "Anémie"), since=DAY, status="active"),
    Problem(label="Fatigue, en toutes lettres"),
)
SECTIONS = (
    Section("Biochimie", code="18719-5", entries=(write.report_data(BIOCHEMISTRY, RESULTS),)),
    Section("Vaccinations", code="11369-6", entries=tuple(map(write.vaccination, VACCINATIONS))),
    Section("Prescription", code="57828-6", entries=(write.medication(PRESCRIBED),)),
    Section("Délivrance", code="60590-7", entries=(write.medication(DISPENSED),)),
    Section("Traitements", code="10160-0", entries=(write.medication(TAKEN),)),
    Section("Allergies", code="48765-2", entries=tuple(map(write.allergy, ALLERGIES))),
    Section("Problèmes", code="11450-4", entries=tuple(map(write.problem, PROBLEMS))),
)


def written(*sections: Section) -> bytes:
    """A document of an invented patient with these sections, or with one of each kind."""
    return compose(LETTERHEAD, sections or SECTIONS)

"""What the coded entries of a document say, as values: results, vaccinations, medicines, allergies, problems, care.

A value is what the document wrote: numbers keep their digits (`Decimal`), units stay UCUM, nothing is converted, and
what is not a number stays text. Absent is empty or None, never a default.
May import: people and the times of this room.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from carnet.documents.time import Dtm
from carnet.people.code import Code
from carnet.people.names import Institution, Person

CIP = ("1.2.250.1.213.2.3.2", "1.2.250.1.213.2.3.3", "1.2.250.1.215.200.1.1.1")    # national, and the insurer's
CIS = ("1.2.250.1.213.2.3.1",)
UCD = ("1.2.250.1.215.200.1.1.2",)
ATC = ("2.16.840.1.113883.6.73", "1.2.250.1.215.200.1.2.1", "1.2.250.1.215.200.1.2.2")
LPP = ("1.2.250.1.215.200.2.1",)


class Quantity(msgspec.Struct, frozen=True, tag="quantity"):
    """A number with its UCUM unit; without a unit, a number of ones."""

    number: Decimal
    unit: str = ""


class Text(msgspec.Struct, frozen=True, tag="text"):
    """Words of the document: a value in words, or one that is no plain number (`<1.0 mg/L`, an interval)."""

    text: str


class Coded(msgspec.Struct, frozen=True, tag="coded"):
    """A value out of a list; `text` is how the document shows it."""

    code: Code
    text: str


Value = Quantity | Text | Coded


class ReferenceRange(msgspec.Struct, frozen=True):
    """What is usual, as the laboratory says it: bounds in the unit of the result, or words, or both."""

    low: Quantity | None = None
    high: Quantity | None = None
    text: str = ""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One result of a laboratory, or of a rapid test.

    `code` is LOINC where the document gives it, else the laboratory's own; `value` is None where it says that there is
    none, and `absent` is then its reason (HL7 NullFlavor). `flag` is the interpretation (N, H, L, HH, LL, A, R, S…).
    `isolate` is the organism that the result is about, in microbiology. Results that it recalls are not its own.
    """

    code: Code
    label: str
    value: Value | None
    absent: str = ""
    ranges: tuple[ReferenceRange, ...] = ()
    flag: str = ""
    at: Dtm | None = None
    specimen: str = ""
    isolate: str = ""
    discipline: str = ""
    laboratory: Institution | None = None
    status: str = ""


class Product(msgspec.Struct, frozen=True):
    """A medicine, a vaccine or a device: how it is shown, and every code that is given of it."""

    label: str
    codes: tuple[Code, ...] = ()
    lot: str = ""

    def code_of(self, systems: tuple[str, ...]) -> str:
        """Its code in one of these lists (`CIP`, `ATC`, `LPP`…), or empty."""
        return next((code.code for code in self.codes if code.system in systems), "")


class Vaccination(msgspec.Struct, frozen=True, kw_only=True):
    """A vaccination: given, not given (`is_given` False), or planned."""

    product: Product
    at: Dtm | None = None
    rank: str = ""
    is_given: bool = True
    is_planned: bool = False
    by: Person | None = None
    place: Institution | None = None
    reactions: tuple[str, ...] = ()


class MedicationKind(StrEnum):
    """In which capacity a document names a medicine."""

    PRESCRIBED = "prescribed"
    DISPENSED = "dispensed"
    TREATMENT = "treatment"         # what the person takes, by a summary or a letter
    STOPPED = "stopped"
    ADMINISTERED = "administered"


class Medication(msgspec.Struct, frozen=True, kw_only=True):
    """A medicine that was prescribed, dispensed, is taken, was stopped. `posology` and `quantity` are as shown."""

    kind: MedicationKind
    product: Product
    start: Dtm | None = None
    end: Dtm | None = None
    posology: str = ""
    route: str = ""
    quantity: str = ""
    instructions: tuple[str, ...] = ()
    by: Person | None = None
    place: Institution | None = None


class Allergy(msgspec.Struct, frozen=True, kw_only=True):
    """An allergy or an intolerance; `agent` is None where none is named. `is_refuted`: the document says there is not.
    """

    label: str
    kind: Code | None = None
    agent: Code | None = None
    since: Dtm | None = None
    until: Dtm | None = None
    status: str = ""
    severity: str = ""
    reactions: tuple[str, ...] = ()
    is_refuted: bool = False


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A disease or another problem; `is_history` when it is among what is past."""

    label: str
    code: Code | None = None
    since: Dtm | None = None
    until: Dtm | None = None
    status: str = ""
    is_history: bool = False
    is_refuted: bool = False


class CareKind(StrEnum):
    """What was reimbursed (the episodes of the national portal, SPEC 7.5)."""

    MEDICINE = "MEDICINE"
    VACCINE = "VACCINE"
    MEDICAL_DEVICE = "MEDICAL_DEVICE"
    HOSPITALIZATION = "HOSPITALIZATION"
    MEDICAL_DENTAL_CARE = "MEDICAL_DENTAL_CARE"
    RADIOLOGY = "RADIOLOGY"
    BIOLOGY = "BIOLOGY"


class Reimbursed(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a reimbursement history: `code` is CIP13, LPP, GHM, NGAP, CCAM or NABM, `codes` all that is given.

    `at` is the day it was dispensed or done; a stay ends at `until`. `by` and `place` dispensed it or did it; for what
    was prescribed, `prescriber` and `prescriber_place`.
    """

    kind: CareKind
    label: str
    code: Code | None = None
    codes: tuple[Code, ...] = ()
    at: Dtm | None = None
    until: Dtm | None = None
    quantity: str = ""
    by: Person | None = None
    place: Institution | None = None
    prescriber: Person | None = None
    prescriber_place: Institution | None = None
    is_split_pack: bool = False


class Unread(msgspec.Struct, frozen=True):
    """A part that was left out because it is not as its model says: which section, and what is odd about it."""

    section: str
    reason: str


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """All that was read of a document, in its order. `model` is its name in the CI-SIS, empty for one unknown here."""

    model: str = ""
    results: tuple[Result, ...] = ()
    vaccinations: tuple[Vaccination, ...] = ()
    medications: tuple[Medication, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    problems: tuple[Problem, ...] = ()
    reimbursed: tuple[Reimbursed, ...] = ()
    unread: tuple[Unread, ...] = ()

    def medications_as(self, *kinds: MedicationKind) -> tuple[Medication, ...]:
        """The medicines of these kinds."""
        return tuple(each for each in self.medications if each.kind in kinds)

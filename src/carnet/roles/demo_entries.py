"""The coded sections of the demonstration's documents: what a table or a sentence says, said again as values.

Nobody here exists and nothing here is medical advice. May import: documents, people.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from carnet.documents import compose_entries as coded
from carnet.documents.codes import LOINC
from carnet.documents.compose import Section, Table
from carnet.documents.content import (
    Allergy,
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
from carnet.documents.entry import Code
from carnet.documents.time import Dtm

_ATC, _ICD10, _SNOMED = "2.16.840.1.113883.6.73", "2.16.840.1.113883.6.3", "2.16.840.1.113883.6.96"
_COLUMNS = ("Analyse", "Résultat", "Valeurs de référence")
_SHOWN = {"10*9/L": "G/L", "ug/L": "µg/L", "umol/L": "µmol/L"}
_PRESCRIBED, _DISPENSED, _TREATMENT = "57828-6", "60590-7", "10160-0"


@dataclass(frozen=True, slots=True)
class Analysis:
    """A test of a laboratory: its LOINC code, its name, its unit (UCUM) and what is usual."""

    loinc: str
    name: str
    unit: str
    low: str = ""
    high: str = ""

    def row(self, value: str) -> tuple[str, str, str]:
        """The line of the table that people read."""
        usual = f"{self.low} - {self.high}" if self.low and self.high else f"< {self.high}"
        shown = f"{value} {_SHOWN.get(self.unit, self.unit)}"
        return self.name, shown.replace(".", ","), usual.replace(".", ",")

    def result(self, value: str, at: Dtm) -> Result:
        """The same as a value; what begins with `<` is no number."""
        low, high = (Quantity(Decimal(bound), self.unit) if bound else None for bound in (self.low, self.high))
        if value.startswith("<"):
            return self._made(Text(f"{value} {self.unit}"), "N", ReferenceRange(low, high), at)
        number = Decimal(value)
        is_low, is_high = (low is not None and number < low.number), (high is not None and number > high.number)
        flag = "L" if is_low else "H" if is_high else "N"
        return self._made(Quantity(number, self.unit), flag, ReferenceRange(low, high), at)

    def _made(self, value: Quantity | Text, flag: str, usual: ReferenceRange, at: Dtm) -> Result:
        return Result(
            code=Code(self.loinc, LOINC, self.name), label=self.name, value=value, ranges=(usual,), flag=flag, at=at)


ANALYSES = {
    "hémoglobine": Analysis("718-7", "Hémoglobine", "g/dL", "12.0", "16.0"),
    "hématocrite": Analysis("20570-8", "Hématocrite", "%", "36", "46"),
    "vgm": Analysis("30428-7", "VGM", "fL", "80", "100"),
    "plaquettes": Analysis("777-3", "Plaquettes", "10*9/L", "150", "400"),
    "ferritine": Analysis("2276-4", "Ferritine", "ug/L", "15", "150"),
    "fer": Analysis("14798-3", "Fer sérique", "umol/L", "9", "30"),
    "crp": Analysis("1988-5", "Protéine C réactive", "mg/L", "", "5.0"),
    "ldl": Analysis("2089-1", "Cholestérol LDL", "g/L", "", "0.70"),
    "triglycérides": Analysis("3043-7", "Triglycérides", "g/L", "", "1.50"),
    "créatinine": Analysis("14682-9", "Créatinine", "umol/L", "62", "106"),
}


def biology(title: str, discipline: str, day: str, **values: str) -> Section:
    """A section of a report of biology, with its values by the names of `ANALYSES`."""
    at = Dtm.parse(day)
    found = [(ANALYSES[name], value) for name, value in values.items()]
    table = Table(_COLUMNS, tuple(analysis.row(value) for analysis, value in found))
    entry = coded.report_data(Code(discipline, LOINC, title), (each.result(value, at) for each, value in found))
    return Section(title, (), (table,), discipline, (entry,))


def medicines(title: str, kind: MedicationKind, day: str, *told: tuple[str, str, str, str]) -> Section:
    """A section of medicines: name, ATC code, posology (or, when dispensed, how many boxes), whole sentence."""
    code = {MedicationKind.PRESCRIBED: _PRESCRIBED, MedicationKind.DISPENSED: _DISPENSED}.get(kind, _TREATMENT)
    is_dispensed = kind is MedicationKind.DISPENSED
    entries = tuple(
        coded.medication(Medication(
            kind=kind, product=Product(name, (Code(atc, _ATC, name),)), start=Dtm.parse(day),
            posology="" if is_dispensed else how, quantity=how if is_dispensed else ""))
        for name, atc, how, _ in told)
    return Section(title, tuple(sentence for *_, sentence in told), (), code, entries)


def vaccination(title: str, sentence: str, atc: str, *, name: str, day: str, lot: str) -> Section:
    """A section with one vaccination."""
    given = Vaccination(product=Product(name, (Code(atc, _ATC, name),), lot), at=Dtm.parse(day), rank="1")
    return Section(title, (sentence,), (), "11369-6", (coded.vaccination(given),))


def problems(title: str, *told: tuple[str, str, str], is_history: bool = False) -> Section:
    """A section of problems: name, ICD-10 code, since when."""
    status = "resolved" if is_history else "active"
    entries = tuple(
        coded.problem(Problem(label=name, code=Code(code, _ICD10, name), since=Dtm.parse(since), status=status))
        for name, code, since in told)
    sentence = ". ".join(f"{name} ({since[:4]})" for name, _, since in told)
    return Section(title, (f"{sentence}.",), (), "11348-0" if is_history else "11450-4", entries)


def allergy(title: str, sentence: str, agent: str, since: str) -> Section:
    """A section with one allergy to a medicine."""
    kind = Code("416098002", _SNOMED, "allergie médicamenteuse")
    entry = coded.allergy(Allergy(label=agent, kind=kind, since=Dtm.parse(since), status="active"))
    return Section(title, (sentence,), (), "48765-2", (entry,))

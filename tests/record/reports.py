"""Reports of invented laboratories, deposited in a record."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import msgspec

from carnet.documents.cda import entry_from_cda
from carnet.documents.compose import Letterhead, Section, compose
from carnet.documents.compose_entries import report_data
from carnet.documents.content import Quantity, ReferenceRange, Result, Text
from carnet.documents.entry import DocumentEntry, Visibility
from carnet.documents.submission import SubmittedDocument
from carnet.documents.time import Dtm
from carnet.documents.validation import DEMONSTRATION
from carnet.people.code import Code
from carnet.people.names import Institution
from carnet.people.patient import Patient
from carnet.record.retrieve import describe
from carnet.record.submit import submit
from carnet.rights.access import Asker
from tests.running import AUTHOR, PATIENT, Platform, lot, professional

LOINC = "2.16.840.1.113883.6.1"
STAR, VALLEY = Institution("Laboratoire de l'Essai", "1750712184"), Institution("Biologie du Modèle", "1750803447")
BLOOD = Code("18723-7", LOINC, "Hématologie")


def measured(number: str, unit: str = "g/dL", loinc: str = "718-7", label: str = "Hémoglobine") -> Result:
    """A number of a test; `<5` is a text."""
    value = Text(f"{number} {unit}") if number.startswith("<") else Quantity(Decimal(number), unit)
    usual = ReferenceRange(Quantity(Decimal("12.0"), unit), Quantity(Decimal("16.0"), unit))
    return Result(code=Code(loinc, LOINC, label), label=label, value=value, ranges=(usual,), flag="N")


def report(
    *results: Result, day: str = "20260105", laboratory: Institution = STAR, of: Patient = PATIENT,
    kind: str = "11502-2",
) -> SubmittedDocument:
    """A report of a laboratory, made on this day."""
    at = Dtm.parse(f"{day}083000+0100")
    entry = report_data(BLOOD, [msgspec.structs.replace(each, at=each.at or at) for each in results])
    head = Letterhead(
        unique_id=f"2.25.{uuid4().int}", type_code=kind, title=f"Bilan du {day}", patient=of,
        author=msgspec.structs.replace(AUTHOR, institution=laboratory), made_at=at)
    content = compose(head, (Section("Hématologie", ("Résultats inventés.",), code="18723-7", entries=(entry,)),))
    return SubmittedDocument(entry_from_cda(content, entry_uuid=uuid4(), policy=DEMONSTRATION.ins), content)


async def kept(
    platform: Platform, *results: Result, by: Asker | None = None, visibility: frozenset[Visibility] = frozenset(),
    replaces: str | None = None, **said: object,
) -> DocumentEntry:
    """A report in the record, as its depositor sees it."""
    document = report(*results, **said)  # type: ignore[arg-type]
    entry = msgspec.structs.replace(document.entry, visibility=visibility)
    document = msgspec.structs.replace(document, entry=entry, replaces=replaces)
    asker = by or professional()
    await submit(asker, lot(document), platform.stores)
    return await describe(asker, document.entry.unique_id, platform.stores)

"""Values that presenters are given in tests."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec

from carnet.documents.entry import DocumentEntry
from carnet.documents.time import Dtm
from carnet.people.code import Code
from carnet.people.names import Institution, Person
from carnet.record.history import HistoryLine
from carnet.web.days import Calendar
from carnet.web.words import Language, Words, words
from tests.running import AUTHOR, PATIENT

LOINC = "2.16.840.1.113883.6.1"
FRENCH: Words = words(Language.FR)
CALENDAR = Calendar(Language.FR, ZoneInfo("Europe/Paris"))


def entry(title: str = "Consultation", *, at: str = "20260102", kind: str = "11488-4", by: str = "") -> DocumentEntry:
    """A document's entry."""
    name = uuid4()
    author = AUTHOR
    if by:
        author = msgspec.structs.replace(
            AUTHOR, person=Person("899700218896", "1.2.250.1.71.4.2.1", by, "Ève"), institution=Institution("Centre"))
    return DocumentEntry(
        entry_uuid=name, logical_id=name, unique_id=f"2.25.{name.int}", patient_id=PATIENT.ins,
        source_patient_id="x", hash="0" * 40, size=12_000, mime_type="text/xml", creation_time=Dtm.parse(at),
        service_start_time=Dtm.parse(at), title=title, authors=(author,), class_code=Code("10", "1"),
        type_code=Code(kind, LOINC), format_code=Code("f", "s"), healthcare_facility_type_code=Code("SA07", "s"),
        practice_setting_code=Code("AMBULATOIRE", "s"))


def line(
    act: str = "read", *, minute: int = 0, who: str = "professional", outcome: str = "done", about: object = None
) -> HistoryLine:
    """A line of history. `about` is the entry it concerns."""
    return HistoryLine(
        event_id=UUID(int=minute), number=1, at=datetime(2026, 1, 2, 9, minute, tzinfo=UTC), actor_kind=who,
        actor_name="Louis FICTIF", actor_id=f"id-{who}", organisation="Cabinet inventé", act=act, outcome=outcome,
        reasons=() if outcome == "done" else ("no_authorisation",),
        documents=(about.entry_uuid,) if isinstance(about, DocumentEntry) else (), detail={})

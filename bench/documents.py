"""What is deposited: invented consultation reports of 30 KB for invented patients, as ITI-105 requests."""

from __future__ import annotations

from uuid import uuid4

import msgspec
import pybase64

from carnet.documents.compose import Letterhead, Section, compose
from carnet.documents.entry import Author, Code, Institution, Person
from carnet.documents.time import Dtm
from carnet.people.ins import Ins, InsOid
from carnet.people.patient import Patient, Sex, Traits

SIZE_BYTES = 30_000
_PLACE = "2.25.100000000000000000000000000000000000000"


def patient(number: int) -> Patient:
    """An invented patient, with a number of the test authority."""
    value = f"2850975{number:06d}"
    ins = Ins(f"{value}{97 - int(value) % 97:02d}", InsOid.TEST)
    return Patient(ins, Traits(
        birth_family="MESURE", birth_given="Camille", birth_date="1985-09-02", sex=Sex.FEMALE, birthplace="75112"))


class Deposits:
    """Makes deposits for one patient: one document, its identifier written anew each time."""

    def __init__(self, of: Patient, ps_id: str, struct_id: str) -> None:
        author = Author(
            Person(ps_id, "1.2.250.1.71.4.2.1", "MESUREUR", "Louis"), Institution("Cabinet mesuré", struct_id), (),
            (Code("G15_10/SM26", "1.2.250.1.213.1.1.4.5", "Médecin - Qualifié en Médecine Générale (SM)"),))
        self._of = of
        self._ps_id = ps_id
        self.content = compose(
            Letterhead(
                unique_id=_PLACE, type_code="11488-4", title="Consultation mesurée", patient=of, author=author,
                made_at=Dtm.parse("20260102093000+0100")),
            (Section("Motif", ("Fièvre depuis trois jours, sans autre signe.",)),), size_bytes=SIZE_BYTES)

    def next(self) -> tuple[str, bytes]:
        """A new document: its uniqueId, and the body of the request."""
        unique_id = f"2.25.{(uuid4().int % 9 * 10 ** 38 + uuid4().int % 10 ** 38) + 10 ** 38}"[:len(_PLACE)]
        content = self.content.replace(_PLACE.encode(), unique_id.encode())
        return unique_id, msgspec.json.encode({
            "resourceType": "DocumentReference", "status": "current",
            "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{unique_id}"},
            "contained": [{
                "resourceType": "Practitioner", "id": "author",
                "identifier": [{"system": "urn:oid:1.2.250.1.71.4.2.1", "value": self._ps_id}]}],
            "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
            "subject": {"identifier": {"system": f"urn:oid:{self._of.ins.oid}", "value": self._of.ins.value}},
            "date": "2026-01-02T09:30:00+01:00", "author": [{"reference": "#author"}],
            "content": [{"attachment": {
                "contentType": "text/xml", "title": "Consultation mesurée",
                "data": pybase64.b64encode(content).decode()}}],
        })

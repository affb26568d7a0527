"""What is measured: deposits spread over many records, finds and retrieves in records of fifty documents."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, urlsplit

import msgspec

from bench.documents import Deposits, patient
from bench.load import Figures, request, run
from carnet.people.patient import Patient
from carnet.roles.demo_people import identity
from carnet.roles.opening import patient_resource
from carnet.roles.tokens import token_for

DOCUMENTS_TO_FIND = 50
RECORDS_TO_FIND = 40
_ALL_AT_ONCE = 16


@dataclass
class Scenario:
    """A platform with open records; `deposits` are by patient, `kept` the uniqueIds of documents to read."""

    host: str
    port: int
    token: str
    patients: list[Patient]
    deposits: list[Deposits]
    kept: list[str]

    @classmethod
    async def prepared(cls, demonstration: dict[str, Any], *, records: int) -> Self:
        """Open the records and fill those that will be searched."""
        address = urlsplit(demonstration["portal"])
        doctor = next(each for each in demonstration["identities"] if each["kind"] == "professional")
        who = identity(doctor["login"])
        assert who is not None
        token = await token_for(who, demonstration["issuer"]["professional"])
        patients = [patient(number) for number in range(records + RECORDS_TO_FIND)]
        deposits = [Deposits(each, doctor["ps_id"], doctor["struct_id"]) for each in patients]
        scenario = cls(address.netloc, address.port or 80, token, patients, deposits, [])
        await scenario._open_and_fill()
        return scenario

    async def deposit(self, *, clients: int, seconds: float) -> Figures:
        """New documents, each in the next record."""
        spread = itertools.cycle(self.deposits[RECORDS_TO_FIND:])
        made = [self._deposit(next(spread)) for _ in range(int(1500 * seconds))]
        return await run(self.port, iter(made), clients=clients, seconds=seconds)

    async def find(self, *, clients: int, seconds: float) -> Figures:
        """All documents in force of one patient, patients in turn."""
        asked = [
            self._get(
                f"/fhir/DocumentReference?patient.identifier={quote(f'urn:oid:{each.ins.oid}|{each.ins.value}')}"
                f"&status=current&_count={DOCUMENTS_TO_FIND}", "application/fhir+json")
            for each in self.patients[:RECORDS_TO_FIND]
        ]
        return await run(self.port, itertools.cycle(asked), clients=clients, seconds=seconds)

    async def retrieve(self, *, clients: int, seconds: float) -> Figures:
        """One document after another, in any order."""
        asked = [self._get(f"/fhir/Binary/{unique_id}", "text/xml") for unique_id in self.kept]
        random.Random(1).shuffle(asked)
        return await run(self.port, itertools.cycle(asked), clients=clients, seconds=seconds)

    async def _open_and_fill(self) -> None:
        opened = await run(self.port, self._openings(), clients=_ALL_AT_ONCE, seconds=600)
        filled = await run(self.port, self._filling(), clients=_ALL_AT_ONCE, seconds=600)
        assert not opened.errors, f"{opened.errors} records could not be opened"
        assert not filled.errors, f"{filled.errors} deposits failed"

    def _openings(self) -> Iterator[bytes]:
        for each in self.patients:
            yield request("POST", self.host, "/fhir/Patient", self.token, msgspec.json.encode(patient_resource(each)))

    def _filling(self) -> Iterator[bytes]:
        for deposits in self.deposits[:RECORDS_TO_FIND]:
            for _ in range(DOCUMENTS_TO_FIND):
                unique_id, body = deposits.next()
                self.kept.append(unique_id)
                yield request("POST", self.host, "/fhir/DocumentReference", self.token, body)

    def _deposit(self, deposits: Deposits) -> bytes:
        return request("POST", self.host, "/fhir/DocumentReference", self.token, deposits.next()[1])

    def _get(self, path: str, accept: str) -> bytes:
        return request("GET", self.host, path, self.token, accept=accept)

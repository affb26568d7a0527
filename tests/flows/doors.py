"""The platform's public doors as a professional's software calls them: HTTP, a bearer token, FHIR."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import cycle
from time import monotonic
from typing import Any

import aiohttp
import msgspec

from carnet.people.ins import Ins
from carnet.people.patient import Patient
from carnet.roles.opening import patient_resource
from carnet.roles.tokens import known, token_for
from tests.demonstration import Demonstration
from tests.resources import publication

FHIR = "application/fhir+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body of an answer, and how long it took."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        """The body, as JSON."""
        return msgspec.json.decode(self.body)

    def __str__(self) -> str:
        return f"{self.status} {self.body[:2000].decode(errors='replace')}"


class Doors:
    """The FHIR doors of a portal, for one bearer of a token. With `others`, its other processes are asked in turn."""

    def __init__(self, portal: str, token: str, http: aiohttp.ClientSession, others: Sequence[str] = ()) -> None:
        self.base = f"{portal}/fhir"
        self.answered: Counter[str] = Counter()
        self._portals = (portal, *others)
        self._turns = cycle(self._portals)
        self._bearer: dict[str, str] = {"Authorization": f"Bearer {token}"}
        self._http = http

    def of_each(self) -> list[Doors]:
        """The doors of each process alone."""
        each = [Doors(portal, "", self._http) for portal in self._portals]
        for doors in each:
            doors._bearer = self._bearer
        return each

    def forget_token(self) -> None:
        """Go on as somebody whom nobody knows."""
        self._bearer = {}

    async def get(self, path: str, parameters: Mapping[str, str] | None = None, *, accept: str = "*/*") -> Answer:
        """GET [base]/path, or an absolute address that an answer named."""
        return await self._ask("GET", path, params=parameters, headers={"Accept": accept})

    async def post(self, path: str, resource: Any) -> Answer:
        """POST [base]/path; what is no bytes is sent as JSON."""
        body = resource if isinstance(resource, bytes) else msgspec.json.encode(resource)
        return await self._ask("POST", path, data=BytesIO(body), headers={"Content-Type": FHIR})

    async def open_record(self, patient: Patient) -> Answer:
        """Open this person's record, with their consent."""
        return await self.post("Patient", patient_resource(patient))

    async def publish(self, content: bytes, of: Ins, *, media_type: str = "text/xml") -> Answer:
        """ITI-105: a CDA, and whose it is. The rest it says itself."""
        return await self.post("DocumentReference", publication(content, of, media_type))

    async def find(self, ins: Ins, **criteria: str) -> list[dict[str, Any]]:
        """ITI-67, page after page: the DocumentReferences in force. Anything but a searchset is a failure."""
        asked = {"patient.identifier": f"urn:oid:{ins.oid}|{ins.value}", "status": "current", **criteria}
        answer = await self.get("DocumentReference", asked)
        found: list[dict[str, Any]] = []
        while True:
            assert answer.status == 200, answer
            bundle = answer.json
            found += [entry["resource"] for entry in bundle.get("entry", ())]
            further = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), None)
            if further is None:
                assert bundle["total"] == len(found)
                return found
            answer = await self.get(further)

    async def _ask(self, method: str, path: str, **options: Any) -> Answer:
        options["headers"] |= self._bearer
        portal = next(self._turns)
        address = f"{portal}/fhir/{path.removeprefix(self.base).lstrip('/')}".rstrip("/")
        began = monotonic()
        async with self._http.request(method, address, **options) as answer:
            body = await answer.read()
        self.answered[portal] += answer.status in (200, 201)
        return Answer(answer.status, answer.headers, body, monotonic() - began)


@asynccontextmanager
async def doors_of(
    demonstration: Demonstration, login: str, others: Sequence[str] = (),
) -> AsyncIterator[Doors]:
    """The doors, with the token of somebody of the demonstration."""
    told = demonstration.told
    who = known(login)
    token = await token_for(who, told["issuer"]["patient" if who.kind == "patient" else "professional"])
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http:
        yield Doors(told["portal"], token, http, others)


def unique_id(reference: Mapping[str, Any]) -> str:
    """The uniqueId of a DocumentReference, bare."""
    value: str = reference["masterIdentifier"]["value"]
    return value.removeprefix("urn:oid:").removeprefix("urn:uuid:")


def addresses(references: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Where the bytes of each document are, by its uniqueId."""
    return {unique_id(each): each["content"][0]["attachment"]["url"] for each in references}

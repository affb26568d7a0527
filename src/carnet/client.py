"""A client of the platform for vendors: deposit a document, find documents, retrieve one. FHIR (IHE MHD) underneath.

    async with Carnet("https://portail.example", token) as carnet:
        kept = await carnet.submit(cda, Described(patient))
        for document in await carnet.find(patient):
            content = await carnet.retrieve(document)

What fails for a moment (no connection, 429, 502, 503, 504) is asked again, as late as the platform says, else each time
later. To deposit again is safe: the same bytes of the same sender are one document. All else raises at once.
This file may be read, copied and changed alone: of the project it imports `carnet.errors` only.
docs/vendors/client.md.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from secrets import randbelow
from types import TracebackType
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import aiohttp

from carnet.errors import CarnetError, Issue, Unavailable

FHIR = "application/fhir+json"
Token: TypeAlias = str | Callable[[], Awaitable[str]]
_PASSING = {429, 502, 503, 504}
_LONGEST_PAUSE_SECONDS = 60.0
_MOST_PAGES = 1000


class Refused(CarnetError):  # noqa: N818  what went wrong, in the words of the field
    """The platform said no. `status` is HTTP's, `issues` what to correct; asking again as it is changes nothing."""

    def __init__(self, status: int, issues: tuple[Issue, ...]) -> None:
        super().__init__("; ".join(map(str, issues)) or f"status {status}")
        self.status = status
        self.issues = issues


@dataclass(frozen=True, slots=True)
class Described:
    """What is said of a document: whose it is, and for one that is no CDA, `type` and `date` too.

    `patient` and `type` are `<system>|<value>`, `date` is an instant of FHIR, `replaces` the id of a DocumentReference.
    """

    patient: str
    type: str = ""
    title: str = ""
    date: str = ""
    content_type: str = ""
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that the platform keeps. `is_new` is False when these very bytes were there already."""

    address: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is found; `resource` is its whole DocumentReference."""

    id: str
    unique_id: str
    title: str
    type_code: str
    date: str
    content_type: str
    binary_id: str
    resource: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often an answer is waited for, and how long: `pause_seconds` is doubled each time."""

    tries: int = 6
    pause_seconds: float = 0.5
    answer_seconds: float = 60.0


class Carnet:
    """The platform at this address, for one bearer. `token` is the access token, or gives one (it is asked anew when
    the platform takes the last one no more).
    """

    def __init__(self, address: str, token: Token, *, patience: Patience | None = None) -> None:
        self._base = f"{address.rstrip('/')}/fhir"
        self._token = token
        self._borne = token if isinstance(token, str) else ""
        self._patience = patience or Patience()
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Carnet:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._patience.answer_seconds))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None,
    ) -> None:
        if self._http is not None:
            await self._http.close()

    async def submit(self, content: bytes, described: Described) -> Kept:
        """Deposit one document (ITI-105); it is kept by two hosts when this returns.

        Raises Refused, or Unavailable when every try failed.
        """
        resource = _resource(content, described)
        status, headers, _ = await self._ask("POST", "DocumentReference", body=json.dumps(resource).encode())
        return Kept(headers.get("Location", ""), status == HTTPStatus.CREATED)

    async def find(self, patient: str, **criteria: str) -> list[Document]:
        """The documents of this patient (`<system>|<INS>`) that the bearer may see and that match (ITI-67), all pages.

        `criteria` are search parameters, a `_` for each `-`. Raises Refused, Unavailable.
        """
        asked = {name if name.startswith("_") else name.replace("_", "-"): value for name, value in criteria.items()}
        query: dict[str, str] = {"patient.identifier": patient, **asked}
        found: list[Document] = []
        for _ in range(_MOST_PAGES):
            bundle = json.loads((await self._ask("GET", "DocumentReference", query=query))[2])
            found += [_document(entry["resource"]) for entry in bundle.get("entry", ())]
            # Only the page's name is taken from the link: the token goes to no other address.
            page = next((each["url"] for each in bundle["link"] if each["relation"] == "next"), "")
            if not page:
                break
            query = {"_page": urlsplit(page).query.partition("_page=")[2]}
        return found

    async def retrieve(self, document: Document | str) -> bytes:
        """The bytes of a document that was found, or of the Binary with this id (ITI-68). Raises Refused, Unavailable.
        """
        binary_id = document if isinstance(document, str) else document.binary_id
        return (await self._ask("GET", f"Binary/{binary_id}", accept="*/*"))[2]

    async def _ask(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: bytes | None = None,
        accept: str = FHIR,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """One answer that holds. Raises Refused, Unavailable."""
        if self._http is None:
            raise RuntimeError("use it as `async with Carnet(...) as carnet:`")
        why, renewed = "", False
        headers = {"Accept": accept, **({"Content-Type": FHIR} if body is not None else {})}
        for number in range(self._patience.tries):
            pause = min(self._patience.pause_seconds * 2**number, _LONGEST_PAUSE_SECONDS)
            headers["Authorization"] = f"Bearer {await self._bearer()}"
            try:
                async with self._http.request(
                    method, f"{self._base}/{path}", params=query, data=body, headers=headers, allow_redirects=False,
                ) as answer:
                    said = await answer.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                why = type(error).__name__
            else:
                if answer.status < HTTPStatus.MULTIPLE_CHOICES:
                    return answer.status, answer.headers, said
                if answer.status == HTTPStatus.UNAUTHORIZED and not isinstance(self._token, str) and not renewed:
                    self._borne, renewed = "", True
                    continue
                if answer.status not in _PASSING:
                    raise Refused(answer.status, issues_in(said))
                why, pause = f"status {answer.status}", _told_to_wait(answer.headers, pause)
            if number + 1 < self._patience.tries:
                await asyncio.sleep(pause * (0.5 + randbelow(1000) / 1000))     # not all at the same moment
        raise Unavailable(f"the platform does not answer: {why}")

    async def _bearer(self) -> str:
        if not self._borne and not isinstance(self._token, str):
            self._borne = await self._token()
        return self._borne


def issues_in(said: bytes) -> tuple[Issue, ...]:
    """What an OperationOutcome says; nothing for what is none."""
    try:
        outcome = json.loads(said)
        return tuple(
            Issue(each.get("code", ""), each.get("details", {}).get("text", "") or each.get("diagnostics", ""),
                  " ".join([*each.get("expression", ()), *each.get("location", ())]))
            for each in outcome.get("issue", ()))
    except (ValueError, AttributeError, TypeError):
        return ()


def _resource(content: bytes, described: Described) -> dict[str, Any]:
    kind = described.content_type or ("application/pdf" if content.startswith(b"%PDF-") else "text/xml")
    attachment = {"contentType": kind, "data": b64encode(content).decode()}
    resource: dict[str, Any] = {"resourceType": "DocumentReference", "status": "current"}
    if described.patient:       # else the platform says that it is missing
        system, _, value = described.patient.rpartition("|")
        resource["subject"] = {"identifier": {"system": system, "value": value}}
    if described.type:
        system, _, code = described.type.rpartition("|")
        resource["type"] = {"coding": [{"system": system, "code": code}]}
    if described.title:
        attachment["title"] = described.title
    if described.date:
        resource["date"] = described.date
    if described.replaces:
        target = {"reference": f"DocumentReference/{described.replaces}"}
        resource["relatesTo"] = [{"code": "replaces", "target": target}]
    return {**resource, "content": [{"attachment": attachment}]}


def _document(resource: Mapping[str, Any]) -> Document:
    attachment = resource["content"][0]["attachment"]
    return Document(
        id=resource["id"], unique_id=resource.get("masterIdentifier", {}).get("value", ""),
        title=attachment.get("title", ""), type_code=resource.get("type", {}).get("coding", [{}])[0].get("code", ""),
        date=resource.get("date", ""), content_type=attachment.get("contentType", ""),
        binary_id=attachment.get("url", "").rpartition("/")[2], resource=resource)


def _told_to_wait(headers: Mapping[str, str], otherwise: float) -> float:
    told = headers.get("Retry-After", "")
    return min(float(told), _LONGEST_PAUSE_SECONDS) if told.isdecimal() else otherwise

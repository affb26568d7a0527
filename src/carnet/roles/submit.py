"""Submit: feed files to a running platform through its FHIR door (ITI-105), and say what happened to each.

A CDA says itself whom it is about and what it is; of any other file the caller says it. Twice is once: the same bytes
are "already there".
May import: people, documents, errors. Touches the world: the network.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from carnet.documents.cda_header import read_header
from carnet.documents.media import CDA, SELF_PRESENTING_CDA, sniff
from carnet.errors import CarnetError
from carnet.people.ins import DEMONSTRATION

_AT_ONCE = 4


class Fate(StrEnum):
    """What happened to a file."""

    KEPT = "kept"
    ALREADY_THERE = "already there"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to one file, with every reason the platform gave."""

    file: Path
    fate: Fate
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Described:
    """What must be said of a file that is no CDA: whose it is (system and value of the INS), what it is, its title."""

    ins_system: str = ""
    ins: str = ""
    type_system: str = ""
    type_code: str = ""
    title: str = ""
    date: str = ""

    def resource(self, content: bytes, name: str) -> dict[str, Any]:
        """The DocumentReference that carries these bytes."""
        kind = sniff(content)
        is_cda = kind in (CDA, SELF_PRESENTING_CDA)
        attachment = {"contentType": kind, "data": b64encode(content).decode()}
        resource: dict[str, Any] = {"resourceType": "DocumentReference", "status": "current"}
        if not is_cda:
            attachment["title"] = self.title or name
            resource |= {"date": self.date} if self.date else {}
        system, value = (self.ins_system, self.ins) if self.ins or not is_cda else _patient_of(content)
        if value:
            resource["subject"] = {"identifier": {"system": system, "value": value}}
        if self.type_code:
            resource["type"] = {"coding": [{"system": self.type_system, "code": self.type_code}]}
        return {**resource, "content": [{"attachment": attachment}]}


def _patient_of(cda: bytes) -> tuple[str, str]:
    """Whom a CDA is about. What its header lacks, or has wrong, is for the platform to say."""
    try:
        ins = read_header(cda, DEMONSTRATION).patient_id
    except CarnetError:
        return "", ""
    return (f"urn:oid:{ins.oid}", ins.value) if ins else ("", "")


class Feeder:
    """Feeds one platform, for one bearer of a token."""

    def __init__(self, portal: str, token: str, http: aiohttp.ClientSession) -> None:
        self._address = f"{portal}/fhir/DocumentReference"
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
        self._http = http

    async def feed(self, file: Path, content: bytes, described: Described) -> Outcome:
        """Deposit one file and say what happened. Nothing is kept of one that is refused."""
        body = msgspec.json.encode(described.resource(content, file.name))
        try:
            async with self._http.post(self._address, data=body, headers=self._headers) as answer:
                said = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            return Outcome(file, Fate.REFUSED, (f"the platform does not answer: {type(error).__name__}",))
        match answer.status:
            case 201:
                return Outcome(file, Fate.KEPT)
            case 200:
                return Outcome(file, Fate.ALREADY_THERE)
        return Outcome(file, Fate.REFUSED, reasons_in(said) or (f"status {answer.status}",))


async def submit_files(
    files: Sequence[Path], described: Described, *, portal: str, token: str, tell: Callable[[Outcome], None]
) -> list[Outcome]:
    """Feed these files, a few at once, and tell what happened to each as it happens."""
    turns = asyncio.Semaphore(_AT_ONCE)
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        feeder = Feeder(portal, token, http)

        async def one(file: Path) -> Outcome:
            async with turns:
                try:
                    content = await asyncio.to_thread(file.read_bytes)
                except OSError as error:
                    outcome = Outcome(file, Fate.REFUSED, (error.strerror or "cannot be read",))
                else:
                    outcome = await feeder.feed(file, content, described)
            tell(outcome)
            return outcome

        return await asyncio.gather(*map(one, files))


class _Words(msgspec.Struct):
    text: str = ""


class _Issue(msgspec.Struct):
    details: _Words = msgspec.field(default_factory=_Words)
    expression: list[str] = msgspec.field(default_factory=list)
    location: list[str] = msgspec.field(default_factory=list)


class _Refusal(msgspec.Struct):
    issue: list[_Issue] = msgspec.field(default_factory=list)


def reasons_in(said: bytes) -> tuple[str, ...]:
    """What an OperationOutcome says, one sentence an issue."""
    try:
        issues = msgspec.json.decode(said, type=_Refusal).issue
    except msgspec.DecodeError:
        return ()
    return tuple(": ".join(filter(None, [*issue.expression, *issue.location, issue.details.text])) for issue in issues)

"""Steady deposits and reads by a few clients, each request and its fate noted in a history.

Good software: what failed is sent again, unchanged. Owners read as themselves; one professional is blocked by one
patient and authorised again, over and over, and tries to read all the time.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from time import monotonic
from typing import Any

import aiohttp

from carnet.people.ins import Ins, InsOid
from carnet.people.patient import Patient, Sex, Traits
from carnet.roles.tokens import known
from tests.demonstration import Demonstration
from tests.faults.history import NO_ANSWER, Blocked, Deposit, Found, History, Request, Retrieved
from tests.flows.doors import Answer, Doors, doors_of, unique_id
from tests.running import another_patient, letter

DOCTOR, BLOCKED = "moreau", "benali"
OWNERS = ("camille", "marcel", "lucia", "ines")      # the first one blocks
OTHERS = 28
DEPOSITORS = 3
PAUSE_SECONDS = 0.3
_BLOCK_SECONDS = 3.0
_CARNET = "https://carnet.example/fhir"


@dataclass
class Clients:
    """Who asks, and what came of it."""

    doors: dict[str, Doors]
    patients: dict[str, Patient]
    history: History = field(default_factory=History)
    stopping: bool = False
    refused: list[str] = field(default_factory=list)
    _random: random.Random = field(default_factory=lambda: random.Random(4))
    _sent: dict[str, bytes] = field(default_factory=dict)

    async def open_records(self) -> None:
        """Every patient of the run has a record; those of the demonstration have theirs."""
        for patient in self.patients.values():
            answer = await self.doors[DOCTOR].open_record(patient)
            assert answer.status in (200, 201, 409, 422), answer

    async def deposit(self) -> None:
        """New documents, each sent until it is kept."""
        while not self.stopping:
            name = self._random.choice(list(self.patients))
            patient = self.patients[name]
            document = letter(f"Toux depuis {self._random.randrange(2, 30)} jours.", of=patient)
            is_kept = False
            while not (is_kept or self.stopping):
                request, _ = await self._fate(self.doors[DOCTOR].publish(document.content, patient.ins))
                self.history.deposits.append(Deposit(
                    request, name, document.entry.unique_id, sha256(document.content).hexdigest()))
                is_kept = request.is_done
                if not is_kept and request.status not in (NO_ANSWER, 503):
                    self.refused.append(f"a deposit was answered {request.status}")
                await self._pause()

    async def read(self, owners: tuple[str, ...]) -> None:
        """Owners look at their lists and documents; whose patient has no login is read for by their doctor."""
        while not self.stopping:
            name = self._random.choice(owners or [each for each in self.patients if each not in OWNERS])
            asker = name if name in OWNERS else DOCTOR
            if self._random.random() < 0.3:
                await self._find(asker, name)
            else:
                await self._retrieve(asker, name)
            await self._pause()

    async def block_and_authorise(self) -> None:
        """The first owner blocks a professional, and authorises them again, over and over."""
        block: Blocked | None = None
        while not self.stopping:
            if block is not None:
                self.history.blocks.remove(block)
                self.history.blocks.append(replace(block, released_at=monotonic()))
                block = None
            while not self.stopping and not (await self._says("permit")).is_done:
                await self._pause()
            await asyncio.sleep(_BLOCK_SECONDS / 2)
            while not self.stopping and block is None:
                request = await self._says("deny")
                if request.is_done:
                    block = Blocked(BLOCKED, OWNERS[0], request.answered_at)
                    self.history.blocks.append(block)
            await asyncio.sleep(_BLOCK_SECONDS)

    async def try_what_is_blocked(self) -> None:
        """The professional who is blocked now and then reads all the time."""
        while not self.stopping:
            await self._find(BLOCKED, OWNERS[0])
            await self._retrieve(BLOCKED, OWNERS[0])
            await self._pause()

    def owner_of(self, name: str) -> Doors:
        """Who reads for this patient: themselves, or their doctor when they have no login."""
        return self.doors[name if name in OWNERS else DOCTOR]

    def successes(self, since: float) -> tuple[int, int]:
        """Deposits and reads that were sent since and are done."""
        history = self.history
        put = [each.request for each in history.deposits[-200:]]
        read = [each.request for each in history.found[-200:]] + [each.request for each in history.retrieved[-200:]]
        done = [sum(each.is_done and each.sent_at >= since for each in kind) for kind in (put, read)]
        return done[0], done[1]

    async def _find(self, asker: str, name: str) -> None:
        ins = self.patients[name].ins
        criteria = {"patient.identifier": f"urn:oid:{ins.oid}|{ins.value}", "status": "current", "_count": "1000"}
        request, answer = await self._fate(self.doors[asker].get("DocumentReference", criteria))
        listed: tuple[str, ...] = ()
        is_whole = True
        if request.is_done and answer is not None:
            found = [entry["resource"] for entry in answer.json.get("entry", ())]
            listed, is_whole = tuple(unique_id(each) for each in found), answer.json["total"] == len(found)
        self.history.found.append(Found(request, asker, name, listed, is_whole=is_whole))

    async def _retrieve(self, asker: str, name: str) -> None:
        theirs = [each.document for each in self.history.deposits[-400:] if each.patient == name]
        if not theirs:
            return
        document = self._random.choice(theirs)
        request, answer = await self._fate(self.doors[asker].get(f"Binary/{document}"))
        digest = sha256(answer.body).hexdigest() if request.is_done and answer is not None else ""
        self.history.retrieved.append(Retrieved(request, asker, document, digest))

    async def _says(self, kind: str) -> Request:
        """The first owner's word on the professional: permit or deny."""
        ins = self.patients[OWNERS[0]].ins
        request, answer = await self._fate(
            self.doors[OWNERS[0]].post("Consent", _authorisation(ins, kind, known(BLOCKED).claims["SubjectNameID"])))
        if answer is not None and not request.is_done and request.status not in (409, 412, 503):
            self.refused.append(f"a word of consent was answered {answer}")
            await self._pause()
        return request

    async def _fate(self, asked: Awaitable[Answer]) -> tuple[Request, Answer | None]:
        sent_at = monotonic()
        try:
            answer = await asked
        except (aiohttp.ClientError, TimeoutError):
            return Request(sent_at, monotonic(), NO_ANSWER), None
        return Request(sent_at, monotonic(), answer.status), answer

    async def _pause(self) -> None:
        await asyncio.sleep(PAUSE_SECONDS * self._random.uniform(0.5, 1.5))


@asynccontextmanager
async def clients_of(demonstration: Demonstration, portals: Sequence[str] = ()) -> AsyncIterator[Clients]:
    """Clients with their tokens, and a record for each patient. They ask these other portals in turn as well."""
    async with AsyncExitStack() as stack:
        doors = {
            who: await stack.enter_async_context(doors_of(demonstration, who, portals))
            for who in (DOCTOR, BLOCKED, *OWNERS)}
        people = {login: _patient(login) for login in OWNERS}
        people |= {f"other {number}": another_patient(900 + number) for number in range(OTHERS)}
        clients = Clients(doors, people)
        await clients.open_records()
        yield clients


@asynccontextmanager
async def at_work(clients: Clients) -> AsyncIterator[None]:
    """Clients at work while the block lasts; every request that was begun is answered before it ends."""
    async with asyncio.TaskGroup() as tasks:
        for _ in range(DEPOSITORS):
            tasks.create_task(clients.deposit())
        for owners in (OWNERS, OWNERS, ()):
            tasks.create_task(clients.read(owners))
        tasks.create_task(clients.block_and_authorise())
        tasks.create_task(clients.try_what_is_blocked())
        try:
            yield
        finally:
            clients.stopping = True


def _patient(login: str) -> Patient:
    """Somebody of the demonstration."""
    claims = known(login).claims
    return Patient(Ins(claims["ins"], InsOid(claims["ins_oid"])), Traits(
        birth_family=claims["family_name"], birth_given=claims["given_name"], birth_date=claims["birthdate"],
        sex=Sex.FEMALE if claims["gender"] == "female" else Sex.MALE, birthplace=claims["birthplace"]))


def _authorisation(ins: Ins, kind: str, ps_id: str) -> dict[str, Any]:
    """A Consent of the holder that says what a professional may."""
    return {
        "resourceType": "Consent", "status": "active",
        "scope": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": f"{_CARNET}/CodeSystem/consent-category", "code": "authorisation"}]}],
        "patient": {"identifier": {"system": f"urn:oid:{ins.oid}", "value": ins.value}},
        "policyRule": {"text": "2026-1"},
        "provision": {"type": kind, "actor": [{
            "role": {"coding": [{"system": f"{_CARNET}/CodeSystem/consent-role", "code": "professional"}]},
            "reference": {"identifier": {"system": "urn:oid:1.2.250.1.71.4.2.1", "value": ps_id}}}]},
    }

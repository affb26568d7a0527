"""A whole platform in one process: real databases, three real hosts on loopback sockets, the portal's parts.

Hosts can be stopped, started again, and looked into, as a test needs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import asyncpg
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.types import ASGIApp

from carnet.documents.cda import entry_from_cda
from carnet.documents.compose import Letterhead, Section, compose
from carnet.documents.entry import Author, Code, DocumentEntry, Institution, Person, SubmissionSet
from carnet.documents.submission import Submission, SubmittedDocument
from carnet.documents.time import Dtm
from carnet.documents.validation import DEMONSTRATION
from carnet.host.app import build
from carnet.host.config import HostConfig
from carnet.host.outside import Outside
from carnet.host.store import open_pool as open_host_pool
from carnet.hosting.copies import Budgets
from carnet.hosting.directory import Host
from carnet.hosting.tokens import TokenSigner
from carnet.hosting.worker import Worker
from carnet.journal.keys import new_record_key
from carnet.journal.platform_key import HeldKeys, PlatformKey
from carnet.people.caller import OrganisationCaller, PatientCaller, ProfessionalCaller
from carnet.people.ins import Ins, InsOid
from carnet.people.patient import Patient, Sex, Traits
from carnet.record.open_record import OpeningConsent, open_record
from carnet.record.stores import Rules, Stores
from carnet.rights.access import Asker
from carnet.rights.matrices import demonstration
from carnet.roles.wiring import Parts, assembled, open_pool
from tests.databases import CreateDatabase
from tests.listening import Listening, held_port

PATIENT = Patient(
    Ins("299077512345678", InsOid.TEST),
    Traits(birth_family="INVENTEE", birth_given="Camille", birth_date="1999-07-02", sex=Sex.FEMALE, birthplace="75112"),
)
DOCTOR = ProfessionalCaller(
    ps_id="899700218896", family="FICTIF", given="Louis", profession=Code("10", "1.2.250.1.71.1.2.7"),
    organisation="1750803447", organisation_name="Cabinet inventé")
OTHER_DOCTOR = ProfessionalCaller(
    ps_id="810000000017", family="IMAGINAIRE", given="Anne", profession=Code("10", "1.2.250.1.71.1.2.7"),
    organisation="1750712184", organisation_name="Autre cabinet inventé")
LABORATORY = OrganisationCaller("1750712184", "Laboratoire inventé", "SGL d'essai")
# A host is late when a test says so, not when the machine is busy: it would then have stand-ins that no test expects.
UNHURRIED = Budgets(stand_in_after_seconds=60, total_seconds=120)
Wraps = Mapping[str, Callable[[ASGIApp], ASGIApp]]

CONSENT = OpeningConsent("2026-1", "oral")
AUTHOR = Author(
    Person(DOCTOR.ps_id, "1.2.250.1.71.4.2.1", DOCTOR.family, DOCTOR.given),
    Institution("Cabinet inventé", "1750803447"),
    (), (Code("G15_10/SM26", "1.2.250.1.213.1.1.4.5", "Médecin - Qualifié en Médecine Générale (SM)"),))


def patient(asked: Patient = PATIENT) -> Asker:
    """This patient, logged in."""
    return Asker(PatientCaller(asked.ins, asked.traits.family, asked.traits.given), door="test")


def professional(caller: ProfessionalCaller | OrganisationCaller = DOCTOR) -> Asker:
    """This professional, or software, with a valid token."""
    return Asker(caller, door="test")


def another_patient(number: int) -> Patient:
    """An invented patient of their own."""
    value = f"2990775{number:06d}"
    key = 97 - int(value) % 97
    return Patient(Ins(f"{value}{key:02d}", InsOid.TEST), PATIENT.traits)


def letter(
    text: str = "Toux depuis trois jours.", *, unique_id: str = "", of: Patient = PATIENT, size_bytes: int = 0,
    author: Author = AUTHOR,
) -> SubmittedDocument:
    """A consultation report with this text."""
    unique_id = unique_id or f"2.25.{uuid4().int}"
    content = compose(
        Letterhead(
            unique_id=unique_id, type_code="11488-4", title="Consultation d'essai", patient=of, author=author,
            made_at=Dtm.parse("20260102093000+0100")),
        (Section("Motif", (text,)),), size_bytes=size_bytes)
    return SubmittedDocument(entry_from_cda(content, entry_uuid=uuid4(), policy=DEMONSTRATION.ins), content)


def with_entry(document: SubmittedDocument, **changes: object) -> SubmittedDocument:
    """The same document, some of its entry changed."""
    return msgspec.structs.replace(document, entry=msgspec.structs.replace(document.entry, **changes))


def lot(*documents: SubmittedDocument, unique_id: str = "") -> Submission:
    """A submission of these documents."""
    first: DocumentEntry = documents[0].entry
    return Submission(
        SubmissionSet(
            entry_uuid=uuid4(), unique_id=unique_id or f"2.25.{uuid4().int}", patient_id=first.patient_id,
            source_id="1.2.250.1.999", submission_time=Dtm.parse("20260102100000+0100"),
            content_type_code=Code("07", "1.2.250.1.213.2.2"), author=AUTHOR),
        tuple(documents))


@dataclass
class HostProcess:
    """A host of the test: its database, its body store if any, and its server while it runs."""

    host: Host
    pool: asyncpg.Pool
    config: HostConfig
    wrapped: Callable[[ASGIApp], ASGIApp] = field(default=lambda app: app)
    server: Listening | None = None
    outside: Outside | None = None

    async def start(self) -> None:
        """Listen on its port."""
        app = self.wrapped(build(self.pool, self.config, self.outside))
        self.server = Listening(app, int(self.host.url.rpartition(":")[2]))
        await self.server.start()

    async def stop(self) -> None:
        """Stop listening; what it holds stays."""
        if self.server is not None:
            await self.server.stop()
            self.server = None

    async def forget(self, record: UUID) -> None:
        """Lose everything of one record, as a host restored from an old backup would."""
        for table in await self._tables():
            await self.pool.execute(f"delete from {table} where record_id = $1", record)

    async def _tables(self) -> list[str]:
        rows = await self.pool.fetch(
            "select table_name from information_schema.columns where column_name = 'record_id'"
            " and table_schema = 'public'")
        return [row[0] for row in rows]


@dataclass
class Platform:
    """The stores of a portal, its three hosts, and a worker that works when told."""

    stores: Stores
    worker: Worker
    hosts: dict[str, HostProcess]
    portal: asyncpg.Pool
    keys: asyncpg.Pool
    parts: Parts
    settled: list[UUID] = field(default_factory=list)

    async def opened(self, who: Patient = PATIENT, by: ProfessionalCaller = DOCTOR) -> UUID:
        """A record for this patient, opened by this doctor; its id."""
        await open_record(professional(by), who, CONSENT, self.stores)
        return await self.stores.record_of(who.ins)

    async def quiet(self) -> None:
        """Wait for deliveries, then let the worker settle everything that is due at once."""
        await self.stores.delivery.settle()
        await self.portal.execute("update outbox set committed_at = committed_at - interval '1 hour'")
        for _ in range(20):
            await self.portal.execute("update outbox set leased_until = '-infinity'")
            await self.portal.execute("update catch_up set leased_until = '-infinity'")
            if not await self.worker.round():
                return

    async def heads(self, record: UUID) -> set[str]:
        """The head of the record at the portal and at its two hosts: one value when all is delivered."""
        known = await self.stores.known(record, fresh=True)
        heads = {known.head.hex()}
        for host in known.placement.both:
            answer = await self.stores.copies.clients[host].head(record, known.placement.version)
            heads.add(answer.head if not answer.lacking else f"{host} lacks {len(answer.lacking)} bodies")
        return heads


async def accredited(portal: asyncpg.Pool, *hosts: str, capacity: int = 1_000_000) -> None:
    """These hosts are active, each of a company of its own, as if every step had been signed."""
    await portal.execute(
        """
        insert into host_standing (host_id, siren, company, state, active_from, active_until, capacity)
        select host, lpad(number::text, 9, '9'), host, 'active', clock_timestamp() - interval '1 day',
          clock_timestamp() + interval '1 year', $2
        from unnest($1::text[]) with ordinality as h(host, number)
        on conflict (host_id) do update set state = 'active', active_until = excluded.active_until
        """, list(hosts), capacity)


@asynccontextmanager
async def running_platform(
    create_database: CreateDatabase, *, homes: Sequence[str] = ("alpha", "beta"), wraps: Wraps | None = None,
    budgets: Budgets = UNHURRIED,
) -> AsyncIterator[Platform]:
    """Start it all; stop it all at the end. `wraps` puts applications of a test in front of hosts."""
    key, erasure = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    async with AsyncExitStack() as stack:
        hosts = {}
        for name in (*homes, "reference"):
            receipts = Ed25519PrivateKey.generate()
            pool = await open_host_pool(await create_database("host"))
            stack.push_async_callback(pool.close)
            config = HostConfig(
                name, key.public_key().public_bytes_raw(), erasure.public_key().public_bytes_raw(), receipts)
            host = Host(
                name, f"http://127.0.0.1:{stack.enter_context(held_port())}",
                receipts.public_key().public_bytes_raw(), is_reference=name == "reference")
            hosts[name] = HostProcess(host, pool, config)
            if wraps is not None and name in wraps:
                hosts[name].wrapped = wraps[name]
            await hosts[name].start()

        async def stop_all() -> None:
            await asyncio.gather(*(each.stop() for each in hosts.values()))

        stack.push_async_callback(stop_all)
        portal = await stack.enter_async_context(open_pool(await create_database("portal"), 8))
        keys = await stack.enter_async_context(open_pool(await create_database("keys"), 2))
        await accredited(portal, *hosts)
        parts = Parts(
            tuple(each.host for each in hosts.values()), TokenSigner(key, erasure),
            PlatformKey(HeldKeys({1: new_record_key()})),
            Rules(DEMONSTRATION), demonstration(), budgets)
        stores = await stack.enter_async_context(assembled(parts, portal, keys))
        yield Platform(stores, Worker(stores.copies, stores.hosting), hosts, portal, keys, parts)

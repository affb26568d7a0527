"""Wiring: the only place that chooses and connects the parts. Plain calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import aiohttp
import asyncpg

from carnet.audit.store import AuditStore
from carnet.documents.rules import SubmissionPolicy
from carnet.hosting.accreditation.store import AccreditationStore
from carnet.hosting.accreditation.watch import StandingsWatch
from carnet.hosting.circuits.telling import telling
from carnet.hosting.client import HostClient
from carnet.hosting.copies import Budgets, Copies
from carnet.hosting.delivery import Delivery
from carnet.hosting.directory import Directory, Host
from carnet.hosting.oversight.heard import Heard, keeping
from carnet.hosting.placing.place import Placing
from carnet.hosting.placing.store import PlacingStore
from carnet.hosting.store import HostingStore
from carnet.hosting.tokens import TokenSigner
from carnet.journal.database import Database
from carnet.journal.platform_key import PlatformKey
from carnet.journal.store import KeyStore
from carnet.journal.unwraps import USUAL, Unwraps
from carnet.people.identifiers import IdentifierPolicy
from carnet.people.ins import InsPolicy
from carnet.record.clock import Clock
from carnet.record.emergency_store import EmergencyStore
from carnet.record.inbox.store import InboxStore
from carnet.record.intake import NOTHING_MORE, Intake
from carnet.record.known import Known
from carnet.record.matrices import MatrixStore
from carnet.record.notification_store import NotificationStore
from carnet.record.reconcile.guard import Guard
from carnet.record.reconcile.mark.store import MarkStore
from carnet.record.reconcile.store import ReconcileStore, look_at_first
from carnet.record.store import RecordStore
from carnet.record.stores import Rules, Stores
from carnet.record.views import Views
from carnet.rights.facts import RightsPolicy
from carnet.rights.matrices import shipped
from carnet.rights.matrix import NOTHING_OPEN, Matrix
from carnet.roles.intake import intake_of
from carnet.roles.key_files import read_bytes, read_signing_key
from carnet.roles.platform_key import alarm_in, opened_platform_key, process_name, trace_unlocking
from carnet.roles.settings import Settings

_CONNECTIONS_TO_A_HOST = 16
_IDLE_SECONDS = 4.0     # a host closes after 5: no order goes out on a line that is being closed


@dataclass(frozen=True, slots=True)
class Parts:
    """What is chosen before anything is connected."""

    hosts: tuple[Host, ...]
    signer: TokenSigner
    platform_key: PlatformKey
    rules: Rules = field(default_factory=Rules)
    shipped_matrix: Matrix = NOTHING_OPEN
    budgets: Budgets = field(default_factory=Budgets)
    view_cache_bytes: int = 64 * 1024 * 1024
    default_hosts: tuple[str, ...] = ()
    unwraps_a_minute: int = USUAL
    role: str = "portal"
    intake: Intake = NOTHING_MORE


def parts_of(settings: Settings, platform_key: PlatformKey, *, role: str) -> Parts:
    """The parts that settings choose. Raises InvalidSetting for a key file or a host that is wrong."""
    is_demonstration = settings.demonstration
    portal_key, erasure_key = (
        read_signing_key(settings.path(file), setting=name, demonstration=is_demonstration)
        for file, name in (
            (settings.portal_key_file, "portal_key_file"),
            (settings.erasure_key_file, "erasure_key_file"),
        )
    )
    return Parts(
        hosts=tuple(_hosts(settings)),
        signer=TokenSigner(portal_key, erasure_key),
        platform_key=platform_key,
        rules=Rules(
            policy_of(settings), settings.ticket_minutes * 60, _rights_of(settings),
            timedelta(days=settings.erasure_delay_days)),
        shipped_matrix=shipped(is_demonstration=is_demonstration),
        budgets=Budgets(settings.stand_in_after_ms / 1000, settings.host_budget_ms / 1000),
        view_cache_bytes=settings.view_cache_bytes,
        default_hosts=settings.default_hosts,
        unwraps_a_minute=settings.unwraps_a_minute,
        role=role,
        intake=intake_of(settings),
    )


def policy_of(settings: Settings) -> SubmissionPolicy:
    """What submissions must respect here."""
    return SubmissionPolicy(
        ins=InsPolicy(demonstration=settings.demonstration, key=settings.ins_key),
        identifiers=IdentifierPolicy(keys=settings.identifier_key),
        document_limit_bytes=settings.max_document_bytes,
        invisible_and_masked=settings.invisible_and_masked,
    )


def _rights_of(settings: Settings) -> RightsPolicy:
    return RightsPolicy(
        manages_minors=settings.manages_minors,
        majority_years=settings.majority_years,
        invisible_and_masked=settings.invisible_and_masked,
        emergencies_a_day=settings.emergencies_a_day,
    )


@asynccontextmanager
async def stores_of(settings: Settings, *, role: str = "command") -> AsyncIterator[tuple[Stores, asyncpg.Pool]]:
    """Everything the portal or a worker works with, and the portal's database, until the block ends.

    Waits for two people while the platform key is locked.
    """
    settings.require("portal_database_url", "keys_database_url", "hosts")
    connections = settings.portal_database_connections
    async with (
        opened_platform_key(settings, role=role) as platform_key,
        open_pool(settings.keys_database_url, 4) as keys,
        open_pool(settings.portal_database_url, connections, first=looking_first(keys)) as portal,
        assembled(parts_of(settings, platform_key, role=role), portal, keys) as stores,
    ):
        await trace_unlocking(settings, role, stores.records)
        yield stores, portal


@asynccontextmanager
async def assembled(parts: Parts, portal: asyncpg.Pool, keys: asyncpg.Pool) -> AsyncIterator[Stores]:
    """The parts, connected to these databases."""
    clock = Clock()
    database = Database(portal)
    records = RecordStore(database, clock)
    hosting = HostingStore(database)
    await records.start()
    marks = MarkStore(Database(keys))
    last_known: dict[UUID, Known] = {}

    def forget() -> None:
        last_known.clear()
        records.forget()

    guard = Guard(
        ReconcileStore(database), marks, parts.signer, hosts=[host.id for host in parts.hosts], forget=forget)
    await guard.look()
    parts.signer.epoch = await hosting.epoch()
    connector = aiohttp.TCPConnector(
        limit_per_host=_CONNECTIONS_TO_A_HOST, limit=0, keepalive_timeout=_IDLE_SECONDS)
    heard = Heard(clock.unix)
    key_store = KeyStore(Database(keys), parts.platform_key, Unwraps(parts.unwraps_a_minute))
    key_store.alarm = alarm_in(records)
    directory, process = Directory(parts.hosts), process_name(parts.role)
    async with (
        StandingsWatch(directory, AccreditationStore(database)).running(),
        aiohttp.ClientSession(connector=connector, auto_decompress=False) as session,
        keeping(heard, hosting.oversight),
        key_store.beating(process),
    ):
        clients = {host.id: HostClient(host, session, parts.signer, clock.unix) for host in parts.hosts}
        for client in clients.values():
            client.heard = heard
        copies = Copies(directory, clients, hosting, parts.budgets)
        delivery = Delivery(copies, hosting)
        views = Views(copies, hosting, most_bytes=parts.view_cache_bytes)
        async with telling(process, clients.values(), hosting.circuits):
            yield Stores(
                records, hosting, key_store, copies, delivery, views, AuditStore(database),
                MatrixStore(database, parts.shipped_matrix), EmergencyStore(database), NotificationStore(database),
                InboxStore(database),
                Placing(directory, PlacingStore(database), defaults=parts.default_hosts), clock,
                guard, parts.rules, last_known, intake=parts.intake, heard=heard)
        await delivery.settle()
        for client in clients.values():
            client.close()


@asynccontextmanager
async def open_pool(
    url: str, connections: int, *, first: Callable[[asyncpg.Connection], Awaitable[None]] | None = None,
) -> AsyncIterator[asyncpg.Pool]:
    """A pool of connections. Nothing is left behind in a session, so none is reset between two uses.

    `first` is done on each new connection before anybody uses it.
    """
    async with asyncpg.create_pool(url, min_size=1, max_size=connections, init=first, reset=_leave_as_it_is) as pool:
        yield pool


def looking_first(keys: asyncpg.Pool) -> Callable[[asyncpg.Connection], Awaitable[None]]:
    """What a process does as it connects to the portal's database: one that was restored is not used before it is seen.

    Connections end with their server: a process that lives through a restore connects anew.
    """
    marks = MarkStore(Database(keys))

    async def first(connection: asyncpg.Connection) -> None:
        await look_at_first(connection, await marks.remembered())

    return first


async def _leave_as_it_is(_connection: asyncpg.Connection) -> None:
    return None


def _hosts(settings: Settings) -> Iterable[Host]:
    for host in settings.hosts:
        yield Host(
            id=host.id,
            url=host.url.rstrip("/"),
            receipt_key=read_bytes(host.receipt_key, setting="hosts.receipt_key"),
            company=host.company,
            is_reference=host.role == "reference",
        )

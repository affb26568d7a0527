"""The processes of the operators, from their settings to their last breath. Each runs until it is asked to stop.

May import: every room, each only inside the process that needs it.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import uvloop

from carnet.roles.key_files import read_bytes, read_signing_key
from carnet.roles.lifeline import stopping_with
from carnet.roles.memory import close_to_others, keep_what_is_freed
from carnet.roles.serve import log_to_stderr, serve
from carnet.roles.settings import Settings

if TYPE_CHECKING:
    import asyncpg

    from carnet.record.stores import Stores
    from carnet.roles.demo_issuer import Registration

    Feed = Callable[[Settings, Stores, asyncpg.Pool], AbstractAsyncContextManager[int]]


def run(process: Coroutine[None, None, None], *, role: str) -> None:
    """Run one of the processes below under uvloop, with its log."""
    log_to_stderr(role)
    uvloop.run(process)


async def portal(settings: Settings, *, supervisor: int | None = None) -> None:
    """The national portal: doors and pages."""
    from carnet.roles.portal import portal_application

    settings.require("issuers")
    close_to_others()
    async with portal_application(settings) as app:
        await serve(app, address=settings.portal_address, port=settings.portal_port, supervisor=supervisor)


async def worker(settings: Settings, *, supervisor: int | None = None) -> None:
    """The portal's deferred work: delivery, catch-up, collection, and the audit log."""
    from carnet.hosting.repeating import repeating
    from carnet.journal.database import Database
    from carnet.ledger.counts.store import CountStore
    from carnet.ledger.store import LedgerStore
    from carnet.roles.audit_log import audit_key
    from carnet.roles.figures import FIGURE_SECONDS, watched_of
    from carnet.roles.inbox import INBOX_SECONDS, inbox_of, work_on_inbox
    from carnet.roles.intake import checker_of
    from carnet.roles.overseeing import OversightRules
    from carnet.roles.periods import SIGN_SECONDS, sign_closed
    from carnet.roles.wiring import stores_of
    from carnet.roles.worker import work
    from carnet.steering.adoption.counting import ADOPTION_SECONDS, keep_adoption
    from carnet.steering.adoption.store import AdoptionStore
    from carnet.steering.counting import keep_figures
    from carnet.steering.metering.keeping import METER_SECONDS, keep_meters
    from carnet.steering.metering.store import MeterStore
    from carnet.steering.store import FigureStore

    rules = OversightRules(settings.challenges_per_hour, settings.unexplained_reads_margin)
    close_to_others()
    stop = asyncio.Event()
    async with stores_of(settings, role="worker") as (stores, database), stopping_with(supervisor, stop.set):
        # Not before: what waits for its platform key to be unlocked ends at once.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        key = audit_key(settings)
        inbox, figures, watched = inbox_of(stores, settings), FigureStore(Database(database)), watched_of(settings)
        meters, adoption = MeterStore(Database(database)), AdoptionStore(Database(database))
        counts = CountStore(Database(database))
        async with (
            repeating(lambda: work_on_inbox(inbox, settings.inbox_days), INBOX_SECONDS, what="the inbox"),
            repeating(
                lambda: keep_figures(figures, stores, watched, settings.fill_months), FIGURE_SECONDS, what="figures"),
            repeating(lambda: sign_closed(LedgerStore(Database(database)), key), SIGN_SECONDS, what="closed months"),
            repeating(lambda: keep_meters(meters, stores), METER_SECONDS, what="meters"),
            repeating(lambda: keep_adoption(adoption, counts, figures), ADOPTION_SECONDS, what="adoption"),
        ):
            await work(stores, key, stop, rules=rules, checker=checker_of(settings))


async def hl7(settings: Settings, *, supervisor: int | None = None) -> None:
    """HL7 v2 over MLLP: messages in, business acknowledgements out."""
    from carnet.roles.hl7 import hl7_listener

    keep_what_is_freed()
    await _feed(settings, hl7_listener, told="HL7 v2 is taken at port %d", supervisor=supervisor, role="hl7")


async def mail(settings: Settings, *, supervisor: int | None = None) -> None:
    """Secure mail over SMTP: letters in, letters and receipts out."""
    from carnet.roles.mail import mail_gate

    await _feed(settings, mail_gate, told="mail is taken at port %d", supervisor=supervisor, role="mail")


async def folder(settings: Settings, *, supervisor: int | None = None) -> None:
    """Files of partners' folders, a look at each every second."""
    from carnet.roles.folders import watched_folders

    told = "folders of partners that are watched: %d"
    await _feed(settings, watched_folders, told=told, supervisor=supervisor, role="folder")


async def _feed(settings: Settings, opened: Feed, *, told: str, supervisor: int | None, role: str) -> None:
    """A feed, open until it is asked to stop. `told` says in the log what `opened` gives."""
    from carnet.hosting.repeating import repeating
    from carnet.record.reconcile.guard import LOOK_SECONDS
    from carnet.roles.wiring import stores_of

    settings.require("partners")
    close_to_others()
    stop = asyncio.Event()
    async with (
        stores_of(settings, role=role) as (stores, database), stopping_with(supervisor, stop.set),
        repeating(stores.guard.keep_looking, LOOK_SECONDS, what="the portal's position"),
        opened(settings, stores, database) as found,
    ):
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        logging.getLogger(__name__).info(told, found)
        await stop.wait()


async def host(settings: Settings, *, supervisor: int | None = None) -> None:
    """One operator's host."""
    from carnet.host.app import build
    from carnet.host.config import HostConfig
    from carnet.host.outside import Outside
    from carnet.host.store import open_pool
    from carnet.roles.body_store import body_store_of

    settings.require("host_id", "host_database_url", "host_portal_key", "host_erasure_key")
    config = HostConfig(
        host_id=settings.host_id,
        portal_public_key=read_bytes(settings.host_portal_key, setting="host_portal_key"),
        erasure_public_key=read_bytes(settings.host_erasure_key, setting="host_erasure_key"),
        receipt_private_key=read_signing_key(
            settings.path(settings.receipt_key_file),
            setting="receipt_key_file",
            demonstration=settings.demonstration,
        ),
        state="read_only" if settings.host_read_only else "active",
        capacity_bytes=settings.host_capacity_bytes or None,
        officer_public_key=(
            read_bytes(settings.host_officer_key, setting="host_officer_key") if settings.host_officer_key else None
        ),
        erasures_a_day=settings.host_erasures_a_day,
    )
    bodies = body_store_of(settings)
    async with await open_pool(settings.host_database_url, size=settings.host_database_connections) as pool:
        app = build(pool, config, Outside(pool, bodies, from_bytes=settings.host_body_store_from_bytes))
        await serve(app, address=settings.host_address, port=settings.host_port, supervisor=supervisor)


async def issuer(registration: Registration, *, supervisor: int | None = None) -> None:
    """The identity provider of the demonstration, on the loopback address only."""
    from carnet.roles.demo_issuer import build

    port = urlsplit(registration.url).port or 80
    await serve(build(registration), address="127.0.0.1", port=port, supervisor=supervisor)

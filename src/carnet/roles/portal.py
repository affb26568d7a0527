"""The portal as one application: FHIR doors at /fhir, pages at /, and a word on its health.

May import: every room. Touches the world: it opens the databases.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from carnet.fhir.app import build as build_fhir
from carnet.fhir.app import routes as fhir_routes
from carnet.fhir.config import FhirConfig
from carnet.hosting.repeating import repeating
from carnet.people.claims import CallerKind
from carnet.people.tokens import Issuer, TokenVerifier
from carnet.record.reconcile.guard import LOOK_SECONDS
from carnet.roles.figures import watched_of
from carnet.roles.key_files import read_key
from carnet.roles.settings import IssuerSetting, Settings
from carnet.roles.wiring import policy_of, stores_of
from carnet.web.app import build as build_pages
from carnet.web.config import LoginIssuer, WebConfig

if TYPE_CHECKING:
    from carnet.record.stores import Stores

_AROUND_A_DOCUMENT = 1024 * 1024
_SPEAKS_FOR = {
    "patient": frozenset({CallerKind.PATIENT}),
    "professional": frozenset({CallerKind.PROFESSIONAL, CallerKind.ORGANISATION}),
    "officer": frozenset({CallerKind.OFFICER, CallerKind.ACCOUNTANT}),
}


@asynccontextmanager
async def portal_application(settings: Settings) -> AsyncIterator[Starlette]:
    """The portal, connected to its databases, hosts and issuers until the block ends."""
    policy = policy_of(settings)
    verifier = TokenVerifier(
        tuple(_issuer(each) for each in settings.issuers), ins_policy=policy.ins,
        identifier_policy=policy.identifiers)
    async with (
        stores_of(settings, role="portal") as (stores, database), verifier,
        repeating(stores.guard.keep_looking, LOOK_SECONDS, what="the portal's position"),
    ):
        fhir = build_fhir(stores, verifier, _fhir_config(settings))
        yield Starlette(routes=[
            Route("/healthz", _health(stores)),
            *fhir_routes(fhir),
            *build_pages(stores, verifier, _web_config(settings), database),
        ])


def _health(stores: Stores) -> Callable[[Request], Awaitable[Response]]:
    async def health(_request: Request) -> Response:
        """Is the portal up, and which hosts does it take for down? Says nothing of any record."""
        down = [name for name, client in stores.copies.clients.items() if client.writes.is_open or client.reads.is_open]
        status = "comparing" if await stores.hosting.is_reconciling() else "up"
        return JSONResponse({"status": status, "waiting": await stores.hosting.waiting(), "hosts_down": down})

    return health


def _issuer(setting: IssuerSetting) -> Issuer:
    jwks_url = setting.jwks_url or f"{setting.url.rstrip('/')}/.well-known/jwks.json"
    own_clients = frozenset({setting.client_id, *setting.own_clients})
    return Issuer(setting.url, setting.audience, jwks_url, _SPEAKS_FOR[setting.kind], own_clients)


def _fhir_config(settings: Settings) -> FhirConfig:
    # A document travels in base64, with what describes it around it.
    limit = settings.max_document_bytes * 4 // 3 + _AROUND_A_DOCUMENT
    return FhirConfig(
        base=f"{settings.public_url}/fhir", ins_policy=policy_of(settings).ins, limit_bytes=limit,
        page_key=_page_key(settings))


def _page_key(settings: Settings) -> bytes:
    """What seals links to further pages: the same in every process of this portal, and after a restart."""
    portal_key = read_key(
        settings.path(settings.portal_key_file), setting="portal_key_file", demonstration=settings.demonstration)
    return hashlib.sha512(b"carnet fhir page 1" + portal_key).digest()


def _web_config(settings: Settings) -> WebConfig:
    logins = {each.kind: LoginIssuer(each.url, each.client_id, each.client_secret) for each in settings.issuers}
    policy = policy_of(settings)
    return WebConfig(
        public_url=settings.public_url, patients=logins["patient"], professionals=logins["professional"],
        officers=logins.get("officer"),
        idle_minutes=settings.idle_minutes, session_hours=settings.session_hours, time_zone=settings.time_zone,
        demonstration=settings.demonstration, max_upload_bytes=settings.max_document_bytes, ins_policy=policy.ins,
        identifier_policy=policy.identifiers, watched=watched_of(settings), fill_months=settings.fill_months)

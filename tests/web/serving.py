"""A portal's pages on a loopback socket, with the demonstration's identity provider, for tests that log in for real."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette

from carnet.people.caller import PatientCaller, ProfessionalCaller
from carnet.people.claims import CallerKind, caller_of
from carnet.people.identifiers import DEMONSTRATION as ANY_KEY
from carnet.people.ins import DEMONSTRATION as ANY_INS
from carnet.people.ins import InsPolicy
from carnet.people.patient import Patient, Sex, Traits
from carnet.people.tokens import Issuer, TokenVerifier
from carnet.roles.demo_issuer import Registration
from carnet.roles.demo_issuer import build as build_issuer
from carnet.roles.demo_people import AUDIENCE, WEB_CLIENT, identity
from carnet.web.app import build
from carnet.web.config import LoginIssuer, WebConfig
from tests.listening import held_port, served
from tests.running import Platform


@dataclass(frozen=True)
class Portal:
    """Where the pages are, and the platform behind them."""

    url: str
    platform: Platform


def patient_of(login: str) -> Patient:
    """The invented patient of this login."""
    caller, claims = _caller(login)
    assert isinstance(caller, PatientCaller)
    sex = Sex.FEMALE if claims["gender"] == "female" else Sex.MALE
    return Patient(caller.ins, Traits(
        birth_family=caller.family, birth_given=caller.given, given_names=(caller.given,),
        birth_date=claims["birthdate"], sex=sex, birthplace=claims["birthplace"]))


def professional_of(login: str) -> ProfessionalCaller:
    """The invented professional of this login."""
    caller, _ = _caller(login)
    assert isinstance(caller, ProfessionalCaller)
    return caller


def _caller(login: str) -> tuple[object, dict[str, str]]:
    found = identity(login)
    assert found is not None
    return caller_of(found.claims, ins_policy=ANY_INS, identifier_policy=ANY_KEY), found.claims


@asynccontextmanager
async def serving(platform: Platform, *, ins_policy: InsPolicy = ANY_INS) -> AsyncIterator[Portal]:
    """The pages of this platform."""
    async with AsyncExitStack() as stack:
        portal_port, issuer_port = stack.enter_context(held_port()), stack.enter_context(held_port())
        url, issuer_url = f"http://127.0.0.1:{portal_port}", f"http://127.0.0.1:{issuer_port}"
        kinds = {
            "patients": {CallerKind.PATIENT}, "professionals": {CallerKind.PROFESSIONAL},
            "officers": {CallerKind.OFFICER, CallerKind.ACCOUNTANT}}
        issuers = {name: f"{issuer_url}/{name}" for name in kinds}
        logins = {name: LoginIssuer(address, WEB_CLIENT) for name, address in issuers.items()}
        config = WebConfig(
            url, logins["patients"], logins["professionals"], logins["officers"], demonstration=True,
            ins_policy=ins_policy, identifier_policy=ANY_KEY, max_upload_bytes=2_000_000)
        verifier = TokenVerifier(
            tuple(
                Issuer(issuers[name], AUDIENCE, f"{issuers[name]}/.well-known/jwks.json", frozenset(speaks_for),
                       frozenset({WEB_CLIENT}))
                for name, speaks_for in kinds.items()),
            ins_policy=ANY_INS, identifier_policy=ANY_KEY)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="carnet-issuer-"))
        registration = Registration(issuer_url, str(Path(folder) / "key.json"), (config.callback_url,))
        await stack.enter_async_context(served(build_issuer(registration), issuer_port))
        await stack.enter_async_context(verifier)
        pages = Starlette(routes=build(platform.stores, verifier, config, platform.portal))
        await stack.enter_async_context(served(pages, portal_port))
        yield Portal(url, platform)

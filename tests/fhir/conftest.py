"""What the tests of the FHIR doors ask for: doors of a running platform, and tokens for them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey

from carnet.fhir.app import FhirDoors, build
from carnet.fhir.config import FhirConfig
from carnet.people.caller import (
    AccountantCaller,
    Caller,
    OfficerCaller,
    OrganisationCaller,
    PatientCaller,
    ProfessionalCaller,
)
from carnet.people.identifiers import DEMONSTRATION as DEMONSTRATION_IDENTIFIERS
from carnet.people.ins import DEMONSTRATION
from carnet.people.tokens import Issuer, TokenVerifier
from tests.fhir.client import Client
from tests.running import DOCTOR, Platform

BASE = "https://carnet.example/fhir"
ISSUER = "https://identity.example"
PORTAL = "carnet-portal"
KEY = ECKey.generate_key("P-256", {"kid": "test"})


def token_of(caller: Caller, **more: object) -> str:
    """An access token for this caller, with more claims."""
    claims: dict[str, object]
    match caller:
        case PatientCaller(ins=ins, family=family, given=given):
            claims = {
                "ins": ins.value, "ins_oid": ins.oid.value, "family_name": family, "given_name": given,
                "client_id": caller.application or PORTAL,
            }
        case ProfessionalCaller():
            claims = {
                "SubjectNameID": caller.ps_id, "family_name": caller.family, "given_name": caller.given,
                "SubjectRole": [f"{caller.profession.code}^{caller.profession.system}"],
                "SubjectOrganizationID": caller.organisation or "", "SubjectOrganization": caller.organisation_name,
                "Acces_Regulation_Medicale": "VRAI" if caller.is_regulator else "FAUX",
            }
        case OfficerCaller():
            claims = {
                "SubjectOfficerID": caller.officer_id, "family_name": caller.family, "given_name": caller.given,
            }
        case AccountantCaller():
            claims = {
                "SubjectAccountantID": caller.accountant_id, "family_name": caller.family, "given_name": caller.given,
            }
        case OrganisationCaller():
            claims = {
                "SubjectOrganizationID": caller.struct_id, "SubjectOrganization": caller.name,
                "client_id": caller.software,
            }
    registered = {"iss": ISSUER, "aud": "carnet", "exp": 4_000_000_000}
    return jwt.encode({"alg": "ES256", "kid": "test"}, claims | registered | more, KEY)


@pytest.fixture
async def verifier() -> AsyncIterator[TokenVerifier]:
    """A verifier that knows the tests' issuer."""
    async def jwks(_: web.Request) -> web.Response:
        return web.json_response({"keys": [KEY.as_dict(private=False)]})

    application = web.Application()
    application.router.add_get("/jwks", jwks)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    jwks_url = f"http://127.0.0.1:{runner.addresses[0][1]}/jwks"
    issuer = Issuer(ISSUER, "carnet", jwks_url, own_clients=frozenset({PORTAL}))
    async with TokenVerifier(
        (issuer,), ins_policy=DEMONSTRATION, identifier_policy=DEMONSTRATION_IDENTIFIERS
    ) as verifier:
        yield verifier
    await runner.cleanup()


@pytest.fixture
def doors(platform: Platform, verifier: TokenVerifier) -> FhirDoors:
    """The FHIR doors of a running platform."""
    config = FhirConfig(base=BASE, ins_policy=DEMONSTRATION, page_key=bytes(64))
    return build(platform.stores, verifier, config)


@pytest.fixture
def doctor(doors: FhirDoors) -> Client:
    """The doctor who opens records, at the doors."""
    return Client(doors, token_of(DOCTOR))

"""The commands of docs/vendors/fhir.md and docs/vendors/consent.md, typed in a terminal as they stand."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from joserfc import jwt
from starlette.applications import Starlette

from carnet.fhir.app import build, routes
from carnet.fhir.config import FhirConfig
from carnet.people.ins import DEMONSTRATION, Ins, InsOid
from carnet.people.patient import Patient
from carnet.people.tokens import TokenVerifier
from carnet.roles.demo_people import identity
from carnet.roles.demo_tokens import Wished
from tests.fhir.conftest import ISSUER, KEY, PORTAL
from tests.listening import held_port
from tests.listening import served as listening_at
from tests.running import DOCTOR, PATIENT, Platform

VENDORS = Path(__file__).resolve().parents[2] / "docs" / "vendors"
CAMILLE = Patient(Ins("284056938300167", InsOid.TEST), PATIENT.traits)
MOREAU = type(DOCTOR)(ps_id="899700300108", family="MOREAU", given="Claire", profession=DOCTOR.profession)

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "jq", "base64"))), reason="bash, curl, jq and base64 are not here")


def token(login: str, purpose: str = "") -> str:
    """What `carnet token` prints, signed by the tests' own issuer."""
    found = identity(login)
    assert found is not None
    registered = {
        "iss": ISSUER, "aud": "carnet", "exp": 4_000_000_000, "client_id": PORTAL, "auth_time": int(time.time())}
    return jwt.encode(
        {"alg": "ES256", "kid": "test"}, found.claims | registered | Wished(purpose).claims, KEY)


def script(page: str, port: int) -> str:
    """All commands of a page, one after the other; where it says which address, ours."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (VENDORS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    cases = "".join(
        f'"{login} {options}") echo {token(login, options.rpartition(" ")[2])};;\n'
        for login, options in re.findall(r"\$\(carnet token (\w+) ?([^)]*)\)", "".join(blocks)))
    typed = "\n".join(blocks).replace("http://127.0.0.1:8080", f"http://127.0.0.1:{port}")
    return f'set -euo pipefail\ncarnet() {{ shift; case "$1 ${{*:2}}" in\n{cases}esac }}\n{typed}'


@asynccontextmanager
async def served(platform: Platform, verifier: TokenVerifier) -> AsyncIterator[int]:
    """The doors of this platform, listening until the block ends."""
    with held_port() as port:
        doors = build(platform.stores, verifier, FhirConfig(
            base=f"http://127.0.0.1:{port}/fhir", ins_policy=DEMONSTRATION, page_key=bytes(64)))
        async with listening_at(Starlette(routes=routes(doors)), port):
            yield port


@pytest.mark.parametrize(("page", "shown"), [
    ("consent.md", ["break_the_glass permit active", "choice-break-the-glass.", '"type": "permit"', "inactive",
                    '"medecin-traitant"']),
    ("fhir.md", ["HTTP/1.1 201", "201 Created Binary/", "Ce carnet est ouvert.", '["N","MASQUE_PS"]',
                 "purpose bris_de_glace", "2026-11-20T09:30:00+01:00 Courrier"]),
])
async def test_the_commands_of_a_page_do_what_it_says(
    platform: Platform, verifier: TokenVerifier, tmp_path: Path, page: str, shown: list[str]
) -> None:
    await platform.opened(CAMILLE, MOREAU)
    async with served(platform, verifier) as port:
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", script(page, port), cwd=tmp_path, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE, env=dict(os.environ))
        out, err = await asyncio.wait_for(process.communicate(), timeout=60)
    assert (process.returncode, err.decode()) == (0, ""), out.decode()
    assert [words for words in shown if words not in out.decode()] == [], out.decode()

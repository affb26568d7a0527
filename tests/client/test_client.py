"""The vendors' client against a real platform: it waits when it may, and says what to correct when it may not."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from carnet.client import Carnet, Described, Patience, Refused
from carnet.errors import Unavailable
from carnet.fhir.app import build, routes
from carnet.fhir.config import FhirConfig
from carnet.people.ins import DEMONSTRATION
from carnet.people.tokens import TokenVerifier
from carnet.roles.feeding import described
from carnet.roles.submit import Fate, Outcome, submit_files
from tests.fhir.conftest import token_of, verifier
from tests.listening import held_port
from tests.listening import served as listening_at
from tests.running import DOCTOR, PATIENT, Platform, letter

__all__ = ["verifier"]      # a fixture

PAGE = Path(__file__).resolve().parents[2] / "docs" / "vendors" / "client.md"
WHOSE = f"urn:oid:{PATIENT.ins.oid}|{PATIENT.ins.value}"
LOST = -1
SOON = Patience(tries=4, pause_seconds=0.001, answer_seconds=30)


class Moody:
    """Answers these statuses first, then lets the platform answer. LOST: its answer is lost on the way."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.moods: list[int] = []
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        mood = self.moods.pop(0) if self.moods else 0
        if mood == LOST:
            await self._app(scope, receive, _unheard)
            mood = 502
        if not mood:
            await self._app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": mood, "headers": [(b"retry-after", b"0")]})
        await send({"type": "http.response.body", "body": b"<html>proxy</html>"})


async def _unheard(_: object) -> None:
    """An answer that comes to nobody."""


@asynccontextmanager
async def served(platform: Platform, verifier: TokenVerifier) -> AsyncIterator[tuple[str, Moody]]:
    with held_port() as port:
        url = f"http://127.0.0.1:{port}"
        doors = build(platform.stores, verifier, FhirConfig(
            base=f"{url}/fhir", ins_policy=DEMONSTRATION, page_key=bytes(64)))
        moody = Moody(Starlette(routes=routes(doors)))
        async with listening_at(moody, port):
            yield url, moody


async def test_the_example_of_the_page_does_what_it_says(
    platform: Platform, verifier: TokenVerifier, tmp_path: Path,
) -> None:
    await platform.opened()
    document = letter()
    [code] = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (tmp_path / "example.py").write_text(code)
    (tmp_path / "report.xml").write_bytes(document.content)
    async with served(platform, verifier) as (url, _):
        for said in ("kept", "already there"):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "example.py", cwd=tmp_path, stdout=asyncio.subprocess.PIPE,
                env={**os.environ, "CARNET": url, "TOKEN": token_of(DOCTOR), "PATIENT": WHOSE})
            printed, _ = await process.communicate()
            assert printed.decode().splitlines() == [
                f"{said} {url}/fhir/DocumentReference/{await entry_of(platform)}",
                f"{document.entry.title} {len(document.content)}"]


async def entry_of(platform: Platform) -> str:
    [row] = await platform.portal.fetch("select distinct detail->'documents'->>0 from audit_event where act = 'feed'")
    return str(row[0])


async def test_what_fails_for_a_moment_is_asked_again_and_deposited_once(
    platform: Platform, verifier: TokenVerifier,
) -> None:
    await platform.opened()
    async with served(platform, verifier) as (url, moody), Carnet(url, token_of(DOCTOR), patience=SOON) as carnet:
        moody.moods = [503, 429, LOST]
        kept = await carnet.submit(letter().content, Described(WHOSE))
        assert (moody.asked, kept.is_new) == (4, False)
        [document] = await carnet.find(WHOSE)
        assert kept.address.endswith(document.id)
        moody.moods = [503] * 4
        with pytest.raises(Unavailable, match="503"):
            await carnet.retrieve(document)


async def test_what_is_refused_raises_at_once_with_every_issue(platform: Platform, verifier: TokenVerifier) -> None:
    await platform.opened()
    async with served(platform, verifier) as (url, moody), Carnet(url, token_of(DOCTOR), patience=SOON) as carnet:
        with pytest.raises(Refused) as refused:
            await carnet.submit(b"%PDF-1.4 rien", Described(WHOSE))
        assert (refused.value.status, moody.asked) == (422, 1)
        assert {issue.expression for issue in refused.value.issues} >= {"DocumentReference.type"}
        with pytest.raises(Refused) as refused:
            await carnet.retrieve("11111111-1111-4111-8111-111111111111")
        assert refused.value.status == 404


async def test_a_token_that_went_out_of_date_is_asked_for_anew(platform: Platform, verifier: TokenVerifier) -> None:
    await platform.opened()
    given: list[str] = []

    async def token() -> str:
        given.append(token_of(DOCTOR, exp=4_000_000_000 if given else 1))
        return given[-1]

    async with served(platform, verifier) as (url, _):
        async with Carnet(url, token, patience=SOON) as carnet:
            assert await carnet.find(WHOSE) == []
        assert len(given) == 2
        async with Carnet(url, token_of(DOCTOR, exp=1), patience=SOON) as carnet:
            with pytest.raises(Refused) as refused:
                await carnet.find(WHOSE)
        assert refused.value.status == 401


async def test_all_pages_are_found_and_the_token_goes_to_no_other_address(
    platform: Platform, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch,
) -> None:
    await platform.opened()
    async with served(platform, verifier) as (url, moody), Carnet(url, token_of(DOCTOR), patience=SOON) as carnet:
        for _ in range(3):
            await carnet.submit(letter().content, Described(WHOSE))
        before = moody.asked
        found = await carnet.find(WHOSE, _count="1", status="current")
        assert (len({each.unique_id for each in found}), moody.asked - before) == (3, 3)
        nobody = f"{url.rpartition(':')[0]}:9"
    with pytest.raises(Unavailable):
        async with Carnet(nobody, "a token", patience=Patience(2, 0.001)) as carnet:
            await carnet.find(WHOSE)


def test_the_client_may_be_copied_alone() -> None:
    from tests.test_rooms import PACKAGE, Source

    ours = {name for name in Source(PACKAGE / "client.py").imports if name.startswith("carnet")}
    assert ours == {"carnet.errors"}


async def test_files_of_the_command_line_go_through_it(
    platform: Platform, verifier: TokenVerifier, tmp_path: Path,
) -> None:
    await platform.opened()
    cda, pdf, empty = (tmp_path / name for name in ("a.xml", "b.pdf", "c.xml"))
    cda.write_bytes(letter().content)
    pdf.write_bytes(b"%PDF-1.4\n1 0 obj << >> endobj\n%%EOF\n")
    empty.write_bytes(b"")
    told: list[Outcome] = []
    said = described(str(PATIENT.ins), "11488-4^2.16.840.1.113883.6.1", "")
    async with served(platform, verifier) as (url, _):
        for _ in range(2):
            await submit_files([cda, pdf, empty], said, portal=url, token=token_of(DOCTOR), tell=told.append)
        whose = Described("")       # a CDA says itself whose it is
        await submit_files([cda], whose, portal=url, token=token_of(DOCTOR), tell=told.append)
    fates = {(each.file.name, each.fate) for each in told}
    assert fates == {
        ("a.xml", Fate.KEPT), ("a.xml", Fate.ALREADY_THERE), ("b.pdf", Fate.KEPT), ("b.pdf", Fate.ALREADY_THERE),
        ("c.xml", Fate.REFUSED)}
    assert all(each.reasons for each in told if each.fate is Fate.REFUSED)

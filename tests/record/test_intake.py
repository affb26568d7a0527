"""Before a document is sealed it was looked at, whichever door it came by; without an answer nothing is deposited."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from carnet.documents.cda import sha1_hex
from carnet.documents.safety.schema import Schema
from carnet.documents.submission import SubmittedDocument
from carnet.errors import InvalidSubmission, Unavailable
from carnet.record.antivirus.clamd.client import Clamd
from carnet.record.inbox.again import try_again
from carnet.record.inbox.message import MessageState
from carnet.record.intake import Intake
from carnet.record.submit import submit
from tests.listening import held_port
from tests.record.inbox.ground import Ground
from tests.record.scanners import EICAR, clamd, speaking
from tests.running import Platform, letter, lot, professional, with_entry


def carrying(file: bytes, media_type: str = "application/pdf") -> SubmittedDocument:
    """A letter with this file inside."""
    document = letter()
    media = (
        f'<entry><observationMedia classCode="OBS" moodCode="EVN"><value representation="B64" '
        f'mediaType="{media_type}">{b64encode(file).decode()}</value></observationMedia></entry></section>')
    content = document.content.replace(b"</section>", media.encode(), 1)
    entry = msgspec.structs.replace(document.entry, size=len(content), hash=sha1_hex(content))
    return SubmittedDocument(entry, content)


def text(content: bytes) -> SubmittedDocument:
    document = letter()
    changed = with_entry(document, mime_type="text/plain", size=len(content), hash=sha1_hex(content))
    return msgspec.structs.replace(changed, content=content)


async def stored(platform: Platform) -> int:
    bodies = [await host.pool.fetchval("select count(*) from body") for host in platform.hosts.values()]
    return sum(bodies)


async def test_what_the_antivirus_finds_is_refused_traced_and_kept_nowhere(platform: Platform) -> None:
    record = await platform.opened()
    before = await stored(platform)
    async with speaking(clamd) as port:
        stores = replace(platform.stores, intake=Intake(Clamd("127.0.0.1", port)))
        for document in (text(EICAR), carrying(EICAR, "text/plain")):
            with pytest.raises(InvalidSubmission) as refusal:
                await submit(professional(), lot(letter(), document), stores)
            [issue] = refusal.value.issues
            assert (issue.code, issue.expression) == ("security", "DocumentEntry[1].antivirus")
            assert "Eicar-Test-Signature" in issue.message
    assert await stored(platform) == before
    traces = await platform.portal.fetchval(
        "select count(*) from audit_event e where record_id = $1 and e::text like $2",
        record, "%DocumentEntry[1].antivirus%")
    assert traces == 2


async def test_while_the_antivirus_is_away_nothing_is_deposited_and_messages_are_kept(platform: Platform) -> None:
    await platform.opened()
    document = letter()
    with held_port() as port:
        platform.stores = replace(platform.stores, intake=Intake(Clamd("127.0.0.1", port)))
        with pytest.raises(Unavailable) as refusal:
            await submit(professional(), lot(document), platform.stores)
        assert refusal.value.retry_after_seconds == 30
        taken = await Ground(platform).send(document.content)
    assert taken.state is MessageState.RECEIVED
    async with speaking(clamd) as port:
        platform.stores = replace(platform.stores, intake=Intake(Clamd("127.0.0.1", port)))
        ground = Ground(platform)
        await platform.portal.execute("update message set next_at = clock_timestamp()")
        assert await try_again(ground.inbox) == 1
        assert (await ground.kept(taken.message_id)).state is MessageState.DEPOSITED


async def test_what_is_already_there_is_answered_without_the_antivirus(platform: Platform) -> None:
    await platform.opened()
    document = letter()
    await submit(professional(), lot(document), platform.stores)
    with held_port() as port:
        stores = replace(platform.stores, intake=Intake(Clamd("127.0.0.1", port)))
        assert not (await submit(professional(), lot(document), stores)).created


async def test_a_dangerous_file_inside_a_document_is_refused_without_any_antivirus(platform: Platform) -> None:
    await platform.opened()
    with pytest.raises(InvalidSubmission) as refusal:
        await submit(professional(), lot(carrying(b"MZ\x90\x00" + bytes(60))), platform.stores)
    [issue] = refusal.value.issues
    assert (issue.code, issue.expression) == ("security", "DocumentEntry[0].content")
    assert (await submit(professional(), lot(carrying(b"%PDF-1.4\n%%EOF\n")), platform.stores)).created


async def test_a_document_that_breaks_the_schema_is_refused_with_its_place(
    platform: Platform, shared_data: Path,
) -> None:
    await platform.opened()
    stores = replace(platform.stores, intake=Intake(schema=Schema(shared_data / "cda-fr-schematrons")))
    document = letter()
    content = document.content.replace(b"<title>", b"<titre/><title>")
    broken = msgspec.structs.replace(
        with_entry(document, size=len(content), hash=sha1_hex(content)), content=content)
    with pytest.raises(InvalidSubmission) as refusal:
        await submit(professional(), lot(broken), stores)
    assert [issue.expression for issue in refusal.value.issues] == ["/ClinicalDocument/titre"]
    assert (await submit(professional(), lot(document), stores)).created

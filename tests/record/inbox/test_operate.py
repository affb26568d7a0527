"""Dead letters: looked at, tried again, corrected; each with a trace of who did it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from uuid import uuid4

import asyncpg
import msgspec
import pytest
from rich.console import Console

from carnet.errors import Conflict, Gone, InvalidInput, NotFound
from carnet.people.caller import OfficerCaller
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.inbox.message import MessageState, Taken
from carnet.record.inbox.operate import content_of, correct, replay
from carnet.record.stores import Stores
from carnet.rights.access import Asker
from carnet.roles import messages
from carnet.roles.messages import Filters, Work, working
from carnet.roles.settings import Settings
from tests.record.inbox.ground import PARTNER, Ground
from tests.running import PATIENT, Platform, another_patient, letter, patient

OPERATOR = Asker(OfficerCaller("agent-7", "agent-7", ""), door="command")
WRONG = b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>"


class Desk(Ground):
    """The ground, with a terminal."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.printed = StringIO()

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """What commands work with, for agent-7."""
        console = Console(file=self.printed, width=200)
        async with working(Settings(demonstration=True), console, by="agent-7") as work:
            yield Work(work.asker, self.inbox, work.outgoing, console)

    async def traces(self, act: str) -> list[tuple[str, str]]:
        """Who did this, to which message."""
        rows = await self.platform.portal.fetch(
            "select actor->>'identifier', detail->>'message' from audit_event where act = $1 order by event_id", act)
        return [(row[0], row[1]) for row in rows]


@pytest.fixture
def desk(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A platform, as commands find it."""
    @asynccontextmanager
    async def these(_: Settings) -> AsyncIterator[tuple[Stores, asyncpg.Pool]]:
        yield platform.stores, platform.portal

    monkeypatch.setattr(messages, "stores_of", these)
    return Desk(platform)


async def refused(desk: Desk) -> Taken:
    await desk.platform.opened()
    taken = await desk.send(WRONG)
    assert taken.state is MessageState.REFUSED
    return taken


async def test_a_corrected_message_is_taken_as_from_its_partner_and_ends_the_other(desk: Desk) -> None:
    taken = await refused(desk)
    document = letter()
    corrected = await correct(OPERATOR, taken.message_id, document.content, desk.inbox)
    assert corrected.state is MessageState.DEPOSITED
    found = await find(patient(), PATIENT.ins, Criteria(), desk.inbox.stores)
    assert [entry.unique_id for entry in found.entries] == [document.entry.unique_id]
    old, new = await desk.kept(taken.message_id), await desk.kept(corrected.message_id)
    assert (old.corrected_by, old.has_content, old.issues) == (corrected.message_id, False, taken.issues)
    assert (new.partner, new.channel) == (PARTNER, old.channel)
    assert await desk.traces("correct_message") == [("agent-7", str(taken.message_id))]


async def test_what_waits_for_the_wrong_person_waits_no_more_once_corrected(desk: Desk) -> None:
    await desk.platform.opened()
    waiting = await desk.send(letter(of=another_patient(5)).content)
    await correct(OPERATOR, waiting.message_id, letter().content, desk.inbox)
    await desk.platform.opened(another_patient(5))
    old = await desk.kept(waiting.message_id)
    assert (old.state, old.reasons, old.has_content) == (MessageState.REFUSED, ("corrected",), False)
    assert await desk.inbox.stores.messages.claim(10) == []


async def test_a_correction_that_is_refused_too_leaves_the_message_as_it_is(desk: Desk) -> None:
    taken = await refused(desk)
    assert (await correct(OPERATOR, taken.message_id, WRONG + b" ", desk.inbox)).state is MessageState.REFUSED
    old = await desk.kept(taken.message_id)
    assert (old.corrected_by, old.has_content) == (None, True)
    with pytest.raises(InvalidInput, match="very bytes"):
        await correct(OPERATOR, taken.message_id, WRONG, desk.inbox)
    with pytest.raises(NotFound):
        await correct(OPERATOR, uuid4(), b"", desk.inbox)


async def test_what_is_in_a_record_is_neither_corrected_nor_replayed(desk: Desk) -> None:
    await desk.platform.opened()
    taken = await desk.send(letter().content)
    with pytest.raises(Conflict):
        await correct(OPERATOR, taken.message_id, letter().content, desk.inbox)
    with pytest.raises(Gone):
        await replay(OPERATOR, taken.message_id, desk.inbox)
    with pytest.raises(Gone):
        await content_of(OPERATOR, taken.message_id, desk.inbox.stores)


async def test_what_is_opened_is_traced_before(desk: Desk, tmp_path: Path) -> None:
    taken = await refused(desk)
    file = tmp_path / "contenu.xml"
    async with desk.work() as work:
        assert await messages.save_content(work, str(taken.message_id), file) == 0
        assert (file.read_bytes(), file.stat().st_mode & 0o777) == (WRONG, 0o600)
        with pytest.raises(InvalidInput):
            await messages.save_content(work, str(taken.message_id), file)
    assert await desk.traces("read_message") == [("agent-7", str(taken.message_id))]


async def test_messages_are_listed_by_what_is_asked_and_shown_with_their_reasons(desk: Desk) -> None:
    taken = await refused(desk)
    kept = letter()
    await desk.send(kept.content)
    async with desk.work() as work:
        await messages.show_list(work, Filters(state="refused"), limit=50, as_json=True)
        [listed] = msgspec.json.decode(desk.printed.getvalue())
        assert listed["message_id"] == str(taken.message_id)
        desk.printed.truncate(0)
        await messages.show_list(work, Filters(text=kept.entry.unique_id, channel="folder"), limit=50, as_json=False)
        assert "deposited" in desk.printed.getvalue()
        await messages.show_list(work, Filters(partner="personne"), limit=50, as_json=False)
        assert "no message is like this" in desk.printed.getvalue()
        await messages.show_one(work, str(taken.message_id), as_json=False)
        assert all(str(issue) in desk.printed.getvalue() for issue in taken.issues)
        for wrong in (Filters(state="mangled"), Filters(channel="pigeon"), Filters(before="hier")):
            with pytest.raises(InvalidInput, match="accepted"):
                await messages.show_list(work, wrong, limit=50, as_json=False)
        with pytest.raises(InvalidInput, match="no id of a message"):
            await messages.show_one(work, "2990775", as_json=False)


async def test_pages_of_the_list_lose_none_received_at_the_same_moment(
    desk: Desk, monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(5):
        await desk.send(WRONG + b" " * number)
    await desk.platform.portal.execute("update message set received_at = '2026-01-02 10:00Z'")
    monkeypatch.setattr("carnet.record.inbox.operate._PAGE", 2)
    async with desk.work() as work:
        await messages.show_list(work, Filters(), limit=50, as_json=True)
    assert len({each["message_id"] for each in msgspec.json.decode(desk.printed.getvalue())}) == 5


async def test_all_that_waits_is_tried_again_at_once(desk: Desk) -> None:
    sent = [await desk.send(letter().content) for _ in range(3)]
    assert {each.state for each in sent} == {MessageState.WAITING}
    await desk.platform.opened()
    async with desk.work() as work:
        with pytest.raises(InvalidInput, match="say which"):
            await messages.replay_all(work, Filters())
        assert await messages.replay_all(work, Filters(state="waiting")) == 0
        assert "3 deposited" in desk.printed.getvalue()
        assert await messages.replay_all(work, Filters(state="waiting")) == 0
    assert len(await desk.traces("replay_message")) >= 1


async def test_one_that_is_refused_again_says_so_with_its_exit_code(desk: Desk, tmp_path: Path) -> None:
    taken = await refused(desk)
    file = tmp_path / "corrigé.xml"
    file.write_bytes(letter().content)
    async with desk.work() as work:
        assert await messages.replay_one(work, str(taken.message_id)) == 1
        assert await messages.correct_one(work, str(taken.message_id), file) == 0
        with pytest.raises(InvalidInput, match="No such file"):
            await messages.correct_one(work, str(taken.message_id), tmp_path / "absent.xml")
    assert "deposited" in desk.printed.getvalue()

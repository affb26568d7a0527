"""If the patient objected, nothing is stored: said where the admission software heard it, then a document comes."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg
import pytest

from carnet.feeds.folder.form import FolderForm
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.inbox.again import try_again
from carnet.record.inbox.message import (
    Channel,
    Message,
    MessageState,
    Opposition,
    Outgoing,
    Partner,
    Reading,
    Settled,
    Taken,
)
from carnet.record.inbox.take import Arrived, Inbox, take
from tests.record.inbox.ground import PARTNER, Ground
from tests.running import PATIENT, Platform, letter, patient

CLINIC = Partner("clinique-essai", "1690000022", "Clinique inventée", "DPI d'essai")
SECRET = "Un secret que personne ne garde."
_TABLES = "select tablename from pg_tables where schemaname = 'public' order by 1"


class Admissions:
    """The smallest form of an admission: what the patient said, as JSON."""

    channel = Channel.HL7

    def read(self, raw: bytes, _partner: Partner, _reading: Reading, /) -> Message:
        """What was said. Raises KeyError for what no test sends."""
        said = json.loads(raw)
        opposition = Opposition(
            PATIENT.ins, said["feeding"], said["consultation"], datetime.fromisoformat(said["said_at"]))
        return Message("ADT", (opposition,), ins=PATIENT.ins)

    def answers(self, _settled: Settled, /) -> Sequence[Outgoing]:
        """Nothing."""
        return ()


class Admitted(Ground):
    """The ground, where admissions come too."""

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.platform.stores, {Channel.FOLDER: FolderForm(), Channel.HL7: Admissions()})

    async def said(self, *, feeding: bool | None, days_ago: float = 1, by: Partner = PARTNER) -> Taken:
        """The admission software of this partner sends what the patient said."""
        at = self.platform.stores.clock.now() - timedelta(days=days_ago)
        raw = json.dumps({"feeding": feeding, "consultation": None, "said_at": at.isoformat()}).encode()
        return await take(Arrived(raw, Channel.HL7, by), self.inbox)

    async def listed(self) -> set[str]:
        """What the patient sees in the record."""
        found = await find(patient(), PATIENT.ins, Criteria(), self.platform.stores)
        return {entry.unique_id for entry in found.entries}


@pytest.fixture
def ground(platform: Platform) -> Admitted:
    """A platform with an inbox for documents and admissions."""
    return Admitted(platform)


async def rows_of(*pools: asyncpg.Pool) -> Counter[str]:
    """Every row of every table of these databases, as text; bytes as hexadecimal."""
    rows: Counter[str] = Counter()
    for pool in pools:
        for [table] in await pool.fetch(_TABLES):
            rows.update(f"{table} {row}" for [row] in await pool.fetch(f'select t::text from "{table}" t'))
    return rows


def traces_of(text: str, rows: Counter[str]) -> list[str]:
    """The rows that hold this text: as it is, in hexadecimal, in Base64 however it is aligned."""
    encoded = text.encode()
    aligned = (base64.b64encode(b"\0" * shift + encoded + b"\0\0").decode()[4:-4] for shift in range(3))
    forms = (text, encoded.hex(), *aligned)
    return [row for row in rows if any(form in row for form in forms)]


async def test_what_the_patient_opposed_there_is_stored_nowhere(ground: Admitted) -> None:
    platform = ground.platform
    await platform.opened()
    assert (await ground.said(feeding=True)).state is MessageState.DEPOSITED
    await platform.quiet()
    hosts = [host.pool for host in platform.hosts.values()]
    before = await rows_of(*hosts), await rows_of(platform.keys), await rows_of(platform.portal)
    document = letter(SECRET)
    taken = await ground.send(document.content)
    assert (taken.state, taken.reasons) == (MessageState.REFUSED, ("feeding_opposed_there",))
    await platform.quiet()
    portal = await rows_of(platform.portal)
    assert await rows_of(*hosts) == before[0]           # not a sealed byte came to any host
    assert [row for row in await rows_of(platform.keys) - before[1] if row.startswith("wrapped_key")] == []
    new = portal - before[2]
    assert traces_of(SECRET, portal) == []
    assert traces_of(document.entry.title, new) == []
    assert traces_of(document.entry.unique_id, new)     # who it was, and that it was refused, is known
    # What hosts signed of the choice before it is noted up to a second later.
    assert {row.partition(" ")[0] for row in new} <= {
        "message", "audit_event", "audit_log", "audit_leaf", "audit_node", "receipt", "signed_receipt"}
    assert not (await ground.kept(taken.message_id)).has_content
    [refused] = await platform.portal.fetch(
        "select act, detail->>'reasons' as reasons from audit_event where outcome = 'refused'")
    assert (refused["act"], "feeding_opposed_there" in refused["reasons"]) == ("feed", True)
    assert await ground.listed() == set()


async def test_it_closes_the_record_to_nobody_else_and_is_lifted_by_a_later_word(ground: Admitted) -> None:
    await ground.platform.opened()
    await ground.said(feeding=True, days_ago=2)
    theirs, ours = letter(), letter()
    taken = await take(Arrived(theirs.content, Channel.FOLDER, CLINIC), ground.inbox)
    assert taken.state is MessageState.DEPOSITED
    assert (await ground.send(ours.content)).state is MessageState.REFUSED
    assert not (await ground.said(feeding=None)).is_new
    assert not (await ground.said(feeding=False, days_ago=3)).is_new
    assert (await ground.send(ours.content)).state is MessageState.REFUSED
    assert (await ground.said(feeding=False)).is_new
    assert (await ground.send(ours.content)).state is MessageState.DEPOSITED
    assert await ground.listed() == {theirs.entry.unique_id, ours.entry.unique_id}


@pytest.mark.parametrize("first", ["the worker", "another document"])
async def test_said_before_there_is_a_record_it_holds_from_its_opening_on(ground: Admitted, first: str) -> None:
    """What waits is taken in the order in which it came, whoever comes first once the record is open."""
    said = await ground.said(feeding=True)
    assert (said.state, said.reasons) == (MessageState.WAITING, ("no_record",))
    waiting = await ground.send(letter(SECRET).content)
    assert waiting.state is MessageState.WAITING
    await ground.platform.portal.execute(       # as after many attempts: it would be first
        "update message set next_at = clock_timestamp() - interval '1 day' where message_id = $1", waiting.message_id)
    await ground.platform.opened()
    if first == "another document":
        assert (await ground.send(letter().content)).reasons == ("feeding_opposed_there",)
    else:
        await try_again(ground.inbox, limit=1)
    assert (await ground.kept(said.message_id)).state is MessageState.DEPOSITED
    kept = await ground.kept(waiting.message_id)
    assert (kept.state, kept.reasons, kept.has_content) == (MessageState.REFUSED, ("feeding_opposed_there",), False)
    assert await ground.platform.portal.fetchval("select count(*) from message where sealed is not null") == 0
    assert await ground.listed() == set()


async def test_what_others_say_of_the_person_is_not_waited_for(ground: Admitted) -> None:
    await ground.said(feeding=True, by=CLINIC)
    await ground.platform.opened()
    assert (await ground.send(letter().content)).state is MessageState.DEPOSITED

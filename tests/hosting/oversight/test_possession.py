"""Challenges: a host proves what it holds, against the other copy's bytes; what it cannot prove is brought again."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import msgspec
import pytest

from carnet.hosting.oversight.figures import HostFigures
from carnet.hosting.oversight.possession import Challenges, Proven, Verdict
from carnet.hosting.oversight.store import ChallengedRecord
from carnet.roles.overseeing import Overseer, OversightRules
from tests.hosting.faults import Call, lie, no_answer
from tests.hosting.ground import Ground, Kept
from tests.hosting.losses import back_to, lose_all
from tests.hosting.oversight.day import AUDIT_KEY

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def asked(ground: Ground, kept: Kept, host: str) -> Proven | None:
    """This host is asked about this record."""
    return await Challenges(ground.stores.copies, ground.stores.hosting)._ask_about(host, await due(ground, kept, host))


async def due(ground: Ground, kept: Kept, host: str) -> ChallengedRecord:
    [record] = [
        each for each in await ground.stores.hosting.oversight.some_records_of(host, after=kept.record, limit=256)
        if each.record == kept.record]
    return record


async def verdict(ground: Ground, kept: Kept, host: str) -> Verdict | None:
    proven = await asked(ground, kept, host)
    return None if proven is None else proven.verdict


async def worst(ground: Ground, kept: Kept, host: str) -> Verdict | None:
    """The worst of a few times: chance always asks about the last of its few entries, and about its body."""
    found = {await verdict(ground, kept, host) for _ in range(3)}
    return next((each for each in (Verdict.WRONG, Verdict.MISSING, Verdict.RIGHT) if each in found), None)


async def with_documents(ground: Ground, kept: Kept, number: int = 1) -> None:
    for each in range(number):
        await ground.deposit(kept, f"Toux depuis {each} jours.")
    await ground.platform.quiet()


async def test_a_host_that_holds_all_proves_it_for_any_of_its_entries(ground: Ground, kept: Kept) -> None:
    await with_documents(ground, kept, 3)
    for host in kept.placement.both:
        assert {await verdict(ground, kept, host) for _ in range(6)} == {Verdict.RIGHT}


@pytest.mark.parametrize("loss", [
    "update body set sealed = set_byte(sealed, 20, 255 - get_byte(sealed, 20)) where record_id = $1",
    "delete from body where record_id = $1",
    "update entry set sealed = set_byte(sealed, 20, 255 - get_byte(sealed, 20)) where record_id = $1 and place = 3",
    "delete from entry where record_id = $1 and place = 3",
])
async def test_what_is_altered_or_lost_is_found_and_brought_again(ground: Ground, kept: Kept, loss: str) -> None:
    await with_documents(ground, kept)
    assert await ground.platform.hosts[kept.home].pool.execute(loss, kept.record) != "UPDATE 0"
    assert await worst(ground, kept, kept.home) in (Verdict.MISSING, Verdict.WRONG)
    noted = await ground.platform.portal.fetch("select host_id from catch_up where record_id = $1", kept.record)
    assert [row[0] for row in noted] == [kept.home]
    await ground.platform.quiet()
    assert await worst(ground, kept, kept.home) is Verdict.RIGHT


async def test_a_host_that_answers_anything_is_wrong(ground: Ground, kept: Kept) -> None:
    await with_documents(ground, kept)

    def other(answer: dict[str, list[dict[str, object]]]) -> dict[str, list[dict[str, object]]]:
        answer["answers"][0]["journal"] = bytes(32)
        return answer

    ground.faults[kept.home].always("challenge", lie(other))      # and its receipt says another digest
    assert await verdict(ground, kept, kept.home) is Verdict.WRONG


async def test_an_answer_to_a_former_question_proves_nothing(ground: Ground, kept: Kept) -> None:
    """A host that kept the answer of the first time and lost the bytes since: the nonce is another one."""
    answers: list[bytes] = []

    async def once(call: Call) -> None:
        start, body = await call.do()
        answers.append(body)
        await call.answer(start, answers[0])

    ground.faults[kept.home].always("challenge", once)
    assert {await verdict(ground, kept, kept.home) for _ in range(8)} == {Verdict.RIGHT, Verdict.WRONG}


async def test_no_two_questions_have_the_same_nonce(ground: Ground, kept: Kept) -> None:
    nonces: list[bytes] = []

    async def noted(call: Call) -> None:
        nonces.append(msgspec.msgpack.decode(call.content)["nonce"])
        await call.answer(*await call.do())

    ground.faults[kept.home].always("challenge", noted)
    for _ in range(3):
        assert await verdict(ground, kept, kept.home) is Verdict.RIGHT
    assert len(set(nonces)) == 3
    assert {len(nonce) for nonce in nonces} == {32}


async def test_a_host_that_is_away_is_counted_so_and_lacks_nothing(ground: Ground, kept: Kept) -> None:
    await with_documents(ground, kept)
    ground.faults[kept.home].always("challenge", no_answer)
    assert await verdict(ground, kept, kept.home) is Verdict.UNANSWERED
    assert await ground.platform.portal.fetchval("select count(*) from catch_up where record_id = $1", kept.record) == 0


async def test_the_other_copy_is_not_believed_either(ground: Ground, kept: Kept) -> None:
    """The reference gives an altered journal: the home host, which is right, is not measured by it."""
    await with_documents(ground, kept)

    def altered(page: dict[str, list[dict[str, bytes]]]) -> dict[str, list[dict[str, bytes]]]:
        page["entries"][-1]["sealed"] = b"x" + page["entries"][-1]["sealed"][1:]
        return page

    ground.faults[kept.reference].always("journal", lie(altered))
    assert {await verdict(ground, kept, kept.home) for _ in range(3)} == {None}
    ground.faults[kept.reference].always("journal", no_answer)
    assert await verdict(ground, kept, kept.home) is None


async def test_a_body_that_the_other_copy_lacks_is_not_asked_and_is_noted_there(ground: Ground, kept: Kept) -> None:
    await with_documents(ground, kept)
    await ground.platform.hosts[kept.reference].pool.execute("delete from body where record_id = $1", kept.record)
    assert await worst(ground, kept, kept.home) is Verdict.RIGHT
    noted = await ground.platform.portal.fetch("select host_id from catch_up where record_id = $1", kept.record)
    assert [row[0] for row in noted] == [kept.reference]
    await ground.platform.quiet()


async def test_what_no_host_was_given_yet_is_not_asked(ground: Ground, kept: Kept) -> None:
    for host in kept.placement.both:
        ground.faults[host].always("append", no_answer)
    await ground.deposit(kept)
    await ground.stores.delivery.settle()
    known = await ground.known(kept)
    assert (await due(ground, kept, kept.home)).place == known.place - 1
    assert {await verdict(ground, kept, kept.home) for _ in range(4)} == {Verdict.RIGHT}


async def test_a_record_that_moved_meanwhile_is_held_against_nobody(ground: Ground, kept: Kept) -> None:
    record = await due(ground, kept, kept.home)
    await lose_all(ground.platform.hosts[kept.home].pool, kept.record)
    await ground.platform.portal.execute(
        "update record set placement_version = placement_version + 1 where record_id = $1", kept.record)
    assert await Challenges(ground.stores.copies, ground.stores.hosting)._ask_about(kept.home, record) is None
    await ground.stores.hosting.note_lack(kept.record, kept.home, "all of it")      # for the tests that follow
    await ground.platform.quiet()
    assert len(await ground.platform.heads(kept.record)) == 1


async def test_every_record_of_a_host_may_be_the_one(ground: Ground, kept: Kept) -> None:
    """From any place among the ids on, and round: those of the host, of no other, and none that is erased."""
    more = [kept, *[await ground.opened() for _ in range(5)]]
    store = ground.stores.hosting.oversight
    of_home = {each.record for each in more if each.home == kept.home}
    for after in (UUID(int=0), uuid4(), kept.record, UUID(int=2**128 - 1)):
        found = await store.some_records_of(kept.home, after=after, limit=1000)
        ids = [each.record for each in found]
        assert of_home <= set(ids)
        assert len(set(ids)) == len(ids)
        assert {each.home for each in found} == {kept.home}
        assert ids == sorted(each for each in ids if each >= after) + sorted(each for each in ids if each < after)
    await ground.platform.portal.execute("update record set state = 'erased' where record_id = $1", kept.record)
    found = await store.some_records_of(kept.home, after=kept.record, limit=1000)
    assert kept.record not in [each.record for each in found]
    await ground.platform.portal.execute("update record set state = 'active' where record_id = $1", kept.record)


async def test_the_worker_asks_keeps_the_figures_and_traces_what_was_not_proven(ground: Ground, kept: Kept) -> None:
    await with_documents(ground, kept)
    overseer = Overseer(ground.stores, AUDIT_KEY, OversightRules())
    before = await figures_of(ground, kept.home)
    assert [each.verdict for each in await overseer.challenge(kept.home, 3)] == [Verdict.RIGHT] * 3
    after = await figures_of(ground, kept.home)
    assert (after.asked - before.asked, after.right_answers - before.right_answers) == (3, 3)
    for record in await ground.platform.hosts[kept.home].pool.fetch("select record_id from record where place > 0"):
        await back_to(ground.platform.hosts[kept.home].pool, record[0], place=0)
    found = await overseer.challenge(kept.home, 2)
    assert [each.verdict for each in found] == [Verdict.MISSING] * 2
    assert (await figures_of(ground, kept.home)).missing_answers - after.missing_answers == 2
    traced = await ground.platform.portal.fetch(
        "select detail::text from audit_event where act = 'possession_not_proven'")
    assert {msgspec.json.decode(row[0])["about"] for row in traced} >= {str(each.record) for each in found}
    await asyncio.gather(*(
        ground.stores.hosting.note_lack(row[0], kept.home, "all of it")
        for row in await ground.platform.portal.fetch("select record_id from record where home = $1", kept.home)))
    await ground.platform.quiet()


async def figures_of(ground: Ground, host: str) -> HostFigures:
    store = ground.stores.hosting.oversight
    found = await store.figures(await store.today(), host=host)
    return found[0] if found else HostFigures(host, await store.today())

"""A read without a trace shows at the host: its signed count against what explains it."""

from __future__ import annotations

import aiohttp
import msgspec
import pytest

from carnet.audit.log.sequence import Sequencer
from carnet.hosting.client import HostClient
from carnet.hosting.oversight.figures import HostFigures
from carnet.hosting.oversight.heard import Heard
from carnet.hosting.oversight.reads import Explained, explained
from carnet.hosting.wire import BodyAt
from carnet.record.retrieve import retrieve
from carnet.record.submit import submit
from carnet.roles.overseeing import Overseer, OversightRules
from tests.hosting.oversight.day import AUDIT_KEY
from tests.running import Platform, letter, lot, patient, professional

ASKED = {"alpha": {"retrieve": 60, "again": 2, "catch_up": 5}, "reference": {"retrieve": 40, "challenge": 8}}


@pytest.mark.parametrize(("left", "traced", "unexplained"), [
    ({"alpha": 67, "reference": 48}, 100, (0, 0)),
    ({"alpha": 60, "reference": 40}, 100, (0, 0)),          # some of what was asked was never answered
    ({"alpha": 70, "reference": 48}, 100, (3, 0)),          # somebody else read three
    ({"alpha": 67, "reference": 48}, 90, (6, 4)),           # ten were asked for as retrievals, and nobody was traced
    ({"alpha": 0, "reference": 48}, 90, (0, 4)),            # never more than what left
    ({"alpha": 67}, 100, (0,)),                             # the other one does not say
    ({"beta": 3}, 100, (3,)),                               # nobody asked it for anything
])
def test_what_leaves_a_host_is_explained_by_what_was_asked_and_what_was_asked_by_traces(
    left: dict[str, int], traced: int, unexplained: tuple[int, ...],
) -> None:
    found = explained(left, ASKED, traced)
    assert tuple(each.unexplained for each in found.values()) == unexplained
    assert all(each.explained + each.unexplained == each.left == left[host] for host, each in found.items())


def test_an_export_whose_answer_never_came_explains_what_may_have_left() -> None:
    asked = {"alpha": {"export": 10, "export_unanswered": 1}}
    assert explained({"alpha": 800}, asked, 0)["alpha"].unexplained == 0
    assert explained({"alpha": 5000}, asked, 0)["alpha"].unexplained == 5000 - 2010


def test_an_alarm_is_beyond_the_margin() -> None:
    assert [Explained(100, 100 - each, each).is_alarm(20) for each in (0, 20, 21)] == [False, False, True]


def test_bodies_asked_around_midnight_explain_both_days() -> None:
    """Clocks of hosts differ: a minute before and after midnight counts for the other day too."""
    day = 86_400 * 20_000
    for now, near in ((day + 59, {19_999}), (day + 60, set()), (day + 86_339, set()), (day + 86_340, {20_001})):
        heard = Heard(lambda now=now: float(now))      # type: ignore[misc]
        heard.asked("alpha", "retrieve", 3)
        assert {each for each, _, _ in heard._counts} == {20_000} | near
        assert heard._counts[20_000, "alpha", "retrieve"].bodies == 3
        assert all(heard._counts[each, "alpha", "retrieve"].near == 3 for each in near)


async def compared(platform: Platform) -> dict[str, HostFigures]:
    """Today, as if it were over: every trace is in the log, all counts are kept."""
    await Sequencer(platform.stores.audit.log, AUDIT_KEY).round()
    heard = platform.stores.copies.clients["reference"].heard
    assert heard is not None
    store = platform.stores.hosting.oversight
    await heard.keep(store)
    overseer = Overseer(platform.stores, AUDIT_KEY, OversightRules(reads_margin=2))
    await overseer._compare_day(await store.today(), list(platform.hosts))
    return {each.host: each for each in await store.figures(await store.today())}


async def a_day(platform: Platform, documents: int = 3) -> list[BodyAt]:
    """Deposits, retrievals, a host that fetches what it lost, and a challenge; the bodies that are at the reference."""
    record = await platform.opened()
    deposited = [letter(f"Jour {each}.") for each in range(documents)]
    await submit(professional(), lot(*deposited), platform.stores)
    await platform.quiet()
    for each in deposited:
        await retrieve(patient(), each.entry.unique_id, platform.stores)
    home = (await platform.stores.known(record)).placement.home
    await platform.hosts[home].pool.execute("delete from body where record_id = $1", record)
    await retrieve(patient(), deposited[0].entry.unique_id, platform.stores)       # it asks the other host
    await platform.quiet()
    await Overseer(platform.stores, AUDIT_KEY, OversightRules()).challenge(home)
    rows = await platform.hosts["reference"].pool.fetch("select body_id from body where record_id = $1", record)
    return [BodyAt(record, 1, row[0]) for row in rows]


async def alarms(platform: Platform) -> list[tuple[str, int]]:
    rows = await platform.portal.fetch("select detail::text from audit_event where act = 'reads_without_trace'")
    said = [msgspec.json.decode(row[0]) for row in rows]
    return sorted((each["host"], each["unexplained"]) for each in said)


async def test_a_day_of_honest_work_is_explained_to_the_last_body(platform: Platform) -> None:
    await a_day(platform)
    found = await compared(platform)
    assert sum(each.bodies_read or 0 for each in found.values()) >= 4 + 3
    assert {each.unexplained_reads for each in found.values()} == {0}
    assert await alarms(platform) == []


async def test_who_reads_with_the_portals_key_and_without_a_trace_is_seen(platform: Platform) -> None:
    bodies = await a_day(platform)
    reference = platform.stores.copies.clients["reference"]
    async with aiohttp.ClientSession() as session:
        thief = HostClient(reference.host, session, platform.parts.signer, platform.stores.clock.unix)
        for body in bodies:
            assert await thief.read(body) is not None
    assert (await compared(platform))["reference"].unexplained_reads == 3
    assert await alarms(platform) == [("reference", 3)]
    await compared(platform)
    assert await alarms(platform) == [("reference", 3)]     # told once


async def test_a_retrieval_that_our_own_process_leaves_without_a_trace_is_seen(platform: Platform) -> None:
    bodies = await a_day(platform)
    placement = (await platform.stores.known(bodies[0].record)).placement
    for body in bodies:
        await platform.stores.copies.read(placement, body.id)
    found = await compared(platform)
    assert sum(each.unexplained_reads or 0 for each in found.values()) >= 3


async def test_nothing_is_compared_while_the_log_lacks_events_of_the_day(platform: Platform) -> None:
    await a_day(platform, documents=1)
    store = platform.stores.hosting.oversight
    overseer = Overseer(platform.stores, AUDIT_KEY, OversightRules())
    assert await overseer._compare_day(await store.today(), ["reference"]) == 0

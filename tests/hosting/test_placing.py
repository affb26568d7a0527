"""New records go where they may: active hosts of two companies, with room, also when a process has not heard yet."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio

from carnet.audit.events import actor_of, done
from carnet.errors import HostNotActive, InvalidInput, NowhereToPlace
from carnet.hosting.directory import Placement
from carnet.hosting.placement import Rule, Wish
from carnet.hosting.placing.cohorts import CohortLine
from carnet.hosting.placing.store import PlacingStore
from carnet.journal.content import Opened
from carnet.journal.database import Database
from carnet.people.departement import Departement
from carnet.record.change import at_second
from carnet.record.open_record import begun, commit_opening, open_record
from carnet.record.place_record import Berth, Preference
from carnet.record.stores import Stores
from carnet.record.submit import submit
from carnet.rights.access import Act
from carnet.roles.wiring import assembled
from tests.hosting.ground import Ground
from tests.running import CONSENT, Platform, accredited, another_patient, letter, lot, patient, professional

pytestmark = pytest.mark.asyncio(loop_scope="module")
_people = count(70_000)
NORTH = {"id": "north", "consortium": "Consortium du Nord", "hosts": ("beta",), "departements": ("59", "75")}


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def as_before(ground: Ground) -> AsyncIterator[None]:
    """Hosts stand, and have room, as before each test."""
    yield
    pool = ground.platform.portal
    for table in ("host_standing", "cohort", "room_taken", "move_request"):
        await pool.execute(f"delete from {table}")
    await accredited(pool, *ground.platform.hosts)
    placing = ground.stores.placing
    placing.look_again()
    placing.rooms._held.clear()
    await ground.calm()


async def opened(stores: Stores, host: str = "", residence: str = "") -> dict[str, Any]:
    """A new record, opened by a professional of Paris; its row."""
    who = another_patient(next(_people))
    preference = Preference(host, Departement.parse(residence) if residence else None)
    await open_record(professional(), who, CONSENT, stores, preference=preference)
    record = await stores.record_of(who.ins)
    return {"record": record, "who": who, **await row_of(stores, record)}


async def row_of(stores: Stores, record: UUID) -> dict[str, Any]:
    rows = await stores.records._database.fetch(
        "select home, reference, placed_by, departement, cohort from record where record_id = $1", record)
    return dict(rows[0])


async def event_of(platform: Platform, record: UUID) -> dict[str, Any]:
    detail = await platform.portal.fetchval(
        "select detail::text from audit_event where record_id = $1 and act = 'open_record'", record)
    return dict(msgspec.json.decode(detail))


async def cohort(platform: Platform, **changes: Any) -> None:
    """The cohort of the North, from today."""
    store = PlacingStore(Database(platform.portal))
    today = await store.today()
    told = {**NORTH, "records": 500_000, "from_": today, "until": today + timedelta(days=30), **changes}
    event = done(professional(), "load_cohorts", UUID(int=0)).columns()
    await store.load_cohorts([CohortLine(**told)], event)
    platform.stores.placing.look_again()


async def test_a_chosen_host_gets_the_record_and_the_reason_is_kept(ground: Ground) -> None:
    for host in ("alpha", "beta"):
        row = await opened(ground.stores, host, "974")
        assert (row["home"], row["placed_by"], row["departement"]) == (host, Rule.PATIENT, "974")
        event = await event_of(ground.platform, row["record"])
        assert (event["home"], event["placed_by"], event["departement"]) == (host, "patient", "974")


@pytest.mark.parametrize("host", ["reference", "nobody"])
async def test_a_host_that_is_no_home_cannot_be_chosen(ground: Ground, host: str) -> None:
    with pytest.raises(InvalidInput):
        await opened(ground.stores, host)


async def test_the_departement_is_that_of_the_organisation_when_nobody_says_another(ground: Ground) -> None:
    assert (await opened(ground.stores))["departement"] == "75"
    assert (await opened(ground.stores, residence="2a"))["departement"] == "2A"
    who = another_patient(next(_people))
    await open_record(patient(who), who, replace(CONSENT, channel="portal"), ground.stores)
    assert (await row_of(ground.stores, await ground.stores.record_of(who.ins)))["departement"] == ""


async def test_a_cohort_gets_the_records_of_its_departements_up_to_its_quota(ground: Ground) -> None:
    await cohort(ground.platform, records=2)
    rows = [await opened(ground.stores) for _ in range(3)]
    assert [row["cohort"] for row in rows] == ["north", "north", ""]
    assert [row["placed_by"] for row in rows] == [Rule.COHORT, Rule.COHORT, Rule.SPREAD]
    assert {row["home"] for row in rows[:2]} == {"beta"}
    event = await event_of(ground.platform, rows[2]["record"])
    assert event["passed_over"] == ["cohort beta cohort_full"]
    assert (await opened(ground.stores, residence="13"))["cohort"] == ""


async def test_a_cohort_that_a_file_no_longer_names_ends(ground: Ground) -> None:
    await cohort(ground.platform)
    store = PlacingStore(Database(ground.platform.portal))
    assert await store.load_cohorts([], done(professional(), "load_cohorts", UUID(int=0)).columns()) == ["north"]
    ground.stores.placing.look_again()
    assert (await opened(ground.stores))["cohort"] == ""


@pytest.mark.parametrize("ended", ["state = 'suspended'", "active_until = clock_timestamp()"])
async def test_no_record_is_opened_at_a_host_that_is_not_active_though_the_process_has_not_heard(
    ground: Ground, ended: str,
) -> None:
    assert (await opened(ground.stores, "alpha"))["home"] == "alpha"
    await ground.platform.portal.execute(f"update host_standing set {ended} where host_id = 'alpha'")
    rows = [await opened(ground.stores, "alpha") for _ in range(3)]
    assert {row["home"] for row in rows} == {"beta"}
    assert (await event_of(ground.platform, rows[0]["record"]))["passed_over"][0] == "patient alpha not_active"


async def test_an_unknown_host_is_not_active(ground: Ground) -> None:
    await ground.platform.portal.execute("delete from host_standing where host_id = 'alpha'")
    assert {(await opened(ground.stores))["home"] for _ in range(3)} == {"beta"}


async def test_a_home_of_the_company_of_the_reference_gets_no_record(ground: Ground) -> None:
    await ground.platform.portal.execute(
        "update host_standing set siren = (select siren from host_standing where host_id = 'reference')"
        " where host_id = 'alpha'")
    rows = [await opened(ground.stores, "alpha") for _ in range(2)]
    assert {row["home"] for row in rows} == {"beta"}


async def test_the_database_itself_refuses_two_copies_at_one_company_or_room_that_was_taken_long_ago(
    ground: Ground,
) -> None:
    stores = ground.stores
    seat = await stores.placing.seat(Wish(UUID(int=1), "alpha"))
    await ground.platform.portal.execute("update host_standing set siren = '1' where host_id in ('beta', 'reference')")
    for wrong, home in ((seat, "beta"), (replace(seat, commit_before=await stores.hosting.now()), "alpha")):
        who, now = another_patient(next(_people)), at_second(stores.clock.now())
        known = begun(who, now)
        known = replace(known, placement=Placement(known.record, 1, home, "reference"))
        said = Opened(
            by=actor_of(professional().caller), at=now, ins=who.ins, traits=who.traits, consent_text="1",
            consent_channel="oral")
        event = done(professional(), Act.OPEN_RECORD, known.record)
        berth = Berth(wrong, await stores.keys.create(known.record))
        with pytest.raises(HostNotActive):
            await commit_opening(professional(), known, said, event, stores, berth=berth)
        assert await stores.records.load(known.record) is None


async def test_when_the_reference_is_not_active_no_record_is_opened_and_all_the_rest_goes_on(ground: Ground) -> None:
    row = await opened(ground.stores, "alpha")
    await ground.platform.portal.execute("update host_standing set state = 'suspended' where host_id = 'reference'")
    ground.stores.placing.look_again()
    with pytest.raises(NowhereToPlace, match="reference operator"):
        await opened(ground.stores)
    reasons = await ground.platform.portal.fetchval(
        "select detail->'reasons'->>0 from audit_event where act = 'place_record' order by at desc limit 1")
    assert "reference operator" in reasons
    await submit(professional(), lot(letter(of=row["who"])), ground.stores)
    await ground.platform.quiet()
    assert len(await ground.platform.heads(row["record"])) == 1


async def test_a_suspended_host_serves_and_receives_what_it_has_and_is_no_stand_in(ground: Ground) -> None:
    row = await opened(ground.stores, "alpha")
    await ground.platform.portal.execute("update host_standing set state = 'suspended' where host_id = 'alpha'")
    await submit(professional(), lot(letter(of=row["who"])), ground.stores)
    await ground.platform.quiet()
    assert len(await ground.platform.heads(row["record"])) == 1       # home and reference, with every body
    other = await opened(ground.stores, "beta")
    assert not await ground.stores.hosting.note_stand_in(other["record"], "alpha")
    roles = await ground.platform.portal.fetch(
        "select role from placement where record_id = $1 and host_id = 'alpha'", other["record"])
    assert not roles


async def test_a_process_hears_of_standings_by_itself(ground: Ground) -> None:
    directory = ground.stores.copies.directory
    await ground.platform.portal.execute("update host_standing set state = 'suspended' where host_id = 'alpha'")
    async with asyncio.timeout(20):
        while directory.is_active("alpha"):     # noqa: ASYNC110  it looks every two seconds, and says nothing
            await asyncio.sleep(0.05)
    assert [host.id for host in directory.homes] == ["beta"]


async def test_no_number_of_processes_goes_beyond_what_a_host_may_have(ground: Ground) -> None:
    platform = ground.platform
    here = await platform.portal.fetchval("select count(*) from record where home = 'alpha' and state <> 'erased'")
    await platform.portal.execute(
        "update host_standing set capacity = $1::bigint + 5, counted = $1 where host_id = 'alpha'", here)
    await platform.portal.execute("update host_standing set state = 'suspended' where host_id = 'beta'")
    ground.stores.placing.look_again()
    async with assembled(platform.parts, platform.portal, platform.keys) as other:
        tries = [opened(stores, "alpha") for stores in (ground.stores, other) for _ in range(6)]
        ends = Counter(
            "opened" if isinstance(each, dict) else type(each).__name__
            for each in await asyncio.gather(*tries, return_exceptions=True))
        await other.delivery.settle()
    assert ends == {"opened": 5, "NowhereToPlace": 7}
    now = await platform.portal.fetchval("select count(*) from record where home = 'alpha' and state <> 'erased'")
    assert now == here + 5


async def test_a_count_gives_back_room_that_was_taken_and_not_used(ground: Ground) -> None:
    pool, store = ground.platform.portal, PlacingStore(Database(ground.platform.portal))
    row = await opened(ground.stores, "alpha")
    taken, held = await pool.fetchrow("select taken, counted from host_standing where host_id = 'alpha'")
    assert (taken > 1, held) == (True, 0)
    await store.count()     # what this process holds stays its own
    counted = await pool.fetchval("select count(*) from record where home = 'alpha' and state <> 'erased'")
    assert await pool.fetchrow("select taken, counted from host_standing where host_id = 'alpha'") == (taken, counted)
    await pool.execute("update room_taken set ends_at = ends_at - interval '3 minutes'")
    await store.count()
    assert await pool.fetchrow("select taken, counted from host_standing where host_id = 'alpha'") == (0, counted)
    every = await pool.fetchval("select count(*) from record where state <> 'erased'")
    assert await pool.fetchval("select counted from host_standing where host_id = 'reference'") == every
    assert row["home"] == "alpha"


async def test_one_worker_counts_each_minute(ground: Ground) -> None:
    await ground.platform.portal.execute("update platform set counted_at = '-infinity'")
    store = PlacingStore(Database(ground.platform.portal))
    assert sorted(await asyncio.gather(*(store.take_counting() for _ in range(3)))) == [False, False, True]

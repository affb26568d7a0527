"""The clock is the database's; when that one is set back, no right that ended comes back to life."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from carnet.audit.events import NO_RECORD
from carnet.errors import ClockBehind, NotPermitted
from carnet.record.change_rights import Wish, change_rights
from carnet.record.clock import TOLERANCE, Clock
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.rights.access import Act
from carnet.rights.changes import AuthorisationSet
from carnet.rights.held import Authorisation
from carnet.roles.wiring import assembled
from tests.running import OTHER_DOCTOR, PATIENT, Platform, patient, professional

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
OTHER = professional(OTHER_DOCTOR)


def test_nothing_is_decided_before_the_database_said_its_time() -> None:
    with pytest.raises(ClockBehind):
        Clock().now()


def test_a_clock_that_is_set_back_a_little_stands_still() -> None:
    clock = Clock()
    clock.saw(START)
    latest = clock.now()
    for back in (1, 4, 2, 3):
        clock.saw(START - back * SECOND)
        assert latest <= clock.now() < START + SECOND
        latest = clock.now()
    clock.saw(START + 10 * SECOND)
    assert clock.now() >= START + 10 * SECOND


def test_small_steps_back_never_add_up() -> None:
    clock = Clock()
    clock.saw(START)
    clock.saw(START - 4 * SECOND)
    with pytest.raises(ClockBehind):
        clock.saw(START - 8 * SECOND)
    assert clock.now() >= START


def test_a_clock_that_is_set_back_further_is_not_believed() -> None:
    clock = Clock()
    clock.latest_event = START
    with pytest.raises(ClockBehind):
        clock.saw(START - TOLERANCE - SECOND)
    clock.saw(START - TOLERANCE)
    assert clock.now() >= START


async def test_an_authorisation_that_ended_stays_ended_when_the_clock_is_set_back(platform: Platform) -> None:
    await platform.opened()
    ends = platform.stores.clock.now() + 3 * SECOND
    given = AuthorisationSet(Authorisation(professional=OTHER_DOCTOR.ps_id, valid_until=ends))
    wish = Wish(patient().to(Act.AUTHORISE), lambda *_: (given,))
    await change_rights(patient(), PATIENT.ins, wish, platform.stores)
    await find(OTHER, PATIENT.ins, Criteria(), platform.stores)
    platform.stores.clock.saw(ends + SECOND)        # then each answer of the database is set back by seconds
    for _ in range(3):
        with pytest.raises(NotPermitted):
            await find(OTHER, PATIENT.ins, Criteria(), platform.stores)


async def test_a_process_that_starts_is_not_before_the_last_trace(platform: Platform) -> None:
    last = platform.stores.clock.now() + 3 * SECOND
    await platform.portal.execute(
        "insert into audit_event (record_id, event_id, act, outcome, door, request_id, actor, detail, at)"
        " values ($1, $2, 'read', 'done', 'test', '', '{}', '{}', $3)", NO_RECORD, uuid4(), last)
    async with assembled(platform.parts, platform.portal, platform.keys) as stores:
        assert last <= stores.clock.now() < last + 60 * SECOND

"""`carnet feed scoreboard`, `silent` and `recount`, on the databases of a real portal."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date

import pytest
from rich.console import Console

from carnet.errors import InvalidInput
from carnet.roles.figures import Asked, recount_all, show_scoreboard, show_silent, watched_of
from carnet.roles.settings import Settings
from carnet.roles.settings_feeds import PartnerSetting
from carnet.steering.figure import EACH_LINE, By, Span
from tests.record.inbox.ground import PARTNER
from tests.running import Platform, another_patient, letter
from tests.steering.ground import Ground

TODAY = date(2026, 11, 22)
LAB = PartnerSetting(PARTNER.partner_id, PARTNER.organisation, PARTNER.name, PARTNER.software)


@pytest.fixture
def told() -> Iterator[io.StringIO]:
    with io.StringIO() as written:
        yield written


def _settings(platform: Platform) -> Settings:
    return Settings(portal_database_url=platform.portal._connect_args[0], partners=(LAB,))


def test_the_days_are_the_last_thirty_or_those_asked_for() -> None:
    assert Asked().span(TODAY) == Span(date(2026, 10, 24), date(2026, 11, 23))
    assert Asked("2026-11-01", "2026-11-30").span(TODAY) == Span(date(2026, 11, 1), date(2026, 12, 1))
    for wrong in (Asked("hier"), Asked(until="2026-02-30"), Asked("2026-11-02", "2026-11-01")):
        with pytest.raises(InvalidInput):
            wrong.span(TODAY)


def test_lines_are_told_apart_by_what_is_asked() -> None:
    assert Asked().told_by == EACH_LINE
    assert Asked(by="type, organisation").told_by == (By.TYPE, By.ORGANISATION)
    with pytest.raises(InvalidInput, match="accepted, with commas between: organisation"):
        _ = Asked(by="patient").told_by


async def test_the_scoreboard_is_printed_counted_up_to_now(platform: Platform, told: io.StringIO) -> None:
    ground = Ground(platform)
    for number in range(5):
        await platform.opened(another_patient(number))
        await ground.send(letter(of=another_patient(number)).content)
    console = Console(file=told, width=200)
    assert await show_scoreboard(_settings(platform), Asked(by="organisation"), console, form="json") == 0
    [line] = json.loads(told.getvalue())["lines"]
    assert (line["received"], line["documents"], line["records"]) == (5, 5, 5)
    assert await show_scoreboard(_settings(platform), Asked(), console, form="csv") == 0
    assert await show_scoreboard(_settings(platform), Asked(), console, form="") == 0
    assert "Laboratoire inventé" in told.getvalue()


async def test_a_silent_partner_ends_the_command_with_one(platform: Platform, told: io.StringIO) -> None:
    store, settings = Ground(platform).store, _settings(platform)
    assert await show_silent(settings, Console(file=told, width=200)) == 0       # nobody knows it for that long
    await store.note_partners([each.partner for each in watched_of(settings)])
    for age, code in ((8, 0), (9, 1), (10, 1)):
        await platform.portal.execute(
            "update feed_partner set since = clock_timestamp() - make_interval(days => $1)", age)
        assert await show_silent(settings, Console(file=told, width=200)) == code, age
    assert f"silent {PARTNER.partner_id} (Laboratoire inventé): 10 days, and nothing ever came" in told.getvalue()


async def test_counting_anew_does_every_record_and_is_traced(platform: Platform, told: io.StringIO) -> None:
    ground = Ground(platform)
    for number in range(3):
        await platform.opened(another_patient(number))
        await ground.deposit(letter(of=another_patient(number)))
    assert await recount_all(ground.store, platform.stores, Console(file=told), by="Ana") == (3, 0)
    assert await platform.portal.fetchval("select count(*) from record_fill where documents = 1") == 3
    assert await platform.portal.fetchval("select count(*) from audit_event where act = 'count_fill_anew'") == 1

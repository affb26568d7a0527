"""`carnet ledger meter`, `expected`, `check-invoice`, `contacts`: what they say."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from carnet.errors import InvalidInput
from carnet.roles import metering
from carnet.roles.settings import Settings
from carnet.steering.metering.support import Contacts
from tests.steering.metering.desk import Desk
from tests.steering.metering.test_invoices import RIGHT

HELP = Contacts("telephone", "", 12, 90)


def console() -> Console:
    return Console(file=io.StringIO(), width=200)


def said(told: Console) -> str:
    assert isinstance(told.file, io.StringIO)
    return told.file.getvalue()


@pytest.fixture
def settings(desk: Desk) -> Settings:
    return Settings(portal_database_url=desk.url)


async def test_a_month_is_printed_by_host_for_people_and_for_programs(desk: Desk, settings: Settings) -> None:
    await metering.add_contacts(settings, "2026-04-02", HELP, note="", by="O")
    told, json = console(), console()
    assert await metering.show_meters(settings, "2026-04", "", told) == 0
    assert "alpha" in said(told)
    assert "support: 12 by telephone, 90 minutes" in said(told)
    await metering.show_meters(settings, "2026-04", "", json, json=True)
    month = msgspec.json.decode(said(json))
    [alpha] = month["hosts"]
    assert (alpha["records"], alpha["record_days"], alpha["byte_days"], alpha["deposits"]) == (
        1010, 30_150, 750 * 10**9, 7)
    traced = await desk.pool.fetchval("select detail ->> 'contacts' from audit_event where act = 'support_contacts'")
    assert traced == "12"


async def test_what_a_host_is_due_is_printed_line_by_line(settings: Settings) -> None:
    told = console()
    assert await metering.show_expected(settings, "alpha", "2026-04", told) == 0
    assert [line for line in said(told).splitlines() if "without tax" in line and "75,34" in line]


async def test_an_invoice_is_compared_and_nothing_is_kept(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    file, told = tmp_path / "f.csv", console()
    file.write_bytes(RIGHT)
    assert await metering.check_invoice(settings, "alpha", file, told) == 0
    assert "0 of 2 lines differ" in said(told)
    file.write_bytes(RIGHT.replace(b"1,00", b"1,01"))
    assert await metering.check_invoice(settings, "alpha", file, told) == 1
    assert "storage 2026-1: 25 at 0,04 is 1,01; due 25 at 0,04 is 1,00; 0,01 and 0 over" in said(told)
    assert await desk.invoices.store.invoices() == []


@pytest.mark.parametrize(("day", "contacts"), [
    ("hier", HELP), ("2999-01-01", HELP), ("2026-04-02", Contacts("pigeon", "", 1)),
    ("2026-04-02", Contacts("mail", "", 0)), ("2026-04-02", Contacts("mail", "", -1)),
    ("2026-04-02", Contacts("mail", "", 5, -3))])
async def test_help_that_cannot_have_been_given_is_refused(settings: Settings, day: str, contacts: Contacts) -> None:
    with pytest.raises(InvalidInput):
        await metering.add_contacts(settings, day, contacts, note="", by="O")


async def test_months_are_written_as_months(settings: Settings) -> None:
    with pytest.raises(InvalidInput, match="2026-03"):
        await metering.show_expected(settings, "alpha", "avril", console())

"""Meters from the command line: a month of hosts, what a host is due, an invoice checked, help that was given.

May import: steering, ledger, hosting; `settings`, `ledger` and `wiring` of this room.
"""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from carnet.errors import InvalidInput, Issue, TooLarge
from carnet.ledger.money import euros_of
from carnet.roles.ledger import database_of, trace
from carnet.roles.settings import Settings
from carnet.steering.metering.holding import Size
from carnet.steering.metering.invoices.check import CheckedLine
from carnet.steering.metering.invoices.handling import invoices_of
from carnet.steering.metering.invoices.invoice import month_of
from carnet.steering.metering.invoices.xml_file import LIMIT_BYTES
from carnet.steering.metering.keeping import meter_what_happened
from carnet.steering.metering.month import HostMonth, as_json, host_month, platform_month
from carnet.steering.metering.store import MeterStore
from carnet.steering.metering.support import Contacts
from carnet.steering.metering.tariff import ExpectedLine, total_of
from carnet.steering.store import FigureStore

CONTACTS, RECOUNTED = "support_contacts", "meters_recount"
_MEGABYTE = 10**6


async def show_meters(
    settings: Settings, month: str, host: str, console: Console, *, json: bool = False,
) -> int:
    """Print a month of every host, or of this one. Raises InvalidInput, Unavailable."""
    async with database_of(settings) as database:
        store = MeterStore(database)
        await meter_what_happened(store)
        wished = _month(month) if month else await store.today()
        hosts = [await host_month(store, each, wished) for each in ([host] if host else await store.hosts())]
        platform = await platform_month(store, FigureStore(database), wished)
        left = await store.left()
    if json:
        console.print(as_json(hosts, platform), soft_wrap=True, markup=False, highlight=False)
        return 0
    console.print(_table(hosts, f"{platform.month:%Y-%m}"))
    told = {"asked": platform.asked, "deposited": {"documents": platform.documents}, "messages": platform.messages}
    for name, counts in told.items():
        said = ", ".join(f"{what} {number}" for what, number in counts.items()) or "none"
        console.print(f"{name}: {said}", soft_wrap=True, highlight=False)
    for each in platform.contacts:
        by = f" at {each.host}" if each.host else ""
        console.print(f"support: {each.contacts} by {each.channel}{by}, {each.minutes} minutes", highlight=False)
    if left:
        console.print(f"{left} records or entries wait to be metered by the worker", highlight=False)
    return 0


async def recount(settings: Settings, console: Console, *, by: str) -> int:
    """Have the worker count every record anew from its journal. Raises Unavailable."""
    async with database_of(settings) as database:
        records = await MeterStore(database).recount_all()
        await trace(database, RECOUNTED, by, records=records)
    console.print(f"{records} records will be counted by the worker, from their journals", highlight=False)
    return 0


async def show_expected(settings: Settings, host: str, month: str, console: Console) -> int:
    """Print what a host is due for a month, line by line. Raises NotFound, InvalidInput, Unavailable."""
    async with database_of(settings) as database:
        lines = await invoices_of(database).expected(host, _month(month))
    console.print(_due(lines, f"{host}, {month}"))
    return 0


async def check_invoice(settings: Settings, host: str, file: Path, console: Console) -> int:
    """Print each line of an invoice against what is due; 1 when one differs. Nothing is kept.

    Raises NotFound, InvalidInput with every mistake, TooLarge, Unavailable.
    """
    content = _bytes(file)
    async with database_of(settings) as database:
        invoice, lines = await invoices_of(database).checked(host, content)
    for place, line in enumerate(lines, 1):
        console.print(f"{place}. {_told(line)}", soft_wrap=True, markup=False, highlight=False)
    over = sum(line.cents_over for line in lines)
    differ = sum(not line.is_equal for line in lines)
    console.print(
        f"invoice {invoice.number}: {euros_of(invoice.net_cents)} without tax, {euros_of(over)} over what is due;"
        f" {differ} of {len(lines)} lines differ", soft_wrap=True, markup=False, highlight=False)
    return 1 if differ else 0


async def add_contacts(settings: Settings, day: str, contacts: Contacts, *, note: str, by: str) -> int:
    """Enter people who asked for help on a day. Raises InvalidInput, Unavailable."""
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise InvalidInput(Issue("value", f"{day!r} is no day, as 2026-03-02", "day")) from None
    async with database_of(settings) as database:
        if not await MeterStore(database).add_contacts(on, contacts.checked(), note, by or getpass.getuser()):
            raise InvalidInput(Issue(
                "business-rule", "is a day to come, or less is there than this correction takes back", "contacts"))
        await trace(database, CONTACTS, by, day=day, channel=contacts.channel, contacts=contacts.contacts)
    print(f"{contacts.contacts} by {contacts.channel} on {day}: entered")
    return 0


def _bytes(file: Path) -> bytes:
    if file.stat().st_size > LIMIT_BYTES:
        raise TooLarge(LIMIT_BYTES)
    return file.read_bytes()


def _month(text: str) -> date:
    try:
        return month_of(text)
    except ValueError as error:
        raise InvalidInput(Issue("value", str(error), "month")) from None


def _table(hosts: Sequence[HostMonth], title: str) -> Table:
    titles = ("host", "days", "records", "bodies", "MB of bodies", "MB of journals", "record·days", "GB·days",
              "bodies kept", "signed", "bodies read", "signed")
    table = Table(*titles, title=title)
    for each in hosts:
        table.add_row(
            each.host, *map(str, (each.days, each.records, *_size(each.size), each.quantities.record_days)),
            f"{each.quantities.byte_days / 10**9:.3f}", *map(str, (
                each.quantities.deposits, each.compared.signed_deposits, each.quantities.reads,
                each.compared.signed_reads)))
    return table


def _size(size: Size) -> tuple[str, str, str]:
    return str(size.bodies), f"{size.body_bytes / _MEGABYTE:.1f}", f"{size.journal_bytes / _MEGABYTE:.1f}"


def _due(lines: Sequence[ExpectedLine], title: str) -> Table:
    table = Table("line", "version", "from", "before", "quantity", "unit price", "amount", title=title)
    for line in lines:
        table.add_row(
            line.kind.value, line.version, f"{line.since}", f"{line.until}", f"{line.units:f}",
            euros_of(line.unit_cents), euros_of(line.cents))
    table.add_row("without tax", "", "", "", "", "", euros_of(total_of(lines)))
    return table


def _told(line: CheckedLine) -> str:
    what = f"{line.kind or line.label} {line.version}".strip()
    if line.is_equal:
        return f"{what}: {euros_of(line.cents or 0)}, as expected"
    asked = "not invoiced" if line.cents is None else (
        f"{line.quantity:f} at {_price(line)} is {euros_of(line.cents)}")
    price = euros_of(line.expected_unit_cents or 0)
    due = "nothing is due" if line.expected_cents is None else (
        f"due {line.expected_quantity:f} at {price} is {euros_of(line.expected_cents)}")
    return f"{what}: {asked}; {due}; {euros_of(line.cents_over)} and {line.quantity_over:f} over"


def _price(line: CheckedLine) -> str:
    return f"{(line.unit_cents or 0) / 100:f}".replace(".", ",")

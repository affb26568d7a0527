"""A month in meters: of each host, and of the platform. What is told to officers, accountants and other programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from carnet.steering.figure import By, Span
from carnet.steering.metering.holding import Size
from carnet.steering.metering.signed import Compared, compared
from carnet.steering.metering.store import MeterStore, span_of
from carnet.steering.metering.support import Contacts
from carnet.steering.metering.tariff import Quantities, summed
from carnet.steering.scoreboard import figures
from carnet.steering.store import FigureStore


@dataclass(frozen=True, slots=True)
class HostMonth:
    """A host over the days of a month that are over. `records` and `size` are of the end of the last of them."""

    host: str
    month: date
    days: int
    records: int
    size: Size
    entries: int
    quantities: Quantities
    compared: Compared


@dataclass(frozen=True, slots=True)
class PlatformMonth:
    """The platform over the same days: what it was asked to show, by act; documents deposited; messages of feeds, by
    channel; help given.
    """

    month: date
    asked: dict[str, int]
    documents: int
    messages: dict[str, int]
    contacts: Sequence[Contacts]


async def host_month(store: MeterStore, host: str, month: date) -> HostMonth:
    """What a host kept and did in this month, and what it signed of it. Raises IntegrityError, Unavailable."""
    since, until = span_of(month)
    days = await store.quantities_of(month, host)
    held = await store.days_of(host, since, until)
    records, size = (held[-1].records, held[-1].size) if held else (0, Size())
    told = summed(days) if days else Quantities(since, since)
    return HostMonth(
        host, since, len(days), records, size, sum(each.entries for each in held), told,
        compared(days, await store.signed(month, host)))


async def platform_month(store: MeterStore, figure_store: FigureStore, month: date) -> PlatformMonth:
    """What was done in this month. Raises Unavailable."""
    since, until = span_of(month)
    fed = await figures(figure_store, Span(since, until), (By.CHANNEL,))
    return PlatformMonth(
        since, await store.asked(since, until), sum(each.documents for each in fed),
        {each.line.channel: each.received for each in fed}, await store.contacts(since, until))


def as_json(hosts: Sequence[HostMonth], platform: PlatformMonth) -> str:
    """All of it, for other programs: counts, and nothing that is of one record."""
    return msgspec.json.encode({
        "month": f"{platform.month:%Y-%m}", "asked": platform.asked, "documents": platform.documents,
        "messages": platform.messages,
        "contacts": platform.contacts, "hosts": [{
            "host": each.host, "days": each.days, "records": each.records, "bodies": each.size.bodies,
            "body_bytes": each.size.body_bytes, "journal_bytes": each.size.journal_bytes,
            "record_days": each.quantities.record_days, "byte_days": each.quantities.byte_days,
            "deposits": each.quantities.deposits, "reads": each.quantities.reads, "entries": each.entries,
            "signed": each.compared,
        } for each in hosts]}).decode()

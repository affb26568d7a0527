"""How hosts do, from the command line: have one prove what it holds now, and print the figures that are published.

May import: hosting, and `settings`, `wiring`, `audit_log` and `overseeing` of this room.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from rich.console import Console
from rich.progress import track
from rich.table import Table

from carnet.errors import InvalidInput, Issue
from carnet.hosting.oversight.figures import HostFigures
from carnet.hosting.oversight.possession import Proven, Verdict
from carnet.roles.audit_log import audit_key
from carnet.roles.overseeing import Overseer, OversightRules
from carnet.roles.settings import Settings
from carnet.roles.wiring import stores_of

_ROWS = (
    "asked to prove a record", "  right", "  wrong", "  missing", "  no answer", "  mean time of an answer, ms",
    "records in its last inventory", "  of which it lacked something", "  that it was never given",
    "  ahead of the portal", "receipts it contradicted", "bodies that left it", "  unexplained",
    "days without its counts")


@dataclass(frozen=True, slots=True)
class HostSum:
    """The figures of a host over a period: counts are summed, of inventories the last one stands."""

    host: str
    since: str
    until: str
    asked: int
    right: int
    wrong: int
    missing: int
    unanswered: int
    mean_answer_ms: int | None
    compared: int
    lacking: int
    unknown_records: int
    ahead: int
    contradicted: int
    bodies_read: int
    unexplained_reads: int
    days_without_counts: int

    @property
    def cells(self) -> list[str]:
        """Its column of the table."""
        mean = "–" if self.mean_answer_ms is None else str(self.mean_answer_ms)
        counts = (
            self.compared, self.lacking, self.unknown_records, self.ahead, self.contradicted, self.bodies_read,
            self.unexplained_reads, self.days_without_counts)
        asked = (self.asked, self.right, self.wrong, self.missing, self.unanswered)
        return [*map(str, asked), mean, *map(str, counts)]


def summed(days: Iterable[HostFigures]) -> list[HostSum]:
    """The figures of each host, of all these days."""
    of_host: dict[str, list[HostFigures]] = {}
    for day in days:
        of_host.setdefault(day.host, []).append(day)
    return [_sum(host, sorted(each, key=lambda day: day.day)) for host, each in sorted(of_host.items())]


async def audit_now(settings: Settings, host: str, records: int, console: Console) -> int:
    """Have this host prove that it holds so many of its records, now; 1 if it could not. Kept in its figures, traced.

    Raises InvalidInput for a host that there is not.
    """
    found: list[Proven] = []
    async with stores_of(settings) as (stores, _):
        if host not in stores.copies.clients:
            raise InvalidInput(Issue("value", f"accepted: {', '.join(stores.copies.clients)}", "host"))
        overseer = Overseer(stores, audit_key(settings), OversightRules())
        for _ in track(range(records), description=f"{host} proves what it holds", console=console):
            found += await overseer.challenge(host)
    told = {verdict: sum(each.verdict is verdict for each in found) for verdict in Verdict}
    console.print(f"{host}: {len(found)} records asked, " + ", ".join(
        f"{number} {verdict.value}" for verdict, number in told.items()))
    if len(found) < records:
        console.print(f"{records - len(found)} could not be asked: it has none, or the other copy could not be read")
    return 1 if told[Verdict.WRONG] or told[Verdict.MISSING] else 0


async def figures(settings: Settings, days: int, host: str, console: Console, *, as_json: bool) -> int:
    """Print the figures of the last days, by host: a table, or JSON to publish."""
    async with stores_of(settings) as (stores, _):
        kept = stores.hosting.oversight
        found = summed(await kept.figures(await kept.today() - timedelta(days=days - 1), host=host or None))
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return 0
    table = Table("the last day" if days == 1 else f"the last {days} days", *(each.host for each in found))
    for row in zip(_ROWS, *(each.cells for each in found), strict=True):
        table.add_row(*row)
    console.print(table)
    return 0


async def offences(settings: Settings, host: str, console: Console) -> int:
    """Print the receipts that this host contradicted, each with what it signed; 1 if there are any."""
    async with stores_of(settings) as (stores, _):
        found = await stores.hosting.oversight.offences(host)
    for each in found:
        console.print(
            f"{each.noted_at.isoformat()} record {each.record}: signed place {each.place}, later told"
            f" {each.later_place} ({each.how})")
        console.print(each.receipt, soft_wrap=True)
    if not found:
        console.print(f"{host} contradicted nothing that it signed")
    return 1 if found else 0


def _sum(host: str, days: list[HostFigures]) -> HostSum:
    compared = next((day for day in reversed(days) if day.compared_at is not None), HostFigures(host, days[-1].day))
    answered = sum(day.answered for day in days)
    return HostSum(
        host=host, since=days[0].day.isoformat(), until=days[-1].day.isoformat(), asked=sum(day.asked for day in days),
        right=sum(day.right_answers for day in days), wrong=sum(day.wrong_answers for day in days),
        missing=sum(day.missing_answers for day in days), unanswered=sum(day.unanswered for day in days),
        mean_answer_ms=sum(day.answer_ms for day in days) // answered if answered else None,
        compared=compared.compared, lacking=compared.lacking, unknown_records=compared.unknown_records,
        ahead=compared.ahead, contradicted=sum(day.contradicted for day in days),
        bodies_read=sum(day.bodies_read or 0 for day in days),
        unexplained_reads=sum(day.unexplained_reads or 0 for day in days),
        days_without_counts=sum(day.bodies_read is None for day in days))

"""`python -m bench.ledger`: a statutory file of five million lines into the books, and the pages of unit costs over it.

Invented invoices of three lines (charge, tax, supplier) under a mapping of two hundred sets of dimensions; counts of a
million records by host and département. What is timed is what `carnet ledger import` does: looking through the whole
file, then one transaction with the file itself, all entries, lines, hashes, sums. Beside lines a second, the
microseconds of processor of each side for a line: on a machine that others use too, these vary less. The database has
half a gigabyte of buffers and four of write-ahead log: more than PostgreSQL's defaults, less than a portal's server.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import asyncpg
import psutil
import uvloop

from bench import machine
from carnet.journal.database import Database
from carnet.ledger.category import Category
from carnet.ledger.counts.count import Count, Measure
from carnet.ledger.counts.store import CountStore
from carnet.ledger.fec.bring import Bringing, Sent
from carnet.ledger.fec.columns import COLUMNS
from carnet.ledger.fec.store import FileStore
from carnet.ledger.figures import AXES, Asked, Figures, Span
from carnet.ledger.money import euros_of
from carnet.ledger.parts import Part
from carnet.ledger.store import LedgerStore
from carnet.roles.migrate import migrate
from carnet.roles.postgres import Postgres
from carnet.roles.wiring import open_pool
from tests.demonstration import demonstration_folder

RESULTS = Path(__file__).parent / "results" / "ledger.json"
LINES, RECORDS, _RUNS = 5_000_000, 1_000_000, 5
_SIREN, _BOOKS, _YEAR = "123456782", "alpha", 2025
_ACCOUNTS = [f"6{number:03}00" for number in range(110, 310)]
_HOSTS, _REGIONS, _DEPARTEMENTS = 10, 13, 101
# PostgreSQL's defaults are for small machines: a checkpoint every gigabyte of log, after which pages are written whole.
_OF_A_SERVER = {"shared_buffers": "512MB", "max_wal_size": "4GB"}


def main() -> None:
    """Read the options, measure, print, keep."""
    options = argparse.ArgumentParser(prog="bench.ledger", description=__doc__)
    options.add_argument("--lines", type=int, default=LINES)
    options.add_argument("--output", type=Path, default=RESULTS)
    given = options.parse_args()
    with demonstration_folder() as folder:
        figures = {**_measured(folder, given.lines), "machine": machine.describe(folder)}
    given.output.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"machine: {figures['machine']}\nkept in {given.output}")


def _measured(folder: Path, lines: int) -> dict[str, Any]:
    server = Postgres(folder / "cluster", options=_OF_A_SERVER)
    server.start()
    try:
        file = write_file(folder / f"{_SIREN}FEC{_YEAR}1231.txt", lines)
        return uvloop.run(_measure(server, file))
    finally:
        server.stop()


async def _measure(server: Postgres, file: Path) -> dict[str, Any]:
    connection = await asyncpg.connect(server.url())
    await connection.execute("create database portal")
    await connection.close()
    await migrate(server.url("portal"), "portal")
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)        # as the command does
    async with open_pool(server.url("portal"), 4) as pool:
        database = Database(pool)
        figures = {"import": await _import(database, server, file)}
        await _count(CountStore(database))
        await database.execute("analyze")
        return {**figures, "records": RECORDS, "pages_ms": await _pages(database)}


async def _import(database: Database, server: Postgres, file: Path) -> dict[str, Any]:
    ledger, files = LedgerStore(database), FileStore(database)
    await ledger.open_books(_BOOKS, "Hébergeur Alpha", _SIREN)
    await files.keep_mapping(_BOOKS, mapping(), "bench")
    bringing, sent = Bringing(ledger, files), Sent(file, file.name, _BOOKS, "bench")
    watch = _Watch(server)
    seen = await bringing.look(sent)
    assert not seen.looked.faults, seen.looked.faults.listed[:5]
    looked = watch.lap()
    done = await bringing.bring(sent, seen)
    entered = watch.lap()
    seconds = looked["seconds"] + entered["seconds"]
    told = {
        "lines": done.lines, "entries": done.entries, "file_megabytes": seen.looked.source.size // 10**6,
        "lines_per_second": round(done.lines / seconds),
        "processor_us_a_line": {
            "looking": _us(looked["own"], done.lines), "entering": _us(entered["own"], done.lines),
            "database": _us(looked["server"] + entered["server"], done.lines)},
        "seconds": {"looking": round(looked["seconds"], 1), "entering": round(entered["seconds"], 1)},
        "most_memory_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}
    print(f"import {told}", flush=True)
    return told


class _Watch:
    """Seconds on the clock, and of the processor: this process's, and the database server's."""

    def __init__(self, server: Postgres) -> None:
        [first, *_] = next(server.folder.rglob("postmaster.pid")).read_text().splitlines()
        self._server = psutil.Process(int(first))
        self._last = self._now()

    def lap(self) -> dict[str, float]:
        """What passed since the last lap."""
        before, self._last = self._last, self._now()
        return {name: self._last[name] - before[name] for name in before}

    def _now(self) -> dict[str, float]:
        every = [each.cpu_times() for each in (self._server, *self._server.children(recursive=True))]
        return {"seconds": perf_counter(), "own": process_time(),
                "server": sum(times.user + times.system for times in every)}


def _us(seconds: float, lines: int) -> float:
    return round(seconds / lines * 1e6, 1)


async def _count(store: CountStore) -> None:
    """A million records and what became of them, by host and département, at the end of each month."""
    for month in range(1, 13):
        on = date(_YEAR + month // 12, month % 12 + 1, 1)
        await store.put([
            Count(measure=measure, on=on, count=RECORDS * month // 12 // (_HOSTS * _DEPARTEMENTS) + 1,
                  host=f"h{host}", region=str(place % _REGIONS), departement=str(place))
            for measure in Measure for host in range(_HOSTS) for place in range(_DEPARTEMENTS)])


async def _pages(database: Database) -> dict[str, float]:
    """The slowest of a few times each page's queries were made, in milliseconds."""
    ledger = LedgerStore(database)
    figures, told = Figures(ledger, CountStore(database)), {}
    year, all_of_it = Asked(_BOOKS, Span(_YEAR, _YEAR)), Asked(_BOOKS)
    for axis in AXES:
        told[f"costs by {axis}, a year"] = await _slowest(partial(figures.table, year, axis))
        told[f"costs by {axis}, in all"] = await _slowest(partial(figures.table, all_of_it, axis))
    told["costs by year"] = await _slowest(lambda: figures.by_year(_BOOKS))
    one = Asked(_BOOKS, Span(_YEAR, _YEAR), {"host": ("h3",), "category": ("hosting",)})
    made = await figures.made_of(one, Part.SPENT)
    told["what a figure is made of"] = await _slowest(lambda: figures.made_of(one, Part.SPENT))
    told["the first hundred of its lines"] = await _slowest(lambda: ledger.lines(made.wanted))
    told["four axes at once"] = await _slowest(
        lambda: ledger.sums(("host", "region", "category", "month", "certainty", "account")))
    for name, milliseconds in told.items():
        print(f"{name:40} {milliseconds:8.1f} ms", flush=True)
    return told


async def _slowest(ask: Callable[[], Awaitable[object]]) -> float:
    slowest = 0.0
    for _ in range(_RUNS):
        began = perf_counter()
        await ask()
        slowest = max(slowest, perf_counter() - began)
    return round(slowest * 1000, 1)


def mapping() -> str:
    """A rule for each account: its host, region and category."""
    categories = list(Category)
    return "".join(
        f"[[rule]]\naccount = '{account}'\nhost = 'h{place % _HOSTS}'\nregion = '{place % _REGIONS}'\n"
        f"category = '{categories[place % len(categories)]}'\nphase = 'p{place % 3}'\n"
        for place, account in enumerate(_ACCOUNTS))


def write_file(path: Path, lines: int) -> Path:
    """A FEC of so many lines, or up to two more."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("\t".join(COLUMNS) + "\r\n")
        file.writelines(_invoices(-(-lines // 3)))
    return path


def _invoices(number: int) -> Iterator[str]:
    for place in range(1, number + 1):
        journal, account = ("HA", "AC", "OD", "FR")[place % 4], _ACCOUNTS[place * 7 % len(_ACCOUNTS)]
        on = f"{_YEAR}{place * 12 // (number + 1) + 1:02}{place % 28 + 1:02}"
        head = f"{journal}\tJournal {journal}\t{place:08}\t{on}\t"
        piece, net = f"F{place:08}\t{on}\tFacture n° {place}\t", 1_000 + place % 900_000
        tax = net // 5
        yield f"{head}{account}\tCharges {account}\t\t\t{piece}{euros_of(net)}\t0,00\t\t\t{on}\t\t\r\n"
        yield f"{head}445660\tTVA déductible\t\t\t{piece}{euros_of(tax)}\t0,00\t\t\t{on}\t\t\r\n"
        yield (f"{head}401000\tFournisseurs\tF{place % 5000:05}\tFournisseur {place % 5000}\t{piece}0,00\t"
               f"{euros_of(net + tax)}\tL{place % 70000}\t{on}\t{on}\t\t\r\n")


if __name__ == "__main__":
    main()

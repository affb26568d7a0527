"""The open data: what there is, and each file, sent as it is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib.resources import files

from starlette.responses import Response, StreamingResponse

from carnet.errors import NotFound, Unavailable
from carnet.ledger.figures import PUBLIC_BOOKS
from carnet.ledger.kept import Books
from carnet.ledger.open_data.files import csv_of, parquet_of
from carnet.ledger.open_data.sets import SETS, Published
from carnet.web.presenters.cost_table import number
from carnet.web.site import Visit

PATH = "/transparence/donnees"
_KINDS = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
# Whole files are long to read: a few at a time in each process, so that they never hold up a record.
_AT_ONCE = asyncio.Semaphore(2)
_LATER_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Offered:
    """Books that are published: how many entries, and the head that they lead to."""

    books: str
    name: str
    entries: str
    head: str
    files: tuple[tuple[str, str, str], ...]


async def offered(visit: Visit) -> Response:
    """Which files there are."""
    known = {each.books: each for each in await visit.site.ledger.all_books()}
    books = [known[name] for name in PUBLIC_BOOKS if name in known]
    periods = [each for each in await visit.site.ledger.periods() if each.books in PUBLIC_BOOKS]
    return visit.page(
        "costs/data.html", books=tuple(_offered(visit, each) for each in books),
        periods=tuple((visit.words(f"cost.books.{each.books}"), f"{each.month:%Y-%m}", each.text,
                       (each.signature or b"").hex()) for each in periods))


async def script(_: Visit) -> Response:
    """The program that recomputes everything: docs/recompute.py."""
    content = (files("carnet.ledger.open_data") / "recompute.txt").read_bytes()
    return Response(content, media_type="text/x-python; charset=utf-8", headers={
        "content-disposition": 'attachment; filename="recompute.py"'})


async def file(visit: Visit) -> Response:
    """One file. Raises NotFound; Unavailable while others are being sent."""
    books, name = visit.request.path_params["books"], visit.request.path_params["name"]
    stem, _, kind = name.rpartition(".")
    known = {each.books for each in await visit.site.ledger.all_books()}
    if books not in PUBLIC_BOOKS or books not in known or stem not in SETS or kind not in _KINDS:
        raise NotFound("no such file")
    if _AT_ONCE.locked():
        raise Unavailable("other files are being sent", retry_after_seconds=_LATER_SECONDS)
    found, of = SETS[stem], Published(books, visit.site.ledger, visit.site.counts)
    pieces = (csv_of if kind == "csv" else parquet_of)(found.columns, found.rows(of))
    return StreamingResponse(_in_turn(pieces), media_type=_KINDS[kind], headers={
        "content-disposition": f'attachment; filename="{books}-{name}"'})


async def _in_turn(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async with _AT_ONCE:
        async for piece in pieces:
            yield piece


def _offered(visit: Visit, books: Books) -> Offered:
    return Offered(
        books.books, visit.words(f"cost.books.{books.books}"), number(books.entries, visit.words.language),
        books.head.hex(), tuple(
            (stem, visit.words(f"cost.data.{stem}"), f"{PATH}/{books.books}/{stem}") for stem in SETS))

"""Exporting: the entries of some books and days, page by page, into a file of any form."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from carnet.ledger.kept import KeptEntry
from carnet.ledger.store import LedgerStore
from carnet.ledger.tables.forms import FORMS

_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries: those of these books on these days, both included."""

    books: str
    since: date = date.min
    until: date = date.max

    def __str__(self) -> str:
        since = f" du {self.since}" if self.since > date.min else ""
        until = f" au {self.until}" if self.until < date.max else ""
        return f"Livres {self.books}{since}{until}"


async def export(ledger: LedgerStore, asked: Asked, form: str, path: Path, *, tell: Callable[[int], None]) -> int:
    """Write the file; how many entries. Raises KeyError for a form there is not."""
    written = 0
    with await asyncio.to_thread(FORMS[form], path, str(asked)) as file:
        async for entries in pages(ledger, asked):
            await asyncio.to_thread(file.add, entries)
            written += len(entries)
            tell(written)
    return written


async def pages(ledger: LedgerStore, asked: Asked) -> AsyncIterator[list[KeptEntry]]:
    """The entries in the order of their chain."""
    after = 0
    while found := await ledger.entries(asked.books, after=after, limit=_PAGE):
        after = found[-1].place
        wanted = [kept for kept in found if asked.since <= kept.entry.on <= asked.until]
        if wanted:
            yield wanted

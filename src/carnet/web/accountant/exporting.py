"""Books as a file, for whoever keeps them: a year of theirs, in one of five forms."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from carnet.errors import NotFound
from carnet.ledger.fec.write import file_name
from carnet.ledger.tables.export import Asked, export
from carnet.ledger.tables.forms import FORMS, MEDIA_TYPES
from carnet.web.accountant.keeping import done
from carnet.web.headers import FILE_POLICY
from carnet.web.presenters.fec import EXPORT
from carnet.web.site import Visit

PATH = EXPORT
ACT = "ledger_export"
MOST_ENTRIES = 100_000      # about half a minute; more is for the command line


async def page(visit: Visit) -> Response:
    """The form; with books, a form of file and a year, the file."""
    said = visit.request.query_params
    if "format" in said:
        return await _file(visit, said.get("books", ""), said["format"], said.get("year", ""))
    return await _page(visit)


async def _file(visit: Visit, books: str, form: str, year: str) -> Response:
    kept = next((each for each in await visit.site.ledger.all_books() if each.books == books), None)
    if kept is None or form not in FORMS:
        raise NotFound("there are no such books, or no such form of file")
    if not (len(year) == 4 and year.isascii() and year.isdigit() and year > "1900"):
        return await _page(visit, visit.words("fec.export_year_wrong"), status=422)
    if kept.entries > MOST_ENTRIES:
        return await _page(visit, visit.words("fec.export_too_many"), status=422)
    last = date(int(year), 12, 31)
    with ExitStack() as stack:
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="carnet-export-"))
        stack.callback(shutil.rmtree, folder)
        path, asked = folder / "books", Asked(books, date(last.year, 1, 1), last)
        await export(visit.site.ledger, asked, form, path, tell=lambda _: None)
        await done(visit, ACT)
        after = BackgroundTask(stack.pop_all().close)       # once it was sent
    name = file_name(kept.siren, last) if form == "fec" else f"{books}-{year}.{form}"
    return FileResponse(
        path, media_type=MEDIA_TYPES[form], filename=name, background=after,
        headers={"content-security-policy": FILE_POLICY})


async def _page(visit: Visit, error: str = "", *, status: int = 200) -> Response:
    return visit.page(
        "accountant/export.html", status=status, books=await visit.site.ledger.all_books(), forms=tuple(FORMS),
        year=(await visit.site.ledger.today()).year, error=error)

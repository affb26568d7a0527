"""Files of accounting entries: send one, see what is wrong and what each account maps to, import it.

A file that was sent is kept as it came, whether it is imported or not; the page of one looks through it anew each time.
"""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.responses import Response

from carnet.errors import Conflict, InvalidInput, NotFound
from carnet.ledger.fec.bring import Bringing, Seen, Sent
from carnet.ledger.fec.mapping import EXAMPLE, mapping_of
from carnet.ledger.keep import PROGRAMME
from carnet.web import traces
from carnet.web.accountant.keeping import done, writer_of
from carnet.web.presenters.fec import PATH, FecPresenter
from carnet.web.presenters.words import Tag
from carnet.web.site import Visit, see_other

__all__ = ["FILE", "PATH", "act", "file", "files", "send"]
FILE = f"{PATH}/{{books}}/{{digest}}/{{name}}"
SENT, MAPPED, IMPORTED = "ledger_file", "ledger_mapping", "ledger_import"


async def files(visit: Visit) -> Response:
    """The form, and what was imported."""
    return await _page(visit)


async def send(visit: Visit) -> Response:
    """Keep a file, and go to its page."""
    upload, books = visit.form.get("file"), visit.text("books")
    if not isinstance(upload, UploadFile) or not upload.filename:
        await traces.refused(visit, SENT, "file")
        return await _page(visit, error=visit.words("fec.file_none"), status=422)
    await _must_be_of_an_operator(visit, books)
    content = await upload.read()
    digest = hashlib.sha256(content).digest()
    name = Path(upload.filename.replace("\\", "/")).name[:100]
    async with _written([content], name) as path:
        await visit.site.files.keep_file(digest, path, name)
    await done(visit, SENT)
    return see_other(f"{PATH}/{quote(books, safe='')}/{digest.hex()}/{quote(name, safe='')}")


async def file(visit: Visit) -> Response:
    """What is in a file."""
    return await _file_page(visit)


async def act(visit: Visit) -> Response:
    """Keep a mapping, or import the file."""
    return await (_map(visit) if visit.text("act") == "mapping" else _import(visit))


async def _map(visit: Visit) -> Response:
    books, content = visit.request.path_params["books"], visit.text("mapping").replace("\r\n", "\n")
    await _must_be_of_an_operator(visit, books)
    try:
        mapping_of(content)
    except InvalidInput as error:
        await traces.refused(visit, MAPPED, "mapping")
        return await _file_page(
            visit, typed=content, problems=tuple(str(issue) for issue in error.issues), status=422)
    await visit.site.files.keep_mapping(books, content, writer_of(visit))
    await done(visit, MAPPED)
    return see_other(f"{visit.request.url.path}?fait=mapping")


async def _import(visit: Visit) -> Response:
    try:
        async with _sent(visit) as sent:
            bringing = _bringing(visit)
            await bringing.bring(sent, await bringing.look(sent))
    except (InvalidInput, Conflict):        # the page says again what is wrong
        await traces.refused(visit, IMPORTED, "file")
        return await _file_page(visit, status=422)
    await done(visit, IMPORTED)
    return see_other(f"{visit.request.url.path}?fait=import")


async def _file_page(
    visit: Visit, *, typed: str = "", problems: tuple[str, ...] = (), status: int = 200,
) -> Response:
    async with _sent(visit) as sent:
        seen: Seen = await _bringing(visit).look(sent)
    kept = await visit.site.files.mapping(sent.books)
    view = FecPresenter(visit.words, visit.calendar).file(visit.request.url.path, sent.name, seen)
    said = visit.request.query_params.get("fait", "")
    notice = Tag(visit.words(f"fec.done_{said}"), "good") if said in ("mapping", "import") else None
    return visit.page(
        "accountant/fec_file.html", status=status, view=view, notice=notice, problems=problems,
        mapping=typed or (kept.content if kept else EXAMPLE), version=kept.version if kept else 0)


async def _page(visit: Visit, *, error: str = "", status: int = 200) -> Response:
    imports = await visit.site.files.imports()
    named = [(await visit.site.files.file_name(each.digest), each) for each in imports]
    books = [each for each in await visit.site.ledger.all_books() if _is_of_an_operator(each.books)]
    lines = FecPresenter(visit.words, visit.calendar).imports(named)
    return visit.page("accountant/fec.html", status=status, books=books, imports=lines, error=error)


def _bringing(visit: Visit) -> Bringing:
    return Bringing(visit.site.ledger, visit.site.files)


def _is_of_an_operator(books: str) -> bool:
    return books not in (PROGRAMME, "history")


async def _must_be_of_an_operator(visit: Visit, books: str) -> None:
    there = {each.books for each in await visit.site.ledger.all_books()}
    if books not in there or not _is_of_an_operator(books):
        raise NotFound("there are no such books of an operator")


@asynccontextmanager
async def _sent(visit: Visit) -> AsyncIterator[Sent]:
    """The kept file of this page, as a file, until the block ends. Raises NotFound."""
    said = visit.request.path_params
    await _must_be_of_an_operator(visit, said["books"])
    try:
        digest = bytes.fromhex(said["digest"])
    except ValueError as error:
        raise NotFound("there is no such file") from error
    await visit.site.files.file_name(digest)
    parts = [part async for part in visit.site.files.content(digest)]
    async with _written(parts, said["name"]) as path:
        yield Sent(path, said["name"], said["books"], writer_of(visit))


@asynccontextmanager
async def _written(parts: list[bytes], name: str) -> AsyncIterator[Path]:
    """These bytes as a file of nobody else's, until the block ends. Books hold no health data."""
    with tempfile.TemporaryDirectory(prefix="carnet-fec-") as folder:
        path = Path(folder) / ("".join(each for each in name if each.isalnum() or each in "._-") or "file")
        await asyncio.to_thread(path.write_bytes, b"".join(parts))
        yield path

"""What `carnet ledger import`, `export` and `mapping` do: files in and out, a progress bar, every fault told.

May import: ledger; `ledger`, `settings` of this room.
"""

from __future__ import annotations

import gc
import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from carnet.errors import InvalidInput, Issue, NotFound
from carnet.journal.database import Database
from carnet.ledger.fec.bring import Bringing, Seen, Sent
from carnet.ledger.fec.faults import Faults
from carnet.ledger.fec.fiscal_year import FiscalYear, name_of
from carnet.ledger.fec.kept import Imported
from carnet.ledger.fec.mapping import EXAMPLE, mapping_of
from carnet.ledger.fec.store import FileStore
from carnet.ledger.money import euros_of
from carnet.ledger.store import LedgerStore
from carnet.ledger.tables.bring import BringingTables
from carnet.ledger.tables.export import Asked, export
from carnet.ledger.tables.forms import FORMS
from carnet.roles.ledger import database_of, trace
from carnet.roles.settings import Settings

IMPORTED, EXPORTED, MAPPED = "ledger_import", "ledger_export", "ledger_mapping"
_STEPS = {"look": "Looking at lines", "enter": "Entering entries"}
_TABLES = (".csv", ".xlsx")
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Wished:
    """What was typed: the file, its books, who, its mapping, its year's first day, and whether only to look."""

    file: Path
    books: str
    by: str
    mapping: Path | None = None
    first_day: date | None = None
    is_dry: bool = False

    @property
    def sent(self) -> Sent:
        """The file as the ledger takes it."""
        said = name_of(self.file.name)
        year = FiscalYear.ending(said.until, self.first_day) if said and self.first_day else None
        return Sent(self.file, self.file.name, self.books, self.by or getpass.getuser(), year)


async def import_file(wished: Wished, settings: Settings, console: Console) -> int:
    """Bring a file into books. The exit code: 0 when it is in them, or would be; 1 when something is wrong with it.

    Raises NotFound for books there are not, Conflict for a file that is in them, InvalidInput for a mapping.
    """
    # Lines make many small values and no cycles: looking for cycles as often as usual costs a tenth of the time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    async with database_of(settings) as database:
        ledger = LedgerStore(database)
        if all(each.books != wished.books for each in await ledger.all_books()):
            raise NotFound(f"there are no books {wished.books!r}: `carnet ledger open-books` opens some")
        is_table = wished.file.suffix.lower() in _TABLES and name_of(wished.file.name) is None
        done = await (_bring_table if is_table else _bring_fec)(wished, database, console)
        if done is None:
            return 1
        if isinstance(done, Imported):
            sha256 = done.digest.hex()
            await trace(database, IMPORTED, wished.by, books=done.books, batch=str(done.batch), sha256=sha256)
            console.print(f"batch {done.batch}: {done.entries} entries, {done.lines} lines,"
                          f" debits {euros_of(done.debit_cents)}", highlight=False)
    return 0


async def _bring_fec(wished: Wished, database: Database, console: Console) -> Imported | bool | None:
    mapping = None
    if wished.mapping is not None:
        content = _text_of(wished.mapping)
        mapping = mapping_of(content)
        if not wished.is_dry:
            version = await FileStore(database).keep_mapping(wished.books, content, wished.sent.by)
            await trace(database, MAPPED, wished.by, books=wished.books, version=version)
    with _bar(console) as tell:
        bringing = Bringing(LedgerStore(database), FileStore(database), tell)
        seen = await bringing.look(wished.sent, mapping if wished.is_dry else None)
        if seen.before is not None or not (seen.looked.faults or wished.is_dry):
            return await bringing.bring(wished.sent, seen)
    _tell(seen.looked.faults, console)
    _tell_unmapped(seen, console)
    return None if seen.looked.faults else True


async def _bring_table(wished: Wished, database: Database, console: Console) -> Imported | bool | None:
    bringing = BringingTables(LedgerStore(database), FileStore(database))
    seen = await bringing.look(wished.sent)
    if seen.before is not None or not (seen.table.faults or wished.is_dry):
        return await bringing.bring(wished.sent, seen)
    _tell(seen.table.faults, console)
    return None if seen.table.faults else True


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(Issue("structure", f"{path.name} is not UTF-8", "mapping")) from error


def _tell(faults: Faults, console: Console) -> None:
    for fault in (*faults.warnings[:_SHOWN], *faults.listed):
        console.print(str(fault), markup=False, highlight=False, soft_wrap=True)
    if faults:
        untold = f", {faults.untold} of them not listed" if faults.untold else ""
        console.print(f"nothing was imported: {faults.counts.total()} faults{untold}", highlight=False)
    else:
        console.print("nothing is wrong with this file; nothing was imported (--dry-run)")


def _tell_unmapped(seen: Seen, console: Console) -> None:
    for use, used in seen.unmapped[:_SHOWN]:
        euros = euros_of(used.debit_cents - used.credit_cents)
        console.print(f"no rule: {use.account} {used.label}, journal {use.journal}: {euros}", markup=False,
                      highlight=False, soft_wrap=True)
    if len(seen.unmapped) > _SHOWN:
        console.print(f"no rule: {len(seen.unmapped) - _SHOWN} more", highlight=False)


async def export_books(
    output: Path, form: str, books: str, days: tuple[date | None, date | None], *, settings: Settings, console: Console,
) -> int:
    """Write books as a file. Raises InvalidInput for a form there is not or a file that is there, NotFound."""
    if form not in FORMS:
        raise InvalidInput(Issue("value", f"{form!r} is no format; accepted: {', '.join(FORMS)}", "format"))
    _must_not_be_there(output)
    asked = Asked(books, days[0] or date.min, days[1] or date.max)
    async with database_of(settings) as database:
        ledger = LedgerStore(database)
        if all(each.books != books for each in await ledger.all_books()):
            raise NotFound(f"there are no books {books!r}")
        with _bar(console) as tell:
            entries = await export(ledger, asked, form, output, tell=lambda so_far: tell("enter", so_far))
        await trace(database, EXPORTED, "", books=books, form=form, entries=entries)
    console.print(f"{output}: {entries} entries", markup=False, highlight=False, soft_wrap=True)
    return 0


def _must_not_be_there(output: Path) -> None:
    if output.exists():
        raise InvalidInput(Issue("duplicate", f"{output} is there already", "output"))
    if not output.parent.is_dir():
        raise InvalidInput(Issue("not-found", f"there is no folder {output.parent}", "output"))


async def show_mapping(books: str, version: int, settings: Settings) -> int:
    """Print a version of a mapping, or an example."""
    async with database_of(settings) as database:
        kept = await FileStore(database).mapping(books, version)
    if kept is None and version:
        raise NotFound(f"these books have no mapping {version}")
    print(kept.content if kept else EXAMPLE, end="")
    return 0


@contextmanager
def _bar(console: Console) -> Iterator[Callable[[str, int], None]]:
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                  console=console, transient=True) as bar:
        task = bar.add_task(_STEPS["look"], total=None)

        def tell(step: str, so_far: int) -> None:
            bar.update(task, description=_STEPS[step], completed=so_far)

        yield tell

"""The books from the command line, as an accountant types it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from carnet.journal.database import Database
from carnet.ledger.keep import PROGRAMME, Keeper
from carnet.ledger.store import LedgerStore
from carnet.roles.audit_log import audit_key
from carnet.roles.cli import main
from carnet.roles.key_files import make_key
from carnet.roles.periods import sign_closed
from carnet.roles.settings_read import read
from carnet.roles.wiring import open_pool
from tests.conftest import CreateDatabase
from tests.ledger.statements import Camt, Told
from tests.ledger.test_keep import amount, piece


@dataclass(frozen=True)
class Desk:
    """The books, and what is typed about them: the exit code, and what was said on both channels."""

    ledger: LedgerStore
    database: Database
    sign: Callable[[], Awaitable[None]]
    run: Callable[..., tuple[int, str, str]]

    async def types(self, *arguments: str) -> tuple[int, str, str]:
        """Run `carnet ledger` with these arguments."""
        return await asyncio.to_thread(self.run, *arguments)


@pytest.fixture
async def desk(
    create_database: CreateDatabase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Desk]:
    """A portal's database and its settings, in the environment."""
    url = await create_database("portal")
    make_key(tmp_path / "keys" / "audit.key", demonstration=True)
    told = {"CARNET_HOME": str(tmp_path), "CARNET_DEMONSTRATION": "true", "CARNET_PORTAL_DATABASE_URL": url}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["carnet", "ledger", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    async with open_pool(url, 4) as pool:
        database = Database(pool)
        ledger = LedgerStore(database)
        yield Desk(ledger, database, lambda: sign_closed(ledger, audit_key(read(told))), run)


async def test_books_are_opened_closed_signed_and_verified(desk: Desk) -> None:
    assert await desk.types("open-books", PROGRAMME, "Le programme") == (0, "programme: open\n", "")
    assert await desk.types("open-books", PROGRAMME, "Encore") == (
        2, "", "carnet: books: there are books 'programme' already\n")
    await Keeper(desk.ledger, "C").promise(piece("marché"), amount())
    code, out, _ = await desk.types("close", "2026-03", "--by", "C. Comptable")
    assert (code, out.startswith("carnet/ledger\nprogramme\n2026-03\nentries 1\n")) == (0, True)
    assert await desk.types("close", "2026-03") == (
        2, "", "carnet: month: these books are closed through 2026-03-31 already\n")
    assert "not signed yet: 2026-03" in (await desk.types("verify"))[1]
    for _ in range(2):
        await desk.sign()
    code, out, _ = await desk.types("verify", "--period", "2026-03")
    assert (code, out.startswith("sound: 1 entries, 0 proofs, 1 closed months; head ")) == (0, True)
    assert "1 entries, closed through 2026-03-31" in (await desk.types("books"))[1]
    assert await desk.database.fetchval("select count(*) from audit_event where act like 'ledger_%'") == 2


async def test_an_entry_that_was_altered_is_named_and_the_command_fails(desk: Desk) -> None:
    await desk.ledger.open_books(PROGRAMME, "Le programme")
    await Keeper(desk.ledger, "C").promise(piece("marché"), amount())
    code, out, _ = await desk.types("entry", "1")
    assert (code, "EN 1 of 2026-03-02: marché" in out, "8018" in out) == (0, True, True)
    assert (await desk.types("entry", "2"))[::2] == (2, "carnet: there is no entry 2 in the books 'programme'\n")
    async with desk.database.transaction() as connection:
        await connection.execute("set local session_replication_role = replica")
        await connection.execute("update ledger_line set debit_cents = debit_cents + 1 where line = 1")
    code, out, _ = await desk.types("verify")
    assert (code, "entry 1 (EN 1 of 2026-03-02) is altered" in out, "NOT sound" in out) == (1, True, True)
    assert (await desk.types("verify", "--books", "soup"))[0] == 2


async def test_a_statement_is_loaded_once_and_what_is_sure_is_entered_when_asked(desk: Desk, tmp_path: Path) -> None:
    await desk.ledger.open_books(PROGRAMME, "Le programme")
    keeper = Keeper(desk.ledger, "C")
    promise = await keeper.promise(piece("marché"), amount(100_000, 20_000))
    await keeper.invoice(piece("facture"), amount(), of=promise.entry_id)       # its number is P1: too short to be sure
    await keeper.invoice(named := piece("facture", on=date(2026, 3, 3)), amount(), of=promise.entry_id)
    assert named.piece == "P1"
    file = tmp_path / "releve.xml"
    file.write_bytes(Camt((Told(-12_000, "ALPHA", reference="P1"), Told(5, "ETAT"))).content)
    code, out, _ = await desk.types("bank", str(file), "--confirm")
    assert (code, "HA 1 (amount), HA 2 (amount)" in out, "entered as" in out) == (0, True, False)
    assert (await desk.types("bank", str(file)))[0] == 2
    file.write_bytes(b"<x/>")
    assert (await desk.types("bank", str(file)))[::2] == (2, "carnet: line 1: is no camt.053 statement of ISO 20022\n")

"""Books come out in every form from one iterator, and lines of the programme are read from tables, or not at all."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from msgspec.structs import replace
from pyarrow import parquet

from carnet.errors import Conflict, InvalidInput
from carnet.ledger.category import Category
from carnet.ledger.costs import Cost, by_axes, costs_of
from carnet.ledger.dimensions import Dimensions
from carnet.ledger.fec.bring import Sent, tell_nobody
from carnet.ledger.fec.store import FileStore
from carnet.ledger.keep import PROGRAMME, Keeper
from carnet.ledger.postings import Amount, Piece
from carnet.ledger.store import LedgerStore
from carnet.ledger.tables import forms, sheets
from carnet.ledger.tables.bring import BringingTables, SeenTable
from carnet.ledger.tables.export import Asked, export

HOSTING = Dimensions(category=Category.HOSTING, payer="180035024", host="alpha", share_millionths=125_000,
                     share_reason="un huitième")
ALL = Asked(PROGRAMME)
HEADER = ["entry", "journal", "on", "label", "account", "debit", "credit", "category", "host"]
CHARGE = ["1", "HA", "2026-03-02", "facture", "611", "100,00", "", "hosting", "alpha"]
OWED = ["1", "HA", "2026-03-02", "facture", "401", "", "100,00", "hosting", "alpha"]


async def kept(ledger: LedgerStore, label: str = "=cmd|'/c calc'!A1") -> None:
    piece = Piece(on=date(2026, 3, 2), label=label, piece="-1+1")
    await Keeper(ledger, "C").promise(piece, Amount(net_cents=10_001, dimensions=HOSTING))


async def exported(ledger: LedgerStore, form: str, folder: Path, asked: Asked = ALL) -> Path:
    path = folder / f"out.{form}"
    await export(ledger, asked, form, path, tell=lambda _: None)
    return path


async def look(ledger: LedgerStore, path: Path) -> tuple[BringingTables, Sent, SeenTable]:
    bringing, sent = BringingTables(ledger, FileStore(ledger._database)), Sent(path, path.name, PROGRAMME, "C")
    return bringing, sent, await bringing.look(sent)


def as_csv(path: Path, *rows: Sequence[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return path


def as_xlsx(path: Path, *rows: Sequence[object]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


async def test_every_form_says_the_same_cents(ledger: LedgerStore, tmp_path: Path) -> None:
    await kept(ledger)
    files = {form: await exported(ledger, form, tmp_path) for form in forms.FORMS}
    table = parquet.read_table(files["parquet"])
    assert (table["debit"].to_pylist(), table["share_percent"][0].as_py()) == ([Decimal("100.01"), Decimal(0)], "12,5")
    [_, first, _] = files["csv"].read_text(encoding="utf-8").splitlines()
    assert ";100,01;0,00;" in first
    assert "\t100,01\t0,00\t" in files["fec"].read_text(encoding="utf-8")
    names, row, _ = openpyxl.load_workbook(files["xlsx"]).active.iter_rows(values_only=True)
    said = dict(zip(names, row, strict=True))
    assert (said["debit"], said["host"], said["on"].date()) == (100.01, "alpha", date(2026, 3, 2))
    content = files["pdf"].read_bytes()
    assert content.startswith(b"%PDF-1.4")
    assert content.endswith(b"%%EOF\n")
    assert b"Total : 2 lignes" in content


async def test_what_a_spreadsheet_would_take_for_a_formula_stays_text(ledger: LedgerStore, tmp_path: Path) -> None:
    await kept(ledger)
    book = openpyxl.load_workbook(await exported(ledger, "xlsx", tmp_path))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if isinstance(cell.value, str)} == {"s"}
    assert "=cmd|'/c calc'!A1" in {cell.value for cell in cells}
    text = (await exported(ledger, "csv", tmp_path)).read_text(encoding="utf-8")
    rows = list(csv.reader(text.splitlines(), delimiter=";"))
    texts = {cell for row in rows[1:] for cell in row}
    assert {"'=cmd|'/c calc'!A1", "'-1+1"} <= texts
    assert not [cell for cell in texts if cell.startswith(("=", "+", "@"))]


async def test_a_sheet_that_is_full_goes_on_in_the_next(
        ledger: LedgerStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "SHEET_ROWS", 3)
    await kept(ledger)
    await kept(ledger)
    book = openpyxl.load_workbook(await exported(ledger, "xlsx", tmp_path))
    assert [sheet.max_row for sheet in book.worksheets] == [4, 2]


async def test_only_the_days_that_were_asked_for_come_out(ledger: LedgerStore, tmp_path: Path) -> None:
    await kept(ledger)
    asked = Asked(PROGRAMME, date(2026, 3, 3), date(2026, 12, 31))
    assert len((await exported(ledger, "csv", tmp_path, asked)).read_text(encoding="utf-8").splitlines()) == 1


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_what_was_exported_is_read_again_to_the_cent(ledger: LedgerStore, tmp_path: Path, form: str) -> None:
    await kept(ledger)
    path = await exported(ledger, form, tmp_path)
    [before] = await ledger.entries(PROGRAMME)
    bringing, sent, seen = await look(ledger, path)
    assert [str(fault) for fault in seen.table.faults.listed] == []
    [made] = seen.table.entries
    lines = tuple(replace(line, source_line=0) for line in made.lines)
    assert replace(made, entry_id=before.entry.entry_id, proof=None, lines=lines) == before.entry
    with pytest.raises(Conflict, match="this number is used"):
        await bringing.bring(sent, seen)


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
async def test_lines_are_entered_with_their_numbers_and_their_file_once(
        ledger: LedgerStore, tmp_path: Path, write: object) -> None:
    path = (as_csv if write is as_csv else as_xlsx)(
        tmp_path / "lines", HEADER, CHARGE, OWED, ["2", *CHARGE[1:]], ["2", *OWED[1:]])
    bringing, sent, seen = await look(ledger, path)
    done = await bringing.bring(sent, seen)
    found = await ledger.entries(PROGRAMME)
    assert [(each.entry.number, each.entry.proof, each.batch) for each in found] == [
        ("1", done.digest, done.batch), ("2", done.digest, done.batch)]
    assert costs_of(await ledger.sums(by_axes("host"))) == {("alpha",): Cost(owed=20_000)}
    again = (await look(ledger, path))[2]
    with pytest.raises(Conflict, match="already imported"):
        await bringing.bring(sent, again)


async def test_all_faults_of_a_table_are_told_and_nothing_is_entered(ledger: LedgerStore, tmp_path: Path) -> None:
    path = as_csv(
        tmp_path / "lines.csv", HEADER, [*CHARGE[:2], "2/3/2026", *CHARGE[3:]], OWED[:4], ["2", *CHARGE[1:5], "1,234",
        *CHARGE[6:]], ["2", *OWED[1:7], "hostin", "alpha"], ["3", *CHARGE[1:]], ["3", *OWED[1:4], "x4", *OWED[5:]],
        ["4", *CHARGE[1:]], ["4", *OWED[1:6], "99,00", *OWED[7:]], ["", *CHARGE[1:]])
    bringing, sent, seen = await look(ledger, path)
    told = [str(fault) for fault in seen.table.faults.listed]
    assert told == [
        "line 2, on: 2/3/2026 is no date; accepted: 2026-12-31", "line 3: has 4 cells; the first line has 9",
        "line 4, debit: 1,234 is no amount; accepted: digits, a comma, at most two decimals, a minus sign before",
        "line 5: Invalid enum value 'hostin' - at `$.category`",
        "line 7, account: 'x4' is no account of the general chart",
        "line 8: debits 100,00 and credits 99,00 differ by 1,00",
        "line 10, entry: is empty"]
    with pytest.raises(InvalidInput):
        await bringing.bring(sent, seen)
    assert await ledger.entries(PROGRAMME) == []


async def test_a_good_entry_beside_a_wrong_one_is_not_entered(ledger: LedgerStore, tmp_path: Path) -> None:
    wrong = [["2", *row[1:2], "3/3/2026", *row[3:]] for row in (CHARGE, OWED)]
    bringing, sent, seen = await look(ledger, as_csv(tmp_path / "lines.csv", HEADER, CHARGE, OWED, *wrong))
    with pytest.raises(InvalidInput, match="is no date"):
        await bringing.bring(sent, seen)
    assert await ledger.entries(PROGRAMME) == []


@pytest.mark.parametrize(("rows", "words"), [
    ([["journal", "x"], CHARGE], "line 1: there is no column entry"), ([], "file: there is no column"),
    ([[*HEADER, "host"], CHARGE], "line 1: the column host is there twice"),
    ([[*HEADER, "reverses"], [*CHARGE, "7"], [*OWED, "7"]], "line 2, reverses: reversals and settlements are not")])
async def test_columns_that_are_not_those_of_the_page_are_told(
        ledger: LedgerStore, tmp_path: Path, rows: list[list[str]], words: str) -> None:
    told = [str(fault) for fault in (await look(ledger, as_csv(tmp_path / "x", *rows)))[2].table.faults.listed]
    assert any(words.removeprefix("file: ") in line for line in told), told


async def test_workbooks_that_are_bombs_or_none_are_told(
        ledger: LedgerStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * 30_000_000)
    no_book = tmp_path / "none.xlsx"
    with zipfile.ZipFile(no_book, "w") as packed:
        packed.writestr("x", b"y")
    torn = tmp_path / "torn.xlsx"
    torn.write_bytes(as_xlsx(tmp_path / "good.xlsx", HEADER, CHARGE).read_bytes()[:900])
    latin = tmp_path / "latin.csv"
    latin.write_bytes("entry;é".encode("latin-1"))
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    many = as_csv(tmp_path / "many.csv", HEADER, *[CHARGE] * 5)
    far = as_xlsx(tmp_path / "far.xlsx", HEADER, CHARGE, OWED, [], [], [], [], [], CHARGE)
    told = [[str(fault) for fault in (await look(ledger, path))[2].table.faults.listed]
            for path in (bomb, no_book, torn, latin, many, far)]
    words = ("is larger than", "cannot be read", "cannot be read: BadZipFile", "is not UTF-8", "more than 3 lines",
             "more than 3 lines")
    for line, expected in zip(told, words, strict=True):
        assert any(expected in each for each in line), told


def test_nobody_is_told_where_nobody_waits() -> None:
    tell_nobody("look", 1)

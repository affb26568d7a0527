"""The open data: whoever has the files has the figures. The script of the documentation recomputes all of them."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from msgspec.structs import replace
from pyarrow import parquet

from carnet.ledger.category import Category
from carnet.ledger.counts.count import Count, Measure
from carnet.ledger.counts.store import CountStore
from carnet.ledger.dimensions import Dimensions
from carnet.ledger.history.load import load
from carnet.ledger.keep import PROGRAMME, Keeper
from carnet.ledger.open_data import sets
from carnet.ledger.open_data.files import csv_of, parquet_of
from carnet.ledger.open_data.sets import SETS, Published
from carnet.ledger.postings import Amount, Piece
from carnet.ledger.store import LedgerStore

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "recompute.py"
HOSTING = Dimensions(
    category=Category.HOSTING, host="alpha", region="11", contract="lot \"1\"; é\u2028", phase="pilote")


@pytest.fixture
async def counts(ledger: LedgerStore) -> CountStore:
    """Two hosts, two years, and books of everything that a line may be."""
    store = CountStore(ledger._database)
    await store.put([
        Count(measure=measure, on=date(year, 12, 31), count=count * (year - 2023), host=host, region=region)
        for year in (2024, 2025) for measure, count in (
            (Measure.RECORDS_OPENED, 7), (Measure.CONSULTATIONS, 5), (Measure.DOCUMENTS, 11))
        for host, region in (("alpha", "11"), ("beta", "84"), ("", "11"))])
    await store.put([Count(measure=Measure.RECORDS_OPEN, on=date(2025, 12, 30), count=3, host="beta", region="84")])
    keeper = Keeper(ledger, "C. Comptable")
    shared = replace(HOSTING, host="", region="", share_millionths=333_333, share_reason="un tiers")
    for year, of in ((2024, HOSTING), (2025, shared), (2025, replace(HOSTING, host="gamma"))):
        piece = Piece(on=date(year, 3, 1), label="Mme Nommée", piece="P1")
        promise = await keeper.promise(piece, Amount(net_cents=100_001, vat_cents=20_000, dimensions=of))
        invoice = await keeper.invoice(
            piece, Amount(net_cents=50_001, vat_cents=10_000, dimensions=of), of=promise.entry_id)
        paid = await keeper.pay(piece, 777, of=invoice.entry_id)
        await keeper.lend(piece, 12_345, replace(of, category=Category.INDUCED))
    await keeper.take_back(replace(piece, on=date(2025, 4, 1)), paid.entry_id)
    await keeper.take_back(replace(piece, on=date(2025, 4, 1)), invoice.entry_id)
    return store


async def served(name: str, of: Published) -> bytes:
    found = SETS[name]
    return b"".join([piece async for piece in csv_of(found.columns, found.rows(of))])


async def files(folder: Path, of: Published) -> AsyncIterator[Path]:
    for name in ("lines", "counts"):
        file = folder / f"{name}.csv"
        file.write_bytes(await served(name, of))
        yield file


def recomputed(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), str(folder)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("books", [PROGRAMME, "history"])
async def test_fifty_lines_of_python_recompute_every_figure_and_head(
    ledger: LedgerStore, counts: CountStore, tmp_path: Path, books: str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sets, "_ENTRIES", 3)        # several pages of entries
    await load(ledger, counts)
    of = Published(books, ledger, counts)
    lines, _ = [file async for file in files(tmp_path, of)]
    done = recomputed(tmp_path)
    assert done.returncode == 0, done.stderr
    published = (await served("unit-costs", of)).decode().splitlines()[1:]
    assert sorted(done.stdout.splitlines()) == sorted(published)
    assert len(published) > 40
    lines.write_text(lines.read_text().replace(",EN,1,2024,", ",EN,1,2023,").replace(",HI,1,2011,", ",HI,1,2010,"))
    assert "its head is not the one that its lines lead to" in recomputed(tmp_path).stderr


def test_the_script_is_fifty_lines_and_the_one_that_is_served() -> None:
    assert len(SCRIPT.read_text().splitlines()) <= 50
    assert (Path(sets.__file__).parent / "recompute.txt").read_bytes() == SCRIPT.read_bytes()


async def test_lines_say_nothing_in_words(ledger: LedgerStore, counts: CountStore) -> None:
    text = (await served("lines", Published(PROGRAMME, ledger, counts))).decode()
    assert "un tiers" in text
    assert "Nommée" not in text


async def test_parquet_says_the_same(ledger: LedgerStore, counts: CountStore) -> None:
    of = Published(PROGRAMME, ledger, counts)
    for name, found in SETS.items():
        content = b"".join([piece async for piece in parquet_of(found.columns, found.rows(of))])
        table = parquet.read_table(pa.BufferReader(content))
        rows = [[str(cell) for cell in row.values()] for row in table.to_pylist()]
        assert [table.column_names, *rows] == list(csv.reader(io.StringIO((await served(name, of)).decode()))), name
        assert all(field.type == (pa.int64() if field.name in found.columns.numbers else pa.string())
                   for field in table.schema)


async def test_closed_periods_are_published_with_their_signed_words(ledger: LedgerStore, counts: CountStore) -> None:
    period = await Keeper(ledger, "C").close(date(2025, 4, 1))
    await ledger.sign_periods(lambda text: b"signed " + text[:4])
    [row] = csv.DictReader(io.StringIO((await served("periods", Published(PROGRAMME, ledger, counts))).decode()))
    assert (row["head"], row["note"]) == (period.head.hex(), period.text)
    assert bytes.fromhex(row["signature"]) == b"signed carn"

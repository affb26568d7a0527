"""A file is in the books whole, or not at all; and comes out of them as it went in."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from carnet.errors import Conflict, InvalidInput, NotFound
from carnet.ledger.chain import first_head, next_head, public_form, words_digest
from carnet.ledger.costs import Cost, by_axes, costs_of
from carnet.ledger.fec.bring import Bringing, Sent
from carnet.ledger.fec.kept import Imported
from carnet.ledger.fec.mapping import UNMAPPED
from carnet.ledger.fec.store import FileStore
from carnet.ledger.fec.write import FIRST_LINE, lines_of
from carnet.ledger.keep import Keeper
from carnet.ledger.period import month_of
from carnet.ledger.store import LedgerStore
from tests.ledger.fec.conftest import OPERATOR
from tests.ledger.fec.files import NAME, Row, as_text, invoice, written

MAPPING = """
[all]
phase = "pilote"
[[rule]]
account = "61"
category = "hosting"
host = "alpha"
[[rule]]
account = "623"
category = "communication"
share_percent = "50"
share_reason = "la moitié des lettres parle du carnet"
"""


def sent(path: Path) -> Sent:
    return Sent(path, path.name, OPERATOR, "C. Comptable")


async def bring(bringing: Bringing, path: Path) -> Imported:
    return await bringing.bring(sent(path), await bringing.look(sent(path)))


async def written_again(ledger: LedgerStore) -> str:
    return FIRST_LINE + "".join(lines_of(kept.entry for kept in await ledger.entries(OPERATOR)))


async def test_a_file_comes_out_of_the_books_as_it_went_in(
        ledger: LedgerStore, files: FileStore, bringing: Bringing, tmp_path: Path) -> None:
    await files.keep_mapping(OPERATOR, MAPPING, "C")
    mixed = [*invoice(2)[:2], Row(number="2", account="623100", debit="33,33", piece="F7", piece_on="20260228"),
             invoice(2)[2].but(credit="153,33", lettering="AB", lettered_on="20260401")]
    text = as_text([*invoice(1), *mixed, *invoice(3, account="658000", journal="OD")])
    done = await bring(bringing, written(tmp_path, text))
    assert (done.entries, done.lines, done.mapping) == (3, 10, 1)
    assert await written_again(ledger) == text
    assert await costs(ledger, "category") == {
        ("hosting",): Cost(owed=24_000 - 500, vat=4_000 - 500), ("communication",): Cost(owed=1_917, vat=250)}
    assert b"".join([part async for part in files.content(done.digest)]).decode() == text


async def costs(ledger: LedgerStore, *axes: str) -> dict[tuple[object, ...], Cost]:
    return costs_of(await ledger.sums(by_axes(*axes)))


async def test_nothing_is_imported_of_a_file_with_one_fault(
        ledger: LedgerStore, bringing: Bringing, tmp_path: Path) -> None:
    rows = [row for number in range(1, 50) for row in invoice(number)]
    rows[-1] = rows[-1].but(credit="120,01")
    with pytest.raises(InvalidInput, match="the entry 49 is not balanced") as refused:
        await bring(bringing, written(tmp_path, rows))
    assert refused.value.issues[0].expression == "file"
    assert await ledger.sums(("books",)) == []


async def test_the_whole_import_is_invisible_until_it_ends_and_gone_when_it_fails(
        ledger: LedgerStore, files: FileStore, bringing: Bringing, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, [row for number in range(1, 50) for row in invoice(number)])
    seen = await bringing.look(sent(path))
    seen_meanwhile: list[int] = []

    async def cut(*_: object) -> None:
        seen_meanwhile.append(len(await ledger.entries(OPERATOR)))
        raise LookupError

    monkeypatch.setattr(FileStore, "note", cut)
    with pytest.raises(LookupError):
        await bringing.bring(sent(path), seen)
    assert seen_meanwhile == [0]
    assert (await ledger.entries(OPERATOR), await ledger.sums(("books",))) == ([], [])
    monkeypatch.undo()
    assert (await bringing.bring(sent(path), seen)).entries == 49


async def test_a_file_that_changes_while_it_is_read_is_not_imported(
        ledger: LedgerStore, bringing: Bringing, tmp_path: Path) -> None:
    path = written(tmp_path, [*invoice(1), *invoice(2)])
    seen = await bringing.look(sent(path))
    written(tmp_path, invoice(1))
    with pytest.raises(Conflict, match="changed while it was read"):
        await bringing.bring(sent(path), seen)
    assert await ledger.entries(OPERATOR) == []


async def test_the_same_file_again_says_when_it_was_imported(bringing: Bringing, tmp_path: Path) -> None:
    path = written(tmp_path, invoice(1))
    done = await bring(bringing, path)
    with pytest.raises(Conflict, match=rf"already imported on .* by C\. Comptable, as batch {done.batch}: 1 entries"):
        await bring(bringing, path)


async def test_two_imports_of_one_file_at_once_are_one(
        ledger: LedgerStore, bringing: Bringing, tmp_path: Path) -> None:
    path = written(tmp_path, invoice(1))
    seen = await bringing.look(sent(path))
    ended = await asyncio.gather(*(bringing.bring(sent(path), seen) for _ in range(2)), return_exceptions=True)
    assert [type(each) for each in ended if isinstance(each, Exception)] == [Conflict]
    assert len(await ledger.entries(OPERATOR)) == 1


async def test_numbers_that_the_books_use_and_closed_months_are_faults(
        ledger: LedgerStore, bringing: Bringing, tmp_path: Path) -> None:
    await bring(bringing, written(tmp_path, invoice(1)))
    await Keeper(ledger, "C", books=OPERATOR).close(month_of("2026-03"))
    seen = await bringing.look(sent(written(tmp_path, [*invoice(2, on="20260401", valid_on="20260401"), *invoice(1)])))
    assert [str(fault) for fault in seen.looked.faults.listed if fault.line == 5] == [
        "line 5, EcritureDate: 20260302 is in a period that is closed, through 2026-03-31",
        "line 5, EcritureNum: the number 1 is used in this journal and year by an entry that is in the books"]


async def test_the_books_of_another_operator_are_not_written_to(bringing: Bringing, tmp_path: Path) -> None:
    path = written(tmp_path, invoice(1), f"732829320{NAME[9:]}")
    [fault] = (await bringing.look(sent(path))).looked.faults.listed
    assert str(fault) == "file: the file's name says SIREN 732829320; these books are those of 123456782"
    with pytest.raises(NotFound, match="no books 'autre'"):
        await bringing.look(Sent(path, path.name, "autre", "C"))


async def test_charges_under_no_rule_are_told_and_are_no_cost(
        ledger: LedgerStore, bringing: Bringing, tmp_path: Path) -> None:
    path = written(tmp_path, invoice(1))
    seen = await bringing.look(sent(path))
    assert [(use.account, used.debit_cents) for use, used in seen.unmapped] == [("611000", 10_000)]
    await bringing.bring(sent(path), seen)
    [kept] = await ledger.entries(OPERATOR)
    assert {line.dimensions for line in kept.entry.lines} == {UNMAPPED}
    assert await costs(ledger) == {}


async def test_the_chain_holds_what_the_file_says(
        ledger: LedgerStore, bringing: Bringing, tmp_path: Path) -> None:
    path = written(tmp_path, [*invoice(1), *invoice(2)])
    await bring(bringing, path)
    head = first_head(OPERATOR)
    for kept in await ledger.entries(OPERATOR):
        head = next_head(head, public_form(kept.entry, words_digest(kept.entry, kept.salt), {}))
        assert (kept.head, kept.entry.proof) == (head, hashlib.sha256(path.read_bytes()).digest())

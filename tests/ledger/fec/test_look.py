"""Every fault of a file is told, with its line and column."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import chain
from pathlib import Path

import pytest

from carnet.ledger.fec import look as look_module
from carnet.ledger.fec import numbers, source
from carnet.ledger.fec.columns import COLUMNS, WITH_SIDE
from carnet.ledger.fec.faults import LISTED
from carnet.ledger.fec.fiscal_year import FiscalYear
from carnet.ledger.fec.look import Look, Looked, Use
from tests.ledger.fec.files import NAME, Row, as_text, invoice, written


def looked(folder: Path, content: str | bytes | Iterable[Row], name: str = NAME) -> Looked:
    look = Look(written(folder, content, name), name)
    for _ in look.blocks():
        pass
    return look.looked


def told(found: Looked) -> list[str]:
    return [str(fault) for fault in found.faults.listed]


def test_a_good_file_has_no_fault_and_its_accounts_are_summed(tmp_path: Path) -> None:
    found = looked(tmp_path, [*invoice(1), *invoice(2, 5_000, 1_000)])
    assert (told(found), found.faults.warnings) == ([], [])
    assert (found.lines, found.entries, found.debit_cents, found.credit_cents) == (6, 2, 18_000, 18_000)
    charges = found.uses[Use("611000", "HA")]
    assert (charges.debit_cents, charges.lines, charges.label) == (15_000, 2, "Sous-traitance générale")


@pytest.mark.parametrize("content", [
    as_text(invoice(1)).encode("iso8859-15"), b"\xef\xbb\xbf" + as_text(invoice(1)).encode(),
    as_text(invoice(1), delimiter="|").encode(), as_text(invoice(1), end="\n").encode(),
    as_text(invoice(1)).encode().rstrip(b"\r\n"), as_text(invoice(1)).encode() + b"\r\n\r\n",
    as_text(invoice(1), columns=[name.upper() for name in COLUMNS]).encode(),
])
def test_every_delimiter_encoding_and_line_end_is_the_same_file(tmp_path: Path, content: bytes) -> None:
    found = looked(tmp_path, content)
    assert (told(found), found.lines) == ([], 3)
    assert found.uses[Use("611000", "HA")].label == "Sous-traitance générale"


def test_an_amount_with_its_side_stands_for_debit_and_credit(tmp_path: Path) -> None:
    rows = [row.but(debit=row.debit if row.debit != "0,00" else row.credit, credit="D" if row.debit != "0,00" else "-1")
            for row in invoice(1)]
    assert told(looked(tmp_path, as_text(rows, columns=WITH_SIDE))) == []
    rows[0] = rows[0].but(credit="X")
    faults = told(looked(tmp_path, as_text(rows, columns=WITH_SIDE)))
    assert "line 2, Sens: X is no side; accepted: D, C, +1, -1" in faults


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    rows = [row for number in range(1, 14) for row in invoice(number)]
    broken = {
        2: {"on": "20260230"}, 5: {"on": "20270102"}, 8: {"valid_on": "20260301"}, 11: {"debit": "100.00"},
        14: {"credit": "100,00"}, 17: {"account": "B12"}, 20: {"account_label": ""}, 23: {"currency": "euro"},
        26: {"currency_amount": "12,00"}, 29: {"debit": "0,00", "currency_amount": "5,00", "currency": "USD"},
        32: {"debit": "10 0,00"}, 35: {"debit": "", "credit": ""}, 40: {"auxiliary_label": ""},
    }
    for line, said in broken.items():
        rows[line - 2] = rows[line - 2].but(**said)
    rows += [row.but(label="\x00") for row in invoice(2)]
    found = looked(tmp_path, as_text(rows) + "HA\tAchats\r\n")
    expected = [
        "line 2, EcritureDate: 20260230 is no date",
        "line 3, EcritureDate: 20260302 differs from 20260230",
        "line 5, EcritureDate: 20270102 is outside of the fiscal year, 2026-01-01 to 2026-12-31",
        "line 8, ValidDate: 20260301 is before the day of the entry, 20260302",
        "line 11, Debit: 100.00 is no amount", "line 14, Debit: has a debit, 100,00, and a credit, 100,00",
        "line 17, CompteNum: B12 is no account", "line 20, CompteLib: is empty",
        "line 23, Idevise: euro is no currency code", "line 26, Idevise: an amount in a currency, 12,00, without",
        "line 29, Debit: an amount of 5,00 in a currency, without its amount in euros",
        "line 32, Debit: 10 0,00 is no amount", "line 35, Debit: has neither debit nor credit",
        "line 40, CompAuxNum: an auxiliary account has a number and a label",
        "line 41: holds a character that is no text", "line 41, EcritureNum: this number is used by another entry",
        "line 41, PieceRef: this piece was entered before", "line 44: has 2 cells; the first line has 18",
        "line 11, EcritureNum: the entry 4 is not balanced: debits less credits are -100,00",
        "file: the debits of the journal HA less its credits are", "file: the debits of the file less",
    ]
    missing = [words for words in expected if not any(line.startswith(words) for line in told(found))]
    assert not missing, told(found)


@pytest.mark.parametrize(("name", "words"), [
    ("FEC.txt", "file: the file's name is SirenFECYYYYMMDD.txt"), ("123456789FEC20261231.txt", "file: the file's name"),
    ("123456782FEC20261331.txt", "file: the file's name")])
def test_a_name_that_says_no_siren_or_year_is_a_fault(tmp_path: Path, name: str, words: str) -> None:
    [only] = told(looked(tmp_path, invoice(1), name))
    assert only.startswith(words)


@pytest.mark.parametrize(("content", "words"), [
    (b"", "file: there is no line of accounts"), ("\t".join(COLUMNS).encode(), "file: there is no line of accounts"),
    (as_text(invoice(1)).encode("utf-16"), "it is UTF-16"), (as_text(invoice(1)).encode("cp500"), "it is EBCDIC"),
    (as_text(invoice(1)).replace("é", "\x92").encode("latin-1"), "line 2: is neither UTF-8 nor ISO 8859-15: byte 0x92"),
    (as_text(invoice(1)).encode() + as_text([Row(label="é")]).encode("latin-1"), "byte 0xE9"),
    (as_text([]).replace("Idevise", "Devise").encode(), "line 1: there is no column Idevise"),
    (as_text([]).replace("Idevise", "Idevise\tDateRglt").encode(), "line 1: DateRglt is no column of a FEC"),
    (as_text([], columns=COLUMNS[::-1]).encode(), "line 1: the columns do not stand in the order of the law"),
])
def test_what_is_no_fec_is_said_so(tmp_path: Path, content: bytes, words: str) -> None:
    assert any(words in line for line in told(looked(tmp_path, content)))


def test_thousands_of_faults_are_counted_and_the_first_are_listed(tmp_path: Path) -> None:
    found = looked(tmp_path, [Row(number=str(number), debit="x") for number in range(1, 3001)])
    assert (len(found.faults.listed), found.faults.counts["amount"]) == (LISTED, 3000)
    assert found.faults.untold == found.faults.counts.total() - LISTED
    assert found.faults.listed[-1].line < 400


def test_numbers_that_miss_are_a_warning_only_where_no_sequence_goes_on(tmp_path: Path) -> None:
    found = looked(tmp_path, [*invoice(1), *invoice(2, journal="BQ"), *invoice(3)])
    assert found.faults.warnings == []
    found = looked(tmp_path, [*invoice(1), *invoice(3), *invoice(9, journal="BQ")])
    assert [str(each) for each in found.faults.warnings] == [
        "file, EcritureNum: numbers of the journal HA miss between 1 … 3"]
    assert not found.faults


def test_what_is_found_does_not_depend_on_where_blocks_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = list(chain.from_iterable(invoice(number) for number in range(1, 40)))
    rows[50] = rows[50].but(debit="1,0x", label="\x07")
    rows[70] = rows[70].but(debit="0,01")
    text = as_text(rows)
    whole = looked(tmp_path, text)
    for size in (997, 1500, 4001):
        monkeypatch.setattr(source, "BLOCK_BYTES", size)
        parts = looked(tmp_path, text)
        assert (told(parts), parts.uses, parts.entries) == (told(whole), whole.uses, 39)


def test_hostile_files_are_bounded_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "BLOCK_BYTES", 20_000)
    good = as_text(invoice(1))
    huge = good.replace("n° 1", "x" * 5000, 1)
    assert told(looked(tmp_path, huge)) == ["line 2, EcritureLib: is longer than 4096 bytes"]
    endless = good + "y" * 100_000 + "\r\n" + as_text(invoice(2)).partition("\r\n")[2]
    assert told(looked(tmp_path, endless)) == ["line 5: is longer than 20000 bytes"]
    nothing_but = looked(tmp_path, b"\x00" * 100_000)
    assert nothing_but.faults
    quoted = looked(tmp_path, [row.but(label='"l\'été "" =1+1') for row in invoice(1)])
    assert (told(quoted), quoted.lines) == ([], 3)


def test_what_is_counted_by_account_and_journal_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_module, "MOST_USES", 20)
    monkeypatch.setattr(numbers, "_MOST_JOURNALS", 5)
    found = looked(tmp_path, [row for number in range(1, 40) for row in invoice(number, journal=f"J{number}")])
    assert [fault.rule for fault in found.faults.listed] == ["many"]
    assert len(found.uses) == 21
    many = looked(tmp_path, "\t".join([*COLUMNS, *(f"x{number}" for number in range(5000))]) + "\r\n")
    assert (many.faults.counts["unknown_column"], len(many.faults.listed)) == (5000, LISTED)


@pytest.mark.parametrize(("until", "since"), [
    (date(2026, 12, 31), date(2026, 1, 1)), (date(2024, 2, 28), date(2023, 3, 1)),
    (date(2024, 2, 29), date(2023, 3, 1)), (date(2026, 6, 30), date(2025, 7, 1))])
def test_a_fiscal_year_has_twelve_months_unless_it_is_said(until: date, since: date) -> None:
    year = FiscalYear.ending(until)
    assert (year.since, until in year, since in year, year.year) == (since, True, True, until.year)
    assert date(2025, 12, 1) in FiscalYear.ending(date(2026, 12, 31), date(2025, 11, 3))

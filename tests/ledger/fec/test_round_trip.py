"""Whatever a good file says comes out of the entries that were made of it, to the byte."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.ledger.entry import Entry, issues_of
from carnet.ledger.fec.columns import WITH_SIDE
from carnet.ledger.fec.entries import Origin
from carnet.ledger.fec.fiscal_year import FiscalYear, day_text
from carnet.ledger.fec.look import Look
from carnet.ledger.fec.mapping import Mapping, mapping_of
from carnet.ledger.fec.write import FIRST_LINE, lines_of
from carnet.ledger.money import euros_of
from tests.ledger.fec.files import NAME, Row, as_text, invoice

MAPPING = mapping_of("".join(
    f"[[rule]]\naccount = '{account}'\nhost = '{host}'\n"
    for account, host in (("61", "alpha"), ("62", "beta"), ("63", "beta"), ("2", "gamma"))))
YEAR = FiscalYear.ending(date(2026, 12, 31))
ACCOUNTS = st.sampled_from(["611000", "6233", "635", "205100", "445660", "401000", "512000", "706", "6811", "661ABC"])
# Letters that ISO 8859-15 has too: the same file is read in both encodings.
WORDS = st.text("abcéèÀŒœ€ \"'=+-@;,#|\\/&<>0123456789", max_size=20)
NAMES = WORDS.filter(lambda text: text.strip() != "")
DAYS = st.dates(YEAR.since, YEAR.until).map(day_text)


@st.composite
def rows_of_an_entry(draw: st.DrawFn, number: int) -> list[Row]:
    """Lines that balance, some below 0, some of other pieces than the entry's."""
    cents = draw(st.lists(st.integers(-10**7, 10**7), min_size=1, max_size=6))
    on = draw(st.dates(YEAR.since, YEAR.until - timedelta(days=1)))
    entry = Row(
        journal=draw(st.sampled_from(["HA", "BQ", "O.D"])), journal_label=draw(NAMES), number=f"E{number:04}",
        on=day_text(on), valid_on=day_text(on + timedelta(days=draw(st.integers(0, 400)))))
    return [draw(_row(entry, amount, f"{number}-{place}")) for place, amount in enumerate([*cents, -sum(cents)])]


@st.composite
def _row(draw: st.DrawFn, entry: Row, cents: int, piece: str) -> Row:
    is_below, amount = draw(st.booleans()), euros_of(abs(cents))
    below = euros_of(-abs(cents))
    debit, credit = (("0,00", below) if is_below else (amount, "0,00")) if cents > 0 else (
        (below, "0,00") if is_below else ("0,00", amount))
    auxiliary, lettering = draw(st.sampled_from(["", "F1", "C 2"])), draw(st.sampled_from(["", "AA"]))
    return entry.but(
        account=draw(ACCOUNTS), account_label=draw(NAMES), auxiliary=auxiliary,
        auxiliary_label=draw(NAMES) if auxiliary else "", piece=draw(st.sampled_from([entry.number, piece])),
        piece_on=draw(DAYS), label=draw(NAMES), debit=debit, credit=credit, lettering=lettering,
        lettered_on=draw(st.one_of(st.just(""), DAYS)) if lettering else "",
        currency_amount=draw(st.sampled_from(["", "12,345"])) if cents else "", currency="USD")


@st.composite
def files_of_rows(draw: st.DrawFn) -> list[Row]:
    """A file of one to five entries."""
    return [row for number in range(1, draw(st.integers(2, 6))) for row in draw(rows_of_an_entry(number))]


def entries_of(content: bytes, mapping: Mapping) -> list[Entry]:
    """What a good file would be in the books."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAME
        path.write_bytes(content)
        look = Look(path, NAME)
        assert sum(len(keys.lines) for keys in look.blocks()) == look.looked.entries
        assert look.looked.faults.listed == []
        origin = Origin(look.looked.source, YEAR, mapping, uuid4())
        return list(origin.entries())


@pytest.mark.parametrize(("debit", "credit"), [("D", "C"), ("+1", "-1")])
def test_an_amount_with_its_side_is_written_as_debit_and_credit(debit: str, credit: str) -> None:
    rows = [*invoice(1), *invoice(2, net=-500, vat=-100)]
    with_side = [
        row.but(debit=row.credit, credit=credit) if row.debit == "0,00" else row.but(credit=debit) for row in rows]
    entries = entries_of(as_text(with_side, columns=WITH_SIDE).encode(), MAPPING)
    assert FIRST_LINE + "".join(lines_of(entries)) == as_text(rows)


@settings(max_examples=60, deadline=None)
@given(files_of_rows(), st.sampled_from([Mapping(), MAPPING]), st.sampled_from(["utf-8", "utf-8-sig", "iso8859-15"]))
def test_a_file_is_written_again_as_it_was_read(rows: list[Row], mapping: Mapping, encoding: str) -> None:
    text = as_text(rows)
    entries = entries_of(text.encode(encoding), mapping)
    assert len(entries) == len({row.number for row in rows})
    assert [issue for entry in entries for issue in issues_of(entry)] == []     # balanced in each set of dimensions
    assert FIRST_LINE + "".join(lines_of(entries)) == text

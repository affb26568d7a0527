"""Files of entries at the command line: every fault in a line, all or nothing, and out again."""

from __future__ import annotations

from pathlib import Path

from tests.ledger.fec.files import NAME, SIREN, Row, as_text, invoice, written
from tests.roles.test_ledger_command import Desk, desk

__all__ = ["desk"]


async def test_a_file_goes_in_once_and_comes_out_as_it_was(desk: Desk, tmp_path: Path) -> None:
    await desk.ledger.open_books("alpha", "Hébergeur Alpha", SIREN)
    file = written(tmp_path, [*invoice(1), *invoice(2)])
    mapping = tmp_path / "mapping.toml"
    mapping.write_text("[[rule]]\naccount = '62'\nhost = 'alpha'\n", encoding="utf-8")
    given = ("import", str(file), "--books", "alpha", "--mapping", str(mapping))
    code, out, _ = await desk.types(*given, "--dry-run")
    assert (code, await desk.ledger.entries("alpha")) == (0, [])
    assert "no rule: 611000 Sous-traitance générale, journal HA: 200,00" in out
    code, out, _ = await desk.types(*given)
    assert code == 0
    assert "2 entries, 6 lines, debits 240,00" in out
    code, _, err = await desk.types(*given)
    assert code == 2
    assert "already imported on" in err
    copy = tmp_path / "copy.txt"
    assert (await desk.types("export", "--books", "alpha", "-o", str(copy)))[0] == 0
    assert copy.read_bytes() == file.read_bytes()
    assert (await desk.types("mapping", "--books", "alpha"))[1] == mapping.read_text(encoding="utf-8")


async def test_what_is_wrong_is_told_line_by_line_and_nothing_is_imported(desk: Desk, tmp_path: Path) -> None:
    await desk.ledger.open_books("alpha", "Hébergeur Alpha", SIREN)
    file = written(tmp_path, as_text([*invoice(1), Row(number="2", debit="1.5")]))
    code, out, _ = await desk.types("import", str(file), "--books", "alpha")
    assert code == 1
    assert "line 5, Debit: 1.5 is no amount" in out
    assert "nothing was imported: " in out
    assert await desk.ledger.entries("alpha") == []
    code, _, err = await desk.types("import", str(file), "--books", "beta")
    assert (code, err) == (2, "carnet: there are no books 'beta': `carnet ledger open-books` opens some\n")
    code, _, err = await desk.types("export", "--books", "alpha", "--format", "doc", "-o", str(tmp_path / NAME[:3]))
    assert (code, err) == (2, "carnet: format: 'doc' is no format; accepted: fec, csv, xlsx, parquet, pdf\n")

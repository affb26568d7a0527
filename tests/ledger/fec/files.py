"""Invented FECs: an operator that is none, its accounts, its files with whatever is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from carnet.ledger.fec.columns import COLUMNS
from carnet.ledger.money import euros_of

SIREN = "123456782"
NAME = f"{SIREN}FEC20261231.txt"


@dataclass(frozen=True)
class Row:
    """A line of a file, as text."""

    journal: str = "HA"
    journal_label: str = "Achats"
    number: str = "1"
    on: str = "20260302"
    account: str = "611000"
    account_label: str = "Sous-traitance générale"
    auxiliary: str = ""
    auxiliary_label: str = ""
    piece: str = "F1"
    piece_on: str = "20260301"
    label: str = "Hébergement d'été, n° 1"
    debit: str = "0,00"
    credit: str = "0,00"
    lettering: str = ""
    lettered_on: str = ""
    valid_on: str = "20260331"
    currency_amount: str = ""
    currency: str = ""

    def but(self, **said: str) -> Row:
        """The same with other cells."""
        return replace(self, **said)


def invoice(number: int, net: int = 10_000, vat: int = 2_000, *, account: str = "611000", **said: str) -> list[Row]:
    """Three lines that balance: a charge, its tax, the supplier."""
    row = Row(number=str(number), piece=f"F{number}", **said)
    return [
        row.but(account=account, debit=euros_of(net)),
        row.but(account="445660", account_label="TVA déductible", debit=euros_of(vat)),
        row.but(account="401000", account_label="Fournisseurs", auxiliary="F0012", auxiliary_label="ACMÉ",
                credit=euros_of(net + vat))]


def as_text(rows: Iterable[Row], *, delimiter: str = "\t", end: str = "\r\n", columns: Sequence[str] = COLUMNS) -> str:
    """A file of these lines."""
    lines = [delimiter.join(columns), *(delimiter.join(vars(row).values()) for row in rows)]
    return "".join(f"{line}{end}" for line in lines)


def written(folder: Path, content: str | bytes | Iterable[Row], name: str = NAME) -> Path:
    """A file in this folder."""
    file = folder / name
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        text = content if isinstance(content, str) else as_text(content)
        file.write_text(text, encoding="utf-8", newline="")
    return file

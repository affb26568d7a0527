"""The columns of a FEC, and the first line of a file, which names them. Pure.

The arrêté of 29 July 2013 names eighteen, in this order, and lets `Montant` and `Sens` stand for `Debit` and `Credit`.
"""

from __future__ import annotations

from dataclasses import dataclass

COLUMNS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib",
    "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise",
    "Idevise")
AMOUNT_AND_SIDE = ("Montant", "Sens")
WITH_SIDE = tuple({"Debit": "Montant", "Credit": "Sens"}.get(name, name) for name in COLUMNS)
REQUIRED = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "PieceRef", "PieceDate",
    "EcritureLib", "ValidDate")
DATES = ("EcritureDate", "PieceDate", "DateLet", "ValidDate")
DELIMITERS = ("\t", "|")


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line says: what separates cells, which columns there are, which ought to be and are not."""

    delimiter: str
    columns: tuple[str, ...]
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """True when it is the one line or the other that the law knows."""
        return self.columns in (COLUMNS, WITH_SIDE)


def header_of(line: str) -> Header:
    """Read the first line. Upper and lower case are the same, as in files that are in use; the order is the law's."""
    delimiter = max(DELIMITERS, key=line.count)
    said = [cell.strip() for cell in line.split(delimiter)]
    lowered = {cell.casefold() for cell in said}
    wanted = WITH_SIDE if {name.casefold() for name in AMOUNT_AND_SIDE} <= lowered else COLUMNS
    named = {name.casefold(): name for name in wanted}
    return Header(
        delimiter, tuple(named.get(cell.casefold(), cell) for cell in said),
        tuple(name for name in wanted if name.casefold() not in lowered),
        tuple(cell for cell in said if cell.casefold() not in named))

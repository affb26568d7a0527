"""Matrices of tests: files of a few lines, and callers who ask."""

from __future__ import annotations

from datetime import date

from carnet.people.caller import PROFESSION, ROLE, OrganisationCaller, ProfessionalCaller
from carnet.people.claims import SPECIALTY
from carnet.people.code import Code
from carnet.rights.matrix import Column, Matrix
from carnet.rights.matrix_file import COLUMNS, read

DAY = date(2026, 11, 22)
LETTER, REPORT, VACCINES = "11490-0", "11488-4", "11369-6"
HEADER = ("# version: test-1", "# title: A test", "# official: no", "# source: nowhere")
SOFTWARE = OrganisationCaller("1750712184", "Laboratoire inventé", "SGL d'essai")


def row(profession: str = "60", type_code: str = LETTER, answers: str = "yes yes", **other: str) -> str:
    """A line. `profession` is a code of TRE_G15, unless `oid` says otherwise; a space parts the two answers."""
    read_it, write_it = answers.split(" ")
    values = {
        "profession_oid": other.pop("oid", PROFESSION), "profession_code": profession, "type_code": type_code,
        "read": read_it, "write": write_it, "valid_from": "2026-01-01", "legal_ref": "a test", **other,
    }
    return "\t".join(values.get(name, "") for name in COLUMNS)


def file_of(*rows: str, header: tuple[str, ...] = HEADER) -> bytes:
    """A file of these lines."""
    return "\n".join((*header, "\t".join(COLUMNS), *rows, "")).encode()


def matrix_of(*rows: str) -> Matrix:
    """What such a file says."""
    return read(file_of(*rows))


def professional(profession: str = "60", *specialties: str, oid: str = PROFESSION) -> ProfessionalCaller:
    """Someone of this profession, with know-hows (`G15_60/SI04`) and roles (`330`)."""
    return ProfessionalCaller(
        ps_id="899700218896", family="FICTIF", given="Louis", profession=Code(profession, oid, "words"),
        specialties=tuple(Code(each, SPECIALTY if "/" in each else ROLE) for each in specialties))


def column(matrix: Matrix, profession: str, *specialties: str) -> Column:
    """What is open to them on the day of the tests."""
    return matrix.column_of(professional(profession, *specialties), DAY)

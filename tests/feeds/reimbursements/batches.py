"""Invented batches of reimbursements, and the insurer who sends them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from carnet.feeds.reimbursements.lines import COLUMNS, Cells
from carnet.people.patient import Patient
from carnet.record.inbox.message import Partner
from tests.running import PATIENT

INSURER = Partner("assurance-maladie", "318003502400041", "Assurance Maladie (essai)", "Historique 1")
BATCH, DAY = "2026-11", "2026-11-21"
_DOCTOR = {
    "prescriber_id": "899700218896", "prescriber": "Dr Louis FICTIF", "prescriber_establishment_id": "1750803447",
    "prescriber_establishment": "Cabinet inventé"}


def line(of: Patient = PATIENT, /, **changed: str) -> Cells:
    """A medicine dispensed to this patient, but for what is changed."""
    told = {
        "ins_oid": str(of.ins.oid), "ins": of.ins.value, "batch": BATCH, "batch_date": DAY, "kind": "MEDICINE",
        "code_system": "CIP13", "code": "3400935673220", "label": "LUDEAL CPR3/21", "atc": "G03", "date": "2026-05-26",
        "end_date": "", "quantity": "1", "split_pack": "0", "performer_id": "", "performer": "",
        "establishment_id": "1750017212", "establishment": "Pharmacie d'essai", **_DOCTOR, "no_transfer": "0"}
    return Cells(**{**told, **changed})


def every_kind(of: Patient = PATIENT, /, **changed: str) -> list[Cells]:
    """A line of each kind."""
    act = {"atc": "", "quantity": "", "split_pack": "", "performer_id": "810000000017", "performer": "Dr IMAGINAIRE"}
    nobody = dict.fromkeys((*_DOCTOR, "atc", "quantity", "split_pack"), "")
    return [
        line(of, **changed),
        line(of, kind="VACCINE", code="3400932857241", label="VACCIN; TETANIQUE", atc="J07AM01", split_pack="",
             date="2026-07-11", **changed),
        line(of, kind="MEDICAL_DEVICE", code_system="LPP", code="3408693", label='COMPRESSES "10"', atc="",
             split_pack="", quantity="4", **changed),
        line(of, kind="HOSPITALIZATION", code_system="GHM", code="06C042", label="Interventions sur l'intestin <1>",
             date="2025-05-15", end_date="2025-05-30", **nobody, **changed),
        line(of, kind="MEDICAL_DENTAL_CARE", code_system="NGAP", code="G", label="CONSULTATION", **act, **changed),
        line(of, kind="MEDICAL_DENTAL_CARE", code_system="CCAM", code="HBMD053", label="Soin", **act, **changed),
        line(of, kind="RADIOLOGY", code_system="CCAM", code="YYYY300", label="Imagerie & co", **act, **changed),
        line(of, kind="BIOLOGY", code_system="NABM", code="1208", label="T.S.H. (SANG)", **act, **changed),
    ]


def as_csv(file: Path, lines: Iterable[Sequence[str]]) -> Path:
    """Write these lines as a batch of the form, in their order."""
    with file.open("w", encoding="utf-8", newline="\n") as opened:
        opened.write(";".join(COLUMNS) + "\n")
        for cells in lines:
            opened.write(";".join(map(_quoted, cells)) + "\n")
    return file


def as_parquet(file: Path, lines: Sequence[Sequence[str]]) -> Path:
    """The same lines in columns."""
    columns = [pa.array(column, pa.string()) for column in zip(*lines, strict=True)]
    parquet.write_table(pa.table(columns, names=list(COLUMNS)), file, row_group_size=3)
    return file


def sorted_by_person(*persons: Sequence[Cells]) -> list[Cells]:
    """The lines of these persons, as the form wants them."""
    return sorted((each for lines in persons for each in lines), key=lambda cells: (cells.ins_oid, cells.ins))


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if ";" in cell or '"' in cell else cell

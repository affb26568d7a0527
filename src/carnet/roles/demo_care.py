"""What was reimbursed to the invented patients of the demonstration: a batch of the health insurer, as lines.

Nobody here exists; labels are as an insurer writes them. docs/vendors/reimbursements.md is the form.
May import: the form's columns; `demo_people`, `opening` and `tokens` of this room.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

from carnet.feeds.reimbursements.lines import COLUMNS, Cells
from carnet.roles.demo_people import LABORATORY
from carnet.roles.opening import patient_of
from carnet.roles.tokens import known

BATCH, DAY = "2026-10", "2026-10-31"
_NOBODY = ("", "", "", "")
_MOREAU = ("899700300108", "Dr Claire MOREAU", "1990001018", "Maison de santé des Tilleuls (fictive)")
_BENALI = ("899700300207", "Dr Karim BENALI", "1990001026", "Centre hospitalier du Vallon (fictif)")
_LEGOFF = ("899700300306", "Dr Yann LE GOFF", "1990001026", "Centre hospitalier du Vallon (fictif)")
_ROUX = ("899700300405", "Julie ROUX", "1990001018", "Maison de santé des Tilleuls (fictive)")
_PHARMACY = ("", "", "1990001034", "Pharmacie du Pont (fictive)")
_BIOLOGIST = ("", "", LABORATORY.struct_id, LABORATORY.name)
_STAY = ("", "", "1990001026", "Centre hospitalier du Vallon (fictif)")


def _given(
    day: str, kind: str, code: tuple[str, str], label: str, *, atc: str = "", number: str = "1",
) -> tuple[str, ...]:
    split = "0" if kind == "MEDICINE" else ""
    return (kind, *code, label, atc, day, "", number, split, *_PHARMACY, *_MOREAU)


def _done(
    day: str, kind: str, code: tuple[str, str], label: str, by: tuple[str, ...], asked: tuple[str, ...] = _NOBODY,
) -> tuple[str, ...]:
    return (kind, *code, label, "", day, "", "", "", *by, *asked)


_CAMILLE = (
    _done("2025-12-03", "MEDICAL_DENTAL_CARE", ("NGAP", "G"), "CONSULTATION DU GENERALISTE", _MOREAU),
    _done("2025-12-05", "BIOLOGY", ("NABM", "1104"), "HEMOGRAMME AVEC PLAQUETTES (NFS)", _BIOLOGIST, _MOREAU),
    _done("2025-12-05", "BIOLOGY", ("NABM", "0888"), "FERRITINE (DOSAGE) (SANG)", _BIOLOGIST, _MOREAU),
    _given("2025-12-09", "MEDICINE", ("CIP13", "3400930161111"), "SULFATE FERREUX 80MG CPR 30", atc="B03", number="3"),
    _done("2026-01-14", "RADIOLOGY", ("CCAM", "ZCQM008"), "ECHOGRAPHIE PELVIENNE", _LEGOFF, _MOREAU),
    _done("2026-03-12", "BIOLOGY", ("NABM", "1104"), "HEMOGRAMME AVEC PLAQUETTES (NFS)", _BIOLOGIST, _MOREAU),
    _done("2026-04-02", "MEDICAL_DENTAL_CARE", ("CCAM", "HBJD001"), "DETARTRAGE ET POLISSAGE DES DENTS", _MOREAU),
    _given("2026-06-18", "MEDICAL_DEVICE", ("LPP", "2154328"), "ORTHESE DE CHEVILLE"),
    _given("2026-10-12", "VACCINE", ("CIP13", "3400930162224"), "VACCIN GRIPPAL TETRAVALENT SER 1", atc="J07BB"),
    _done("2026-10-12", "MEDICAL_DENTAL_CARE", ("NGAP", "AMI"), "ACTE INFIRMIER : INJECTION", _ROUX, _MOREAU),
)
_MARCEL = (
    ("HOSPITALIZATION", "GHM", "05K101", "POSE D'UNE PROTHESE VASCULAIRE, NIVEAU 1", "", "2026-02-02", "2026-02-05", "",
     "", *_STAY, *_NOBODY),
    _given("2026-02-06", "MEDICINE", ("CIP13", "3400930163337"), "ACIDE ACETYLSALICYLIQUE 75MG SAC 30", atc="B01"),
    _given("2026-02-06", "MEDICINE", ("CIP13", "3400930164440"), "ATORVASTATINE 40MG CPR 90", atc="C10"),
    _done("2026-05-04", "MEDICAL_DENTAL_CARE", ("CCAM", "DEQP003"), "ELECTROCARDIOGRAPHIE 12 DERIVATIONS", _BENALI),
    _done("2026-05-18", "BIOLOGY", ("NABM", "1320"), "EXPLORATION D'UNE ANOMALIE LIPIDIQUE", _BIOLOGIST, _BENALI),
    _given("2026-09-03", "MEDICINE", ("CIP13", "3400930164440"), "ATORVASTATINE 40MG CPR 90", atc="C10"),
)
CARE = {"camille": _CAMILLE, "marcel": _MARCEL}


def write_batch(file: Path) -> Path:
    """Write the batch, its lines sorted by person."""
    lines = sorted(_lines(), key=itemgetter(0, 1))
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as opened:
        written = csv.writer(opened, delimiter=";", lineterminator="\n")
        written.writerow(COLUMNS)
        written.writerows(lines)
    return file


def _lines() -> Iterator[Cells]:
    for login, lines in CARE.items():
        ins = patient_of(known(login)).ins
        yield from (Cells._make((str(ins.oid), ins.value, BATCH, DAY, *line, "0")) for line in lines)

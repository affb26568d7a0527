"""Invented histories of reimbursements, as varied as real ones: what is measured must not profit from repetition.

Ten thousand things to reimburse, four thousand professionals, fifteen hundred places. A person has a few of each, half
of their lines are of what they always take, and there are some 200 lines in twelve months, of which the batch of the
next month repeats eleven. The same numbers make the same lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from carnet.feeds.reimbursements.lines import Cells
from carnet.people.patient import Patient

LINES_A_MONTH, MONTHS = 17, 12
_WORDS = (
    "ALPHA", "CHLORHYDRATE", "SODIQUE", "CONSULTATION", "GÉLULE", "COMPRIMÉ", "BILAN", "DOSAGE", "SÉRIQUE", "DROIT",
    "GAUCHE", "MEMBRE", "PRÉLÈVEMENT", "ADULTE", "SANS", "AVEC", "CONTRASTE", "500MG", "10ML", "FORME")
_KINDS = (      # kind, its list of codes, its share of lines
    ("MEDICINE", "CIP13", 45), ("BIOLOGY", "NABM", 24), ("MEDICAL_DENTAL_CARE", "NGAP", 16), ("RADIOLOGY", "CCAM", 4),
    ("MEDICAL_DENTAL_CARE", "CCAM", 4), ("MEDICAL_DEVICE", "LPP", 4), ("VACCINE", "CIP13", 2),
    ("HOSPITALIZATION", "GHM", 1))
_SHARES = [share for _, _, share in _KINDS]
_CODES = {"CIP13": 6000, "NABM": 900, "NGAP": 150, "CCAM": 3000, "LPP": 2500, "GHM": 2000}
_PROFESSIONALS, _PLACES = 4000, 1500
_PRODUCTS = ("MEDICINE", "VACCINE", "MEDICAL_DEVICE")
_USUAL = 6          # things of each list that a person always takes


@dataclass(frozen=True, slots=True)
class Around:
    """Who cares for a person: identifier, name, then those of their place; and what they always take."""

    cared_by: tuple[tuple[str, ...], ...]
    laboratory: tuple[str, ...]
    pharmacies: tuple[tuple[str, ...], ...]
    usual: int

    @classmethod
    def of(cls, number: int) -> Around:
        """Those of this person."""
        drawn = Random(number)
        cared_by = tuple((*_professional(drawn), *_place(drawn)) for _ in range(4))
        return cls(
            cared_by, (*_professional(drawn), *_place(drawn)), tuple(("", "", *_place(drawn)) for _ in range(2)),
            drawn.randrange(150))

    def by(self, drawn: Random, kind: str) -> tuple[str, ...]:
        """The eight cells that say who did it, where, and who prescribed it, where."""
        someone = drawn.choice(self.cared_by)
        if kind == "HOSPITALIZATION":
            return ("", "", *someone[2:], "", "", "", "")
        if kind in _PRODUCTS:
            return (*drawn.choice(self.pharmacies), *someone)
        return (*(self.laboratory if kind == "BIOLOGY" else drawn.choice(self.cared_by)), *someone)


def history(of: Patient, number: int, *, last_month: int) -> Iterator[Cells]:
    """The lines of this person in the twelve months that end with that one, counted from January 2025."""
    around, batch = Around.of(number), _month(last_month)
    for month in range(last_month - MONTHS + 1, last_month + 1):
        drawn = Random(number * 1000 + month)
        for kind, system, _ in drawn.choices(_KINDS, _SHARES, k=LINES_A_MONTH):
            item = drawn.randrange(_CODES[system]) if drawn.random() < 0.5 else around.usual + drawn.randrange(_USUAL)
            day, is_stay = drawn.randrange(1, 26), kind == "HOSPITALIZATION"
            yield Cells._make((
                str(of.ins.oid), of.ins.value, batch, f"{batch}-28", kind, system, _code(system, item),
                _label(system, item), f"{chr(65 + item % 14)}{item % 90 + 10}" if kind == "MEDICINE" else "",
                f"{_month(month)}-{day:02}", f"{_month(month)}-{day + 2:02}" if is_stay else "",
                str(drawn.randrange(1, 5)) if kind in _PRODUCTS else "", "0" if kind == "MEDICINE" else "",
                *around.by(drawn, kind), "0"))


def _code(system: str, item: int) -> str:
    """A code that has the shape of this list's."""
    letters = "".join(chr(65 + item // 26 ** place % 26) for place in range(4))
    match system:
        case "CIP13":
            begun = f"34009{item:07}"
            return begun + str(-sum(int(each) * (3 if at % 2 else 1) for at, each in enumerate(begun)) % 10)
        case "CCAM":
            return f"{letters}{item % 1000:03}"
        case "GHM":
            return f"{item % 28:02}C{item // 28:02}{item % 4 + 1}"
        case "NGAP":
            return letters
        case _:
            return f"{item:0{7 if system == 'LPP' else 4}}"


def _label(system: str, item: int) -> str:
    """Some words, the same for the same thing."""
    return " ".join(Random(f"{system}{item}").sample(_WORDS, 3 + item % 3)) + f" {item}"


def _professional(drawn: Random) -> tuple[str, str]:
    number = drawn.randrange(_PROFESSIONALS)
    return f"8{10_000_000_000 + number}", f"Dr {_WORDS[number % 20].title()} FICTIF-{number}"


def _place(drawn: Random) -> tuple[str, str]:
    number = drawn.randrange(_PLACES)
    return f"1{750_000_000 + number}", f"{_WORDS[number % 20].title()} inventé {number}"


def _month(number: int) -> str:
    return f"{2025 + number // 12}-{number % 12 + 1:02}"

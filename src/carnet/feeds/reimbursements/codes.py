"""The codes of what is reimbursed: which list goes with which kind of care, and what its codes look like. Pure.

Lists are named as people name them; the identifiers are those of the health insurer (SPEC 7.5). Codes are held to their
shape, and CIP13 to its key: the lists themselves are the insurer's, and change every week.
"""

from __future__ import annotations

import re
from functools import lru_cache

from carnet.documents.content.values import CareKind

_AM = "1.2.250.1.215.200."
SYSTEMS = {
    "CIP13": f"{_AM}1.1.1", "UCD": f"{_AM}1.1.2", "LPP": f"{_AM}2.1", "GHM": f"{_AM}3.1", "NGAP": f"{_AM}3.3",
    "CCAM": f"{_AM}3.4", "NABM": f"{_AM}4.1",
}
"""Identifiers of the lists, as documents write them."""
ATC_GROUP, ATC = f"{_AM}1.2.1", f"{_AM}1.2.2"       # of three characters, and longer ones
LISTS = {
    CareKind.MEDICINE: ("CIP13", "UCD"), CareKind.VACCINE: ("CIP13", "UCD"), CareKind.MEDICAL_DEVICE: ("LPP",),
    CareKind.HOSPITALIZATION: ("GHM",), CareKind.MEDICAL_DENTAL_CARE: ("NGAP", "CCAM"), CareKind.RADIOLOGY: ("CCAM",),
    CareKind.BIOLOGY: ("NABM",),
}
_SHAPES = {
    "CIP13": ("13 digits that begin with 3400, with their key", r"3400\d{9}"),
    "UCD": ("7 or 13 digits", r"\d{7}|3400\d{9}"),
    "LPP": ("7 digits", r"\d{7}"),
    "GHM": ("6 characters as 05M092, or the 4 digits of a stay's price group", r"\d{2}[A-Z]\d{2}[0-9A-Z]|\d{4}"),
    "NGAP": ("1 to 5 capitals or digits that begin with a capital", r"[A-Z][A-Z0-9]{0,4}"),
    "CCAM": ("4 capitals and 3 digits", r"[A-Z]{4}\d{3}"),
    "NABM": ("4 digits", r"\d{4}"),
    "ATC": ("1, 3, 4, 5 or 7 characters as J07AM01", r"[A-Z](?:\d{2}(?:[A-Z](?:[A-Z](?:\d{2})?)?)?)?"),
}
_PATTERNS = {name: re.compile(shape, re.ASCII) for name, (_, shape) in _SHAPES.items()}


@lru_cache(maxsize=65536)
def problem_with(system: str, code: str) -> str:
    """What is wrong in a code of this list, in words that do not repeat it; empty when its shape is right."""
    if not _PATTERNS[system].fullmatch(code):
        return f"not a code of {system}: {_SHAPES[system][0]}"
    if system == "CIP13" and not _has_key(code):
        return "the key of this CIP13 does not fit its number"
    return ""


def _has_key(code: str) -> bool:
    """The last digit of a GTIN-13 makes the sum, every second digit three times, a multiple of ten."""
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(code)) % 10 == 0

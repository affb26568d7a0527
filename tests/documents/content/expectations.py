"""What the coded entries of the official CI-SIS examples hold, file by file (counted apart, by XPath, when written).

A name of a file: its model, then how many results, vaccinations, medicines prescribed, dispensed, taken, stopped and
administered, allergies, problems, past problems, lines of reimbursed care, and parts left out.
"""

from __future__ import annotations

from pathlib import Path

_LINES = Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8").splitlines()[1:]
EXPECTED: dict[str, tuple[str, tuple[int, ...]]] = {
    name: (model, tuple(map(int, counts))) for name, model, *counts in (line.split("\t") for line in _LINES)}

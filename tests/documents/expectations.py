"""What the headers of the official CI-SIS examples say, file by file (compared once with a reading by XPath).

A name of a file: unique id, type, class, format, facility type, practice setting, number of authors.
"""

from __future__ import annotations

from pathlib import Path

_LINES = Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8").splitlines()[1:]
_ROWS = [line.split("\t") for line in _LINES]
EXPECTED: dict[str, tuple[str, ...]] = {name: tuple(values) for name, *values in _ROWS}

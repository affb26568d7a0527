"""A matrix as a file: tab-separated values, checked whole before anything of it is believed.

Bytes in; a `Matrix` out, or every issue with its line. Nothing unknown is let through: a code that no list has is
refused, never taken for a yes or for a no. The form: docs/operators/matrix.md.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from carnet.documents import codes
from carnet.documents.codes import CodeList
from carnet.errors import InvalidInput, Issue, TooLarge
from carnet.rights.matrix import PRODUCER, Key, Matrix, Row
from carnet.rights.matrix_keys import known, roles

MOST_BYTES = 8 * 1024 * 1024
COLUMNS = (
    "profession_oid", "profession_code", "knowhow_code", "role_code", "type_code", "read", "write", "valid_from",
    "valid_to", "legal_ref",
)
HEADER = ("version", "title", "official", "source")
_FIELD = re.compile(rf"# ({'|'.join(HEADER)}): *(.*)")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")    # they fool who reads on a screen
_ANSWERS = {"yes": True, "no": False}
_SHOWN = 40     # of a value that is refused: enough to find it


def read(content: bytes) -> Matrix:
    """The matrix that a file holds. Raises InvalidInput with every issue, and TooLarge."""
    return _Reading(_lines(content)).matrix()


def read_again(content: bytes) -> Matrix:
    """The matrix of a file that was accepted once. What lists lost since then is let stay: no other caller has it."""
    return _Reading(_lines(content), looks_up=False).matrix()


def _lines(content: bytes) -> list[str]:
    if len(content) > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(_at(content.count(b"\n", 0, error.start) + 1, "not UTF-8")) from error
    return [line.removesuffix("\r") for line in text.split("\n")]


class _Reading:
    """One pass over the lines of a file. `looks_up` is whether codes must be in their lists."""

    def __init__(self, lines: Sequence[str], *, looks_up: bool = True) -> None:
        self._lines = lines
        self._looks_up = looks_up
        self._rows: list[tuple[int, Row]] = []
        self._wrong: list[tuple[int, str]] = []

    def matrix(self) -> Matrix:
        """All of it. Raises InvalidInput."""
        self._wrong += [(at, "a control character") for at, line in enumerate(self._lines, 1) if _CONTROL.search(line)]
        first = next((at for at, line in enumerate(self._lines) if line and not line.startswith("#")), len(self._lines))
        header = self._header(first)
        named = self._lines[first].split("\t") if first < len(self._lines) else []
        if tuple(named) != COLUMNS:
            # What the lines below mean is not known: to go on would only repeat the same thing for each of them.
            self._wrong.append((first + 1, f"the columns must be {' '.join(COLUMNS)}, with tabs between them"))
            raise self._refusal()
        for at, line in enumerate(self._lines[first + 1:], first + 2):
            if line and not line.startswith("#"):
                self._row(at, line.split("\t"))
        if not self._rows and not self._wrong:
            self._wrong.append((first + 1, "no row: such a matrix would close every type to everyone"))
        self._wrong += _overlaps(self._rows)
        if self._wrong:
            raise self._refusal()
        return Matrix(
            header["version"], tuple(row for _, row in self._rows), title=header["title"],
            is_official=_ANSWERS[header["official"]], source=header["source"])

    def _refusal(self) -> InvalidInput:
        return InvalidInput(*(_at(line, what) for line, what in sorted(self._wrong)))

    def _header(self, end: int) -> dict[str, str]:
        said: dict[str, str] = {}
        for at, line in enumerate(self._lines[:end], 1):
            if (found := _FIELD.fullmatch(line)) is None:
                continue
            if found[1] in said:
                self._wrong.append((at, f"{found[1]} is said twice"))
            said[found[1]] = found[2].strip()
        for name in HEADER:
            if not said.get(name):
                self._wrong.append((1, f"a line `# {name}: …` is missing before the columns"))
        if said.get("version") and _VERSION.fullmatch(said["version"]) is None:
            self._wrong.append((1, "version: up to 64 letters, digits, dots, dashes and underscores"))
        if said.get("official") and said["official"] not in _ANSWERS:
            self._wrong.append((1, "official: yes or no"))
        return said

    def _row(self, at: int, values: Sequence[str]) -> None:
        if len(values) != len(COLUMNS):
            self._wrong.append((at, f"{len(values)} columns instead of {len(COLUMNS)}"))
            return
        row = dict(zip(COLUMNS, (value.strip() for value in values), strict=True))
        key = Key(*(row[name] for name in COLUMNS[:4]))
        wrong = [*_wrong_values(row), *_wrong_days(row["valid_from"], row["valid_to"])]
        if self._looks_up:
            wrong += _unknown(key, row["type_code"])
        if key.oid == PRODUCER and row["read"] != "no":
            wrong.append("software does not read: read must be no")
        self._wrong += [(at, what) for what in wrong]
        if not wrong:
            self._rows.append((at, Row(
                key, row["type_code"], _ANSWERS[row["read"]], _ANSWERS[row["write"]],
                date.fromisoformat(row["valid_from"]),
                date.fromisoformat(row["valid_to"]) if row["valid_to"] else None, row["legal_ref"])))


def _unknown(key: Key, type_code: str) -> Iterator[str]:
    if key.profession not in known():
        yield f"unknown profession {_shown(key.code)} of {_shown(key.oid)}"
    elif key.knowhow and Key(key.oid, key.code, key.knowhow) not in known():
        yield f"unknown know-how {_shown(key.knowhow)} of the profession {_shown(key.code)}"
    if key.role and key.role not in roles():
        yield f"unknown role {_shown(key.role)}"
    if codes.find(CodeList.TYPE, type_code) is None:
        yield f"unknown document type {_shown(type_code)}"


def _wrong_values(row: dict[str, str]) -> Iterator[str]:
    for name in ("read", "write"):
        if row[name] not in _ANSWERS:
            yield f"{name}: yes or no, not {_shown(row[name])}"
    if not row["legal_ref"]:
        yield "legal_ref is missing"


def _wrong_days(first: str, last: str) -> Iterator[str]:
    if not _is_day(first):
        yield f"valid_from: a day such as 2027-01-31, not {_shown(first)}"
    if last and not _is_day(last):
        yield f"valid_to: a day such as 2027-01-31 or nothing, not {_shown(last)}"
    elif last and _is_day(first) and last < first:
        yield "valid_to is before valid_from"


def _overlaps(rows: Sequence[tuple[int, Row]]) -> Iterator[tuple[int, str]]:
    """Two rows that speak of the same thing on the same day: one of them is too many, even when they agree."""
    same: defaultdict[tuple[Key, str], list[tuple[int, Row]]] = defaultdict(list)
    for at, row in rows:
        same[row.key, row.type_code].append((at, row))
    for group in same.values():
        group.sort(key=lambda each: (each[1].valid_from, each[0]))
        longest = group[0]
        for at, row in group[1:]:
            if longest[1].is_valid(row.valid_from):
                agree = (row.read, row.write) == (longest[1].read, longest[1].write)
                yield at, f"{'repeats' if agree else 'contradicts'} line {longest[0]}: the same row, on the same days"
            if longest[1].valid_to is not None and (row.valid_to is None or row.valid_to > longest[1].valid_to):
                longest = (at, row)


def _is_day(value: str) -> bool:
    try:
        return _DAY.fullmatch(value) is not None and date.fromisoformat(value) is not None
    except ValueError:
        return False


def _shown(value: str) -> str:
    return repr(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…")


def _at(line: int, message: str) -> Issue:
    return Issue("value", message, f"line {line}")

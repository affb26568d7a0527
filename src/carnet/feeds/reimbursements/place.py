"""How far the import of a file came, and its list of errors, in two files beside it: both survive a crash.

A file is brought in parts, by as many processes; only one process writes here. Neither file names a person: a place is
a line number, an error a line, a column and words that repeat nothing. May import: this room, errors.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import msgspec

from carnet.feeds.reimbursements.lines import Wrong
from carnet.feeds.reimbursements.source import Mark

_SAVE_EVERY = 5       # persons


class Part(msgspec.Struct, frozen=True):
    """Lines of a file that one process brings: those from `line` on, which stand at `start` or later, and before
    `until`."""

    start: Mark
    line: int
    until: int


class Done(msgspec.Struct, frozen=True):
    """A person who is done, and everybody before them in their part: where they stand, their lines and fate."""

    start: Mark
    lines: int
    fate: str
    wrong: tuple[Wrong, ...] = ()


class Place(msgspec.Struct):
    """Where an import is: in each part, everything before `line` is done. `errors_bytes` of the list are of what is."""

    sha256: str
    parts: list[Part] = msgspec.field(default_factory=list)
    errors_bytes: int = 0
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    lines: int = 0


class Progress:
    """The place of one file, saved now and then. A place of another content is that of another file."""

    def __init__(self, file: Path, parts: Sequence[Part]) -> None:
        self._file = file.with_name(f"{file.name}.progress")
        self.errors_file = file.with_name(f"{file.name}.errors.csv")
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        self.place = self._saved(digest) or Place(digest, list(parts))
        self._errors: IO[str] | None = None
        self._unsaved = 0

    def __enter__(self) -> Progress:
        with self.errors_file.open("ab") as opened:
            opened.truncate(self.place.errors_bytes)
        self._errors = self.errors_file.open("a", encoding="utf-8", newline="")
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._errors is not None:
            self._errors.close()
        if kind is None:        # whole: the next import of this file begins anew, since records may have opened
            self._file.unlink(missing_ok=True)
            if self.place.errors_bytes:
                _sort_by_line(self.errors_file)
            else:
                self.errors_file.unlink(missing_ok=True)
        else:
            self._save()

    def settle(self, number: int, done: Done) -> None:
        """A person of this part is done."""
        place = self.place
        place.parts[number] = Part(done.start, done.start.line + done.lines, place.parts[number].until)
        place.lines += done.lines
        place.counts[done.fate] = place.counts.get(done.fate, 0) + 1
        if done.wrong and self._errors is not None:
            writer = csv.writer(self._errors, delimiter=";")
            if not place.errors_bytes:
                writer.writerow(("line", "column", "message"))
            writer.writerows((each.line, each.column, each.message) for each in done.wrong)
            self._errors.flush()
            place.errors_bytes = os.fstat(self._errors.fileno()).st_size
        self._unsaved += 1
        if self._unsaved >= _SAVE_EVERY:
            self._save()

    def _save(self) -> None:
        new = self._file.with_name(f"{self._file.name}.new")
        new.write_bytes(msgspec.json.encode(self.place))
        new.replace(self._file)
        self._unsaved = 0

    def _saved(self, digest: str) -> Place | None:
        try:
            saved = msgspec.json.decode(self._file.read_bytes(), type=Place)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None
        return saved if saved.sha256 == digest else None


def _sort_by_line(errors_file: Path) -> None:
    """Parts told their errors as they met them."""
    head, *errors = errors_file.read_text(encoding="utf-8").splitlines(keepends=True)
    errors.sort(key=lambda error: int(error.partition(";")[0]))
    new = errors_file.with_name(f"{errors_file.name}.new")
    new.write_text("".join((head, *errors)), encoding="utf-8", newline="")
    new.replace(errors_file)

"""How far the import of a file came, and its list of errors, in two files beside it: both survive a crash.

Neither names a person: the place is a line number, an error a line, a column and words that repeat nothing.
May import: this room, errors.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import msgspec

from carnet.feeds.reimbursements.lines import Wrong

_SAVE_EVERY = 5       # persons


class Place(msgspec.Struct):
    """Where an import is: everything before `line` is done. `errors_bytes` of the list are of what is done."""

    sha256: str
    line: int = 0
    errors_bytes: int = 0
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    lines: int = 0


class Progress:
    """The place of one file, saved now and then. A place of another content is that of another file."""

    def __init__(self, file: Path) -> None:
        self._file = file.with_name(f"{file.name}.progress")
        self.errors_file = file.with_name(f"{file.name}.errors.csv")
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        self.place = self._saved(digest) or Place(digest)
        self._errors: IO[str] | None = None
        self._waiting: deque[Turn] = deque()
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
            if not self.place.errors_bytes:
                self.errors_file.unlink(missing_ok=True)
        else:
            self._save()

    def begin(self, first_line: int) -> Turn:
        """A person's turn, in the order of the file."""
        turn = Turn(first_line)
        self._waiting.append(turn)
        return turn

    def end(self, turn: Turn, fate: str, lines: int, wrong: Iterable[Wrong]) -> None:
        """A person is done. What is saved is the first who is not, whoever else after them is."""
        turn.fate, turn.lines, turn.wrong = fate, lines, tuple(wrong)
        while self._waiting and self._waiting[0].fate:
            self._settle(self._waiting.popleft())
        self._unsaved += 1
        if self._unsaved >= _SAVE_EVERY:
            self._save()

    def _settle(self, turn: Turn) -> None:
        place = self.place
        place.line = turn.first_line + turn.lines
        place.lines += turn.lines
        place.counts[turn.fate] = place.counts.get(turn.fate, 0) + 1
        if turn.wrong and self._errors is not None:
            writer = csv.writer(self._errors, delimiter=";")
            if not place.errors_bytes:
                writer.writerow(("line", "column", "message"))
            writer.writerows((each.line, each.column, each.message) for each in turn.wrong)
            self._errors.flush()
            place.errors_bytes = os.fstat(self._errors.fileno()).st_size

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


class Turn:
    """A person who was begun, and is done once they have a fate."""

    __slots__ = ("fate", "first_line", "lines", "wrong")

    def __init__(self, first_line: int) -> None:
        self.first_line = first_line
        self.fate = ""
        self.lines = 0
        self.wrong: tuple[Wrong, ...] = ()

"""The persons of a file: a first look at all of it, then each with their lines, one after the other.

The look comes before anything is deposited: a file whose header, batch or order is wrong is refused whole. Lines of a
person stand together because the file is sorted by person; nothing more than one person is held. May import: this room,
people, errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import inf

from carnet.documents.content.values import Reimbursed
from carnet.errors import InvalidIdentifier
from carnet.feeds.reimbursements.lines import COLUMNS, Wrong, day_of, is_kept_back, read_line
from carnet.feeds.reimbursements.source import START, Mark, Row, refused
from carnet.people.ins import Ins, InsPolicy

MOST_LINES = 5000       # of one person: their document stays below what a record takes
_BATCH = COLUMNS.index("batch")
_SAID = slice(_BATCH + 2, -1)        # all but whose it is, the batch, and that it may be told
_MOST_MARKS = 512
_NAME_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look at a file tells; `marks` are where some of its persons begin."""

    batch: str
    made_on: str
    lines: int
    persons: int
    marks: tuple[Mark, ...] = field(default=(), compare=False)

    def cut(self, pieces: int) -> list[tuple[Mark, int]]:
        """At most that many pieces of about as many lines: where each begins, and the line before which it ends."""
        inner = [mark for mark in self.marks if mark.line > START.line]
        wanted = [START.line + self.lines * piece // pieces for piece in range(1, pieces)] if inner else []
        starts = sorted({START, *(min(inner, key=lambda mark: abs(mark.line - line)) for line in wanted)})
        return list(zip(starts, [*(start.line for start in starts[1:]), START.line + self.lines], strict=True))


@dataclass(slots=True)
class PersonLines:
    """A person of a batch: what was reimbursed, in the file's order, how many lines are kept back, what is wrong."""

    start: Mark = field(compare=False)
    ins: Ins | None
    lines: list[Reimbursed] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    count: int = 0
    kept_back: int = 0
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """What is said, whatever the batch and the form: sealed with the entry, nobody outside the record reads it."""
        return sha256("\x1e".join(self.said).encode()).hexdigest()[:16]


def look(rows: Iterable[Row], seen: Callable[[int], None] = lambda _: None) -> Look:
    """Raises InvalidInput for lines that are not sorted by person, or not all of one batch. Says nothing of the rest.

    `seen` is told how many lines were looked at, now and then.
    """
    last: tuple[str, str] = ("", "")
    first: tuple[str, str] | None = None
    line, persons, marks = 1, 0, _Marks()
    for row in rows:
        line, person = row.line, _person(row)
        if person != last:
            if person < last:
                raise refused(line, "not sorted by person: sort the lines by ins_oid, then ins, by their bytes")
            last, persons = person, persons + 1
            marks.add(Mark(line, row.offset))
        if not row.wrong:
            batch = (row.cells[_BATCH], row.cells[_BATCH + 1])
            if first is None:
                first = _checked(batch, line)
            elif batch != first:
                raise refused(line, "not the batch, or not the date of the batch, of the first line")
        if line % 10_000 == 0:
            seen(line)
    if first is None:
        raise refused(0, "no line of it can be read")
    return Look(*first, line - 1, persons, tuple(marks.kept))


class _Marks:
    """Where persons begin: never more than some hundreds, evenly among them."""

    def __init__(self) -> None:
        self.kept: list[Mark] = []
        self._every, self._met = 1, 0

    def add(self, mark: Mark) -> None:
        if self._met % self._every == 0:
            self.kept.append(mark)
        self._met += 1
        if len(self.kept) > _MOST_MARKS:
            self.kept, self._every = self.kept[::2], self._every * 2


def persons(
    rows: Iterable[Row], policy: InsPolicy, *, from_line: int = 0, until: float = inf,
) -> Iterator[PersonLines]:
    """Each person with their lines, but those that begin before `from_line`, or not before `until`."""
    held: PersonLines | None = None
    last: Sequence[str] = ()
    for row in rows:
        if row.line < from_line:
            continue
        if row.line >= until:
            break
        if held is None or row.cells[:2] != last:
            person = _person(row)
            if held is not None:
                yield held
            held, last = _begun(row, person, policy), row.cells[:2]
        _add(row, held)
    if held is not None:
        yield held


def _begun(row: Row, person: tuple[str, str], policy: InsPolicy) -> PersonLines:
    try:
        return PersonLines(Mark(row.line, row.offset), Ins.parse(person[1], person[0], policy))
    except InvalidIdentifier as error:
        return PersonLines(Mark(row.line, row.offset), None, wrong=[Wrong(row.line, "ins", error.issues[0].message)])


def _add(row: Row, held: PersonLines) -> None:
    held.count += 1
    if held.count > MOST_LINES:
        if held.count == MOST_LINES + 1:
            held.wrong.append(Wrong(row.line, "", f"more than {MOST_LINES} lines of one person"))
        return
    if row.wrong:
        held.wrong.append(Wrong(row.line, "", row.wrong))
        return
    found = read_line(row.cells, row.line)
    if isinstance(found, tuple):
        held.wrong += found
    elif is_kept_back(row.cells):
        held.kept_back += 1
    else:
        held.lines.append(found)
        held.said.append("\x1f".join(row.cells[_SAID]))


def _person(row: Row) -> tuple[str, str]:
    """Whose line it is. Raises InvalidInput: a line that could be anybody's makes every neighbour doubtful."""
    if len(row.cells) < 2 or not row.cells[0] or not row.cells[1]:
        raise refused(row.line, "a line does not say whose it is")
    return row.cells[0], row.cells[1]


def _checked(batch: tuple[str, str], line: int) -> tuple[str, str]:
    name, made_on = batch
    if not 1 <= len(name) <= _NAME_CHARACTERS or not name.isprintable():
        raise refused(line, f"a batch has a name of 1 to {_NAME_CHARACTERS} characters")
    if day_of(made_on) is None:
        raise refused(line, "the date of the batch is not a day written YYYY-MM-DD")
    return batch

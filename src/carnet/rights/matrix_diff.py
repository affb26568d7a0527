"""What changes when one matrix takes the place of another: who gains or loses which types.

Columns are compared, not rows: a row that changes nothing for anybody is no difference. Those whom only one of the two
matrices names are compared with what the other one opens to their profession.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from carnet.documents import codes
from carnet.documents.codes import CodeList
from carnet.rights.matrix import Key, Matrix


@dataclass(frozen=True, slots=True)
class Moved:
    """The types gained and lost, in the order of their list."""

    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What one kind of person gains and loses."""

    key: Key
    read: Moved
    write: Moved

    @property
    def gains(self) -> bool:
        """True when a type is opened, to read or to write."""
        return bool(self.read.gained or self.write.gained)

    @property
    def loses(self) -> bool:
        """True when a type is closed, to read or to write."""
        return bool(self.read.lost or self.write.lost)


def compare(before: Matrix, after: Matrix, day: date) -> tuple[Change, ...]:
    """Everyone for whom something changes on this day: professions in the order of their first row.

    A know-how or a role is named only when more, or less, changes for it than for its profession.
    """
    found: dict[Key, Change] = {}
    for key in sorted(_keys(before, after), key=lambda key: key.rank):
        change = _change(key, before, after, day)
        general = found.get(key.profession, Change(key.profession, Moved(), Moved()))
        if (change.read, change.write) != (general.read, general.write):
            found[key] = change
    order = list(_keys(before, after))
    return tuple(sorted(found.values(), key=lambda change: order.index(change.key)))


def later_days(matrix: Matrix, day: date) -> tuple[date, ...]:
    """The days after this one on which rows begin, or have ended: the matrix will say something else then."""
    begins = {row.valid_from for row in matrix.rows}
    ended = {row.valid_to + timedelta(days=1) for row in matrix.rows if row.valid_to not in (None, date.max)}
    return tuple(sorted(each for each in begins | ended if each > day))


def _keys(before: Matrix, after: Matrix) -> Iterator[Key]:
    """Everyone whom either names, and their professions."""
    return iter(dict.fromkeys(
        each for key in (*after.keys, *before.keys) for each in (key.profession, key)))


def _change(key: Key, before: Matrix, after: Matrix, day: date) -> Change:
    old, new = before.column(key, day), after.column(key, day)
    return Change(key, _moved(old.readable, new.readable), _moved(old.writable, new.writable))


def _moved(before: frozenset[str], after: frozenset[str]) -> Moved:
    return Moved(_in_order(after - before), _in_order(before - after))


def _in_order(types: frozenset[str]) -> tuple[str, ...]:
    listed = [each.code for each in codes.every(CodeList.TYPE) if each.code in types]
    return (*listed, *sorted(types.difference(listed)))

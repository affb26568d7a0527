"""The access matrix: which professions read, and write, which types of document (SPEC 4.2).

For each type the most specific rows that name a caller decide; where they disagree, a no wins. What no row names is not
open: a profession, a know-how, a role or a type. The matrix in force is versioned data (`matrix_file.py` reads it).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from carnet.people.caller import PROFESSION, ROLE, TRAINEE, OrganisationCaller, ProfessionalCaller
from carnet.people.claims import SPECIALTY
from carnet.people.code import Code

PRODUCER = "1.2.250.1.213.1.1.4.6"      # TRE_A00: what produces documents and is nobody, AUTOMATE among them
AUTOMATE = Code("AUTOMATE", PRODUCER)
_WRITTEN = {PROFESSION: "G15_", TRAINEE: "G16_"}     # how an author's specialty writes a profession: G15_10/SM54
_KEPT = 4096


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Whom a row names: a profession (a code and the OID of its list), perhaps with a know-how, perhaps with a role."""

    oid: str
    code: str
    knowhow: str = ""
    role: str = ""

    @property
    def rank(self) -> int:
        """How much it says of a person: the greater, the more specific."""
        return bool(self.knowhow) + bool(self.role)

    @property
    def profession(self) -> Key:
        """The same, without know-how and role."""
        return Key(self.oid, self.code)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what one kind of person may do with one type, from a day to a day, both included, and by which law."""

    key: Key
    type_code: str
    read: bool
    write: bool
    valid_from: date
    valid_to: date | None = None
    legal_ref: str = ""

    def is_valid(self, day: date) -> bool:
        """True on the days of its validity."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Column:
    """The codes of the types that one kind of professional may read, and those they may write."""

    readable: frozenset[str] = frozenset()
    writable: frozenset[str] = frozenset()


_NOTHING = Column()


@dataclass(frozen=True, eq=False)
class Matrix:
    """One version of the matrix. Its columns are computed when first asked for, and kept."""

    version: str
    rows: tuple[Row, ...] = ()
    title: str = ""
    is_official: bool = False
    source: str = ""
    _columns: dict[tuple[Code, tuple[Code, ...], date], Column] = field(default_factory=dict, init=False, repr=False)

    def column_of(self, caller: ProfessionalCaller | OrganisationCaller, day: date) -> Column:
        """What is open to this caller on this day: nothing for a profession that no row names.

        Software is asked for as AUTOMATE of TRE_A00, and never reads, whatever a row says.
        """
        if isinstance(caller, OrganisationCaller):
            return self._columns.get((AUTOMATE, (), day)) or self._kept(AUTOMATE, (), day)
        asked = (caller.profession, caller.specialties, day)
        return self._columns.get(asked) or self._kept(*asked)

    def column(self, key: Key, day: date) -> Column:
        """What is open on this day to who has this profession, and no other know-how and role than those of the key."""
        return self._decided(key.profession, {key.knowhow}, {key.role}, day)

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """Everyone whom a row names, in the order of the rows."""
        return tuple(dict.fromkeys(row.key for row in self.rows))

    def _kept(self, profession: Code, specialties: tuple[Code, ...], day: date) -> Column:
        if len(self._columns) >= _KEPT:
            self._columns.clear()       # specialties come with tokens: what they may say has no other bound
        knowhows = set(_knowhows(profession, specialties))
        roles = {each.code for each in specialties if each.system == ROLE}
        column = self._decided(Key(profession.system, profession.code), knowhows, roles, day)
        self._columns[profession, specialties, day] = column
        return column

    def _decided(self, profession: Key, knowhows: set[str], roles: set[str], day: date) -> Column:
        named = [
            row for row in self._by_profession.get(profession, ())
            if row.is_valid(day) and (not row.key.knowhow or row.key.knowhow in knowhows)
            and (not row.key.role or row.key.role in roles)
        ]
        return _column(named, reads=profession.oid != PRODUCER) if named else _NOTHING

    @cached_property
    def _by_profession(self) -> Mapping[Key, Sequence[Row]]:
        found: dict[Key, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.key.profession, []).append(row)
        return found


def _knowhows(profession: Code, specialties: Sequence[Code]) -> Iterator[str]:
    """The know-hows of this profession: one of another profession (`G15_60/SI04` of a doctor) opens nothing."""
    written = f"{_WRITTEN.get(profession.system, '')}{profession.code}"
    for each in specialties:
        before, slash, knowhow = each.code.partition("/")
        if slash and each.system == SPECIALTY and before == written:
            yield knowhow


def _column(rows: Sequence[Row], *, reads: bool) -> Column:
    deciding: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: -row.key.rank):
        of_type = deciding.setdefault(row.type_code, [])
        if not of_type or of_type[0].key.rank == row.key.rank:
            of_type.append(row)
    return Column(
        frozenset(code for code, of_type in deciding.items() if reads and all(row.read for row in of_type)),
        frozenset(code for code, of_type in deciding.items() if all(row.write for row in of_type)))


NOTHING_OPEN = Matrix("none")

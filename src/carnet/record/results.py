"""Results of laboratories over time: each test with its points, from every laboratory whose reports the asker may read.

The same LOINC code is the same test, wherever it was done; a laboratory's own code is its own. Nothing is converted:
another unit is another curve. Microbiology is told apart by its isolate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from carnet.documents.codes import LOINC
from carnet.documents.content import Quantity, Result
from carnet.documents.entry import DocumentEntry
from carnet.documents.time import Dtm
from carnet.people.ins import Ins
from carnet.record.contents import About, Contents, ReadDocument, contents
from carnet.record.stores import Stores
from carnet.rights.access import Asker

_NOT_DONE = frozenset({"aborted", "cancelled", "nullified"})


@dataclass(frozen=True, slots=True)
class Point:
    """One result, and the document that it is read from."""

    result: Result
    at: Dtm
    entry: DocumentEntry

    @property
    def number(self) -> Decimal | None:
        """Its place on a curve; None for what is no number, or was not done."""
        value = self.result.value
        return value.number if isinstance(value, Quantity) and self.result.status not in _NOT_DONE else None

    @property
    def unit(self) -> str:
        """The unit of its number."""
        return self.result.value.unit if isinstance(self.result.value, Quantity) else ""


@dataclass(frozen=True, slots=True)
class Curve:
    """The numbers of a test in one unit, newest first."""

    unit: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class LabTest:
    """A test: its points, newest first, and its curves, that of the latest unit first.

    `name` names it in an address: it says nothing of what is tested, and is another one in another record.
    """

    name: str
    label: str
    points: tuple[Point, ...]
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """Tests, those of the latest report first. `older` and `not_read` are documents that these points lack; of
    `partly_read`, some entries were left out.
    """

    tests: tuple[LabTest, ...]
    older: int = 0
    not_read: tuple[DocumentEntry, ...] = ()
    partly_read: tuple[DocumentEntry, ...] = ()

    def test(self, name: str) -> LabTest | None:
        """The test of this name, or None."""
        return next((test for test in self.tests if test.name == name), None)


async def results(asker: Asker, ins: Ins, stores: Stores) -> Results:
    """The results that this person's record holds, of the documents that the asker may read.

    Raises NotFound when there is no record, NotPermitted when it may not be read, Unavailable.
    """
    return grouped(await contents(asker, ins, About.RESULTS, stores))


def grouped(found: Contents) -> Results:
    """The points of these documents, by test."""
    points: dict[tuple[str, ...], list[Point]] = {}
    for document in found.documents:
        for result in document.content.results:
            points.setdefault(_key(result), []).append(_point(result, document))
    tests = [_test(found.record, key, each) for key, each in points.items()]
    # The latest day first; within it, as the report has them: that is how they were found.
    tests.sort(key=lambda test: test.points[0].at.utc.date(), reverse=True)
    partly = tuple(document.entry for document in found.documents if document.content.unread)
    return Results(tuple(tests), found.older, found.not_read, partly)


def _key(result: Result) -> tuple[str, ...]:
    """What makes two results points of the same test."""
    code = result.code
    if code.system == LOINC and code.code:
        return (LOINC, code.code, result.isolate)
    laboratory = result.laboratory
    place = (laboratory.identifier or laboratory.name) if laboratory else ""
    return (code.system, code.code or result.label, result.isolate, place)


def _point(result: Result, document: ReadDocument) -> Point:
    return Point(result, result.at or document.entry.service_start_time, document.entry)


def _test(record: UUID, key: tuple[str, ...], points: Iterable[Point]) -> LabTest:
    newest_first = tuple(sorted(points, key=lambda point: point.at.utc, reverse=True))
    latest = newest_first[0].result
    label = f"{latest.label} ({latest.isolate})" if latest.isolate else latest.label
    name = hashlib.sha256("\x1f".join((str(record), *key)).encode()).hexdigest()[:24]
    return LabTest(name, label, newest_first, _curves(newest_first))


def _curves(points: tuple[Point, ...]) -> tuple[Curve, ...]:
    units: dict[str, list[Point]] = {}
    for point in points:
        if point.number is not None:
            units.setdefault(point.unit, []).append(point)
    return tuple(Curve(unit, tuple(each)) for unit, each in units.items())

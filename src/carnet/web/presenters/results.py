"""Results of laboratories: the list of tests with their last value, and one test with its curves and its table.

Every point and every line leads to the document that it is read from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from carnet.documents.content import Result
from carnet.record.results import Curve, LabTest, Point, Results
from carnet.web.days import Calendar
from carnet.web.presenters import measures
from carnet.web.presenters.curve import SHAPES, Drawing, Plotted, Spark, draw, spark
from carnet.web.presenters.health import Gaps, HealthPaths, Lacking, gaps
from carnet.web.presenters.words import Tag
from carnet.web.words import Words


@dataclass(frozen=True, slots=True)
class LabTestLine:
    """One test of the list: its last value, and a small curve if there are several numbers."""

    label: str
    path: str
    value: str
    flag: Tag | None
    usual: str
    when: str
    iso_day: str
    count: str
    curve: Spark | None


@dataclass(frozen=True, slots=True)
class Report:
    """Tests whose last value is of the same day."""

    title: str
    anchor: str
    tests: tuple[LabTestLine, ...]


@dataclass(frozen=True, slots=True)
class ResultsView:
    """The list of tests, by the day of their last value."""

    reports: tuple[Report, ...]
    gaps: Gaps


@dataclass(frozen=True, slots=True)
class PointLine:
    """One result in the table of its test, with the document that it is read from."""

    when: str
    iso_day: str
    value: str
    flag: Tag | None
    usual: str
    laboratory: str
    shape: str
    document: str
    path: str


@dataclass(frozen=True, slots=True)
class Laboratory:
    """A laboratory in the key of a curve."""

    name: str
    shape: str


@dataclass(frozen=True, slots=True)
class CurveView:
    """A drawn curve, and what it says to who does not see it."""

    anchor: str
    title: str
    unit: str
    description: str
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class LabTestView:
    """One test: its curves (one for each unit), the key of their shapes, and every result in a table."""

    label: str
    code: str
    curves: tuple[CurveView, ...]
    laboratories: tuple[Laboratory, ...]
    has_bands: bool
    lines: tuple[PointLine, ...]
    gaps: Gaps


@dataclass(frozen=True, slots=True)
class ResultsPresenter:
    """Presents results whose pages, and whose documents, are under `paths`."""

    words: Words
    calendar: Calendar
    paths: HealthPaths

    def view(self, results: Results) -> ResultsView:
        """The list."""
        by_day: dict[date, list[LabTestLine]] = {}
        for test in results.tests:
            by_day.setdefault(self._day(test.points[0]), []).append(self._test_line(test))
        reports = tuple(
            Report(self.calendar.medium(day), f"j{day.isoformat()}", tuple(tests)) for day, tests in by_day.items())
        return ResultsView(reports, self._gaps(results))

    def test(self, test: LabTest, results: Results) -> LabTestView:
        """One of the tests."""
        shapes = self._shapes(test)
        laboratories = tuple(Laboratory(name, shape) for name, shape in shapes.items())
        code = test.points[0].result.code
        named = code.display if code.display and code.display != test.label else ""
        curves = tuple(self._curve(test, curve, shapes, number) for number, curve in enumerate(test.curves))
        return LabTestView(
            test.label, named, curves, laboratories, any(curve.drawing.bands for curve in curves),
            tuple(self._line(point, shapes) for point in test.points),
            self._gaps(results))

    def _gaps(self, results: Results) -> Gaps:
        return gaps(Lacking(results.older, results.not_read, results.partly_read), self.words, self.paths)

    def _test_line(self, test: LabTest) -> LabTestLine:
        latest = test.points[0]
        result, day = latest.result, self._day(latest)
        curve = test.curves[0] if test.curves else None
        return LabTestLine(
            test.label, self.paths.test(test.name), measures.result(result, self.words),
            measures.flag(result, self.words), measures.usual(result.ranges, self.words), self.calendar.medium(day),
            day.isoformat(), self.words("results.count", n=len(test.points)),
            spark(tuple(self._plotted(curve.points, {}))) if curve else None)

    def _line(self, point: Point, shapes: dict[str, str]) -> PointLine:
        result, day = point.result, self._day(point)
        name = self._laboratory(result)
        shape = shapes.get(name, "") if point.number is not None else ""
        return PointLine(
            self.calendar.document_time(point.at), day.isoformat(), measures.result(result, self.words),
            measures.flag(result, self.words), measures.usual(result.ranges, self.words), name, shape,
            point.entry.title, self.paths.document(point.entry))

    def _curve(self, test: LabTest, curve: Curve, shapes: dict[str, str], number: int) -> CurveView:
        unit = measures.unit(curve.unit, self.words.language)
        oldest, latest = curve.points[-1], curve.points[0]
        key = "results.described" if len(curve.points) > 1 else "results.described_one"
        description = self.words(
            key, n=len(curve.points), label=test.label, first=measures.result(oldest.result, self.words),
            last=measures.result(latest.result, self.words), since=self.calendar.medium(self._day(oldest)),
            until=self.calendar.medium(self._day(latest)))
        title = self.words("results.curve", label=test.label, unit=unit or self.words("results.no_unit"))
        drawing = draw(tuple(self._plotted(curve.points, shapes)), self.calendar)
        return CurveView(f"courbe-{number}", title, unit, description, drawing)

    def _plotted(self, points: Sequence[Point], shapes: dict[str, str]) -> Iterable[Plotted]:
        for point in points:
            if point.number is None:
                continue
            name = self._laboratory(point.result)
            usual = next((each for each in point.result.ranges if each.low or each.high), None)
            low, high = (
                bound.number if bound is not None and bound.unit == point.unit else None
                for bound in ((usual.low, usual.high) if usual else (None, None)))
            words = self.words(
                "results.point", value=measures.result(point.result, self.words),
                when=self.calendar.document_time(point.at), laboratory=name)
            yield Plotted(
                self._day(point), point.number, low, high, shapes.get(name, SHAPES[0]),
                self.paths.document(point.entry), words)

    def _shapes(self, test: LabTest) -> dict[str, str]:
        """Each laboratory of the curves with its shape; the first met is the one of the oldest point."""
        met = dict.fromkeys(self._laboratory(each.result) for each in reversed(test.points) if each.number is not None)
        return {name: SHAPES[min(place, len(SHAPES) - 1)] for place, name in enumerate(met)}

    def _laboratory(self, result: Result) -> str:
        return result.laboratory.name if result.laboratory else self.words("results.no_laboratory")

    def _day(self, point: Point) -> date:
        return self.calendar.day_of_document(point.at)

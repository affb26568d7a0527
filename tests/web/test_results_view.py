"""What pages of results show: digits as written, bands of each laboratory, places of points."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from carnet.documents.content import Coded, Content, Quantity, ReferenceRange, Text, Unread
from carnet.people.code import Code
from carnet.record.contents import Contents, ReadDocument
from carnet.record.results import Results, grouped
from carnet.web.presenters import measures
from carnet.web.presenters.curve import HEIGHT, WIDTH, Plotted, draw, spark
from carnet.web.presenters.health import HealthPaths
from carnet.web.presenters.results import ResultsPresenter
from carnet.web.words import Language, words
from tests.record.reports import STAR, VALLEY, measured
from tests.web.values import CALENDAR, FRENCH, entry

PRESENTER = ResultsPresenter(FRENCH, CALENDAR, HealthPaths("/moi"))
LABORATORIES = {"É": STAR, "V": VALLEY}


def plotted(day: str, number: str, low: str = "", high: str = "") -> Plotted:
    bounds = (Decimal(low) if low else None, Decimal(high) if high else None)
    return Plotted(date.fromisoformat(day), Decimal(number), *bounds, "circle", "/x", "mots")


def of_reports(*told: tuple[str, str, str], older: int = 0, unit: str = "g/dL") -> Results:
    """One test, from reports: day, number, laboratory."""
    documents = tuple(
        ReadDocument(entry(f"Bilan {day}", at=day), Content(results=(
            msgspec.structs.replace(measured(number, unit), laboratory=LABORATORIES[laboratory]),)))
        for day, number, laboratory in told)
    return grouped(Contents(UUID(int=1), documents, older))


@pytest.mark.parametrize(("written", "unit", "french", "english"), [
    ("10.40", "g/dL", "10,40 g/dL", "10.40 g/dL"), ("1E+5", "/mL", "100000 /mL", "100000 /mL"),
    ("8.2", "10*9/L", "8,2 ×10⁹/L", "8.2 ×10⁹/L"), ("41", "ug/L", "41 µg/L", "41 µg/L"),
    ("2.050", "m[IU]/L", "2,050 mUI/L", "2.050 mIU/L"), ("1.50", "{ratio}", "1,50 ratio", "1.50 ratio"),
    ("5", "umol/L", "5 µmol/L", "5 µmol/L"), ("37.2", "Cel", "37,2 °C", "37.2 °C"), ("2.0", "", "2,0", "2.0"),
    ("120", "mm[Hg]", "120 mmHg", "120 mmHg"), ("3", "uL", "3 µL", "3 µL"), ("9", "mol/mol", "9 mol/mol", "9 mol/mol"),
])
def test_a_number_keeps_its_digits_and_its_unit(written: str, unit: str, french: str, english: str) -> None:
    value = Quantity(Decimal(written), unit)
    assert measures.quantity(value, Language.FR) == french
    assert measures.quantity(value, Language.EN) == english


@pytest.mark.parametrize(("usual", "shown"), [
    (ReferenceRange(Quantity(Decimal("12.0"), "g/dL"), Quantity(Decimal("16.0"), "g/dL")), "12,0 – 16,0 g/dL"),
    (ReferenceRange(high=Quantity(Decimal("5.0"), "mg/L")), "≤ 5,0 mg/L"),
    (ReferenceRange(low=Quantity(Decimal(60), "mL/min")), "≥ 60 mL/min"),
    (ReferenceRange(Quantity(Decimal(1), "g"), Quantity(Decimal(2), "kg")), "1 g – 2 kg"),
    (ReferenceRange(text="selon l'âge"), "selon l'âge"),
])
def test_what_is_usual_is_said_as_the_laboratory_says_it(usual: ReferenceRange, shown: str) -> None:
    assert measures.usual((usual,), FRENCH) == shown


def test_values_in_words_and_flags_are_shown_as_they_are() -> None:
    coded = Coded(Code("260385009", "2.16.840.1.113883.6.96", "négatif"), "négatif")
    shown = [measures.result(msgspec.structs.replace(measured("1"), value=value), FRENCH)
             for value in (Text("<1.0 mg/L"), coded, None)]
    assert shown == ["<1.0 mg/L", "négatif", "Non communiqué"]
    flags = [measures.flag(msgspec.structs.replace(measured("1"), flag=flag), FRENCH) for flag in ("N", "", "HH", "W7")]
    assert [flag and (flag.words, flag.tone) for flag in flags] == [
        None, None, ("Très au-dessus", "bad"), ("W7", "plain")]


def test_each_laboratory_has_its_shape_and_its_own_band() -> None:
    results = of_reports(("20251205", "10.4", "É"), ("20260115", "11.2", "V"), ("20260312", "12.9", "É"))
    view = PRESENTER.test(results.tests[0], results)
    assert [(each.name, each.shape) for each in view.laboratories] == [
        ("Laboratoire de l'Essai", "circle"), ("Biologie du Modèle", "square")]
    (curve,) = view.curves
    assert [mark.shape for mark in curve.drawing.marks] == ["circle", "square", "circle"]
    assert [mark.path for mark in curve.drawing.marks] == [line.path for line in reversed(view.lines)]
    assert "10,4 g/dL" in curve.description
    assert "12,9 g/dL" in curve.description
    assert curve.drawing.marks[0].words.startswith("10,4 g/dL, 5 décembre 2025, Laboratoire de l'Essai")


def test_a_range_in_another_unit_is_no_band() -> None:
    results = of_reports(("20251205", "10.4", "É"))
    point = results.tests[0].points[0]
    other = ReferenceRange(Quantity(Decimal(120), "g/L"), Quantity(Decimal(160), "g/L"))
    document = ReadDocument(
        point.entry, Content(results=(msgspec.structs.replace(point.result, ranges=(other,)),)))
    found = grouped(Contents(UUID(int=1), (document,)))
    view = PRESENTER.test(found.tests[0], found)
    assert (view.curves[0].drawing.bands, view.has_bands) == ((), False)
    assert view.lines[0].usual == "120 – 160 g/L"


def test_the_list_says_what_it_lacks() -> None:
    results = of_reports(("20251205", "10.4", "É"), older=3)
    gaps = PRESENTER.view(results).gaps
    assert gaps.older.startswith("3 documents plus anciens")
    lost = PRESENTER.view(Results(results.tests, 0, (entry("Perdu"),))).gaps
    assert ([each.title for each in lost.documents], lost.older) == (["Perdu"], "")
    odd = ReadDocument(entry("Mal fait"), Content(results=(measured("1"),), unread=(Unread("Titre", "no product"),)))
    partly = PRESENTER.view(grouped(Contents(UUID(int=1), (odd,)))).gaps
    assert [each.title for each in partly.parts] == ["Mal fait"]
    assert "Une partie de ce document" in partly.partly_read


def test_bands_meet_half_way_and_agreeing_ones_are_one() -> None:
    points = [plotted("2026-01-01", "10", "8", "12"), plotted("2026-03-01", "11", "8", "12"),
              plotted("2026-07-01", "11", "9", "13"), plotted("2026-08-01", "11")]
    first, second = draw(points, CALENDAR).bands
    assert round(first.x + first.width, 1) == second.x
    assert first.x < second.x < second.x + second.width < WIDTH
    (open_ended,) = draw([plotted("2026-01-01", "3", high="5")], CALENDAR).bands
    assert open_ended.y + open_ended.height == 258


@pytest.mark.parametrize(("first", "last", "days"), [
    ("2026-01-05", "2026-02-09", ["5 janvier 2026", "9 février 2026"]),
    ("2026-01-05", "2026-01-05", ["5 janvier 2026"]),
    ("2025-12-05", "2026-04-12", ["janv. 2026", "févr. 2026", "mars 2026", "avr. 2026"]),
    ("2016-02-01", "2026-04-12", ["janv. 2018", "janv. 2020", "janv. 2022", "janv. 2024", "janv. 2026"]),
])
def test_the_days_of_an_axis_are_few_and_told_in_words(first: str, last: str, days: list[str]) -> None:
    drawing = draw([plotted(first, "1"), plotted(last, "2")], CALENDAR)
    assert [mark.words.replace("\u202f", " ") for mark in drawing.days] == days


@given(some.lists(
    some.tuples(
        some.dates(date(1900, 1, 1), date(2100, 1, 1)),
        some.decimals(allow_nan=False, allow_infinity=False, min_value=-10**30, max_value=10**30),
        some.none() | some.decimals(allow_nan=False, allow_infinity=False, min_value=-10**9, max_value=10**9)),
    min_size=1, max_size=8))
def test_whatever_the_numbers_every_point_is_in_the_picture(told: list[tuple[date, Decimal, Decimal | None]]) -> None:
    points = [Plotted(day, number, bound, None, "circle", "/x", "") for day, number, bound in told]
    drawing = draw(points, CALENDAR)
    assert all(0 <= mark.x <= WIDTH and 0 <= mark.y <= HEIGHT for mark in (*drawing.marks, *drawing.days))
    assert 2 <= len(drawing.values) <= 9
    assert len(drawing.days) <= 8
    assert (spark(points) is None) == (len(points) == 1)


def test_english_says_the_same() -> None:
    english = ResultsPresenter(words(Language.EN), CALENDAR, HealthPaths("/moi"))
    results = of_reports(("20251205", "10.4", "É"))
    assert english.test(results.tests[0], results).curves[0].description.startswith("A single result")

"""Which rows of a matrix decide for whom, and on which day."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.people.caller import PROFESSION, ROLE, TRAINEE
from carnet.people.claims import SPECIALTY
from carnet.people.code import Code
from carnet.rights.matrix import NOTHING_OPEN, PRODUCER, Column, Key, Matrix, Row
from tests.rights.matrices import DAY, LETTER, REPORT, SOFTWARE, VACCINES, column, matrix_of, professional, row


def test_a_row_opens_a_type_to_read_and_to_write_apart() -> None:
    matrix = matrix_of(row(answers="yes no"), row(type_code=REPORT, answers="no yes"), row(type_code=VACCINES))
    assert column(matrix, "60") == Column(frozenset({LETTER, VACCINES}), frozenset({REPORT, VACCINES}))


def test_what_no_row_names_is_not_open() -> None:
    matrix = matrix_of(row())
    assert REPORT not in column(matrix, "60").readable
    assert column(matrix, "10") == column(NOTHING_OPEN, "60") == Column()
    assert matrix.column_of(professional(oid=TRAINEE), DAY) == Column()


def test_nothing_is_open_in_no_matrix() -> None:
    assert NOTHING_OPEN.column_of(SOFTWARE, DAY) == Column()


@pytest.mark.parametrize(("rows", "specialties", "reads"), [
    ([row(answers="no no"), row(knowhow_code="SI04")], ["G15_60/SI04"], True),
    ([row(answers="no no"), row(knowhow_code="SI04")], ["G15_60/SI02"], False),
    ([row(answers="no no"), row(knowhow_code="SI04")], [], False),
    ([row(), row(knowhow_code="SI04", answers="no no")], ["G15_60/SI04"], False),
    ([row(answers="no no"), row(role_code="330")], ["330"], True),
    ([row(role_code="330", answers="no no"), row(knowhow_code="SI04", role_code="330")], ["G15_60/SI04", "330"], True),
    ([row(knowhow_code="SI04"), row(knowhow_code="SI04", role_code="330", answers="no no")],
     ["G15_60/SI04", "330"], False),
    ([row(knowhow_code="SI04"), row(knowhow_code="SI04", role_code="330", answers="no no")], ["G15_60/SI04"], True),
])
def test_the_most_specific_row_decides(rows: list[str], specialties: list[str], reads: bool) -> None:
    for ordered in (rows, rows[::-1]):
        assert (LETTER in column(matrix_of(*ordered), "60", *specialties).readable) is reads


@pytest.mark.parametrize("specialties", [["G15_60/SI04", "G15_60/SI02"], ["G15_60/SI02", "G15_60/SI04"]])
def test_among_equal_rows_a_no_wins(specialties: list[str]) -> None:
    matrix = matrix_of(row(), row(knowhow_code="SI04"), row(knowhow_code="SI02", answers="no no"))
    assert column(matrix, "60", *specialties) == Column()
    assert column(matrix, "60", specialties[0]) != column(matrix, "60", specialties[1])


def test_a_specific_row_decides_for_its_type_only() -> None:
    matrix = matrix_of(row(), row(type_code=REPORT), row(knowhow_code="SI04", answers="no no"))
    assert column(matrix, "60", "G15_60/SI04").readable == {REPORT}


def test_a_know_how_of_another_profession_opens_nothing() -> None:
    matrix = matrix_of(row(knowhow_code="SI04"), row("10", answers="no no"))
    assert column(matrix, "60", "G15_60/SI04").readable == {LETTER}
    assert column(matrix, "60", "G15_10/SI04") == Column()
    assert column(matrix, "60", "G16_60/SI04") == Column()
    assert column(matrix, "10", "G15_60/SI04") == Column()


def test_a_know_how_is_not_a_role() -> None:
    matrix = matrix_of(row(role_code="330"))
    assert column(matrix, "60", "G15_60/330") == Column()


def test_a_code_of_another_list_is_neither_a_know_how_nor_a_role() -> None:
    matrix = matrix_of(row(knowhow_code="SI04"), row(role_code="330"))
    stranger = msgspec.structs.replace(
        professional(), specialties=(Code("G15_60/SI04", ROLE), Code("330", SPECIALTY), Code("330", "1.2.3")))
    assert matrix.column_of(stranger, DAY) == Column()


def test_trainees_and_people_named_by_their_role_have_rows_of_their_own() -> None:
    matrix = matrix_of(row("10", answers="no no"), row("10", oid=TRAINEE), row("330", oid=ROLE, answers="yes no"))
    assert column(matrix, "10") == Column()
    assert matrix.column_of(professional("10", oid=TRAINEE), DAY).readable == {LETTER}
    assert matrix.column_of(professional("330", oid=ROLE), DAY) == Column(frozenset({LETTER}), frozenset())


def test_software_writes_by_the_rows_of_automate() -> None:
    matrix = matrix_of(row(), row("AUTOMATE", REPORT, "no yes", oid=PRODUCER))
    assert matrix.column_of(SOFTWARE, DAY) == Column(frozenset(), frozenset({REPORT}))


def test_software_never_reads_whatever_a_row_says() -> None:
    key = Key(PRODUCER, "AUTOMATE")
    matrix = Matrix("wrong", (Row(key, LETTER, read=True, write=True, valid_from=date(2026, 1, 1)),))
    assert matrix.column_of(SOFTWARE, DAY) == matrix.column(key, DAY) == Column(frozenset(), frozenset({LETTER}))


def test_rows_hold_from_their_first_day_to_their_last_both_included() -> None:
    matrix = matrix_of(row(valid_from="2026-03-01", valid_to="2026-03-31"))
    nurse = professional()
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)]
    assert [bool(matrix.column_of(nurse, day).readable) for day in days] == [False, True, True, False]


def test_a_row_takes_the_place_of_another_on_its_day() -> None:
    matrix = matrix_of(row(valid_to="2026-11-22"), row(valid_from="2026-11-23", answers="no yes"))
    nurse = professional()
    assert matrix.column_of(nurse, DAY) == Column(frozenset({LETTER}), frozenset({LETTER}))
    assert matrix.column_of(nurse, DAY + timedelta(days=1)) == Column(frozenset(), frozenset({LETTER}))


def test_a_column_is_computed_once_for_all_who_ask_alike() -> None:
    matrix = matrix_of(row())
    assert matrix.column_of(professional(), DAY) is matrix.column_of(professional(), DAY)


def test_what_tokens_may_say_does_not_fill_the_memory() -> None:
    matrix = matrix_of(row())
    for number in range(5000):
        assert matrix.column_of(professional("60", f"G15_60/{number}"), DAY).readable == {LETTER}
    assert len(matrix._columns) <= 4096


ANSWERS = st.tuples(st.booleans(), st.booleans())
KEYS = st.builds(
    Key, st.just(PROFESSION), st.sampled_from(["10", "60"]), st.sampled_from(["", "A", "B"]),
    st.sampled_from(["", "330", "331"]))


@given(
    st.dictionaries(st.tuples(KEYS, st.sampled_from([LETTER, REPORT])), ANSWERS, max_size=12),
    st.sampled_from(["10", "60"]), st.sets(st.sampled_from(["A", "B"])), st.sets(st.sampled_from(["330", "331"])),
)
def test_any_matrix_says_what_its_rows_say_one_type_at_a_time(
    said: dict[tuple[Key, str], tuple[bool, bool]], profession: str, knowhows: set[str], roles: set[str],
) -> None:
    rows = [Row(key, code, *answers, valid_from=DAY) for (key, code), answers in said.items()]
    found = Matrix("any", tuple(rows)).column_of(
        professional(profession, *(f"G15_{profession}/{each}" for each in knowhows), *roles), DAY)
    for type_code in (LETTER, REPORT):
        naming = [
            each for each in rows if each.type_code == type_code and each.key.code == profession
            and each.key.knowhow in {"", *knowhows} and each.key.role in {"", *roles}]
        most = max((len(list(filter(None, (each.key.knowhow, each.key.role)))) for each in naming), default=0)
        deciding = [
            each for each in naming if len(list(filter(None, (each.key.knowhow, each.key.role)))) == most]
        assert (type_code in found.readable) == (bool(deciding) and all(each.read for each in deciding))
        assert (type_code in found.writable) == (bool(deciding) and all(each.write for each in deciding))

"""Who gains or loses what when one matrix takes the place of another."""

from __future__ import annotations

from datetime import date

from carnet.people.caller import PROFESSION
from carnet.rights.matrices import demonstration
from carnet.rights.matrix import NOTHING_OPEN, Key
from carnet.rights.matrix_diff import Change, Moved, compare, later_days
from tests.rights.matrices import DAY, LETTER, REPORT, VACCINES, matrix_of, row

NURSE, DOCTOR = Key(PROFESSION, "60"), Key(PROFESSION, "10")


def test_a_matrix_does_not_differ_from_itself() -> None:
    assert compare(demonstration(), demonstration(), DAY) == ()


def test_a_type_opened_is_gained_and_a_type_closed_is_lost() -> None:
    before = matrix_of(row(answers="yes no"), row(type_code=REPORT))
    after = matrix_of(row(answers="no yes"), row(type_code=REPORT), row(type_code=VACCINES, answers="yes no"))
    assert compare(before, after, DAY) == (Change(NURSE, Moved((VACCINES,), (LETTER,)), Moved((LETTER,))),)


def test_types_are_told_in_the_order_of_their_list() -> None:
    [change] = compare(NOTHING_OPEN, matrix_of(row(type_code="SYNTH"), row(), row(type_code=VACCINES)), DAY)
    assert change.read.gained == change.write.gained == (VACCINES, LETTER, "SYNTH")


def test_a_row_that_goes_is_a_loss_and_one_that_changes_nothing_is_none() -> None:
    before = matrix_of(row(), row("10"))
    assert compare(before, matrix_of(row("10"), row(knowhow_code="SI04", answers="no no")), DAY) == (
        Change(NURSE, Moved((), (LETTER,)), Moved((), (LETTER,))),)
    assert compare(before, matrix_of(row(), row("10"), row("10", REPORT, "no no")), DAY) == ()


def test_a_know_how_is_named_when_it_fares_otherwise_than_its_profession() -> None:
    before = matrix_of(row(), row(knowhow_code="SI04"))
    after = matrix_of(row(answers="no no"), row(knowhow_code="SI04"), row(knowhow_code="SI02", answers="no no"))
    lost = Change(NURSE, Moved((), (LETTER,)), Moved((), (LETTER,)))
    spared = Change(Key(PROFESSION, "60", "SI04"), Moved(), Moved())
    assert compare(before, after, DAY) == (lost, spared)
    assert (lost.gains, lost.loses, spared.gains, spared.loses) == (False, True, False, False)
    assert [(each.gains, each.loses) for each in compare(after, before, DAY)] == [(True, False), (False, False)]


def test_those_whom_only_a_know_how_names_are_compared_too() -> None:
    specific = matrix_of(row(knowhow_code="SI04"), row("10", role_code="330"))
    named = [Key(PROFESSION, "60", "SI04"), Key(PROFESSION, "10", "", "330")]
    assert [change.key for change in compare(NOTHING_OPEN, specific, DAY) if change.gains] == named
    assert [change.key for change in compare(specific, NOTHING_OPEN, DAY) if change.loses] == named


def test_matrices_are_compared_on_a_day_and_later_days_are_announced() -> None:
    before = matrix_of(row())
    after = matrix_of(row(valid_to="2026-12-31"), row(valid_from="2027-01-01", answers="no no"),
                      row(type_code=REPORT, valid_from="2020-01-01", valid_to="2028-02-29"))
    assert [change.read.lost for change in compare(before, after, DAY)] == [()]
    assert [change.read.lost for change in compare(before, after, date(2027, 1, 1))] == [(LETTER,)]
    assert later_days(after, DAY) == (date(2027, 1, 1), date(2028, 3, 1))
    assert later_days(after, date(2028, 3, 1)) == ()


def test_a_row_without_end_of_its_calendar_ends_never() -> None:
    assert later_days(matrix_of(row(valid_to="9999-12-31")), DAY) == ()

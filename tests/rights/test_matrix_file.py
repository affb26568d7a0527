"""A matrix as a file: what is read, and what is refused, line by line."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.errors import InvalidInput, TooLarge
from carnet.people.caller import PROFESSION, ROLE
from carnet.rights.matrix import PRODUCER, Key, Row
from carnet.rights.matrix_file import COLUMNS, HEADER, MOST_BYTES, read, read_again
from tests.rights import matrices
from tests.rights.matrices import LETTER, REPORT, file_of, row

FIRST = len(matrices.HEADER) + 2      # the line of the first row


def issues_of(content: bytes) -> list[tuple[str, str]]:
    """Where and what is wrong with a file."""
    with pytest.raises(InvalidInput) as refused:
        read(content)
    return [(issue.expression, issue.message) for issue in refused.value.issues]


def test_a_file_is_read_with_its_version_its_source_and_whether_it_is_official() -> None:
    matrix = read(file_of(row("60", LETTER, "yes no", knowhow_code="SI04", role_code="330", valid_to="2027-12-31")))
    assert (matrix.version, matrix.title, matrix.is_official, matrix.source) == ("test-1", "A test", False, "nowhere")
    assert matrix.rows == (Row(
        Key(PROFESSION, "60", "SI04", "330"), LETTER, read=True, write=False, valid_from=date(2026, 1, 1),
        valid_to=date(2027, 12, 31), legal_ref="a test"),)


def test_comments_empty_lines_a_mark_of_utf_8_and_line_ends_of_windows_change_nothing() -> None:
    plain = file_of(row(), "# a comment", "", row(type_code=REPORT))
    other = b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n")
    assert read(other).rows == read(plain).rows
    assert len(read(plain).rows) == 2


@pytest.mark.parametrize(("wrong", "message"), [
    (row("61"), "unknown profession '61'"),
    (row("10", oid="1.2.3"), "unknown profession '10' of '1.2.3'"),
    (row("EXP_PATIENT", oid=PRODUCER, answers="no yes"), "unknown profession 'EXP_PATIENT'"),
    (row(knowhow_code="SM54"), "unknown know-how 'SM54' of the profession '60'"),
    (row(role_code="3300"), "unknown role '3300'"),
    (row(type_code="11488-5"), "unknown document type '11488-5'"),
    (row(type_code=""), "unknown document type ''"),
    (row(type_code="x" * 1000), f"unknown document type '{'x' * 40}…'"),
    (row(answers="maybe no"), "read: yes or no, not 'maybe'"),
    (row(answers="yes Yes"), "write: yes or no, not 'Yes'"),
    (row(answers="yes 1"), "write: yes or no, not '1'"),
    (row(answers=" no"), "read: yes or no, not ''"),
    (row(valid_from="2026-02-30"), "valid_from: a day"),
    (row(valid_from=""), "valid_from: a day"),
    (row(valid_from="20260101"), "valid_from: a day"),
    (row(valid_to="31/12/2026"), "valid_to: a day"),
    (row(valid_to="2025-12-31"), "valid_to is before valid_from"),
    (row(legal_ref=""), "legal_ref is missing"),
    (row("AUTOMATE", oid=PRODUCER), "software does not read"),
    (row(legal_ref="\x1b[2J"), "a control character"),
    (row().replace("\t", " "), "1 columns instead of 10"),
    (row() + "\t", "11 columns instead of 10"),
])
def test_a_wrong_row_is_refused_with_its_line(wrong: str, message: str) -> None:
    found = issues_of(file_of(row(type_code=REPORT), wrong))
    assert [(where, message in what) for where, what in found] == [(f"line {FIRST + 1}", True)]


def test_an_unknown_type_is_refused_and_not_taken_for_a_no() -> None:
    assert issues_of(file_of(row(), row(type_code="1", answers="no no"))) == [
        (f"line {FIRST + 1}", "unknown document type '1'")]


def test_every_issue_is_said_at_once_in_the_order_of_the_lines() -> None:
    wrong = row("61", "1", "maybe maybe", valid_from="never", legal_ref="")
    found = issues_of(file_of(row(), wrong, row(), row("62"), header=matrices.HEADER[:2]))
    start = FIRST - 2
    assert [where for where, _ in found] == [
        "line 1", "line 1", *[f"line {start + 1}"] * 6, f"line {start + 2}", f"line {start + 3}"]


@pytest.mark.parametrize(("rows", "message"), [
    ([row(), row()], "repeats line 6"),
    ([row(), row(answers="yes no")], "contradicts line 6"),
    ([row(valid_to="2026-06-30"), row(valid_from="2026-06-30", answers="no no")], "contradicts line 6"),
    ([row(valid_from="2026-06-30", answers="no no"), row(valid_to="2026-06-30")], "contradicts line 7"),
    ([row(), row("10"), row(valid_from="2030-01-01", valid_to="2030-01-01", answers="no no")], "contradicts line 6"),
])
def test_two_rows_about_the_same_days_are_refused(rows: list[str], message: str) -> None:
    [(where, what)] = issues_of(file_of(*rows))
    assert what.startswith(message)
    assert where in ("line 6", "line 7", "line 8")


def test_a_row_is_compared_with_all_that_overlap_it_not_with_its_neighbour_only() -> None:
    day = row(valid_from="2026-02-01", valid_to="2026-02-02")
    found = issues_of(file_of(row(valid_from="2026-01-01"), day, row(valid_from="2026-03-01")))
    assert [where for where, _ in found] == ["line 7", "line 8"]


@pytest.mark.parametrize("rows", [
    [row(valid_to="2026-06-30"), row(valid_from="2026-07-01", answers="no no")],
    [row(), row(knowhow_code="SI04", answers="no no")],
    [row(), row(role_code="330", answers="no no")],
    [row(), row("10", answers="no no"), row(type_code=REPORT, answers="no no")],
])
def test_rows_that_follow_each_other_or_name_others_are_kept(rows: list[str]) -> None:
    assert len(read(file_of(*rows)).rows) == len(rows)


@pytest.mark.parametrize("name", HEADER)
def test_a_file_says_its_version_title_source_and_whether_it_is_official(name: str) -> None:
    header = tuple(line for line in matrices.HEADER if not line.startswith(f"# {name}:"))
    assert issues_of(file_of(row(), header=header)) == [
        ("line 1", f"a line `# {name}: …` is missing before the columns")]


@pytest.mark.parametrize(("line", "message"), [
    ("# version: one two", "up to 64 letters"), (f"# version: {'1' * 65}", "up to 64 letters"),
    ("# official: perhaps", "official: yes or no"),
])
def test_what_the_header_says_is_checked(line: str, message: str) -> None:
    name, _, _ = line.partition(":")
    header = tuple(line if each.startswith(f"{name}:") else each for each in matrices.HEADER)
    [(_, what)] = issues_of(file_of(row(), header=header))
    assert message in what


def test_a_header_that_contradicts_itself_is_refused() -> None:
    assert issues_of(file_of(row(), header=(*matrices.HEADER, "# official: yes"))) == [
        ("line 5", "official is said twice")]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# nothing\n", "a;b;c\n".encode("utf-16"), b"%PDF-1.7\n\xff\xfe"])
def test_what_is_no_matrix_is_refused(content: bytes) -> None:
    assert issues_of(content)


def test_columns_in_another_order_are_refused_once() -> None:
    swapped = file_of(row(), row("61")).replace("\t".join(COLUMNS).encode(), "\t".join(sorted(COLUMNS)).encode())
    [(where, what)] = issues_of(swapped)
    assert (where, "the columns must be profession_oid" in what) == ("line 5", True)


def test_a_matrix_without_a_row_is_refused() -> None:
    [(_, what)] = issues_of(file_of())
    assert "would close every type to everyone" in what


def test_bytes_that_are_no_utf_8_are_refused_with_their_line() -> None:
    assert issues_of(file_of(row()) + b"\xe9") == [("line 7", "not UTF-8")]


def test_a_file_beyond_the_ceiling_is_not_read() -> None:
    padding = b"#" * (MOST_BYTES - len(file_of(row())))
    assert read(file_of(row()) + padding).rows
    with pytest.raises(TooLarge):
        read(file_of(row()) + padding + b"#")


def test_what_was_accepted_once_is_read_again_when_a_list_lost_a_code() -> None:
    content = file_of(row("61", "1", knowhow_code="1", role_code="1"), row("330", oid=ROLE))
    assert len(read_again(content).rows) == 2
    with pytest.raises(InvalidInput, match="yes or no"):
        read_again(file_of(row(answers="maybe no")))


@given(st.lists(st.text(), max_size=12), st.binary(max_size=20))
def test_nothing_that_is_sent_is_more_than_refused(values: list[str], noise: bytes) -> None:
    for content in (file_of("\t".join(values)), file_of(row()) + noise, noise):
        with suppress(InvalidInput):
            assert read(content).rows

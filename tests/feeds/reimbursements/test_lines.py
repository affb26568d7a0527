"""Lines of a batch: both forms say the same, and what is wrong is told by line and column without repeating it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from carnet.documents.cda_header import header_of, read_header
from carnet.documents.compose_care import compose_care
from carnet.documents.content import CareKind, Reimbursed, read_content
from carnet.documents.time import Dtm
from carnet.errors import InvalidInput
from carnet.feeds.reimbursements.lines import COLUMNS, Cells, Wrong, read_line
from carnet.feeds.reimbursements.persons import MOST_LINES, PersonLines, look, persons
from carnet.feeds.reimbursements.source import LINE_BYTES, START, Row, heads_of, rows_of
from carnet.people.ins import DEMONSTRATION
from tests.feeds.reimbursements.batches import BATCH, DAY, as_csv, as_parquet, every_kind, line, sorted_by_person
from tests.feeds.reimbursements.heads import HEAD
from tests.running import another_patient

ANNE, BOB = another_patient(41), another_patient(42)


def read(file: Path) -> list[PersonLines]:
    return list(persons(rows_of(file), DEMONSTRATION))


def test_both_forms_of_a_batch_say_the_same(tmp_path: Path) -> None:
    lines = sorted_by_person(every_kind(ANNE), every_kind(BOB))
    as_lines, as_columns = as_csv(tmp_path / "a.csv", lines), as_parquet(tmp_path / "a.parquet", lines)
    assert look(heads_of(as_lines)) == look(heads_of(as_columns))
    assert read(as_lines) == read(as_columns)
    assert (look(heads_of(as_lines)).lines, look(heads_of(as_lines)).persons) == (16, 2)
    first = read(as_lines)[0]
    assert [each.kind for each in first.lines] == [
        CareKind.MEDICINE, CareKind.VACCINE, CareKind.MEDICAL_DEVICE, CareKind.HOSPITALIZATION,
        CareKind.MEDICAL_DENTAL_CARE, CareKind.MEDICAL_DENTAL_CARE, CareKind.RADIOLOGY, CareKind.BIOLOGY]
    assert [each.label for each in first.lines][1:3] == ["VACCIN; TETANIQUE", 'COMPRESSES "10"']


def test_what_a_line_says_reads_back_from_the_document_made_of_it(tmp_path: Path) -> None:
    [person] = read(as_csv(tmp_path / "a.csv", every_kind(ANNE)))
    found = read_content(compose_care(HEAD, person.lines).content)
    assert (found.unread, found.reimbursed) == ((), tuple(person.lines))


def test_the_header_of_each_person_of_a_batch_is_theirs_and_is_the_one_that_is_written() -> None:
    later = msgspec.structs.replace(
        HEAD, unique_id="2.25.987654321^fedcba9876543210", patient=BOB, care_start=Dtm.parse("20260102"))
    for head in (HEAD, later, HEAD):
        composed = compose_care(head, ())
        written = read_header(composed.content, DEMONSTRATION)
        assert written == header_of(composed.header, DEMONSTRATION)
        assert (written.unique_id, written.set_id) == (head.unique_id, head.unique_id)
        assert written.patient_id == head.patient.ins
        assert (written.service_start_time, written.service_stop_time) == (head.care_start, head.care_stop)
        assert (written.authors, written.issues) == ((head.author,), ())


@pytest.mark.parametrize(("changed", "column", "told"), [
    ({"kind": "DISEASE"}, "kind", "no kind of care"),
    ({"code_system": "LPP"}, "code_system", "not a list of MEDICINE; accepted: CIP13, UCD"),
    ({"code": "3400935673221"}, "code", "the key of this CIP13"),
    ({"code": "340093567322"}, "code", "13 digits"),
    ({"code": "٣٤٠٠٩٣٥٦٧٣٢٢٠"}, "code", "13 digits"),
    ({"atc": "G3"}, "atc", "not a code of ATC"),
    ({"label": " "}, "label", "not 1 to 250"),
    ({"label": "x" * 251}, "label", "not 1 to 250"),
    ({"label": "=cmd|'/c calc'!A1"}, "label", "like a formula"),
    ({"label": "LUDEAL\0"}, "label", "a control character"),
    ({"prescriber": "@SUM(A1)"}, "prescriber", "like a formula"),
    ({"date": "2026-02-30"}, "date", "not a day"),
    ({"date": "26/05/2026"}, "date", "not a day"),
    ({"date": "2026-11-22"}, "date", "later than the batch"),
    ({"end_date": "2026-06-01"}, "end_date", "stands empty for MEDICINE"),
    ({"quantity": "0"}, "quantity", "not a number"),
    ({"split_pack": "oui"}, "split_pack", "neither 0 nor 1"),
    ({"no_transfer": "yes"}, "no_transfer", "neither 0 nor 1"),
    ({"establishment_id": "1 OR 1=1"}, "establishment_id", "not an identifier"),
    ({"establishment": ""}, "establishment", "without a name"),
])
def test_what_is_wrong_in_a_cell_is_told_and_not_repeated(changed: dict[str, str], column: str, told: str) -> None:
    found = read_line(line(**changed), 7)
    assert isinstance(found, tuple)
    assert [(each.line, each.column) for each in found] == [(7, column)]
    assert told in found[0].message
    assert not any(value.strip() and value in found[0].message for value in changed.values())


def test_a_stay_ends_after_it_began() -> None:
    stay = every_kind()[3]
    assert isinstance(read_line(stay, 2), Reimbursed)
    found = read_line(stay._replace(end_date="2025-05-14"), 2)
    assert found == (Wrong(2, "end_date", "before the stay began, or later than the batch"),)


@pytest.mark.parametrize(("content", "where", "told"), [
    (b"", "line 1", "not the header"),
    (b"a;b;c\n1;2;3\n", "line 1", "not the header"),
    (";".join(COLUMNS).upper().encode() + b"\n", "line 1", "not the header"),
    (b"x" * (LINE_BYTES * 3), "line 1", "not the header"),
    (";".join(COLUMNS).encode("utf-16"), "line 1", "not the header"),
    (";".join(COLUMNS).encode() + b"\n", "file", "no line of it"),
    (b"PAR1 and nothing more", "file", "cannot be read"),
])
def test_a_file_that_is_not_of_the_form_is_refused_whole(
    tmp_path: Path, content: bytes, where: str, told: str,
) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(content)
    with pytest.raises(InvalidInput) as error:
        look(heads_of(file))
    [issue] = error.value.issues
    assert (issue.expression, told in issue.message) == (where, True)


def test_lines_out_of_order_or_of_another_batch_refuse_the_file(tmp_path: Path) -> None:
    lines = sorted_by_person(every_kind(ANNE), every_kind(BOB))
    for wrong, where in (
        ([*lines[8:], *lines[:8]], "line 10"), ([*lines, lines[0]], "line 18"),
        ([*lines, lines[-1]._replace(batch="2026-12")], "line 18"), ([*lines, lines[-1]._replace(ins="")], "line 18"),
        ([lines[0]._replace(batch_date="21/11/2026")], "line 2"),
    ):
        with pytest.raises(InvalidInput) as error:
            look(heads_of(as_csv(tmp_path / "bad.csv", wrong)))
        assert error.value.issues[0].expression == where


def test_a_line_without_end_is_refused_without_being_read(tmp_path: Path) -> None:
    file = as_csv(tmp_path / "long.csv", [line()])
    with file.open("r+b") as opened:
        opened.truncate(1024**3)        # a hole of zeros: a gigabyte that takes no disk, and must take no memory
    with pytest.raises(InvalidInput, match=f"longer than {LINE_BYTES} bytes"):
        look(heads_of(file))


def test_a_bad_line_is_its_persons_alone(tmp_path: Path) -> None:
    anne, bob = every_kind(ANNE), every_kind(BOB)
    file = as_csv(tmp_path / "a.csv", sorted_by_person(anne, bob))
    content = file.read_bytes().split(b"\n")
    content[2] = content[2].replace("inventé".encode(), "inventé".encode("latin-1"))
    content[4] += b";one more"
    content[5] = content[5].replace(b"CONSULTATION", b'"CONSULT"ATION"')
    file.write_bytes(b"\n".join(content))
    look(heads_of(file))
    refused, brought = read(file)
    assert [(each.line, each.message) for each in refused.wrong] == [
        (3, "not UTF-8, at byte 213 of the line"), (5, "23 cells instead of 22"), (6, "quotes that do not match")]
    assert (len(brought.lines), brought.wrong) == (8, [])


def test_lines_kept_back_are_left_out_and_a_person_has_only_so_many(tmp_path: Path) -> None:
    lines = every_kind(ANNE)
    lines[0] = lines[0]._replace(no_transfer="1")
    [person] = read(as_csv(tmp_path / "a.csv", lines))
    assert (len(person.lines), person.kept_back) == (7, 1)
    [many] = read(as_csv(tmp_path / "many.csv", [line(ANNE)] * (MOST_LINES + 20)))
    assert [each.line for each in many.wrong] == [MOST_LINES + 2]


def test_a_person_begins_where_an_import_goes_on(tmp_path: Path) -> None:
    file = as_csv(tmp_path / "a.csv", sorted_by_person(every_kind(ANNE), every_kind(BOB)))
    [bob] = persons(rows_of(file), DEMONSTRATION, from_line=10)
    assert (bob.ins, bob.start.line, bob.count) == (BOB.ins, 10, 8)
    assert (look(heads_of(file)).batch, look(heads_of(file)).made_on) == (BATCH, DAY)


@pytest.mark.parametrize("write", [as_csv, as_parquet])
def test_pieces_of_a_file_have_each_person_once_and_whole(
    tmp_path: Path, write: Callable[[Path, list[Cells]], Path],
) -> None:
    people = [another_patient(number) for number in range(70, 81)]
    file = write(tmp_path / "a", sorted_by_person(every_kind(people[4]), *map(every_kind, people)))
    whole = read(file)
    for pieces in (1, 2, 3, 11, 40):
        cut = look(heads_of(file)).cut(pieces)
        assert 1 <= len(cut) <= pieces
        assert [until for _, until in cut] == [*(start.line for start, _ in cut[1:]), 98]
        assert [
            person for start, until in cut
            for person in persons(rows_of(file, start), DEMONSTRATION, from_line=start.line, until=until)] == whole
    write(tmp_path / "one", every_kind(ANNE))
    assert look(heads_of(tmp_path / "one")).cut(4) == [(START, 10)]


def test_marks_of_a_large_file_are_some_hundreds_evenly_among_its_persons() -> None:
    rows = (Row(number + 2, ("1.2", f"{number:015}", BATCH, DAY), "", number * 100) for number in range(10_000))
    marks = look(rows).marks
    assert 256 <= len(marks) <= 512
    assert {after.line - before.line for before, after in pairwise(marks)} == {32}
    assert all(mark.offset == (mark.line - 2) * 100 for mark in marks)

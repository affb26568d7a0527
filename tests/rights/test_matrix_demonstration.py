"""The matrix of demonstrations: whole, marked as not the official one, and true to what is known of that one."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

import pytest

from carnet.documents import codes
from carnet.documents.codes import CodeList
from carnet.documents.own import PATIENT_TYPES
from carnet.people.caller import PROFESSION
from carnet.rights import matrices as shipped_matrices
from carnet.rights.matrices import demonstration, shipped
from carnet.rights.matrix import NOTHING_OPEN, PRODUCER, Key
from carnet.rights.matrix_keys import key_of, professions
from tests.documents.expectations import EXPECTED
from tests.rights.matrices import DAY, SOFTWARE, column

TYPES = {each.code for each in codes.every(CodeList.TYPE)}
NATIONAL = {code for code in TYPES if codes.is_in_dmp(code)}
ORDER, CHOICE = "arrêté du 26 octobre 2023", "choix de la démonstration"


def closed(profession: str, *specialties: str) -> set[str]:
    """The types that this profession does not read."""
    return TYPES - column(demonstration(), profession, *specialties).readable


def test_it_says_that_it_is_not_the_official_one() -> None:
    first_line = files(shipped_matrices).joinpath("demonstration.tsv").read_text(encoding="utf-8").split("\n")[0]
    assert "CE N'EST PAS LA MATRICE OFFICIELLE" in first_line
    assert "NOT THE OFFICIAL ONE" in first_line
    assert demonstration().is_official is False


def test_every_health_profession_has_an_answer_for_every_type() -> None:
    assert (len(professions()), len(NATIONAL - {"E1762"})) == (29, 102)
    answered = {(row.key, row.type_code) for row in demonstration().rows}
    lacking = [(key.code, code) for key in professions() for code in TYPES if (key, code) not in answered]
    assert lacking == []


def test_it_is_in_force_on_every_day_since_the_order() -> None:
    rows = demonstration().rows
    assert {(row.valid_from, row.valid_to) for row in rows} == {(date(2023, 10, 29), None)}


def test_each_row_says_whether_the_order_or_this_project_chose() -> None:
    assert {row.legal_ref for row in demonstration().rows} == {ORDER, CHOICE}
    facts = {row.key.code for row in demonstration().rows if row.legal_ref == ORDER}
    assert facts == {"10", "40", "80"}


def test_doctors_read_all_but_the_residence_attestation() -> None:
    assert closed("10") == closed("10", "G15_10/SM54") == {"ATTEST-RESID"}


def test_dentists_do_not_read_what_the_order_closes_to_them() -> None:
    of_the_order = {"80788-3", "75496-0", "83981-1", "83901-9", "68599-0", "EXPPAT_3"}
    assert closed("40") == of_the_order | {"ATTEST-RESID"}


def test_podiatrists_read_widely_but_no_delivery_report() -> None:
    assert closed("80") == {"15508-5", "ATTEST-RESID"}


@pytest.mark.parametrize("profession", ["21", "60"])
def test_pharmacists_and_nurses_read_slightly_less_than_doctors(profession: str) -> None:
    assert closed("10") < closed(profession)
    assert len(closed(profession)) < 10


def test_nineteen_health_professions_read_something() -> None:
    read = [key for key in professions() if demonstration().column(key, DAY).readable]
    assert len(read) == 19


@pytest.mark.parametrize("profession", ["41", "93"])
def test_social_professions_read_a_few_types_only(profession: str) -> None:
    key = key_of(profession)
    assert key is not None
    assert 0 < len(demonstration().column(key, DAY).readable) < 10


def test_a_nurse_of_advanced_practice_in_mental_health_reads_what_other_nurses_do_not() -> None:
    assert closed("60") - closed("60", "G15_60/SI04") == {"68599-0", "83901-9"}
    assert closed("60") - closed("60", "G15_60/SI02") == {"51969-4"}


def test_roles_without_a_row_read_nothing() -> None:
    role = key_of("312")
    assert role is not None
    assert role not in demonstration().keys
    assert not demonstration().column(role, DAY).readable


def test_software_reads_nothing_and_writes_what_professionals_do_and_reimbursements() -> None:
    software = demonstration().column_of(SOFTWARE, DAY)
    assert software.readable == frozenset()
    assert software.writable == column(demonstration(), "10").writable | {"REMB"}
    assert {row.read for row in demonstration().rows if row.key.oid == PRODUCER} == {False}


def test_nobody_but_patients_writes_what_patients_write() -> None:
    for key in demonstration().keys:
        assert not demonstration().column(key, DAY).writable & {*PATIENT_TYPES, "ATTEST-RESID"}


def test_every_health_profession_writes_all_the_rest() -> None:
    expected = TYPES - {*PATIENT_TYPES, "DOCPAT10", "ATTEST-RESID", "REMB"}
    assert {key.code for key in professions() if demonstration().column(key, DAY).writable != expected} == set()


def test_official_samples_are_written_by_software_and_but_for_reimbursements_by_doctors() -> None:
    written = {each[1] for each in EXPECTED.values()}
    assert written <= demonstration().column_of(SOFTWARE, DAY).writable
    assert written - column(demonstration(), "10").writable == {"REMB"}


def test_outside_of_a_demonstration_nothing_is_open_until_a_matrix_is_loaded() -> None:
    assert shipped(is_demonstration=True) is demonstration()
    assert shipped(is_demonstration=False) is NOTHING_OPEN


def test_the_file_is_in_order() -> None:
    keys = [row.key for row in demonstration().rows]
    assert list(dict.fromkeys(keys)) == [key for at, key in enumerate(keys) if at == 0 or keys[at - 1] != key]
    order = [each.code for each in codes.every(CodeList.TYPE)]
    doctors = [row.type_code for row in demonstration().rows if row.key == Key(PROFESSION, "10")]
    assert doctors == order
    text = files(shipped_matrices).joinpath("demonstration.tsv").read_text(encoding="utf-8")
    assert not [line for line in text.split("\n") if line != line.rstrip()]

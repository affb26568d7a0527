"""Claims: of which profession a token speaks. Which rights go with it is the matrix's."""

from __future__ import annotations

from typing import Any

import pytest

from carnet.people.caller import PROFESSION, ROLE, TITLE, TRAINEE, ProfessionalCaller
from carnet.people.claims import ROLE_VALUE_SET, SPECIALTY, caller_of
from carnet.people.code import Code

NURSE = f"60^{PROFESSION}"


def professional(roles: list[str], *practices: dict[str, str]) -> ProfessionalCaller:
    claims: dict[str, Any] = {
        "SubjectNameID": "899700218896", "SubjectRole": roles, "SubjectRefPro": {"exercices": list(practices)}}
    caller = caller_of(claims)
    assert isinstance(caller, ProfessionalCaller)
    return caller


@pytest.mark.parametrize(("roles", "practices", "profession"), [
    ([NURSE], [], Code("60", PROFESSION)),
    ([f"60^{ROLE_VALUE_SET}"], [], Code("60", PROFESSION)),
    ([f"10^{TRAINEE}"], [], Code("10", TRAINEE)),
    ([f"71^{TITLE}"], [], Code("71", TITLE)),
    ([f"330^{ROLE}", NURSE], [], Code("60", PROFESSION)),
    ([], [{"codeProfession": "21"}], Code("21", PROFESSION)),
    ([], [{"codeProfession": "21", "codeCategorieProfessionnelle": "E"}], Code("21", TRAINEE)),
])
def test_the_profession_is_the_first_that_a_role_names(
    roles: list[str], practices: list[dict[str, str]], profession: Code,
) -> None:
    assert professional(roles, *practices).profession == profession


def test_a_student_is_in_training_whatever_list_the_role_names() -> None:
    student = {"codeProfession": "10", "codeSavoirFaire": "SM54", "codeCategorieProfessionnelle": "E"}
    caller = professional([f"10^{ROLE_VALUE_SET}"], student)
    assert caller.profession == Code("10", TRAINEE)
    assert caller.specialties == (Code("G16_10/SM54", SPECIALTY),)
    qualified = {"codeProfession": "10", "codeCategorieProfessionnelle": "C"}
    assert professional([f"10^{PROFESSION}"], student, qualified).profession == Code("10", PROFESSION)


def test_a_role_beside_a_profession_is_kept_for_the_matrix() -> None:
    assert professional([NURSE, f"330^{ROLE}"]).specialties == (Code("330", ROLE),)

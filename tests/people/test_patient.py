from __future__ import annotations

import msgspec
import pytest

from carnet.errors import InvalidIdentifier
from carnet.people.patient import Sex, Traits, parse_birth_date


@pytest.mark.parametrize(("text", "expected"), [
    ("19790328", "1979-03-28"), ("1979-03-28", "1979-03-28"), ("1979-03-28T00:00:00Z", "1979-03-28"),
    ("197903", "1979-03"), ("1979", "1979"), ("19790000", "1979"), ("19790300", "1979-03"), ("19791328", None),
    ("hier", None), ("", None),
])
def test_a_date_of_birth_may_be_known_in_part(text: str, expected: str | None) -> None:
    assert parse_birth_date(text) == expected


def test_all_that_is_wrong_in_the_traits_is_said_at_once() -> None:
    with pytest.raises(InvalidIdentifier) as refused:
        Traits(birth_family=" ", birth_given="", birth_date="28/03/1979", sex=Sex.FEMALE, birthplace="Paris").checked()
    assert [issue.expression for issue in refused.value.issues] == [
        "birth_family", "birth_given", "birth_date", "birthplace",
    ]


def test_a_person_is_called_by_the_names_in_use() -> None:
    born = Traits(birth_family="NÉE", birth_given="Camille", birth_date="1999-07", sex=Sex.FEMALE, birthplace="2A004")
    married = msgspec.structs.replace(born, used_family="USAGE", used_given="Cam")
    assert (born.checked().family, born.given) == ("NÉE", "Camille")
    assert (married.checked().family, married.given) == ("USAGE", "Cam")

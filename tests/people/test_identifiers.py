from __future__ import annotations

import pytest

from carnet.errors import InvalidIdentifier
from carnet.people.identifiers import DEMONSTRATION, PsId, PsIdKind, StructId, StructIdKind


@pytest.mark.parametrize(("text", "kind", "number"), [
    ("801234567897", PsIdKind.RPPS, "01234567897"),
    ("810100997245", PsIdKind.RPPS, "10100997245"),
    ("0750123450", PsIdKind.ADELI, "750123450"),
    ("00B1057294", PsIdKind.ADELI, "0B1057294"),
    ("3750803447/123", PsIdKind.FINESS_INTERNAL, "750803447/123"),
    ("518003502400041/1.2.250.1.215.1.2", PsIdKind.SIRET_INTERNAL, "18003502400041/1.2.250.1.215.1.2"),
])
def test_the_prefix_says_the_register_of_a_professional(text: str, kind: PsIdKind, number: str) -> None:
    assert PsId.parse(text) == PsId(kind, number)
    assert str(PsId.parse(text)) == text


@pytest.mark.parametrize(("text", "because"), [
    ("", "begins with"), ("999700218896", "begins with"), ("80123456789", "wrong form"),
    ("8012345678971", "wrong form"), ("401234567890009", "wrong form"), ("801234567890", "key"),
])
def test_what_is_no_identifier_of_a_professional_is_refused(text: str, because: str) -> None:
    with pytest.raises(InvalidIdentifier, match=because):
        PsId.parse(text)


def test_a_demonstration_takes_the_official_example_with_a_wrong_key() -> None:
    found = PsId.parse("801234567890", DEMONSTRATION)
    assert found.rpps == "01234567890"
    assert not found.has_valid_key


@pytest.mark.parametrize(("text", "kind"), [
    ("1750803447", StructIdKind.FINESS), ("12A0000014", StructIdKind.FINESS), ("2552081317", StructIdKind.SIREN),
    ("318003502400041", StructIdKind.SIRET), ("335600000000048", StructIdKind.SIRET),
    ("335600000049837", StructIdKind.SIRET),
    ("401234567897009", StructIdKind.RPPS_RANK), ("00B105729400", StructIdKind.ADELI_CABINET),
])
def test_the_prefix_says_the_register_of_an_organisation(text: str, kind: StructIdKind) -> None:
    found = StructId.parse(text)
    assert found.kind is kind
    assert str(found) == text


@pytest.mark.parametrize("text", [
    "", "8750803447", "175080344", "1750803448", "2801234567", "318003502400042", "401234567890009",
])
def test_what_is_no_identifier_of_an_organisation_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        StructId.parse(text)


def test_rpps_and_finess_are_taken_without_their_prefix() -> None:
    assert str(PsId.of_rpps("01234567897")) == "801234567897"
    assert str(StructId.of_finess("750803447")) == "1750803447"
    with pytest.raises(InvalidIdentifier):
        PsId.of_rpps("1234567897")

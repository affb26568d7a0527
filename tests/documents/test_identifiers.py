from __future__ import annotations

import pytest

from carnet.documents.identifiers import as_urn, is_oid, unique_id
from carnet.errors import InvalidIdentifier

UUID = "8d5e778c-e155-4685-95c6-5ff65a362964"


@pytest.mark.parametrize(("text", "expected"), [
    ("1.2.250.1.213.1", "1.2.250.1.213.1"), ("urn:oid:1.2.3", "1.2.3"), (UUID.upper(), UUID),
    (f"urn:uuid:{UUID}", UUID), ("1.2.3^A_1", "1.2.3^A_1"), (" 1.2.3 ", "1.2.3"),
])
def test_an_identifier_has_one_form(text: str, expected: str) -> None:
    assert unique_id(text) == expected
    assert unique_id(unique_id(text)) == expected


@pytest.mark.parametrize("text", [
    "", "abc", "1", "3.2.1", "1.02.3", "1..2", "1.2.3.", f"{UUID}^ext", "1.2.3^a b", "1.2.3^a&b", "1." * 40 + "1",
    "1.2.3^" + "x" * 200, "http://example.org/1",
])
def test_another_thing_is_no_identifier(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        unique_id(text)


def test_fhir_writes_identifiers_as_urn() -> None:
    assert as_urn("1.2.3") == "urn:oid:1.2.3"
    assert as_urn(UUID) == f"urn:uuid:{UUID}"
    assert as_urn("1.2.3^A") == "1.2.3^A"
    assert not is_oid("1")

"""Documents held to the national schema: official and our own pass; what breaks it is told without being quoted."""

from __future__ import annotations

from pathlib import Path

import pytest

from carnet.documents.safety.schema import MOST_ISSUES, Schema
from carnet.errors import InvalidSetting
from tests.documents.lots import letter

# A schema of our own, as small as can be: CI runs where the national one is not.
SMALL = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:hl7-org:v3"
 targetNamespace="urn:hl7-org:v3" elementFormDefault="qualified">
<xs:element name="ClinicalDocument"><xs:complexType><xs:sequence>
<xs:element name="id" maxOccurs="unbounded"><xs:complexType><xs:attribute name="root" use="required"/>
<xs:attribute name="count" type="xs:integer"/></xs:complexType></xs:element><xs:element name="title" type="xs:string"/>
</xs:sequence></xs:complexType></xs:element></xs:schema>"""


@pytest.fixture
def small(tmp_path: Path) -> Schema:
    """The small schema, in a folder like the national one."""
    folder = tmp_path / "infrastructure" / "cda"
    folder.mkdir(parents=True)
    (folder / "CDA_extended.xsd").write_text(SMALL, encoding="utf-8")
    return Schema(tmp_path)


@pytest.fixture(scope="module")
def national(shared_data: Path) -> Schema:
    """The national schema."""
    return Schema(shared_data / "cda-fr-schematrons")


def document(inside: str) -> bytes:
    return f'<ClinicalDocument xmlns="urn:hl7-org:v3">\n{inside}\n</ClinicalDocument>'.encode()


@pytest.mark.parametrize(("inside", "told", "where"), [
    ('<id root="1"/>\n<title>A</title>', "", ""),
    ("<title>A</title>", "line 2: title is not expected here", "/ClinicalDocument/title"),
    ('<id root="1"/>\n<id/><title>A</title>', "line 3: id lacks an attribute", "/ClinicalDocument/id[2]"),
    ('<id root="1" name="DURAND"/><title>A</title>', "line 2: id has an attribute that", "/ClinicalDocument/id"),
    ('<id root="1" count="DURAND"/><title>A</title>', "line 2: id has a value of the wrong type",
     "/ClinicalDocument/id"),
])
def test_each_break_is_told_by_its_place_and_never_quotes_the_document(
    small: Schema, inside: str, told: str, where: str,
) -> None:
    issues = list(small.issues(document(inside)))
    assert [issue.expression for issue in issues] == ([where] if where else [])
    assert all(issue.message.startswith(told) and issue.code == "structure" for issue in issues)
    assert "DURAND" not in str(issues)


def test_a_document_all_wrong_is_told_in_a_few_lines(small: Schema) -> None:
    assert len(list(small.issues(document("<id/>" * 1000 + "<title/>")))) == MOST_ISSUES


def test_what_is_no_cda_is_not_judged(small: Schema) -> None:
    assert list(small.issues(b"%PDF-1.7\n")) == []


def test_a_folder_without_the_schema_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="document_rules_folder"):
        Schema(tmp_path)


def test_every_official_sample_passes_and_so_does_what_we_write(national: Schema, shared_data: Path) -> None:
    samples = sorted((shared_data / "cda-fr").glob("*.xml"))
    assert len(samples) > 40
    assert {sample.name: found for sample in samples if (found := list(national.issues(sample.read_bytes())))} == {}
    assert list(national.issues(letter())) == []
    [issue] = national.issues(letter().replace(b"<title>", b"<titre/><title>"))
    assert (issue.code, issue.expression) == ("structure", "/ClinicalDocument/titre")

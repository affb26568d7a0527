"""Documents that are badly made: what is odd is left out and told, the rest is read, and nothing raises."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from lxml import etree

from carnet.documents.content import Content, Quantity, Text, read_content
from carnet.errors import InvalidDocument
from tests.documents.content.written import RESULTS, VACCINATIONS, written

HEAD = '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
LAB = '<templateId root="1.3.6.1.4.1.19376.1.3.1"/>'
TSH = '<code code="3016-3" codeSystem="2.16.840.1.113883.6.1" displayName="TSH"/>'

NAMELESS = "<manufacturedProduct><manufacturedMaterial/></manufacturedProduct>"


def cda(code: str, entries: str, narrative: str = "") -> bytes:
    """A document with one section of this code."""
    return (
        f'{HEAD}<component><structuredBody><component><section><code code="{code}"/><title>Titre</title>'
        f"<text>{narrative}</text>{entries}</section></component></structuredBody></component></ClinicalDocument>"
    ).encode()


def observed(value: str, *, code: str = TSH, narrative: str = "") -> Content:
    """A report with one observation."""
    observation = f'<observation classCode="OBS" moodCode="EVN">{code}{value}</observation>'
    held = f'<entryRelationship typeCode="COMP">{observation}</entryRelationship>'
    return read_content(cda("18719-5", f"<entry>{LAB}<act>{held}</act></entry>", narrative))


@pytest.mark.parametrize(("value", "shown"), [
    ('<value xsi:type="PQ" value="1,95" unit="g/L"/>', "1,95 g/L"),             # a French comma is no number of HL7
    ('<value xsi:type="PQ" value="&lt;0.5" unit="g/L"/>', "<0.5 g/L"),
    ('<value xsi:type="PQ" value="NaN" unit="g/L"/>', "NaN g/L"),
    ('<value xsi:type="PQ" value="1e999999" unit="g/L"/>', "1e999999 g/L"),
    ('<value xsi:type="IVL_PQ"><low value="2" unit="mg/L"/><high value="3" unit="mg/L"/></value>', "2 mg/L – 3 mg/L"),
    ('<value xsi:type="IVL_PQ"><high value="3" unit="mg/L" inclusive="false"/></value>', "< 3 mg/L"),
    ('<value xsi:type="IVL_PQ"><low value="2" unit="mg/L" inclusive="false"/></value>', "> 2 mg/L"),
    ('<value xsi:type="IVL_PQ"><low value="2" unit="mg/L"/></value>', "≥ 2 mg/L"),
    ('<value xsi:type="RTO_PQ_PQ"><numerator value="1"/><denominator value="80"/></value>', "1/80"),
    ('<value xsi:type="ST">trouble</value>', "trouble"),
    ('<value xsi:type="CD"><originalText><reference value="#v1"/></originalText></value>', "rares"),
    ('<value xsi:type="CD" nullFlavor="OTH"><translation code="x" displayName="autre"/></value>', "autre"),
    ('<value xsi:type="BL" value="true"/>', "true"),
    ('<value xsi:type="XYZ" value="7"/>', "7"),
    ('<value xsi:type="INT" value="1"/><value xsi:type="INT" value="2"/>', "1 ; 2"),
])
def test_what_is_no_plain_number_is_text_as_shown(value: str, shown: str) -> None:
    (found,) = observed(value, narrative='<content ID="v1">rares</content>').results
    assert found.value == Text(shown)


@pytest.mark.parametrize(("value", "absent"), [
    ('<value xsi:type="PQ" nullFlavor="NAV"/>', "NAV"), ('<value nullFlavor="UNK"/>', "UNK"), ("", ""),
    ('<value xsi:type="CD"><originalText><reference value="#nowhere"/></originalText></value>', ""),
    ('<value xsi:type="ED" representation="B64" mediaType="application/pdf">JVBERi0=</value>', ""),
])
def test_a_value_that_is_not_there_is_none_with_its_reason(value: str, absent: str) -> None:
    (found,) = observed(value).results
    assert (found.value, found.absent) == (None, absent)


def test_the_unit_one_is_no_unit() -> None:
    (found,) = observed('<value xsi:type="PQ" value="2" unit="1"/>').results
    assert isinstance(found.value, Quantity)
    assert (str(found.value.number), found.value.unit) == ("2", "")


def test_loinc_is_found_among_translations_and_else_the_code_of_the_laboratory() -> None:
    local = '<code code="L1" codeSystem="1.2.3" displayName="Maison">{}</code>'
    loinc = '<translation code="3016-3" codeSystem="2.16.840.1.113883.6.1" displayName="TSH"/>'
    codes = [observed("", code=local.format(inside)).results[0].code for inside in (loinc, "")]
    assert [(code.code, code.system) for code in codes] == [("3016-3", "2.16.840.1.113883.6.1"), ("L1", "1.2.3")]


@pytest.mark.parametrize(("code", "entry", "reason"), [
    ("18719-5", f"{LAB}<act><component><observation/></component></act>", "a result without a name"),
    ("18719-5", f'{LAB}<act><component><observation negationInd="true">{TSH}</observation></component></act>',
     "a result that is said not to be"),
    ("18719-5", f"{LAB}<act><component><poem/></component></act>", "unknown part of a report: poem"),
    ("11369-6", "<observation/>", "no vaccination in an entry"),
    ("11369-6", "<substanceAdministration/>", "no product"),
    ("10160-0", "<supply/>", "no medicine in an entry"),
    ("60590-7", "<act/>", "no supply in an entry of dispensation"),
    ("57828-6", f"<substanceAdministration><consumable>{NAMELESS}</consumable></substanceAdministration>",
     "a product without a name"),
    ("48765-2", "<act/>", "no observation in a concern"),
    ("48765-2", "<observation/>", "an allergy without a name"),
    ("11450-4", "<observation/>", "a problem without a name"),
])
def test_an_odd_entry_is_left_out_and_told(code: str, entry: str, reason: str) -> None:
    content = read_content(cda(code, f"<entry>{entry}</entry>"))
    assert [(each.section, each.reason) for each in content.unread] == [("Titre", reason)]
    assert content == Content(unread=content.unread)


def test_one_odd_entry_leaves_the_others_to_be_read() -> None:
    root = etree.fromstring(written())
    vaccination = next(root.iter("{urn:hl7-org:v3}consumable")).getparent()
    assert vaccination is not None
    vaccination.remove(next(vaccination.iter("{urn:hl7-org:v3}consumable")))
    content = read_content(etree.tostring(root))
    assert (content.results, content.vaccinations) == (RESULTS, VACCINATIONS[1:])
    assert [(each.section, each.reason) for each in content.unread] == [("Vaccinations", "no product")]


def test_what_is_read_of_one_document_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carnet.documents.content.MOST_ITEMS", 3)
    content = read_content(written())
    assert (content.results, content.vaccinations) == (RESULTS[:3], ())
    assert [each.reason for each in content.unread] == ["more than 3 entries"]


def test_what_is_no_cda_is_refused() -> None:
    for content in (b"", b"%PDF-1.4", b"<html/>"):
        with pytest.raises(InvalidDocument):
            read_content(content)


@settings(max_examples=150, deadline=None)
@given(some.data())
def test_no_mutilated_document_raises(data: some.DataObject) -> None:
    root = deepcopy(etree.fromstring(written()))
    for _ in range(data.draw(some.integers(1, 6))):
        elements = [each for each in root.iter("{urn:hl7-org:v3}*") if each.getparent() is not None]
        _mutilate(data.draw(some.sampled_from(elements)), data)
    with suppress(InvalidDocument):
        content = read_content(etree.tostring(root))
        assert all([each.label for each in content.results] + [each.label for each in content.problems])


def _mutilate(element: etree._Element, data: some.DataObject) -> None:
    parent = element.getparent()
    match data.draw(some.sampled_from(("drop", "rename", "empty", "twice", "attribute", "null"))):
        case "drop" if parent is not None:
            parent.remove(element)
        case "rename":
            element.tag = "{urn:hl7-org:v3}" + data.draw(some.sampled_from(("act", "observation", "value", "supply")))
        case "empty":
            for child in list(element):
                element.remove(child)
        case "twice":
            element.append(deepcopy(element))
        case "attribute" if element.attrib:
            name = data.draw(some.sampled_from(sorted(map(str, element.attrib))))
            element.attrib[name] = data.draw(some.sampled_from(("", "#", "0", "-1", "CD", "true", "é" * 3)))
        case _:
            element.attrib.clear()
            element.attrib["nullFlavor"] = "UNK"

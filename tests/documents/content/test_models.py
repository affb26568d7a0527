"""What models add to plain entries, on invented documents: microbiology, recalled results, letters, reimbursements."""

from __future__ import annotations

import pytest

from carnet.documents.content import CareKind, Content, MedicationKind, read_content

HL7 = 'xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
LOINC, CIP13, ATC = "2.16.840.1.113883.6.1", "1.2.250.1.215.200.1.1.1", "1.2.250.1.215.200.1.2.2"
ANS = "1.2.250.1.213.1.1.1."


def document(*sections: str, model: str = "") -> Content:
    """The content of a document with these sections, of this model."""
    template = f'<templateId root="{ANS}{model}"/>' if model else ""
    body = "".join(f"<component>{section}</component>" for section in sections)
    return read_content(
        f"<ClinicalDocument {HL7}>{template}<component><structuredBody>{body}</structuredBody></component>"
        "</ClinicalDocument>".encode())


def section(code: str, *entries: str, narrative: str = "", translation: str = "") -> str:
    """A section; `translation` is a more precise code of it."""
    also = f'<translation code="{translation}"/>' if translation else ""
    held = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<section><code code="{code}">{also}</code><title>T{code}</title><text>{narrative}</text>{held}</section>'


def observation(code: str, value: str, held: str = "") -> str:
    return (
        f'<observation><code code="{code}" codeSystem="{LOINC}" displayName="D{code}"/>'
        f'<effectiveTime value="20260102"/><value xsi:type="PQ" value="{value}" unit="g/L"/>{held}</observation>')


def report(*held: str) -> str:
    """The act of a laboratory."""
    inside = "".join(f'<entryRelationship typeCode="COMP">{each}</entryRelationship>' for each in held)
    return f'<act><templateId root="1.3.6.1.4.1.19376.1.3.1"/>{inside}</act>'


def test_a_recalled_result_is_left_to_its_own_report() -> None:
    before = f'<entryRelationship typeCode="REFR">{observation("1-1", "3")}</entryRelationship>'
    content = document(section("18719-5", report(observation("1-1", "4", before))))
    assert [str(each.value.number) for each in content.results] == ["4"]  # type: ignore[union-attr]


def test_a_group_gives_its_isolate_its_specimen_and_its_laboratory_to_what_it_holds() -> None:
    organism = '<code displayName="Germe inventé" code="1" codeSystem="1.2"/>'
    group = (
        '<organizer classCode="CLUSTER"><specimen><specimenRole><specimenPlayingEntity classCode="MIC">'
        f"{organism}</specimenPlayingEntity></specimenRole></specimen>"
        "<performer><assignedEntity><representedOrganization><name>Autre labo</name></representedOrganization>"
        f"</assignedEntity></performer><component>{observation('2-2', '5')}</component></organizer>")
    taken = (
        '<procedure><effectiveTime value="20260101"/><participant><participantRole><playingEntity>'
        '<code code="UR" displayName="Urine"/></playingEntity></participantRole></participant></procedure>')
    alone, grouped = document(section("18725-2", report(taken, observation("1-1", "4"), group))).results
    assert (alone.specimen, alone.isolate, alone.laboratory) == ("Urine", "", None)
    assert (grouped.specimen, grouped.isolate) == ("Urine", "Germe inventé")
    assert grouped.laboratory is not None
    assert grouped.laboratory.name == "Autre labo"


@pytest.mark.parametrize("reference", ["#nom", "nom"])
def test_a_name_is_read_in_the_narrative_that_it_refers_to(reference: str) -> None:
    observed = (
        f'<observation><code code="1-1" codeSystem="{LOINC}" displayName="long"><originalText>'
        f'<reference value="{reference}"/></originalText></code></observation>')
    told = '<table><tbody><tr><td ID="nom">Nom<br/>court 10<sup>9</sup></td></tr></tbody></table>'
    (found,) = document(section("18719-5", report(observed), narrative=told)).results
    assert found.label == "Nom court 10⁹"


def medicine(name: str, *, held: str = "") -> str:
    return (
        f"<substanceAdministration><consumable><manufacturedProduct><manufacturedMaterial>"
        f'<code code="3400900000001" codeSystem="{CIP13}"><translation code="J07BB02" codeSystem="{ATC}"/></code>'
        f"<name>{name}</name></manufacturedMaterial></manufacturedProduct></consumable>{held}</substanceAdministration>")


@pytest.mark.parametrize(("model", "kind"), [("29", MedicationKind.STOPPED), ("40", MedicationKind.ADMINISTERED)])
def test_a_section_may_mean_something_else_in_a_letter_of_discharge(model: str, kind: MedicationKind) -> None:
    (found,) = document(section("18610-6", medicine("Produit")), model=model).medications
    assert found.kind is kind


def test_reimbursed_care_of_the_seven_kinds_and_nothing_where_there_is_no_code() -> None:
    who = '<assignedEntity><representedOrganization><name>{}</name></representedOrganization></assignedEntity>'
    bought = (
        '<entryRelationship typeCode="REFR"><supply><quantity value="2"/><performer><time value="20260201"/>'
        f"{who.format('Pharmacie inventée')}</performer></supply></entryRelationship>"
        '<entryRelationship typeCode="COMP"><observation><code code="MED-559"/><value value="true"/></observation>'
        "</entryRelationship>")
    device = (
        '<supply><performer><time value="20260202"/></performer><participant><participantRole><playingDevice>'
        '<code><translation code="1215702" codeSystem="1.2.250.1.215.200.2.1" displayName="Lit"/></code>'
        "</playingDevice></participantRole></participant></supply>")
    stay = (
        '<encounter><code code="IMP"><qualifier><value code="1940" displayName="Séjour"/></qualifier></code>'
        '<effectiveTime><low value="20260203"/><high value="20260205"/></effectiveTime></encounter>')
    act = '<procedure><code code="{}" displayName="{}"/><effectiveTime value="20260206"/></procedure>'
    nothing = "<procedure><code nullFlavor='NA'/></procedure>"
    content = document(
        section("10160-0", medicine("Gélule", held=bought)), section("11369-6", medicine("Vaccin")),
        section("46264-8", device), section("46240-8", stay),
        section("29554-3", act.format("G", "Consultation"), translation="67803-7"),
        section("29554-3", act.format("QEQJ001", "Remnographie"), translation="18726-0"),
        section("29554-3", act.format("1208", "T.S.H."), nothing, "<procedure/>", translation="26436-6"), model="36")
    assert content.model == "CNAM-HR"
    assert [(each.kind, each.code and each.code.code, each.label) for each in content.reimbursed] == [
        (CareKind.MEDICINE, "3400900000001", "Gélule"), (CareKind.VACCINE, "3400900000001", "Vaccin"),
        (CareKind.MEDICAL_DEVICE, "1215702", "Lit"), (CareKind.HOSPITALIZATION, "1940", "Séjour"),
        (CareKind.MEDICAL_DENTAL_CARE, "G", "Consultation"), (CareKind.RADIOLOGY, "QEQJ001", "Remnographie"),
        (CareKind.BIOLOGY, "1208", "T.S.H.")]
    assert [each.at and each.at.text for each in content.reimbursed] == [
        "20260201", None, "20260202", "20260203", "20260206", "20260206", "20260206"]
    assert [(each.quantity, each.is_split_pack, each.place and each.place.name) for each in content.reimbursed[:1]] == [
        ("2", True, "Pharmacie inventée")]
    assert [each.reason for each in content.unread] == ["an act without a code"]
    assert not [*content.medications, *content.vaccinations]

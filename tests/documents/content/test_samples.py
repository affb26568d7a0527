"""Every official example: as many values as its XML has, and the values that it says."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from carnet.documents.content import (
    Coded,
    Content,
    MedicationKind,
    Quantity,
    ReferenceRange,
    Result,
    Text,
    read_content,
)
from carnet.documents.content.values import ATC, CIP, CIS, CareKind
from tests.documents.content.expectations import EXPECTED

LOINC = "2.16.840.1.113883.6.1"


def content_of(shared_data: Path, name: str) -> Content:
    return read_content((shared_data / "cda-fr" / f"{name}.xml").read_bytes())


def result(content: Content, code: str, isolate: str = "") -> Result:
    return next(each for each in content.results if each.code.code == code and isolate in each.isolate)


def test_every_file_of_the_collection_is_expected(shared_data: Path) -> None:
    assert {path.stem for path in (shared_data / "cda-fr").glob("*.xml")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_official_example_has_the_values_that_its_xml_has(shared_data: Path, name: str) -> None:
    content = content_of(shared_data, name)
    counts = (
        len(content.results), len(content.vaccinations),
        *(len(content.medications_as(kind)) for kind in MedicationKind), len(content.allergies),
        sum(not each.is_history for each in content.problems), sum(each.is_history for each in content.problems),
        len(content.reimbursed), len(content.unread))
    assert (content.model, counts) == EXPECTED[name]
    assert all(each.value is not None and each.label and each.at for each in content.results)
    assert all(each.label and each.code and each.at for each in content.reimbursed)


@pytest.mark.parametrize(("name", "code", "value", "low", "high", "flag"), [
    ("BIO-CR-BIO_2024.01_TSH_1", "3016-3", "1.950 m[IU]/L", "0.270", "4.200", "N"),
    ("BIO-CR-BIO_2024.01_TSH_1", "3024-7", "7.67 pg/mL", "9.30", "17.00", "L"),
    ("BIO-CR-BIO_2024.01_Glycemie_mole", "40193-5", "4.89 mmol/L", "3.89", "3.89", "N"),
    ("BIO-CR-BIO_2024.01_Electrophorese", "718-7", "13.4 g/dL", "11.5", "14.5", "N"),
    ("BIO-CR-BIO_2024.01_Electrophorese", "30428-7", "97 fL", "85", "95", "H"),
    ("BIO-CR-BIO_2024.01_Electrophorese", "2865-4", "3.8 g/L", "0.800000", "3.200000", "H"),
    ("BIO-CR-BIO_2021.01_Auto-Presentable", "53049-3", "0.88 g/L", "0.70", "1.08", "N"),
    ("BIO-CR-BIO_2021.01_Auto-Presentable", "30239-8", "45 [IU]/L", "10", "50", "H"),
    ("BIO-CR-BIO_2021.01_Microbiologie_V1", "30405-5", "500 /mL", None, None, ""),
    ("BIO-CR-BIO_2024.01_CR-2nde-intention-PDF", "6301-6", "2.0", None, None, "N"),
    ("AVC-AUNV_2022.01", "2345-7", "1.8 g/L", None, None, ""),
])
def test_a_number_is_what_the_laboratory_wrote(
    shared_data: Path, name: str, code: str, value: str, low: str | None, high: str | None, flag: str,
) -> None:
    found = result(content_of(shared_data, name), code)
    number, _, unit = value.partition(" ")
    assert (found.value, found.flag) == (Quantity(Decimal(number), unit), flag)
    assert found.code.system == LOINC
    usual = found.ranges[0] if found.ranges else ReferenceRange()
    bounds = [each and str(each.number) for each in (usual.low, usual.high)]
    assert bounds == [low, high]


def test_a_value_in_words_stays_in_words(shared_data: Path) -> None:
    found = result(content_of(shared_data, "BIO-CR-BIO_2021.01_Auto-Presentable"), "1988-5")
    assert found.value == Text("<1.0 mg/L")
    assert found.ranges == (ReferenceRange(high=Quantity(Decimal("5.0"), "mg/L")),)
    urine = content_of(shared_data, "BIO-CR-BIO_2021.01_Microbiologie_V1")
    assert result(urine, "653-6").value == Text("nombreux Gram - ; quelques Gram +")     # as the narrative shows it
    assert (result(urine, "5778-6").value, result(urine, "5778-6").specimen) == (Text("paille"), "urine")


def test_a_rapid_test_is_a_coded_value(shared_data: Path) -> None:
    found = result(content_of(shared_data, "BIO-TROD_2024.01_Cystite"), "5802-4")
    assert isinstance(found.value, Coded)
    assert (found.value.code.code, found.value.text, found.label) == (
        "260385009", "négatif", "Recherche de nitrites urinaires")
    assert found.at is not None
    assert found.at.text == "20240106113623+0100"


@pytest.mark.parametrize(("isolate", "count", "gentamicin"), [
    ("Escherichia coli", "100000", "< 0.032 ug/mL"), ("Streptococcus", "200000", "< 0.014 ug/mL"),
])
def test_each_isolate_has_its_own_antibiogram(shared_data: Path, isolate: str, count: str, gentamicin: str) -> None:
    content = content_of(shared_data, "BIO-CR-BIO_2024.01_Microbiologie_V1")
    assert result(content, "51480-2", isolate).value == Quantity(Decimal(count), "/mL")
    assert result(content, "18928-2", isolate).value == Text(gentamicin)
    assert result(content, "18928-2", isolate).flag == "S"
    resistant = [each.isolate for each in content.results if each.flag == "R"]
    assert resistant == ["Escherichia coli"]


def test_results_that_a_report_recalls_are_not_its_own(shared_data: Path) -> None:
    haemoglobin = [
        each.value for each in content_of(shared_data, "BIO-CR-BIO_2024.01_Electrophorese").results
        if each.code.code == "718-7"]
    assert haemoglobin == [Quantity(Decimal("13.4"), "g/dL")]       # and not also the 13.3 of 2020


def test_the_laboratory_is_who_did_the_analysis(shared_data: Path) -> None:
    content = content_of(shared_data, "BIO-CR-BIO_2024.01_DEP-CCU-tout-structure")
    laboratories = [each.laboratory and each.laboratory.name for each in content.results]
    assert laboratories == ["Laboratoire des charmes", "Laboratoire d'anatomo-cyto-pathologie"]
    assert [each.is_given for each in content.vaccinations] == [False]


def test_vaccinations_have_their_dose_lot_and_day(shared_data: Path) -> None:
    bcg, _, tetanus, _ = content_of(shared_data, "VAC_2023.01").vaccinations
    assert bcg.at is not None
    assert (bcg.at.text, bcg.product.lot, bcg.product.code_of(CIS), bcg.product.code_of(ATC)) == (
        "1975", "235421176", "61077869", "J07AN")
    assert len(bcg.reactions) == 1
    assert (tetanus.rank, tetanus.product.lot, tetanus.by and tetanus.by.family) == ("2", "4456672", "MULLER")
    refused = [each.is_given for each in content_of(shared_data, "CSE-CS8_2024.01").vaccinations]
    assert False in refused


@pytest.mark.parametrize("year", ["2022.01_PosoNonStruct", "2023.01_PosoNonStruct", "2024.01_PosoStruct"])
def test_prescriptions_of_three_years_are_read_alike(shared_data: Path, year: str) -> None:
    paracetamol, ointment = content_of(shared_data, f"eP-MED-DM_{year}").medications
    assert paracetamol.product.label == "PARACETAMOL MYLAN 500 mg, comprimé"
    assert paracetamol.product.code_of(CIP) == "3400933516390"
    assert paracetamol.product.code_of(ATC) == "N02BE01"
    assert (paracetamol.quantity, paracetamol.by and paracetamol.by.family) == ("2", "PIOU")
    assert paracetamol.start is not None
    assert paracetamol.end is not None
    assert ointment.product.label.startswith("Préparation magistrale")
    assert ointment.product.codes == ()


def test_a_structured_posology_is_told_in_the_words_of_the_document(shared_data: Path) -> None:
    paracetamol, _ = content_of(shared_data, "eP-MED-DM_2024.01_PosoStruct").medications
    assert paracetamol.posology.startswith("1 cp, 3 fois/j à partir du 01/12/2023 pendant 2 jours")
    assert paracetamol.route == "Voie orale"


def test_a_dispensation_names_lot_boxes_and_pharmacy(shared_data: Path) -> None:
    content = content_of(shared_data, "eDISP-MED_2024.01")
    (given,) = content.medications
    assert (given.kind, given.quantity, given.product.lot) == (MedicationKind.DISPENSED, "2 Boîte", "12345")
    assert (given.place and given.place.name, given.by and given.by.family) == ("Pharmacie du village", "DELIVE")
    # Its second line refers to a text that the document does not hold.
    assert [each.reason for each in content.unread] == ["a product without a name"]


def test_allergies_and_problems_of_a_summary(shared_data: Path) -> None:
    content = content_of(shared_data, "IPS-FR_2024.01")
    (allergy,) = content.allergies
    assert (allergy.label, allergy.status, allergy.severity) == ("Paracétamol", "active", "modéré")
    assert len(allergy.reactions) == 2
    current = [each.code.code for each in content.problems if each.code and not each.is_history]
    assert current == ["E06.3", "T89", "114", "658", "R69"]
    assert [each.status for each in content.problems if each.is_history] == ["resolved", "resolved"]
    (old,) = content_of(shared_data, "VSM_1.4_2022.01").allergies
    assert (old.status, old.agent and old.agent.code) == ("inactive", "60234100")


def test_a_side_of_the_body_belongs_to_the_problem(shared_data: Path) -> None:
    problems = content_of(shared_data, "CANCER-D2LM-FIN_2022.01").problems
    assert [(each.label, each.is_refuted) for each in problems[-2:]] == [
        ("Chirurgie plastie (droit)", False), ("Chirurgie plastie (gauche)", True)]


def test_a_letter_tells_what_was_stopped_from_what_goes_on(shared_data: Path) -> None:
    content = content_of(shared_data, "LDL-SES_2022.01")
    assert [(each.kind, each.product.label) for each in content.medications] == [
        (MedicationKind.STOPPED, "SOLIAN 100 mg"), (MedicationKind.TREATMENT, "LEPONEX 100 mg")]


def test_reimbursed_care_is_read_line_by_line(shared_data: Path) -> None:
    lines = content_of(shared_data, "CNAM-HR_2021.01").reimbursed
    counted = {kind: sum(each.kind is kind for each in lines) for kind in CareKind}
    assert list(counted.values()) == [3, 3, 2, 2, 8, 3, 4]
    pill, stay, consultation, tsh = lines[0], lines[8], lines[10], lines[21]
    assert pill.code is not None
    assert (pill.code.code, pill.label, pill.quantity, pill.is_split_pack) == (
        "3400935673220", "LUDEAL CPR3/21", "1", False)
    assert {each.code for each in pill.codes} == {"3400935673220", "G03", "1636", "1949"}
    assert (pill.at and pill.at.text, pill.prescriber and pill.prescriber.family) == ("20190526", "DUPONT")
    assert (stay.code and stay.code.code, stay.at and stay.at.text, stay.until and stay.until.text) == (
        "1940", "20190515", "20190530")
    assert (consultation.code and consultation.code.code, consultation.at and consultation.at.text) == ("G", "20190711")
    assert (tsh.code and tsh.code.code, tsh.place and tsh.place.name) == ("1208", "LBM PARC MONCEAU SITE MAGENTA")

"""Documents held to schematrons: which apply, what is broken and where, nothing of the document quoted or followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from carnet.documents.schematron.folder import RulesFolder
from carnet.documents.schematron.judge import Judge
from carnet.documents.schematron.source import found
from carnet.documents.schematron.verdict import NotRun, Severity
from carnet.errors import InvalidSetting
from tests.documents.rules import document, one_rule, small_rules, write

HEAVY = "ASIP-STRUCT-MIN-StrucMin"
# As the publishers' own examples are: all others break nothing.
BROKEN = {
    "CANCER-FRCP_2022.01_Appareil.xml": ("CI-SIS_ModelesDeContenusCDA",),
    "TLM-DA_2022.01_TCG.xml": ("CI-SIS_ModelesDeContenusCDA",),
    "eDISP-MED_2024.01.xml": (HEAVY,),
}
OF_ALL = {HEAVY, "CI-SIS_ModelesDeContenusCDA", "CI-SIS_Modeles_ANS", "IHE"}
# Documents of level 1 of no model of their own: only what holds for all is asked of them.
OF_NO_MODEL = {"BIO-CR-BIO_2021.01_CDA-R2-Niveau-1.xml", "DOC_NON_STRUCTURE_CDA-R2-N1.xml"}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The small rules."""
    return small_rules(tmp_path)


def test_a_document_that_follows_the_rules_is_clean(small: Path) -> None:
    verdict = Judge(small).judge(document())
    assert verdict.is_clean
    assert verdict.run == ("CI-SIS_LETTER_2026.01",)


@pytest.mark.parametrize(("content", "pattern", "text", "place", "severity"), [
    (document(language="DURAND"), "language", "the code … is in the set", "/ClinicalDocument/languageCode",
     Severity.ERROR),
    (document(oid="DURAND"), "header", "an OID", "/ClinicalDocument", Severity.ERROR),
    (document(inside=""), "variables", "a title", "/ClinicalDocument", Severity.WARNING),
])
def test_each_broken_rule_is_told_in_its_own_words_and_never_quotes_the_document(
    small: Path, content: bytes, pattern: str, text: str, place: str, severity: Severity,
) -> None:
    verdict = Judge(small).judge(content)
    [broken] = verdict.broken
    assert (broken.pattern, broken.text, broken.places, broken.severity) == (pattern, text, (place,), severity)
    assert "DURAND" not in str(verdict)


def test_a_rule_broken_many_times_is_one_with_a_few_places(small: Path) -> None:
    [broken] = Judge(small).judge(document(inside="<title/>" + '<languageCode code="x"/>' * 40)).broken
    assert (broken.count, len(broken.places)) == (40, 5)
    assert broken.places[1] == "/ClinicalDocument/languageCode[2]"


def test_no_entity_is_read_and_no_address_but_files_of_rules(small: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("DURAND", encoding="utf-8")
    entity = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'.encode()
    judge = Judge(small)
    [told] = judge.judge(entity + document(inside="<title>&x;</title>")).not_run
    assert told.why == "the document is no CDA that can be read"
    write(small, "schematrons/profils/net.sch", one_rule("doc('http://127.0.0.1:9/')//a"))
    write(small, "schematrons/profils/out.sch", one_rule("doc('nowhere.xml')//a"))
    verdict = Judge(small).judge(document())
    assert {each.rules: each.why for each in verdict.not_run} == {
        "net": "its rules read something that is no file of the folder",
        "out": "a file that its rules read is not there"}
    assert verdict.run == ("CI-SIS_LETTER_2026.01",)


def test_a_rule_set_that_cannot_be_run_hides_no_other(small: Path) -> None:
    write(small, "schematrons/profils/bad.sch", one_rule("this is ( no XPath"))
    write(small, "schematrons/profils/part.sch", one_rule("true()", inside="").replace(
        "<pattern", '<include href="../../../outside.sch"/><pattern', 1))
    write(small.parent, "outside.sch", "<pattern xmlns='http://purl.oclc.org/dsdl/schematron'/>")
    write(small, "schematrons/profils/all.sch", one_rule("cda:languageCode/@code='fr-FR'"))
    verdict = Judge(small).judge(document(language="x"), without=("part-of-none",))
    assert {each.rules for each in verdict.not_run} == {"bad", "part"}
    assert {each.rules for each in verdict.broken} == {"all", "CI-SIS_LETTER_2026.01"}
    assert not verdict.is_clean


def test_a_stylesheet_that_writes_files_is_not_run(small: Path, tmp_path: Path) -> None:
    written = tmp_path / "written.xml"
    write(small, "schematrons/profils/writer.xsl", f"""<xsl:stylesheet version="2.0"
 xmlns:svrl="http://purl.oclc.org/dsdl/svrl" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/">
<xsl:result-document href="{written.as_uri()}"><a/></xsl:result-document></xsl:template></xsl:stylesheet>""")
    [told] = Judge(small).judge(document()).not_run
    assert told == NotRun("writer", "writer.xsl has result-document, which is not run")
    assert not written.exists()


def test_the_version_that_a_document_says_is_the_one_it_is_held_to(small: Path) -> None:
    source = (small / "schematrons/CI-SIS_LETTER_2026.01.sch").read_text(encoding="utf-8")
    write(small, "schematrons/CI-SIS_LETTER_2027.01.sch", source.replace('test="cda:title"', 'test="cda:setId"'))
    judge = Judge(small)
    for version, run, broken in (
        ("2026.01", "CI-SIS_LETTER_2026.01", 0), ("2027.01", "CI-SIS_LETTER_2027.01", 1),
        ("", "CI-SIS_LETTER_2026.01", 0),       # it does not say: the newest finds something, the one before does not
    ):
        verdict = judge.judge(document(version=version))
        assert (verdict.run, len(verdict.broken)) == ((run,), broken)
    both = judge.judge(document(version="", language="x"))
    assert both.run == ("CI-SIS_LETTER_2027.01",)       # all find something: the newest is told
    assert judge.judge(document(model="1.2.3")).run == ()


def test_the_version_of_the_rules_is_that_of_every_file(small: Path) -> None:
    before = RulesFolder(small).version
    assert RulesFolder(small).version == before
    write(small, "jeuxDeValeurs/Languages.xml", "<a/>")
    assert RulesFolder(small).version != before
    with pytest.raises(InvalidSetting, match="document_rules_folder"):
        RulesFolder(small / "jeuxDeValeurs")


def test_a_file_is_found_whatever_the_case_of_its_path(small: Path) -> None:
    assert found(small / "SCHEMATRONS" / "Include" / ".." / "include" / "hEADER.sch") == (
        small / "schematrons/include/Header.sch")
    assert found(small / "schematrons" / "other.sch") is None


def test_official_documents_are_held_to_the_rules_of_their_model(shared_data: Path) -> None:
    folder = shared_data / "cda-fr-schematrons"
    judge = Judge(folder)
    for name, model in (
        ("LDL-SES_2022.01.xml", "CI-SIS_LDL-SES_2022.01"), ("VAC_2023.01.xml", "CI-SIS_VAC_2023.01"),
        ("BIO-TROD_2024.01_Cystite.xml", "CI-SIS_BIO-TROD_2024.01"), ("CSE-MDE_2023.01.xml", "CI-SIS_CSE-MDE_2023.01"),
    ):
        verdict = judge.judge((shared_data / "cda-fr" / name).read_bytes(), without=OF_ALL)
        assert (verdict.run, verdict.broken, verdict.not_run) == ((model,), (), ())


@pytest.mark.slow
def test_every_official_document_is_held_to_all_its_rules(shared_data: Path) -> None:
    judge = Judge(shared_data / "cda-fr-schematrons")
    samples = sorted((shared_data / "cda-fr").glob("*.xml"))
    assert len(samples) == 48
    for sample in samples:
        verdict = judge.judge(sample.read_bytes())
        assert verdict.not_run == (), sample.name
        assert set(verdict.run) >= OF_ALL, sample.name
        of_model = {each for each in verdict.run if each not in OF_ALL}
        assert bool(of_model) == (sample.name not in OF_NO_MODEL), sample.name
        assert tuple(each.rules for each in verdict.broken) == BROKEN.get(sample.name, ()), sample.name

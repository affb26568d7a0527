"""A folder of rules of our own, as small as can be, built as the national one is: tests run where that one is not."""

from __future__ import annotations

from pathlib import Path

MODEL = "1.2.250.1.213.1.1.1.99"
_SCHEMA = """<schema xmlns="http://purl.oclc.org/dsdl/schematron" defaultPhase="letter" queryBinding="xslt2">
<ns prefix="cda" uri="urn:hl7-org:v3"/><ns prefix="svs" uri="urn:ihe:iti:svs:2008"/>
<include href="abstract/InValueSet.sch"/><include href="include/header.sch"/>
<phase id="letter"><active pattern="variables"/><active pattern="header"/><active pattern="language"/></phase>
<pattern id="language" is-a="inValueSet">
<param name="path_set" value="$languages"/><param name="element" value="cda:languageCode"/></pattern>
<pattern id="variables"><let name="languages" value="'../jeuxDeValeurs/LANGUAGES.xml'"/>
<rule context="cda:ClinicalDocument"><assert test="cda:title" role="warning">a title</assert></rule></pattern>
</schema>"""
_ABSTRACT = """<pattern xmlns="http://purl.oclc.org/dsdl/schematron" id="inValueSet" abstract="true">
<rule context="$element"><let name="c" value="@code"/>
<assert test="document($path_set)//svs:Concept[@code=$c]">the code <value-of select="$c"/> is in the set</assert>
</rule></pattern>"""
_HEADER = f"""<pattern xmlns="http://purl.oclc.org/dsdl/schematron" id="header"><rule context="cda:ClinicalDocument">
<assert test="cda:templateId[@root='{MODEL}']">the template of the model</assert>
<assert test="matches(cda:id/@root, '^[0-9.]+$')">an OID</assert></rule></pattern>"""
_SET = '<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008"><Concept code="fr-FR"/></RetrieveValueSetResponse>'
ONE_RULE = """<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2">
<ns prefix="cda" uri="urn:hl7-org:v3"/><pattern id="{name}">{inside}<rule context="cda:ClinicalDocument">
<assert test="{test}">{text}</assert></rule></pattern></schema>"""


def small_rules(folder: Path) -> Path:
    """The folder, with one model; two of its parts and a value set are named in another case than they are included."""
    write(folder, "schematrons/CI-SIS_LETTER_2026.01.sch", _SCHEMA)
    write(folder, "schematrons/abstract/inValueSet.sch", _ABSTRACT)
    write(folder, "schematrons/include/Header.sch", _HEADER)
    write(folder, "jeuxDeValeurs/Languages.xml", _SET)
    return folder


def write(folder: Path, name: str, text: str) -> None:
    """A file of the folder."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def one_rule(test: str, text: str = "a rule", *, name: str = "one", inside: str = "") -> str:
    """A rule set of one rule."""
    return ONE_RULE.format(name=name, test=test, text=text, inside=inside)


def document(*, language: str = "fr-FR", oid: str = "1.2", model: str = MODEL, version: str = "2026.01",
             inside: str = "<title>A</title>") -> bytes:
    """A CDA that follows the small rules, but for what is said."""
    return (
        f'<ClinicalDocument xmlns="urn:hl7-org:v3"><templateId root="{model}" extension="{version}"/>'
        f'<id root="{oid}"/><code code="11488-4"/>{inside}<languageCode code="{language}"/>'
        "</ClinicalDocument>").encode()

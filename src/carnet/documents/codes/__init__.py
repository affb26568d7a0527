"""Code lists of the standard: is a code in its list, what does it say, and what follows from it.

The lists are the TSV files beside this file: facts of the national nomenclature, each file opens with name, OID, date
and source. A list that is not of this platform's business (SNOMED CT, CCAM, ICD-10) is not kept.
May import: people, errors.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib.resources import files

from carnet.errors import InvalidSubmission, Issue
from carnet.people.code import Code

LOINC = "2.16.840.1.113883.6.1"
TRE_A05 = "1.2.250.1.213.1.1.4.12"          # document types that LOINC has no word for
CONFIDENTIALITY = "2.16.840.1.113883.5.25"
VISIBILITY = "1.2.250.1.213.1.1.4.13"       # TRE_A07
IHE_FORMATS = "1.3.6.1.4.1.19376.1.2.3"
OUTSIDE_PROFILES = "urn:asipSante:modelesHorsProfils:2011"   # a structured CDA whose template has no format

_BY_TYPE = {
    "11502-2": "BIOLOGIE", "DOCPAT05": "BIOLOGIE", "60591-5": "SYNTH_PML", "SYNTH": "SYNTH_PML", "DOCPAT08": "SYNTHESE",
    "96173-0": "DEPISTAG", "DOCPAT06": "DEPISTAG", "75492-9": "DEPISTAG", "75482-0": "DEPISTAG", "11369-6": "CAR_VAC",
    "87273-9": "CAR_VAC", "96874-3": "CAR_VAC", "EXPPAT_1": "VDP", "EXPPAT_3": "DIR_ANT", "74465-6": "QUEST_SANTE",
}
_BY_CLASS = {
    "10": "CPT_REND", "11": "CPT_REND", "31": "RADIO_SC", "42": "ORD_SOIN", "43": "ORD_SOIN", "44": "ORD_SOIN",
    "45": "ORD_SOIN", "52": "CERT_MED", "60": "REMB", "95": "DOC_ADM",
}


class CodeList(StrEnum):
    """A list that we keep; its value is the name of its file."""

    TYPE = "types"
    CLASS = "classes"
    FORMAT = "formats"
    FACILITY_TYPE = "facility_types"
    PRACTICE_SETTING = "practice_settings"
    SPECIALTY = "specialties"
    CONFIDENTIALITY = "confidentiality"
    CONTENT_TYPE = "content_types"
    REFERENCE_ID_TYPE = "reference_id_types"
    FUNCTION = "functions"
    CATEGORY = "categories"


def class_of(type_code: str) -> Code:
    """The class of documents of this type. Raises InvalidSubmission when the type is unknown, or has no class."""
    row = _rows("types").get(type_code)
    if row is None:
        raise InvalidSubmission(Issue("code-invalid", f"unknown document type {type_code[:64]!r}", "typeCode"))
    if not row["class"]:
        raise InvalidSubmission(Issue("code-invalid", f"the document type {type_code} has no class yet", "typeCode"))
    return code(CodeList.CLASS, row["class"])


def type_code(type_code: str, system: str = "") -> Code:
    """The document type with its list and words. Raises InvalidSubmission when it is unknown, or of another list."""
    found = _codes(CodeList.TYPE).get(type_code)
    if found is None or (system and system != found.system):
        raise InvalidSubmission(Issue("code-invalid", f"unknown document type {type_code[:64]!r}", "typeCode"))
    return found


def is_in_dmp(type_code: str) -> bool:
    """True if the national record takes documents of this type (ASS_X16)."""
    row = _rows("types").get(type_code)
    return row is not None and row["in_dmp"] == "yes"


def format_of_template(template_oid: str) -> Code | None:
    """The format of a structured CDA that declares this template (ASS_A11), or None."""
    row = _rows("template_formats").get(template_oid)
    return _format(row) if row else None


def format_of_media(media_type: str) -> Code | None:
    """The format of a CDA whose body is a file of this media type (ASS_A12), or None."""
    row = _rows("media_formats").get(media_type)
    return _format(row) if row else None


def category_of(type_code: str) -> str:
    """The shelf of the patient's pages (CodeList.CATEGORY) where such a document stands; AUTR_DOC when in doubt.

    The shelves are those of the national portal, which does not publish its own rule: this one is ours.
    """
    row = _rows("types").get(type_code)
    return _BY_TYPE.get(type_code) or _BY_CLASS.get(row["class"] if row else "", "AUTR_DOC")


def code(code_list: CodeList, value: str) -> Code:
    """The code with its words. Raises KeyError when it is not in the list: use `find` for what came from outside."""
    return _codes(code_list)[value]


def find(code_list: CodeList, value: str, system: str = "") -> Code | None:
    """The code with its words if the list has it (with this system, if one is given), else None."""
    found = _codes(code_list).get(value)
    return None if found is None or (system and found.system != system) else found


def every(code_list: CodeList) -> tuple[Code, ...]:
    """All codes of a list, in its order."""
    return tuple(_codes(code_list).values())


def label(code_list: CodeList, value: str, language: str = "fr") -> str:
    """Words for a page: French, or English where the list has it; the code itself when it is unknown."""
    row = _rows(code_list).get(value)
    if row is None:
        return value
    return (row.get("display_en") if language == "en" else "") or row["display"] or value


def _format(row: dict[str, str]) -> Code:
    return find(CodeList.FORMAT, row["format"]) or Code(row["format"], row["system"], row["format"])


@cache
def _codes(code_list: CodeList) -> dict[str, Code]:
    return {
        value: Code(value, row.get("system", ""), row["display"]) for value, row in _rows(code_list).items()
    }


@cache
def _rows(name: str) -> dict[str, dict[str, str]]:
    """A file by its first column. The first line is a comment, the second names the columns."""
    text = files(__name__).joinpath(f"{name}.tsv").read_text(encoding="utf-8")
    lines = text.splitlines()
    columns = lines[1].split("\t")
    rows: dict[str, dict[str, str]] = {}
    for line in lines[2:]:
        row = dict(zip(columns, line.split("\t"), strict=True))
        rows.setdefault(row[columns[0]], row)   # one code in two lists of a set: the first list keeps it
    return rows

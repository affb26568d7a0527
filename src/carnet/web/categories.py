"""Where the patient finds a document: the categories of the national portal (SPEC 8.1).

Which category a document goes to is not published; these are our rules, from its type and its class.
May import: documents.
"""

from __future__ import annotations

from carnet.documents.codes import CodeList, every, label
from carnet.documents.entry import DocumentEntry
from carnet.web.words import Language

_BY_TYPE = {
    "11502-2": "BIOLOGIE", "DOCPAT05": "BIOLOGIE", "60568-3": "BIOLOGIE", "51969-4": "BIOLOGIE", "96173-0": "BIOLOGIE",
    "75492-9": "DEPISTAG", "75482-0": "DEPISTAG", "DOCPAT06": "DEPISTAG", "68817-6": "DEPISTAG", "83869-8": "DEPISTAG",
    "DOCPAT08": "SYNTHESE",
    "11369-6": "CAR_VAC", "87273-9": "CAR_VAC", "96874-3": "CAR_VAC",
    "EXPPAT_1": "VDP", "EXPPAT_3": "DIR_ANT", "74465-6": "QUEST_SANTE",
}
_BY_CLASS = {
    "10": "CPT_REND", "11": "SYNTH_PML", "31": "RADIO_SC", "42": "ORD_SOIN", "43": "ORD_SOIN", "44": "ORD_SOIN",
    "45": "ORD_SOIN", "52": "CERT_MED", "60": "REMB", "90": "AUTR_DOC", "95": "DOC_ADM",
}


def category_of(entry: DocumentEntry) -> str:
    """The code of its category."""
    return _BY_TYPE.get(entry.type_code.code) or _BY_CLASS.get(entry.class_code.code, "AUTR_DOC")


def categories() -> tuple[str, ...]:
    """All codes, in the order in which they are shown."""
    return tuple(category.code for category in every(CodeList.CATEGORY))


def category_label(category: str, language: Language) -> str:
    """What a category is called."""
    return label(CodeList.CATEGORY, category, language)


def category_mark(category: str) -> str:
    """The class of its colour in the stylesheet."""
    return category.lower().replace("_", "-")

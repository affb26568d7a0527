"""From what every record is expected to be fed, as data: each source with the document types that come from it.

Types are of JDV_J07 and JDV_J66 (documents/codes/types.tsv). A document that no source expects is of `OTHER`: it is one
more in its record, and says nothing of a source. Changing this list changes figures from then on: count records again
(`carnet feed recount`), so that what is there already is of its new source.
"""

from __future__ import annotations

from dataclasses import dataclass

OTHER = "other"


@dataclass(frozen=True, slots=True)
class Source:
    """Something that a well-fed record has documents of. `code` names it in figures and in the words of pages."""

    code: str
    type_codes: frozenset[str]


def _source(code: str, *type_codes: str) -> Source:
    return Source(code, frozenset(type_codes))


SOURCES = (
    _source("laboratory", "11502-2"),
    _source("imaging", "18748-4", "IMG-KOS"),
    _source("letters", "11490-0", "11488-4", "34112-3", "15507-7", "34874-8", "18761-7", "34133-9", "96349-6"),
    _source("prescriptions", "57833-6", "57828-6", "57832-8", "PRESC-BIO", "PRESC-KINE", "PRESC-INF", "55115-0"),
    _source("dispensations", "60593-1", "DISP_AUT"),
    _source("vaccinations", "11369-6", "87273-9", "96874-3"),
    _source("summary", "60591-5", "SYNTH"),
    _source("reimbursements", "REMB"),
)


def of_types() -> tuple[list[str], list[str]]:
    """Each type that is expected of a source, and that source, in the same order."""
    pairs = [(type_code, source.code) for source in SOURCES for type_code in sorted(source.type_codes)]
    return [type_code for type_code, _ in pairs], [source for _, source in pairs]


def source_of(type_code: str) -> str:
    """The source that documents of this type are expected from, or OTHER."""
    return next((source.code for source in SOURCES if type_code in source.type_codes), OTHER)

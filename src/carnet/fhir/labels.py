"""securityLabel: one level of confidentiality, and who does not see the document (SPEC 4.3).

`N` stands first and is meant where only a visibility is given. May import: this room, documents, errors.
"""

from __future__ import annotations

from collections.abc import Iterable

from carnet.documents.entry import DocumentEntry, Visibility
from carnet.errors import Issue
from carnet.fhir.elements import CodeableConcept
from carnet.fhir.systems import CONFIDENTIALITY, VISIBILITY, concept, first_code
from carnet.people.code import Code

_LEVELS = {"N": "Normal", "R": "Restreint", "V": "Très restreint"}
_WORDS = {
    Visibility.MASQUE_PS: "Masqué aux professionnels de santé",
    Visibility.INVISIBLE_PATIENT: "Document non visible par le patient",
    Visibility.INVISIBLE_REPRESENTANTS_LEGAUX: "Non visible par les représentants légaux du patient",
}
_SYSTEMS = frozenset({CONFIDENTIALITY, VISIBILITY, ""})   # the national list holds the levels too


def to_labels(entry: DocumentEntry) -> tuple[CodeableConcept, ...]:
    """The labels of an entry: its level, then its visibilities in the order of their names."""
    level = Code(entry.confidentiality_code, CONFIDENTIALITY, _LEVELS.get(entry.confidentiality_code, ""))
    hidden = (Code(known.value, VISIBILITY, _WORDS[known]) for known in sorted(entry.visibility))
    return (concept(level), *map(concept, hidden))


def read_labels(
    labels: Iterable[CodeableConcept], expression: str
) -> tuple[str, frozenset[Visibility], list[Issue]]:
    """The level (empty if no label is given), the visibilities, and what is wrong."""
    levels: list[str] = []
    visibilities = set()
    issues = []
    for place, label in enumerate(labels):
        code = first_code(label)
        if code is not None and code.system in _SYSTEMS and code.code in _LEVELS:
            levels.append(code.code)
        elif code is not None and code.system in _SYSTEMS and code.code in frozenset(Visibility):
            visibilities.add(Visibility(code.code))
        else:
            issues.append(Issue(
                "code-invalid", f"one of N, R, V, {', '.join(Visibility)} is expected here", f"{expression}[{place}]"))
    if len(set(levels)) > 1:
        issues.append(Issue("business-rule", "two levels of confidentiality for one document", expression))
    return levels[0] if levels else "N" if visibilities else "", frozenset(visibilities), issues

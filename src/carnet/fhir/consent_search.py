"""Search parameters of Consent: whose, of which category, in force or not, by id.

What is not known is left out of the self link; `Prefer: handling=strict` refuses it, as for documents (`search.py`).
May import: this room, people, errors.
"""

from __future__ import annotations

from dataclasses import dataclass

from carnet.errors import InvalidInput, Issue
from carnet.fhir.consent_out import Shown
from carnet.fhir.consent_resource import CATEGORIES, CATEGORY_CODES
from carnet.fhir.problems import Problems
from carnet.fhir.search import MOST_PARAMETERS, Parameters
from carnet.fhir.search_values import subject_of
from carnet.people.ins import Ins, InsPolicy

PARAMETERS = ("patient", "category", "status", "_id")
_SUBJECT = frozenset({"patient", "patient.identifier", "patient:identifier"})
_OF_THE_ANSWER = frozenset({"_format", "_pretty", "_total"})
_STATUSES = ("active", "inactive")


@dataclass(frozen=True, slots=True)
class ConsentSearch:
    """One search, understood: of each criterion any value, and every criterion."""

    ins: Ins
    criteria: tuple[tuple[str, frozenset[str]], ...]
    only_counts: bool
    understood: tuple[tuple[str, str], ...]

    def takes(self, shown: Shown) -> bool:
        """Does this Consent match?"""
        consent = shown.resource
        found = {"category": consent.category[0].coding[0].code, "status": consent.status, "_id": consent.id}
        return all(found[name] in values for name, values in self.criteria)


def read_consent_search(parameters: Parameters, policy: InsPolicy, *, strict: bool) -> ConsentSearch:
    """The search of these parameters. Raises InvalidInput with everything that is wrong in them."""
    if len(parameters) > MOST_PARAMETERS:
        raise InvalidInput(Issue("too-costly", f"at most {MOST_PARAMETERS} parameters"))
    problems = Problems()
    patients, criteria, understood, only_counts = set(), [], [], False
    for name, value in ((name, value.strip()) for name, value in parameters if value.strip()):
        if name in _SUBJECT:
            patients.add(problems.attempt(lambda n=name, v=value: subject_of(v, policy, n), name))  # type: ignore[misc]
        elif name in PARAMETERS:
            criteria.append((name, _values(name, value, problems)))
        elif name == "_summary" and value == "count":
            only_counts = True
        elif name in _OF_THE_ANSWER or not (strict or name.partition(":")[0] in PARAMETERS):
            continue
        else:
            problems.add("not-supported", "this is not supported here", name)
        understood.append((name, value))
    if len(patients) != 1:
        problems.add("required", "say whose, once: patient=<system>|<INS>", "patient")
    ins = next(iter(patients), None)
    if problems.issues or ins is None:
        raise InvalidInput(*problems.issues)
    return ConsentSearch(ins, tuple(criteria), only_counts, tuple(understood))


def _values(name: str, value: str, problems: Problems) -> frozenset[str]:
    found = [part.strip().rpartition("|") for part in value.split(",")]
    known = {"category": CATEGORY_CODES, "status": _STATUSES}.get(name)
    for system, bar, code in found:
        if known is not None and (code not in known or (name == "category" and bar and system != CATEGORIES)):
            problems.add("code-invalid", f"one of {', '.join(known)} is expected", name)
    return frozenset(code for _, _, code in found)

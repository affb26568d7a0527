"""The cost of a decision: a view filtered, per document, and one decision with every reason in words. Pure arithmetic.

`python -m bench.decisions` prints only this. The documents are those of a long life: many types and authors, 15 %
masked from professionals, 5 % not yet announced, 10 % of types closed to the one who asks, some of them their own.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any
from uuid import UUID

import msgspec

from bench.documents import Deposits, patient
from carnet.documents.cda import entry_from_cda
from carnet.documents.entry import Author, DocumentEntry, Institution, Person, Visibility
from carnet.documents.validation import DEMONSTRATION
from carnet.people.caller import PROFESSION, Caller, PatientCaller, ProfessionalCaller
from carnet.people.code import Code
from carnet.people.identifiers import PS_ID_OID
from carnet.rights.access import Access, Act
from carnet.rights.decision import decide, filter_for
from carnet.rights.facts import Facts
from carnet.rights.held import Authorisation, Choice, Consent, RecordRights, RecordState
from carnet.rights.matrices import demonstration
from carnet.rights.words import explain

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HOLDER = patient(1)
NURSE = ProfessionalCaller(ps_id="899700000001", family="MESURE", given="Inès", profession=Code("60", PROFESSION))
DOCTOR = ProfessionalCaller(ps_id="899700000002", family="MESUREUR", given="Louis", profession=Code("10", PROFESSION))
SIZES = (50, 1000)
_GOALS_US = {"a document": 2.0, "an explained decision": 20.0}
_SECONDS = 0.4
_BEST_OF = 20


@dataclass(frozen=True, slots=True)
class Cost:
    """What was measured, and its microseconds of the processor: the best of a few runs."""

    what: str
    microseconds: float
    goal: float

    def __str__(self) -> str:
        return f"{self.what:52}{self.microseconds:8.2f} us   (goal {self.goal:g})"


def measure() -> list[Cost]:
    """Every figure."""
    facts = _facts()
    costs = []
    for who, caller in _askers():
        for size in SIZES:
            entries = _entries(size, facts, caller)
            costs.append(Cost(
                f"filter {size} documents for {who}, each", _filtering(caller, entries, facts) / size,
                _GOALS_US["a document"]))
    costs.append(Cost("one decision, every reason in words", _explaining(facts), _GOALS_US["an explained decision"]))
    return costs


def as_dict(costs: list[Cost]) -> dict[str, Any]:
    """For JSON, rounded."""
    return {cost.what: round(cost.microseconds, 2) for cost in costs}


def _askers() -> tuple[tuple[str, Caller], ...]:
    return (
        ("the holder", PatientCaller(HOLDER.ins, "MESURE", "Camille")), ("a nurse", NURSE),
        ("the médecin traitant", DOCTOR))


def _filtering(caller: Caller, entries: list[DocumentEntry], facts: Facts) -> float:
    access = Access(caller, Act.LIST)

    def once() -> None:
        allows = filter_for(access, facts)
        [entry for entry in entries if allows(entry)]

    return _best(once)


def _explaining(facts: Facts) -> float:
    """A nurse, whose authorisation ended, asks for a masked document of a type closed to her."""
    ended = Authorisation(professional=NURSE.ps_id, valid_until=NOW - timedelta(days=1))
    rights = msgspec.structs.replace(
        facts.rights, authorisations={NURSE.ps_id: ended},
        consents={Choice.CONSULTATION: Consent(given=False, at=NOW)})
    facts = Facts(facts.holder, facts.birth_date, NOW, rights, facts.matrix)
    entry = msgspec.structs.replace(
        _entry(), type_code=_types(facts, NURSE)[1][0], visibility=frozenset({Visibility.MASQUE_PS}))
    access = Access(NURSE, Act.READ)

    def once() -> None:
        [explain(reason) for reason in decide(access, entry, facts).against]

    return _best(once)


def _best(once: Callable[[], None]) -> float:
    """Microseconds of one call, of the processor's time: others use the machine too."""
    found = []
    for _ in range(_BEST_OF):
        calls, began = 0, process_time()
        while process_time() - began < _SECONDS / _BEST_OF:
            once()
            calls += 1
        found.append((process_time() - began) / calls)
    return min(found) * 1e6


def _facts() -> Facts:
    valid = NOW + timedelta(days=90)
    given = [
        Authorisation(professional=NURSE.ps_id, valid_until=valid),
        Authorisation(professional=DOCTOR.ps_id, valid_until=valid, is_medecin_traitant=True),
        *(Authorisation(professional=f"8{number:011}", valid_until=valid) for number in range(12)),
    ]
    rights = RecordRights(
        state=RecordState.ACTIVE, since=NOW, authorisations={each.professional: each for each in given})
    return Facts(HOLDER.ins, HOLDER.traits.birth_date, NOW, rights, demonstration())


def _entry() -> DocumentEntry:
    deposits = Deposits(HOLDER, DOCTOR.ps_id, "1750803447")
    return entry_from_cda(deposits.content, entry_uuid=UUID(int=1), policy=DEMONSTRATION.ins)


def _types(facts: Facts, caller: Caller) -> tuple[list[Code], list[Code]]:
    """The types that the matrix opens to this professional, and those it closes; to a patient all are open."""
    codes = sorted({row.type_code for row in facts.matrix.rows})
    if not isinstance(caller, ProfessionalCaller):
        return [Code(code, "") for code in codes], [Code(code, "") for code in codes]
    readable = facts.matrix.column_of(caller, NOW.date()).readable
    return (
        [Code(code, "") for code in codes if code in readable],
        [Code(code, "") for code in codes if code not in readable])


def _entries(size: int, facts: Facts, caller: Caller) -> list[DocumentEntry]:
    chance, like = random.Random(size), _entry()
    opened, closed = _types(facts, caller)
    return [_one(like, chance, opened, closed or opened) for _ in range(size)]


def _one(like: DocumentEntry, chance: random.Random, opened: list[Code], closed: list[Code]) -> DocumentEntry:
    draw = chance.random()
    visibility: set[Visibility] = set()
    if draw < 0.20:
        visibility = {Visibility.MASQUE_PS if draw < 0.15 else Visibility.INVISIBLE_PATIENT}
    author = chance.choice([NURSE.ps_id, DOCTOR.ps_id, *(f"8{number:011}" for number in range(48))])
    return msgspec.structs.replace(
        like, entry_uuid=UUID(int=chance.getrandbits(128)), visibility=frozenset(visibility), depositor=author,
        type_code=chance.choice(closed if chance.random() < 0.10 else opened),
        authors=(Author(Person(author, PS_ID_OID), Institution("Cabinet mesuré", "1750803447")),))


if __name__ == "__main__":
    for each in measure():
        print(each)

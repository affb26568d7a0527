"""The decision, as a table: situation, then the reasons against it. Rows are those of docs/law.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import msgspec
import pytest

from carnet.documents.entry import AvailabilityStatus, DocumentEntry, Visibility
from carnet.errors import NotFound, NotPermitted
from carnet.people.caller import Caller, PatientCaller
from carnet.people.ins import Ins, InsOid
from carnet.rights.access import Access, AccessMode, Act
from carnet.rights.decision import Decision, decide, filter_for
from carnet.rights.facts import Authorisation, Facts, RecordState
from carnet.rights.reasons import Reason, explain
from tests.running import DOCTOR, LABORATORY, OTHER_DOCTOR, PATIENT, letter

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOLDER = PatientCaller(PATIENT.ins, "INVENTEE", "Camille")
STRANGER = PatientCaller(Ins("199077512345611", InsOid.TEST), "AUTRE", "Personne")
ENTRY = letter().entry       # its author is DOCTOR


def facts(*authorisations: Authorisation, state: RecordState = RecordState.ACTIVE) -> Facts:
    return Facts(PATIENT.ins, state, NOW, {each.professional: each for each in authorisations})


def valid(until: datetime | None = NOW + timedelta(days=1), *, medecin_traitant: bool = False) -> Authorisation:
    return Authorisation(
        professional=OTHER_DOCTOR.ps_id, valid_until=until, is_medecin_traitant=medecin_traitant)


BLOCKED = Authorisation(professional=OTHER_DOCTOR.ps_id, is_forbidden=True)
CLOSED = facts(state=RecordState.CLOSED)


def hidden(*codes: Visibility, **changes: object) -> DocumentEntry:
    return msgspec.structs.replace(ENTRY, visibility=frozenset(codes), **changes)


MASKED = hidden(Visibility.MASQUE_PS)
UNANNOUNCED = hidden(Visibility.INVISIBLE_PATIENT)
DELETED = msgspec.structs.replace(ENTRY, availability_status=AvailabilityStatus.DELETED)

TABLE: list[tuple[Caller, Act, DocumentEntry | None, Facts, set[Reason]]] = [
    (HOLDER, Act.READ, ENTRY, facts(), set()),
    (HOLDER, Act.SEE_HISTORY, None, facts(), set()),
    (STRANGER, Act.READ, ENTRY, facts(), {Reason.NOT_THE_HOLDER}),
    (STRANGER, Act.SEE_STATUS, None, facts(), {Reason.NOT_THE_HOLDER}),
    (OTHER_DOCTOR, Act.READ, ENTRY, facts(), {Reason.NO_AUTHORISATION}),
    (OTHER_DOCTOR, Act.READ, ENTRY, facts(valid()), set()),
    (OTHER_DOCTOR, Act.READ, ENTRY, facts(valid(NOW)), {Reason.AUTHORISATION_EXPIRED}),
    (OTHER_DOCTOR, Act.FEED, None, facts(), set()),
    (OTHER_DOCTOR, Act.SEE_STATUS, None, facts(), set()),
    (OTHER_DOCTOR, Act.SEE_STATUS, None, facts(BLOCKED), set()),
    (OTHER_DOCTOR, Act.READ, ENTRY, facts(BLOCKED), {Reason.BLOCKED_BY_PATIENT}),
    (OTHER_DOCTOR, Act.FEED, None, facts(BLOCKED), {Reason.BLOCKED_BY_PATIENT}),
    (OTHER_DOCTOR, Act.AUTHORISE, None, facts(BLOCKED), {Reason.BLOCKED_BY_PATIENT}),
    (OTHER_DOCTOR, Act.SEE_HISTORY, None, facts(valid()), {Reason.ONLY_THE_HOLDER}),
    (OTHER_DOCTOR, Act.READ, MASKED, facts(valid()), {Reason.MASKED_FROM_PROFESSIONALS}),
    (OTHER_DOCTOR, Act.READ, MASKED, facts(valid(medecin_traitant=True)), set()),
    (OTHER_DOCTOR, Act.READ, UNANNOUNCED, facts(valid()), set()),
    (OTHER_DOCTOR, Act.REPLACE, ENTRY, facts(), {Reason.NOT_THE_AUTHOR}),
    (DOCTOR, Act.REPLACE, ENTRY, facts(), set()),
    (DOCTOR, Act.REPLACE, MASKED, facts(), set()),
    (HOLDER, Act.READ, MASKED, facts(), set()),
    (HOLDER, Act.READ, UNANNOUNCED, facts(), {Reason.NOT_YET_ANNOUNCED}),
    (HOLDER, Act.READ, DELETED, facts(), {Reason.DELETED}),
    (HOLDER, Act.REPLACE, ENTRY, facts(), {Reason.NOT_THE_AUTHOR}),
    (LABORATORY, Act.FEED, None, facts(), set()),
    (LABORATORY, Act.READ, ENTRY, facts(), {Reason.SOFTWARE_DOES_NOT_READ}),
    (LABORATORY, Act.LIST, None, facts(), {Reason.SOFTWARE_DOES_NOT_READ}),
    (HOLDER, Act.READ, ENTRY, CLOSED, {Reason.RECORD_CLOSED}),
    (LABORATORY, Act.FEED, None, CLOSED, {Reason.RECORD_CLOSED}),
    (HOLDER, Act.SEE_HISTORY, None, CLOSED, set()),
    (STRANGER, Act.READ, UNANNOUNCED, CLOSED,
     {Reason.RECORD_CLOSED, Reason.NOT_THE_HOLDER, Reason.NOT_YET_ANNOUNCED}),
]


@pytest.mark.parametrize(("caller", "act", "entry", "known", "against"), TABLE)
def test_the_decision_and_all_its_reasons(
    caller: Caller, act: Act, entry: DocumentEntry | None, known: Facts, against: set[Reason],
) -> None:
    decision = decide(Access(caller, act), entry, known)
    assert set(decision.against) == against
    assert decision.allowed is (not against)


def test_a_blocked_professional_is_refused_even_with_an_authorisation() -> None:
    both = replace(facts(), authorisations={
        OTHER_DOCTOR.ps_id: msgspec.structs.replace(valid(medecin_traitant=True), is_forbidden=True)})
    assert decide(Access(OTHER_DOCTOR, Act.READ), ENTRY, both).against == (Reason.BLOCKED_BY_PATIENT,)


def test_emergency_modes_are_refused_until_they_are_built() -> None:
    for mode in (AccessMode.BREAK_THE_GLASS, AccessMode.REGULATION_CENTRE):
        decision = decide(Access(OTHER_DOCTOR, Act.READ, mode), ENTRY, facts(valid()))
        assert decision.against == (Reason.MODE_NOT_OFFERED,)


def test_filtering_a_view_says_what_deciding_one_by_one_says() -> None:
    callers: list[Caller] = [HOLDER, STRANGER, DOCTOR, OTHER_DOCTOR, LABORATORY]
    situations = [facts(), facts(valid()), facts(BLOCKED), facts(valid(medecin_traitant=True)), CLOSED]
    entries = [
        hidden(*codes, availability_status=status)
        for codes in ([], [Visibility.MASQUE_PS], [Visibility.INVISIBLE_PATIENT], list(Visibility))
        for status in AvailabilityStatus
    ]
    compared = 0
    for caller, act, known in product(callers, (Act.READ, Act.LIST, Act.REPLACE), situations):
        access = Access(caller, act)
        allows = filter_for(access, known)
        for entry in entries:
            assert allows(entry) is decide(access, entry, known).allowed
            compared += 1
    assert compared == 5 * 3 * 5 * 16


def test_a_refusal_about_a_document_says_that_there_is_none() -> None:
    with pytest.raises(NotFound):
        Decision((Reason.MASKED_FROM_PROFESSIONALS,)).or_raise()
    with pytest.raises(NotPermitted):
        Decision((Reason.NO_AUTHORISATION,)).or_raise()


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_words_in_both_languages(reason: Reason) -> None:
    assert explain(reason, "fr").endswith(".")
    assert explain(reason, "en").endswith(".")
    assert explain(reason, "fr") != explain(reason, "en")

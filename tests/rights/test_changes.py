"""What a change makes of the rights: what it ends, what it keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import uuid4

import msgspec

from carnet.people.ins import Ins, InsOid
from carnet.rights.changes import (
    AuthorisationSet,
    ChoiceMade,
    EmergencyOpened,
    SaidToOrganisation,
    StateChanged,
    applied,
)
from carnet.rights.held import (
    Authorisation,
    Choice,
    Consent,
    DelegateKind,
    Delegation,
    Emergency,
    Proxy,
    ProxyKind,
    ProxyState,
    RecordRights,
    RecordState,
    SaidThere,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
ALLOWED = Authorisation(professional="8001", valid_until=NOW + timedelta(days=9), is_medecin_traitant=True)
BLOCKED = Authorisation(professional="8002", is_forbidden=True)


def emergency(opened_at: datetime) -> Emergency:
    return Emergency(
        emergency_id=uuid4(), professional="8001", mode="bris_de_glace", opened_at=opened_at,
        ends_at=opened_at + timedelta(hours=1))


def proxy(kind: ProxyKind, state: ProxyState) -> Proxy:
    return Proxy(
        proxy_id=uuid4(), person=Ins("199077512345611", InsOid.TEST), kind=kind, state=state, answer_by=LATER)


FULL = RecordRights(
    state=RecordState.ACTIVE, since=NOW, authorisations={"8001": ALLOWED, "8002": BLOCKED},
    consents={Choice.BREAK_THE_GLASS: Consent(given=False, at=NOW)}, break_glass_ceiling=1,
    delegations=(Delegation(
        delegation_id=uuid4(), kind=DelegateKind.PROFESSIONAL, subject="8003", delegated_by="8001",
        valid_until=LATER),),
    proxies=(
        proxy(ProxyKind.CAREGIVER, ProxyState.ACCEPTED), proxy(ProxyKind.CAREGIVER, ProxyState.PENDING),
        proxy(ProxyKind.LEGAL_REPRESENTATIVE, ProxyState.ACCEPTED)),
    emergencies=(emergency(NOW),), said_there={"hospital": SaidThere(
        organisation="hospital", consents={Choice.FEEDING: Consent(given=False, at=NOW)})})


def test_closing_ends_what_was_permitted_and_keeps_what_was_refused() -> None:
    closed = applied(FULL, StateChanged(state=RecordState.CLOSED, motive="patient-demande"), LATER)
    assert closed.authorisations == {"8002": BLOCKED}
    assert closed.delegations == ()
    assert [each.state for each in closed.proxies] == [ProxyState.REVOKED, ProxyState.REVOKED, ProxyState.ACCEPTED]
    assert (closed.consents, closed.said_there) == (FULL.consents, FULL.said_there)
    assert (closed.state, closed.since, closed.motive) == (RecordState.CLOSED, LATER, "patient-demande")


def test_an_emergency_access_ends_with_the_record_and_still_counts_in_the_ceiling() -> None:
    closed = applied(FULL, StateChanged(state=RecordState.CLOSED), LATER)
    assert [(each.opened_at, each.ends_at) for each in closed.emergencies] == [(NOW, LATER)]


def test_reopening_gives_nothing_back() -> None:
    closed = applied(FULL, StateChanged(state=RecordState.CLOSED), LATER)
    again = applied(closed, StateChanged(state=RecordState.ACTIVE), LATER)
    assert msgspec.structs.replace(again, state=RecordState.CLOSED) == closed


def test_one_professional_at_a_time_is_medecin_traitant() -> None:
    other = Authorisation(professional="8003", is_medecin_traitant=True)
    after = applied(FULL, AuthorisationSet(other), LATER).authorisations
    assert {name: each.is_medecin_traitant for name, each in after.items()} == {
        "8001": False, "8002": False, "8003": True}
    assert after["8001"].valid_until == ALLOWED.valid_until


def test_emergency_accesses_are_kept_a_day_and_a_little() -> None:
    old = msgspec.structs.replace(FULL, emergencies=(emergency(NOW - timedelta(hours=26)), emergency(NOW)))
    new = emergency(LATER)
    assert applied(old, EmergencyOpened(new), LATER).emergencies == (old.emergencies[1], new)


def test_a_choice_takes_the_place_of_the_one_before_and_others_stay() -> None:
    said = Consent(given=True, at=LATER)
    after = applied(FULL, ChoiceMade(choice=Choice.FEEDING, consent=said), LATER)
    assert after.consents == {**FULL.consents, Choice.FEEDING: said}
    assert after.consents_to(Choice.FEEDING)
    assert not after.consents_to(Choice.BREAK_THE_GLASS)
    assert not after.consents_to(Choice.MASKED_IN_EMERGENCY)


def there(at: datetime, *, feeding: bool | None = None, consultation: bool | None = None, by: str = "") -> SaidThere:
    said = {Choice.FEEDING: feeding, Choice.CONSULTATION: consultation}
    return SaidThere(organisation="clinic", name="Clinique", consents={
        choice: Consent(given=given, at=at, channel=by) for choice, given in said.items() if given is not None})


def test_what_was_said_there_is_the_same_in_whatever_order_and_however_often_it_is_heard() -> None:
    heard = (
        there(NOW, feeding=False, consultation=True), there(LATER, feeding=True), there(NOW, consultation=False),
        there(NOW - timedelta(days=1), consultation=True))
    ends = set()
    for order in permutations(heard):
        rights = FULL
        for said in (*order, order[0]):
            rights = applied(rights, SaidToOrganisation(said), LATER)
        assert rights.said_there["hospital"] == FULL.said_there["hospital"]
        ends.add(tuple((choice, said.given, said.at) for choice, said in sorted(
            rights.said_there["clinic"].consents.items())))
    assert ends == {((Choice.CONSULTATION, False, NOW), (Choice.FEEDING, True, LATER))}


def test_of_two_words_of_one_moment_the_patients_own_counts_else_the_one_that_opposes() -> None:
    lifted = there(NOW, feeding=True, by="portal")
    for order in permutations((there(NOW, feeding=True), there(NOW, feeding=False))):
        rights = FULL
        for said in order:
            rights = applied(rights, SaidToOrganisation(said), NOW)
        assert rights.is_opposed_there("clinic", Choice.FEEDING)
        assert not applied(rights, SaidToOrganisation(lifted), NOW).is_opposed_there("clinic", Choice.FEEDING)
    assert applied(FULL, SaidToOrganisation(there(NOW)), NOW) == FULL

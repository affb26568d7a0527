"""A shared authorisation: with whom, for how long, who ends it, and that it never outlives its giver's own."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest

from carnet.errors import InvalidInput, NotFound, NotPermitted
from carnet.people.caller import ProfessionalCaller
from carnet.record.authorise import authorise, block, list_delegations, name_administrator, name_medecin_traitant
from carnet.record.authorise import withdraw as withdraw_authorisation
from carnet.record.criteria import Criteria
from carnet.record.delegate import delegate, end_delegation, list_given
from carnet.record.find import find
from carnet.record.status import record_status
from carnet.record.submit import submit
from carnet.rights.decision import Decision
from carnet.rights.facts import AuthorisationState
from carnet.rights.held import DelegateKind
from carnet.rights.reasons import Reason
from tests.running import DOCTOR, OTHER_DOCTOR, PATIENT, Platform, letter, lot, patient, professional

OTHER = professional(OTHER_DOCTOR)
THIRD = ProfessionalCaller(
    ps_id="810000000025", family="TIERS", given="Zoé", profession=DOCTOR.profession, organisation="1750803447")
PERSON, PLACE, TEAM = DelegateKind.PROFESSIONAL, DelegateKind.ORGANISATION, DelegateKind.CARE_TEAM


async def sees(platform: Platform, who: ProfessionalCaller) -> bool:
    """Whether this professional may list the record now."""
    try:
        await find(professional(who), PATIENT.ins, Criteria(), platform.stores)
    except NotPermitted:
        return False
    return True


async def begun(platform: Platform) -> Platform:
    await platform.opened()
    await submit(professional(), lot(letter()), platform.stores)
    return platform


def reasons(error: pytest.ExceptionInfo[NotPermitted]) -> tuple[Reason, ...]:
    assert isinstance(error.value.decision, Decision)
    return error.value.decision.against


@pytest.mark.parametrize(("kind", "subject", "members"), [
    (PERSON, OTHER_DOCTOR.ps_id, ()), (PLACE, OTHER_DOCTOR.organisation, ()),
    (TEAM, "Équipe du soir", (THIRD.ps_id, OTHER_DOCTOR.ps_id, THIRD.ps_id)),
])
async def test_who_is_named_reads_until_it_is_ended(
    platform: Platform, kind: DelegateKind, subject: str, members: tuple[str, ...],
) -> None:
    await begun(platform)
    assert not await sees(platform, OTHER_DOCTOR)
    given = await delegate(professional(), PATIENT.ins, kind, subject, platform.stores, members=members)
    assert given.delegated_by == DOCTOR.ps_id
    assert given.members == tuple(dict.fromkeys(members))
    assert await sees(platform, OTHER_DOCTOR)
    assert await sees(platform, THIRD) is (kind is TEAM)
    assert await list_given(professional(), PATIENT.ins, platform.stores) == [given]
    await end_delegation(professional(), PATIENT.ins, given.delegation_id, platform.stores)
    assert not await sees(platform, OTHER_DOCTOR)


async def test_a_delegation_ends_at_the_latest_with_its_givers_own_authorisation(platform: Platform) -> None:
    await begun(platform)
    await authorise(patient(), PATIENT.ins, DOCTOR.ps_id, platform.stores, days=10)
    known = await platform.stores.known(await platform.stores.record_of(PATIENT.ins), fresh=True)
    own = known.rights.authorisations[DOCTOR.ps_id].valid_until
    assert own is not None
    longer = await delegate(professional(), PATIENT.ins, PERSON, OTHER_DOCTOR.ps_id, platform.stores, days=60)
    assert longer.valid_until == own
    shorter = await delegate(professional(), PATIENT.ins, PERSON, OTHER_DOCTOR.ps_id, platform.stores, days=3)
    assert shorter.valid_until < own - timedelta(days=6)
    assert await list_delegations(patient(), PATIENT.ins, platform.stores) == [shorter]
    await name_medecin_traitant(patient(), PATIENT.ins, DOCTOR.ps_id, platform.stores)
    longest = await delegate(professional(), PATIENT.ins, PERSON, OTHER_DOCTOR.ps_id, platform.stores, days=365)
    assert longest.valid_until > own + timedelta(days=300)


async def test_a_delegation_falls_with_its_giver_and_does_not_come_back(platform: Platform) -> None:
    await begun(platform)
    await delegate(professional(), PATIENT.ins, PERSON, OTHER_DOCTOR.ps_id, platform.stores)
    await withdraw_authorisation(patient(), PATIENT.ins, DOCTOR.ps_id, platform.stores)
    status = await record_status(OTHER, PATIENT.ins, platform.stores)
    assert status.authorisation is AuthorisationState.EXPIRED
    with pytest.raises(NotPermitted) as refused:
        await find(OTHER, PATIENT.ins, Criteria(), platform.stores)
    assert reasons(refused) == (Reason.AUTHORISATION_EXPIRED,)


async def test_who_reads_by_delegation_does_not_delegate(platform: Platform) -> None:
    await begun(platform)
    await delegate(professional(), PATIENT.ins, PERSON, OTHER_DOCTOR.ps_id, platform.stores)
    with pytest.raises(NotPermitted) as refused:
        await delegate(OTHER, PATIENT.ins, PERSON, THIRD.ps_id, platform.stores)
    assert reasons(refused) == (Reason.NO_AUTHORISATION,)
    with pytest.raises(NotPermitted):
        await delegate(patient(), PATIENT.ins, PERSON, THIRD.ps_id, platform.stores)


async def test_a_delegation_opens_nothing_to_a_blocked_professional(platform: Platform) -> None:
    await begun(platform)
    await block(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    await delegate(professional(), PATIENT.ins, PERSON, OTHER_DOCTOR.ps_id, platform.stores)
    await delegate(professional(), PATIENT.ins, PLACE, str(OTHER_DOCTOR.organisation), platform.stores)
    with pytest.raises(NotPermitted) as refused:
        await find(OTHER, PATIENT.ins, Criteria(), platform.stores)
    assert reasons(refused) == (Reason.BLOCKED_BY_PATIENT,)


WRONG: list[tuple[DelegateKind, str, dict[str, object], list[str]]] = [
    (PERSON, "12", {}, ["subject"]), (PERSON, str(OTHER_DOCTOR.organisation), {}, ["subject"]),
    (PERSON, DOCTOR.ps_id, {}, ["subject"]), (PLACE, OTHER_DOCTOR.ps_id, {}, ["subject"]),
    (PERSON, OTHER_DOCTOR.ps_id, {"members": (THIRD.ps_id,)}, ["members"]),
    (TEAM, " ", {"members": (THIRD.ps_id,)}, ["subject"]), (TEAM, "Équipe", {}, ["members"]),
    (TEAM, "Équipe", {"members": (THIRD.ps_id,) * 51}, ["members"]),
    (TEAM, "Équipe", {"members": (THIRD.ps_id, "x", "y")}, ["members[1]", "members[2]"]),
    (PERSON, OTHER_DOCTOR.ps_id, {"days": 0}, ["days"]), (PERSON, "", {"days": 366}, ["subject", "days"]),
    (PERSON, OTHER_DOCTOR.ps_id, {"name": "x" * 101}, ["name"]),
]


async def test_a_wrong_delegation_says_everything_wrong_and_changes_nothing(platform: Platform) -> None:
    await begun(platform)
    for kind, subject, options, fields in WRONG:
        with pytest.raises(InvalidInput) as refused:
            await delegate(
                professional(), PATIENT.ins, kind, subject, platform.stores, **options)  # type: ignore[arg-type]
        assert [issue.expression for issue in refused.value.issues] == fields
    assert not await list_delegations(patient(), PATIENT.ins, platform.stores)


async def test_who_gave_as_many_delegations_as_one_may_ends_one_for_another(
    platform: Platform, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("carnet.record.delegate.MOST_AT_ONCE", 3)
    await begun(platform)
    given = [
        await delegate(professional(), PATIENT.ins, TEAM, f"Équipe {number}", platform.stores, members=(THIRD.ps_id,))
        for number in range(3)]
    await delegate(professional(), PATIENT.ins, TEAM, "Équipe 1", platform.stores, members=(OTHER_DOCTOR.ps_id,))
    with pytest.raises(InvalidInput, match="at once"):
        await delegate(professional(), PATIENT.ins, PERSON, OTHER_DOCTOR.ps_id, platform.stores)
    await end_delegation(professional(), PATIENT.ins, given[0].delegation_id, platform.stores)
    await delegate(professional(), PATIENT.ins, PERSON, OTHER_DOCTOR.ps_id, platform.stores)
    assert len(await list_given(professional(), PATIENT.ins, platform.stores)) == 3


async def test_the_holder_and_professionals_they_trust_end_any_delegation_and_others_their_own(
    platform: Platform,
) -> None:
    record = await platform.opened()
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    for ends in (patient(), OTHER):
        given = await delegate(professional(), PATIENT.ins, PERSON, THIRD.ps_id, platform.stores)
        if ends is OTHER:
            assert await list_given(OTHER, PATIENT.ins, platform.stores) == []
            for unknown_to_them in (given.delegation_id, uuid4()):
                with pytest.raises(NotFound, match="no such delegation"):
                    await end_delegation(OTHER, PATIENT.ins, unknown_to_them, platform.stores)
            [_, another, unknown] = (await platform.stores.audit.events_of(record))[-3:]
            assert [each.detail["reasons"] for each in (another, unknown)] == [["only_for_oneself"], ["NotFound"]]
            await name_administrator(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
        await end_delegation(ends, PATIENT.ins, given.delegation_id, platform.stores)
        assert not await sees(platform, THIRD)
        with pytest.raises(NotFound):
            await end_delegation(ends, PATIENT.ins, given.delegation_id, platform.stores)


async def test_a_number_typed_with_spaces_names_the_same_professional(platform: Platform) -> None:
    await begun(platform)
    given = await delegate(professional(), PATIENT.ins, PERSON, f"  {OTHER_DOCTOR.ps_id} ", platform.stores)
    assert given == msgspec.structs.replace(given, subject=OTHER_DOCTOR.ps_id)
    assert await sees(platform, OTHER_DOCTOR)

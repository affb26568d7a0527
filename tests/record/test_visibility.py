"""Who sees a document, and who may change it: rules 4, 5, 6, 12 and 13 of SPEC 13, on a real record."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

import msgspec
import pytest

from carnet.documents.entry import AvailabilityStatus, DocumentEntry, Visibility
from carnet.errors import CarnetError, Conflict, InvalidSubmission, NotFound, NotPermitted
from carnet.people.caller import ProfessionalCaller
from carnet.record.authorise import authorise, name_medecin_traitant
from carnet.record.choices import choose
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.retrieve import describe, retrieve
from carnet.record.stores import Stores
from carnet.record.submit import submit
from carnet.record.visibility import change_visibility, mask_all
from carnet.rights.access import Act, Asker
from carnet.rights.decision import Decision
from carnet.rights.held import Choice
from carnet.rights.reasons import Reason
from tests.record.life import MOTHER, child, opened_for_child, represented, told
from tests.running import (
    LABORATORY,
    OTHER_DOCTOR,
    PATIENT,
    Platform,
    another_patient,
    letter,
    lot,
    patient,
    professional,
    with_entry,
)

AUTHOR, OTHER, HOLDER = professional(), professional(OTHER_DOCTOR), patient()
MASKED = frozenset({Visibility.MASQUE_PS})
WITHHELD = frozenset({Visibility.INVISIBLE_PATIENT})
SECRET = frozenset({Visibility.INVISIBLE_REPRESENTANTS_LEGAUX})
STRANGER = patient(another_patient(1))
DOCUMENT_ACTS = (
    Act.MASK, Act.UNMASK, Act.ANNOUNCE, Act.SHOW_TO_REPRESENTATIVES, Act.ARCHIVE, Act.UNARCHIVE, Act.DELETE)


async def kept(
    platform: Platform, visibility: frozenset[Visibility] = frozenset(), *, by: Asker = AUTHOR, text: str = "Toux.",
    replaces: DocumentEntry | None = None,
) -> DocumentEntry:
    """A document of the record, as its depositor sees it."""
    document = with_entry(letter(text), visibility=visibility)
    if replaces is not None:
        document = msgspec.structs.replace(document, replaces=replaces.unique_id)
    await submit(by, lot(document), platform.stores)
    return await describe(AUTHOR, document.entry.unique_id, platform.stores)


async def seen(asker: Asker, platform: Platform, *statuses: AvailabilityStatus) -> list[DocumentEntry]:
    """What they find."""
    return list((await find(asker, PATIENT.ins, Criteria(statuses=statuses), platform.stores)).entries)


async def reasons(attempt: object) -> tuple[Reason, ...]:
    """Why it is refused, as it is told."""
    with pytest.raises(NotPermitted) as refused:
        await attempt       # type: ignore[misc]
    assert isinstance(refused.value.decision, Decision)
    return refused.value.decision.against


async def opened(platform: Platform) -> None:
    """A record that both doctors may read."""
    await platform.opened()
    await authorise(HOLDER, PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)


async def test_what_the_holder_masks_is_gone_for_others_and_back_when_unmasked(platform: Platform) -> None:
    await opened(platform)
    entry = await kept(platform)
    for act, others in ((Act.MASK, 0), (Act.UNMASK, 1)):
        await change_visibility(HOLDER, entry.unique_id, act, platform.stores)
        assert len(await seen(OTHER, platform)) == others
        assert len(await seen(AUTHOR, platform)) == len(await seen(HOLDER, platform)) == 1


async def test_rule_12_a_new_visibility_is_a_new_entry_uuid_of_the_same_logical_id(platform: Platform) -> None:
    await opened(platform)
    first = await kept(platform)
    second = await change_visibility(HOLDER, first.unique_id, Act.MASK, platform.stores)
    third = await change_visibility(HOLDER, str(first.entry_uuid), Act.UNMASK, platform.stores)
    assert (first.version, second.version, third.version) == (1, 2, 3)
    assert len({first.entry_uuid, second.entry_uuid, third.entry_uuid}) == 3
    assert {second.logical_id, third.logical_id} == {first.logical_id} == {first.entry_uuid}
    for name in (first.unique_id, *(str(each.entry_uuid) for each in (first, second, third))):
        assert (await retrieve(HOLDER, name, platform.stores)).entry == third
    replaced = await kept(platform, replaces=first)
    assert replaced.logical_id != first.logical_id
    assert replaced.unique_id != first.unique_id


async def test_what_is_so_already_makes_no_new_version(platform: Platform) -> None:
    await opened(platform)
    entry = await kept(platform)
    for act in (Act.UNMASK, Act.ANNOUNCE, Act.SHOW_TO_REPRESENTATIVES, Act.UNARCHIVE):
        asker = HOLDER if act is Act.UNMASK else AUTHOR
        assert await change_visibility(asker, entry.unique_id, act, platform.stores) == entry
    masked = await change_visibility(HOLDER, entry.unique_id, Act.MASK, platform.stores)
    assert await change_visibility(AUTHOR, entry.unique_id, Act.MASK, platform.stores) == masked


async def test_an_old_version_gives_a_masked_document_away_by_no_name_and_no_status(platform: Platform) -> None:
    await opened(platform)
    old = await kept(platform)
    new = await kept(platform, replaces=old)
    assert len(await seen(OTHER, platform)) == 2
    for masked in (old, new):       # of one lineage: what is said of one is said of both
        versions = [old, new, await change_visibility(HOLDER, masked.unique_id, Act.MASK, platform.stores)]
        for statuses in ((), (AvailabilityStatus.DEPRECATED,), tuple(AvailabilityStatus)):
            assert await seen(OTHER, platform, *statuses) == []
        for version in versions:
            with pytest.raises(NotFound):
                await retrieve(OTHER, str(version.entry_uuid), platform.stores)
        await change_visibility(HOLDER, masked.unique_id, Act.UNMASK, platform.stores)
        assert len(await seen(OTHER, platform)) == 2


async def test_old_versions_are_listed_only_to_who_asks_for_what_is_not_in_force(platform: Platform) -> None:
    await opened(platform)
    first = await kept(platform)
    await change_visibility(HOLDER, first.unique_id, Act.MASK, platform.stores)
    latest = await change_visibility(HOLDER, first.unique_id, Act.UNMASK, platform.stores)
    assert await seen(OTHER, platform) == [latest]
    assert await seen(OTHER, platform, AvailabilityStatus.APPROVED) == [latest]
    old = await seen(OTHER, platform, AvailabilityStatus.DEPRECATED)
    assert {entry.version for entry in old} == {1, 2}
    assert {entry.visibility for entry in old} == {frozenset()}


async def test_rule_04_what_waits_to_be_announced_is_not_masked_as_well(platform: Platform) -> None:
    await opened(platform)
    with pytest.raises(InvalidSubmission):
        await kept(platform, WITHHELD | MASKED)
    withheld = await kept(platform, WITHHELD)
    told = await reasons(change_visibility(AUTHOR, withheld.unique_id, Act.MASK, platform.stores))
    assert told == (Reason.FORBIDDEN_PAIR,)
    with pytest.raises(InvalidSubmission, match="at once"):
        await kept(platform, MASKED, replaces=withheld)


async def test_rule_04_a_platform_may_allow_the_pair(platform: Platform) -> None:
    await opened(platform)
    allowing = pair_allowed(platform.stores)
    withheld = with_entry(letter(), visibility=WITHHELD)
    await submit(AUTHOR, lot(withheld), allowing)
    both = await change_visibility(AUTHOR, withheld.entry.unique_id, Act.MASK, allowing)
    assert both.visibility == WITHHELD | MASKED
    replacing = msgspec.structs.replace(
        with_entry(letter(), visibility=MASKED), replaces=withheld.entry.unique_id)
    await submit(AUTHOR, lot(replacing), allowing)
    assert (await describe(AUTHOR, replacing.entry.unique_id, allowing)).visibility == WITHHELD | MASKED


async def test_rule_05_making_visible_is_one_way(platform: Platform) -> None:
    await opened(platform)
    entry = await kept(platform, WITHHELD)
    assert await seen(HOLDER, platform) == []
    announced = await change_visibility(OTHER, entry.unique_id, Act.ANNOUNCE, platform.stores)
    assert announced.visibility == frozenset()
    assert await seen(HOLDER, platform) == [announced]
    for asker in (AUTHOR, OTHER):
        with pytest.raises(CarnetError):
            await kept(platform, WITHHELD, replaces=announced, by=asker)
    assert await seen(HOLDER, platform) == [announced]


async def test_rule_05_what_representatives_were_shown_is_not_hidden_again(platform: Platform) -> None:
    young = child()
    await opened_for_child(platform, young)
    await represented(platform, young)
    document = with_entry(letter(of=young), visibility=SECRET)
    await submit(AUTHOR, lot(document), platform.stores)
    mother = patient(MOTHER)
    assert not (await find(mother, young.ins, Criteria(), platform.stores)).entries
    await change_visibility(AUTHOR, document.entry.unique_id, Act.SHOW_TO_REPRESENTATIVES, platform.stores)
    assert len((await find(mother, young.ins, Criteria(), platform.stores)).entries) == 1
    again = msgspec.structs.replace(
        with_entry(letter(of=young), visibility=SECRET), replaces=document.entry.unique_id)
    with pytest.raises(InvalidSubmission, match="cannot be hidden again"):
        await submit(AUTHOR, lot(again), platform.stores)


async def test_what_a_minor_kept_from_their_representatives_is_replaced_once_they_are_of_age(
    platform: Platform,
) -> None:
    young = child()
    await opened_for_child(platform, young)
    old = with_entry(letter(of=young), visibility=SECRET)
    await submit(AUTHOR, lot(old), platform.stores)
    rules = platform.stores.rules
    of_age = replace(platform.stores, rules=replace(rules, rights=replace(rules.rights, majority_years=1)))
    with pytest.raises(NotPermitted):
        await submit(AUTHOR, lot(with_entry(letter(of=young), visibility=SECRET)), of_age)
    new = msgspec.structs.replace(letter(of=young), replaces=old.entry.unique_id)
    await submit(AUTHOR, lot(new), of_age)
    assert (await describe(AUTHOR, new.entry.unique_id, of_age)).visibility == SECRET


async def test_rule_06_the_depositor_always_reads_and_the_medecin_traitant_reads_what_is_masked(
    platform: Platform,
) -> None:
    await opened(platform)
    entry = await kept(platform, MASKED)
    third = replace_ps(OTHER_DOCTOR, "810000000025")
    await name_medecin_traitant(HOLDER, PATIENT.ins, third.ps_id, platform.stores)
    assert await seen(professional(third), platform) == [entry]
    await choose(
        HOLDER, PATIENT.ins, {Choice.CONSULTATION: False}, platform.stores, text_version="2026-1")
    assert (await retrieve(AUTHOR, entry.unique_id, platform.stores)).entry == entry
    with pytest.raises(NotFound):
        await retrieve(OTHER, entry.unique_id, platform.stores)


async def test_rule_13_who_is_not_the_author_neither_replaces_nor_archives_nor_deletes(platform: Platform) -> None:
    await opened(platform)
    shown, masked = await kept(platform), await kept(platform, MASKED)
    for act in (Act.ARCHIVE, Act.UNARCHIVE, Act.DELETE):
        for asker in (OTHER, HOLDER):
            told = await reasons(change_visibility(asker, shown.unique_id, act, platform.stores))
            assert told == (Reason.NOT_THE_AUTHOR,)
        with pytest.raises(NotFound):
            await change_visibility(OTHER, masked.unique_id, act, platform.stores)
    assert await reasons(kept(platform, replaces=shown, by=OTHER)) == (Reason.NOT_THE_AUTHOR,)
    with pytest.raises(InvalidSubmission, match="not in this record"):
        await kept(platform, replaces=masked, by=OTHER)
    assert {entry.unique_id for entry in await seen(AUTHOR, platform)} == {shown.unique_id, masked.unique_id}


async def test_an_organisation_archives_and_deletes_what_was_deposited_in_its_name(platform: Platform) -> None:
    await opened(platform)
    document, software = letter(), professional(LABORATORY)
    await submit(software, lot(document), platform.stores)
    archived = await change_visibility(software, document.entry.unique_id, Act.ARCHIVE, platform.stores)
    assert archived.availability_status is AvailabilityStatus.ARCHIVED
    told = await reasons(change_visibility(software, document.entry.unique_id, Act.MASK, platform.stores))
    assert told == (Reason.ONLY_THE_HOLDER,)
    await change_visibility(software, document.entry.unique_id, Act.DELETE, platform.stores)
    assert await seen(HOLDER, platform) == []


async def test_what_is_archived_is_left_out_for_professionals_who_ask_for_nothing_in_particular(
    platform: Platform,
) -> None:
    await opened(platform)
    entry = await change_visibility(AUTHOR, (await kept(platform)).unique_id, Act.ARCHIVE, platform.stores)
    assert await seen(OTHER, platform) == []
    assert await seen(OTHER, platform, AvailabilityStatus.ARCHIVED) == [entry]
    assert await seen(AUTHOR, platform) == await seen(HOLDER, platform) == [entry]
    assert (await retrieve(OTHER, entry.unique_id, platform.stores)).entry == entry
    await change_visibility(AUTHOR, entry.unique_id, Act.UNARCHIVE, platform.stores)
    assert len(await seen(OTHER, platform)) == 1


async def test_what_was_replaced_is_not_archived(platform: Platform) -> None:
    await opened(platform)
    old = await kept(platform)
    await kept(platform, replaces=old)
    with pytest.raises(Conflict):
        await change_visibility(AUTHOR, old.unique_id, Act.ARCHIVE, platform.stores)
    masked = await change_visibility(AUTHOR, old.unique_id, Act.MASK, platform.stores)
    assert masked.availability_status is AvailabilityStatus.DEPRECATED


async def test_what_is_deleted_is_there_for_nobody_under_no_name(platform: Platform) -> None:
    await opened(platform)
    entry = await kept(platform)
    masked = await change_visibility(HOLDER, entry.unique_id, Act.MASK, platform.stores)
    await change_visibility(AUTHOR, entry.unique_id, Act.DELETE, platform.stores)
    for asker in (AUTHOR, OTHER, HOLDER):
        for statuses in ((), tuple(AvailabilityStatus)):
            assert await seen(asker, platform, *statuses) == []
        for name in (entry.unique_id, str(entry.entry_uuid), str(masked.entry_uuid)):
            with pytest.raises(NotFound):
                await retrieve(asker, name, platform.stores)
            for act in DOCUMENT_ACTS:
                with pytest.raises(NotFound):
                    await change_visibility(asker, name, act, platform.stores)


async def test_who_may_neither_read_a_document_nor_wrote_it_is_told_nothing_of_it(platform: Platform) -> None:
    await platform.opened()
    entry = await kept(platform)
    for asker in (OTHER, STRANGER, professional(LABORATORY)):
        for act in DOCUMENT_ACTS:
            for name in (entry.unique_id, str(uuid4())):
                with pytest.raises(NotFound, match="no such document"):
                    await change_visibility(asker, name, act, platform.stores)
    assert await seen(HOLDER, platform) == [entry]


async def test_mask_all_masks_what_is_there_and_what_comes_only_if_that_is_wished(platform: Platform) -> None:
    await opened(platform)
    before = [await kept(platform), await kept(platform), await kept(platform, MASKED)]
    withheld = await kept(platform, WITHHELD)
    assert await mask_all(HOLDER, PATIENT.ins, platform.stores) == 2
    assert await mask_all(HOLDER, PATIENT.ins, platform.stores) == 0
    assert {entry.unique_id for entry in await seen(HOLDER, platform)} == {entry.unique_id for entry in before}
    assert [entry.unique_id for entry in await seen(OTHER, platform)] == [withheld.unique_id]
    comes = await kept(platform)
    assert comes.visibility == frozenset()
    for asker in (AUTHOR, OTHER, professional(LABORATORY)):
        with pytest.raises(NotPermitted):
            await mask_all(asker, PATIENT.ins, platform.stores)


async def test_what_comes_to_a_holder_who_wishes_it_masked_is_masked_at_its_announcement(platform: Platform) -> None:
    await opened(platform)
    withheld = await kept(platform, WITHHELD)
    await choose(HOLDER, PATIENT.ins, {Choice.MASK_WHAT_COMES: True}, platform.stores, text_version="2026-1")
    announced = await change_visibility(AUTHOR, withheld.unique_id, Act.ANNOUNCE, platform.stores)
    assert announced.visibility == MASKED
    assert await seen(OTHER, platform) == []
    assert await seen(HOLDER, platform) == [announced]


async def test_who_saw_another_version_is_told_so_and_changes_nothing(platform: Platform) -> None:
    await opened(platform)
    first = await kept(platform)
    second = await change_visibility(
        HOLDER, first.unique_id, Act.MASK, platform.stores, if_match=str(first.entry_uuid))
    with pytest.raises(Conflict):
        await change_visibility(
            HOLDER, first.unique_id, Act.UNMASK, platform.stores, if_match=str(first.entry_uuid))
    assert await seen(HOLDER, platform) == [second]


async def test_two_changes_at_once_are_both_made_unless_each_says_what_it_saw(platform: Platform) -> None:
    await opened(platform)
    entry, stores = await kept(platform), platform.stores
    await asyncio.gather(
        change_visibility(HOLDER, entry.unique_id, Act.MASK, stores),
        change_visibility(AUTHOR, entry.unique_id, Act.ARCHIVE, stores))
    [latest] = await seen(HOLDER, platform)
    assert (latest.version, latest.visibility, latest.availability_status) == (
        3, MASKED, AvailabilityStatus.ARCHIVED)
    saw = str(latest.entry_uuid)
    done = await asyncio.gather(
        change_visibility(HOLDER, entry.unique_id, Act.UNMASK, stores, if_match=saw),
        change_visibility(AUTHOR, entry.unique_id, Act.UNARCHIVE, stores, if_match=saw), return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["Conflict", "DocumentEntry"]


async def test_a_document_comes_in_while_a_version_is_made_and_nothing_conflicts(platform: Platform) -> None:
    await opened(platform)
    entry = await kept(platform)
    await asyncio.gather(
        change_visibility(HOLDER, entry.unique_id, Act.MASK, platform.stores, if_match=str(entry.entry_uuid)),
        *(kept(platform) for _ in range(3)))
    assert len(await seen(AUTHOR, platform)) == 4
    assert len(await seen(OTHER, platform)) == 3


async def test_what_is_sent_again_is_answered_as_the_first_time_whatever_was_said_since(platform: Platform) -> None:
    await opened(platform)
    document = letter()
    first = await submit(AUTHOR, lot(document), platform.stores)
    await change_visibility(HOLDER, document.entry.unique_id, Act.MASK, platform.stores)
    again = await submit(OTHER, lot(document), platform.stores)
    assert not again.created
    assert again.documents[0].entry_uuid == first.documents[0].entry_uuid


async def test_the_patients_side_is_told_of_changes_to_what_they_may_see_only(platform: Platform) -> None:
    young = child()
    await opened_for_child(platform, young)
    await represented(platform, young)
    documents = {}
    for name, visibility in (("shown", frozenset()), ("secret", SECRET), ("withheld", WITHHELD)):
        documents[name] = with_entry(letter(of=young), visibility=visibility).entry.unique_id
        await submit(AUTHOR, lot(with_entry(
            letter(of=young, unique_id=documents[name]), visibility=visibility)), platform.stores)
    before = {person: len(await told(platform, person)) for person in (young, MOTHER)}
    for name, act, told_to in (
        ("shown", Act.ARCHIVE, [young, MOTHER]), ("secret", Act.MASK, [young]), ("withheld", Act.ARCHIVE, []),
        ("withheld", Act.UNARCHIVE, []), ("withheld", Act.ANNOUNCE, [young, MOTHER]),
        ("secret", Act.SHOW_TO_REPRESENTATIVES, [young, MOTHER]), ("shown", Act.DELETE, [young, MOTHER]),
    ):
        await change_visibility(AUTHOR, documents[name], act, platform.stores)
        for person in (young, MOTHER):
            new = (await told(platform, person))[before[person]:]
            assert new == ([act.value] if person in told_to else []), (name, act)
            before[person] += len(new)


async def test_all_versions_come_back_from_the_hosts(platform: Platform) -> None:
    await opened(platform)
    old = await kept(platform)
    new = await kept(platform, replaces=old)
    await change_visibility(HOLDER, new.unique_id, Act.MASK, platform.stores)
    await change_visibility(AUTHOR, old.unique_id, Act.DELETE, platform.stores)
    await platform.quiet()
    known = await platform.stores.known(await platform.stores.record_of(PATIENT.ins), fresh=True)
    keys = await platform.stores.keys.keys_of(known.record)
    rebuilt = await platform.stores.views._rebuilt(known, keys, None)
    assert rebuilt == await platform.stores.views.at(known, keys)
    assert {filed.entry.visibility for filed in rebuilt.documents.values()} == {MASKED}


def pair_allowed(stores: Stores) -> Stores:
    """The same platform, where the national parameter allows the pair."""
    rules = stores.rules
    return replace(stores, rules=replace(
        rules, rights=replace(rules.rights, invisible_and_masked=True),
        submissions=msgspec.structs.replace(rules.submissions, invisible_and_masked=True)))


def replace_ps(caller: ProfessionalCaller, ps_id: str) -> ProfessionalCaller:
    """A colleague."""
    return msgspec.structs.replace(caller, ps_id=ps_id)

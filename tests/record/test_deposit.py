"""Deposit, find, retrieve: what is acknowledged is durable on two hosts, once, and comes back byte for byte."""

from __future__ import annotations

import pytest

from carnet.errors import DuplicateUniqueId, InvalidSubmission, NotFound, NotPermitted, TooFewCopies
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.history import history
from carnet.record.retrieve import retrieve
from carnet.record.submit import submit
from tests.running import DOCTOR, LABORATORY, OTHER_DOCTOR, PATIENT, Platform, letter, lot, patient, professional


async def test_a_document_comes_back_byte_for_byte(platform: Platform) -> None:
    record = await platform.opened()
    document = letter()
    outcome = await submit(professional(), lot(document), platform.stores)
    assert outcome.created
    found = await find(patient(), PATIENT.ins, Criteria(), platform.stores)
    assert [entry.unique_id for entry in found.entries] == [document.entry.unique_id]
    back = await retrieve(patient(), document.entry.unique_id, platform.stores)
    assert back.content == document.content
    await platform.quiet()
    assert len(await platform.heads(record)) == 1
    assert await platform.stores.hosting.waiting() == 0


async def test_the_same_bytes_again_are_accepted_without_a_copy(platform: Platform) -> None:
    await platform.opened()
    document = letter()
    first = await submit(professional(), lot(document), platform.stores)
    again = await submit(professional(), lot(document), platform.stores)
    assert not again.created
    assert again.documents[0].entry_uuid == first.documents[0].entry_uuid
    found = await find(patient(), PATIENT.ins, Criteria(), platform.stores)
    assert len(found.entries) == 1


async def test_other_bytes_under_a_used_identifier_are_refused(platform: Platform) -> None:
    await platform.opened()
    document = letter()
    await submit(professional(), lot(document), platform.stores)
    other = letter("Une autre toux.", unique_id=document.entry.unique_id)
    with pytest.raises(DuplicateUniqueId):
        await submit(professional(), lot(other), platform.stores)


async def test_a_lot_with_one_bad_document_leaves_nothing(platform: Platform) -> None:
    await platform.opened()
    good, used = letter(), letter()
    await submit(professional(), lot(used), platform.stores)
    bad = letter("Autre.", unique_id=used.entry.unique_id)
    with pytest.raises(InvalidSubmission):
        await submit(professional(), lot(good, bad), platform.stores)
    found = await find(patient(), PATIENT.ins, Criteria(), platform.stores)
    assert len(found.entries) == 1


async def test_software_feeds_without_authorisation_and_does_not_read(platform: Platform) -> None:
    await platform.opened()
    document = letter()
    await submit(professional(LABORATORY), lot(document), platform.stores)
    with pytest.raises(NotPermitted):
        await find(professional(LABORATORY), PATIENT.ins, Criteria(), platform.stores)
    with pytest.raises(NotFound):
        await retrieve(professional(OTHER_DOCTOR), document.entry.unique_id, platform.stores)


async def test_every_visit_is_in_the_history_of_the_holder(platform: Platform) -> None:
    await platform.opened()
    document = letter()
    await submit(professional(), lot(document), platform.stores)
    await retrieve(professional(), document.entry.unique_id, platform.stores)
    with pytest.raises(NotPermitted):
        await find(professional(OTHER_DOCTOR), PATIENT.ins, Criteria(), platform.stores)
    lines = await history(patient(), PATIENT.ins, platform.stores)
    assert [(line.act, line.outcome) for line in lines[:4]] == [
        ("list", "refused"), ("read", "done"), ("feed", "done"), ("see_status", "done")]
    assert lines[0].reasons == ("no_authorisation",)
    assert lines[1].actor_id == DOCTOR.ps_id
    assert [line.number for line in lines] == list(range(len(lines), 0, -1))


async def test_a_home_host_that_is_down_stops_neither_deposit_nor_reading(platform: Platform) -> None:
    record = await platform.opened()
    before = letter("Avant.")
    await submit(professional(), lot(before), platform.stores)
    await platform.quiet()
    home = (await platform.stores.known(record)).placement.home
    await platform.hosts[home].stop()
    during = letter("Pendant.")
    await submit(professional(), lot(during), platform.stores)
    assert (await retrieve(patient(), during.entry.unique_id, platform.stores)).content == during.content
    assert (await retrieve(patient(), before.entry.unique_id, platform.stores)).content == before.content
    await platform.hosts[home].start()
    await platform.quiet()
    assert len(await platform.heads(record)) == 1


async def test_with_one_host_left_nothing_is_acknowledged(platform: Platform) -> None:
    record = await platform.opened()
    known = await platform.stores.known(record)
    for name in platform.hosts:
        if name != known.placement.home:
            await platform.hosts[name].stop()
    with pytest.raises(TooFewCopies):
        await submit(professional(), lot(letter()), platform.stores)

"""Live documents: whether a record may be fed is decided before anything in it is looked at, on what is true now."""

from __future__ import annotations

import pytest

from carnet.documents.compose_care import TYPE
from carnet.errors import NotPermitted
from carnet.record.inbox.message import Opposition
from carnet.record.live import standing
from carnet.record.organisations import lift_from_organisation, said_to_organisation
from carnet.rights.access import Asker
from tests.feeds.reimbursements.batches import INSURER
from tests.running import PATIENT, Platform, patient

FEEDER = Asker(INSURER.caller, door="test")


async def oppose(platform: Platform) -> None:
    said = Opposition(PATIENT.ins, True, None, platform.stores.clock.now())
    assert await said_to_organisation(FEEDER, said, platform.stores)


async def test_nothing_of_a_record_that_may_not_be_fed_is_looked_at_and_the_refusal_is_traced(
    platform: Platform, monkeypatch: pytest.MonkeyPatch,
) -> None:
    await platform.opened()
    record = await platform.stores.record_of(PATIENT.ins)
    assert (await standing(FEEDER, record, TYPE, platform.stores)).latest is None
    await oppose(platform)
    monkeypatch.delattr(type(platform.stores.keys), "keys_of")      # asking for keys, or for a view, would be seen
    monkeypatch.delattr(type(platform.stores.views), "at")
    with pytest.raises(NotPermitted):
        await standing(FEEDER, record, TYPE, platform.stores)
    traced = await platform.portal.fetch(
        "select record_id, act from audit_event where outcome = 'refused' and detail->'reasons' ? $1",
        "feeding_opposed_there")
    assert [(row["record_id"], row["act"]) for row in traced] == [(record, "feed")]


async def test_a_refusal_rests_on_what_is_true_now_and_not_on_what_was_at_hand(platform: Platform) -> None:
    await platform.opened()
    record = await platform.stores.record_of(PATIENT.ins)
    await oppose(platform)
    opposed = await platform.stores.known(record, fresh=True)
    await lift_from_organisation(patient(), PATIENT.ins, INSURER.organisation, platform.stores)
    platform.stores.remember(opposed)       # as in another process, that did not hear of it
    assert (await standing(FEEDER, record, TYPE, platform.stores)).known.rights != opposed.rights

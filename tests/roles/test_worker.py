"""The worker's process does what is due, and survives a database that is away."""

from __future__ import annotations

import asyncio

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.errors import Unavailable
from carnet.record.announce_record import announce_record
from carnet.record.due_store import DueStore
from carnet.rights.due import NOTICE
from carnet.roles import worker
from tests.record.life import OFFICER, let_pass
from tests.running import PATIENT, Platform


async def test_a_worker_opens_what_nobody_objected_to_also_after_its_database_was_away(
    platform: Platform, monkeypatch: pytest.MonkeyPatch,
) -> None:
    await announce_record(OFFICER, PATIENT, platform.stores)
    await let_pass(platform, await platform.stores.record_of(PATIENT.ins), NOTICE)
    monkeypatch.setattr(worker, "DUE_SECONDS", 0.01)
    claim, tried, stop = DueStore.claim, asyncio.Event(), asyncio.Event()

    async def away_at_first(store: DueStore, limit: int) -> list[object]:
        if not tried.is_set():
            tried.set()
            raise Unavailable("away")
        found = await claim(store, limit)
        if not found:
            stop.set()
        return list(found)

    monkeypatch.setattr(DueStore, "claim", away_at_first)
    await worker.work(platform.stores, Ed25519PrivateKey.generate(), stop)
    assert await platform.portal.fetchval("select state from record") == "active"

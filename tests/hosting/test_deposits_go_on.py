"""Whatever one host of a record does, its deposits go on and are read at once; both copies are whole again later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.hosting.faults import Fault, Faults, held_until, lie, refused
from tests.hosting.ground import Ground, Kept
from tests.hosting.losses import back_to

pytestmark = pytest.mark.asyncio(loop_scope="module")

_KINDS = ("put", "append", "read", "head", "journal", "status", "fill", "export")
Begin = Callable[[Ground, Kept, str], Awaitable[object]]


def _always(faults: Faults, fault: Fault, *kinds: str) -> None:
    for kind in kinds or _KINDS:
        faults.always(kind, fault)


def _answers(fault: Fault, *kinds: str) -> Begin:
    async def begin(ground: Ground, kept: Kept, host: str) -> None:
        _always(ground.faults[host], fault, *kinds)

    return begin


async def _down(ground: Ground, kept: Kept, host: str) -> None:
    await ground.platform.hosts[host].stop()


async def _slow(ground: Ground, kept: Kept, host: str) -> asyncio.Event:
    """Every call waits longer than anybody has patience, and lands when the event is set."""
    event = asyncio.Event()
    ground.hurry()
    _always(ground.faults[host], held_until(event))
    return event


async def _wrong_hashes(ground: Ground, kept: Kept, host: str) -> None:
    """Bodies that are not what they are named, heads and receipts of something else."""
    def other_heads(answer: dict[str, Any]) -> dict[str, Any]:
        return {**answer, "results": [{**each, "head": b"\x11" * 32} for each in answer["results"]]}

    faults = ground.faults[host]
    faults.always("read", lie(lambda answer: {"bodies": [b"other bytes" for _ in answer["bodies"]]}))
    faults.always("append", lie(other_heads))
    faults.always("put", lie(lambda answer: {**answer, "receipt": "no.receipt.this"}))


async def _old_head(ground: Ground, kept: Kept, host: str) -> None:
    await back_to(ground.platform.hosts[host].pool, kept.record, place=2)


_FAULTS: dict[str, Begin] = {
    "down": _down,
    "slow": _slow,
    "full": _answers(refused(503, "full"), "put"),
    "read-only": _answers(refused(503, "read_only"), "put", "append", "fill"),
    "wrong hashes": _wrong_hashes,
    "old head": _old_head,
    "refusing tokens": _answers(refused(401, "unauthenticated"), *(set(_KINDS) - {"status"})),
}


@pytest.mark.parametrize("at", ["home", "reference"])
@pytest.mark.parametrize("fault", _FAULTS)
async def test_deposits_and_reads_go_on(ground: Ground, kept: Kept, fault: str, at: str) -> None:
    documents = [await ground.deposit(kept)]
    await ground.platform.quiet()
    host = getattr(kept, at)
    begun = await _FAULTS[fault](ground, kept, host)
    documents += [await ground.deposit(kept, f"Lettre {number}.") for number in range(2)]
    await ground.read_back(kept, *documents)
    if isinstance(begun, asyncio.Event):
        begun.set()
    await ground.stores.delivery.settle()
    await ground.calm()
    await ground.platform.quiet()
    assert len(await ground.platform.heads(kept.record)) == 1
    other = kept.reference if at == "home" else kept.home
    await ground.platform.hosts[other].stop()
    await ground.read_back(kept, *documents)        # the host that failed holds everything, alone

"""A host that came back is known to be up, even when nobody has a reason to call it."""

from __future__ import annotations

import asyncio

import pytest

from carnet.errors import HostUnavailable
from carnet.hosting.circuit import FAILURES_IN_A_ROW
from tests.running import Platform


async def test_a_host_that_nobody_calls_is_taken_for_up_again_once_it_answers(platform: Platform) -> None:
    client = platform.stores.copies.clients["reference"]
    await platform.hosts["reference"].stop()
    for _ in range(FAILURES_IN_A_ROW):
        with pytest.raises(HostUnavailable):
            await client.inventory()
    assert client.reads.is_open
    await platform.hosts["reference"].start()
    async with asyncio.timeout(10):
        while client.reads.is_open:         # noqa: ASYNC110  the probe has its own pace
            await asyncio.sleep(0.05)

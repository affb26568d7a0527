"""What tests of the pages ask for: a portal that listens."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.running import Platform
from tests.web.serving import Portal, serving


@pytest.fixture
async def portal(platform: Platform) -> AsyncIterator[Portal]:
    """The pages of a platform of this test alone."""
    async with serving(platform) as portal:
        yield portal

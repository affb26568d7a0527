"""The ground of these tests."""

from __future__ import annotations

import pytest

from tests.running import Platform
from tests.steering.adoption.ground import Ground


@pytest.fixture
async def ground(platform: Platform) -> Ground:
    """A platform and what counts its adoption."""
    return Ground(platform)

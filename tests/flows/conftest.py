"""What every story may ask for: the whole platform, running, and its doors as some of its people open them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.demonstration import Demonstration, demonstration_folder, running_demonstration
from tests.flows.doors import Doors, doors_of


@pytest.fixture(scope="session")
def demonstration() -> Iterator[Demonstration]:
    """`carnet demo` in a folder of its own, for all stories of this session."""
    with demonstration_folder() as folder, running_demonstration(folder) as demonstration:
        yield demonstration


@pytest.fixture
async def doctor(demonstration: Demonstration) -> AsyncIterator[Doors]:
    """A family doctor's software."""
    async with doors_of(demonstration, "moreau") as doors:
        yield doors


@pytest.fixture
async def laboratory(demonstration: Demonstration) -> AsyncIterator[Doors]:
    """A laboratory's software, which no person stands behind."""
    async with doors_of(demonstration, "laboratoire") as doors:
        yield doors

"""A fixture that ends by what is no Exception, as a server that exits does, fails the test that asked for it, alone.

pytest remembers what a fixture came to only when that is an Exception. After any other it has nothing to say at each
later test that asks for the fixture but AssertionError, and what happened is lost among them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest,
) -> Generator[None, object, object]:
    """Say of such a fixture what it came to, in the form that pytest remembers."""
    try:
        return (yield)
    except (SystemExit, asyncio.CancelledError) as error:
        ended = RuntimeError(f"the fixture {fixturedef.argname} ended by {error!r}")
        fixturedef.cached_result = (None, fixturedef.cache_key(request), (ended, None))     # type: ignore[arg-type]
        raise ended from error

"""What tests of secure mail ask for: a gate on a real platform, and the FHIR doors on the same stores."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carnet.fhir.app import FhirDoors
from tests.feeds.mail.ground import Post, posting
from tests.fhir.client import Client
from tests.fhir.conftest import doors, token_of, verifier
from tests.running import DOCTOR, Platform

__all__ = ["doors", "verifier"]


@pytest.fixture
async def post(platform: Platform) -> AsyncIterator[Post]:
    """The platform's mailbox, without TLS, on a loopback port."""
    async with posting(platform) as post:
        yield post


@pytest.fixture
def doctor(doors: FhirDoors) -> Client:
    """The doctor who opens records, at the FHIR doors."""
    return Client(doors, token_of(DOCTOR))

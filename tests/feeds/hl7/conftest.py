"""What tests of HL7 v2 ask for: a listener on a real platform, a sender, and the FHIR doors on the same stores."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carnet.fhir.app import FhirDoors
from tests.feeds.hl7.ground import Feed, feeding
from tests.fhir.client import Client
from tests.fhir.conftest import doors, token_of, verifier
from tests.running import DOCTOR, Platform

__all__ = ["doors", "verifier"]


@pytest.fixture
async def feed(platform: Platform) -> AsyncIterator[Feed]:
    """The invented laboratory's feed, without TLS, on a loopback port."""
    async with feeding(platform) as feed:
        yield feed


@pytest.fixture
def doctor(doors: FhirDoors) -> Client:
    """The doctor who opens records, at the FHIR doors."""
    return Client(doors, token_of(DOCTOR))

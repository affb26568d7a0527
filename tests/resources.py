"""FHIR resources as a professional's software sends them, for the tests of `flows/`."""

from __future__ import annotations

from typing import Any

import pybase64

from carnet.people.ins import Ins


def publication(content: bytes, of: Ins, media_type: str) -> dict[str, Any]:
    """The DocumentReference of a simplified publication (ITI-105)."""
    return {
        "resourceType": "DocumentReference", "status": "current",
        "subject": {"identifier": {"system": f"urn:oid:{of.oid}", "value": of.value}},
        "content": [{"attachment": {"contentType": media_type, "data": pybase64.b64encode(content).decode()}}],
    }

"""The messages that docs/vendors/fhir.md shows are taken as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from carnet.fhir.search import read_search
from carnet.fhir.search_values import PARAMETERS
from carnet.people.ins import DEMONSTRATION, Ins, InsOid
from carnet.people.patient import Patient
from tests.fhir.client import Client
from tests.fhir.messages import Json
from tests.running import PATIENT, Platform

PAGE = Path(__file__).resolve().parents[2] / "docs" / "vendors" / "fhir.md"
CAMILLE = Patient(Ins("284056938300167", InsOid.TEST), PATIENT.traits)


def messages() -> dict[str, Json]:
    """The JSON messages of the page by the kind of resource they are."""
    text = PAGE.read_text(encoding="utf-8").replace("$DATA", "JVBERi0xLjQ=")
    whole = re.findall(r"(?:^|-d ')(\{\n.*?^\})", text, re.MULTILINE | re.DOTALL)
    assert len(whole) == 3
    decoded = [msgspec.json.decode(message) for message in whole]
    return {message["resourceType"]: message for message in decoded}


async def test_every_message_of_the_page_is_taken(platform: Platform, doctor: Client) -> None:
    await platform.opened(CAMILLE)
    shown = messages()
    for kind, path, status in (
        ("Patient", "Patient", 201), ("DocumentReference", "DocumentReference", 201), ("Bundle", "", 200),
    ):
        answer = await doctor.post(path, shown[kind])
        assert answer.status == status, answer.body


def test_the_page_lists_every_search_parameter() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in PARAMETERS if f"`{name}`" not in text] == []
    subject = ("patient.identifier", f"urn:oid:{CAMILLE.ins.oid}|{CAMILLE.ins.value}")
    assert read_search([subject], DEMONSTRATION).ins == CAMILLE.ins

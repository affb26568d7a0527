"""What FHIR brings is on the scoreboard of feeds: by whom, in which form, structured or not, and once."""

from __future__ import annotations

from carnet.steering.figure import By
from tests.fhir.client import Client
from tests.fhir.conftest import token_of
from tests.fhir.messages import PDF, bundle, cda, publication
from tests.running import DOCTOR, LABORATORY, Platform
from tests.steering.ground import Ground


async def test_each_form_is_counted_for_its_sender_and_never_twice(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    laboratory = doctor.bearing(token_of(LABORATORY))
    two, one = bundle(PDF, PDF + b"\n"), publication(cda("2.25.4242"))
    del one["masterIdentifier"]     # it is in the CDA
    for _ in range(2):
        assert (await laboratory.post("", two)).status == 200
        assert (await doctor.post("DocumentReference", one)).status in (200, 201)
    assert (await doctor.post("", {"resourceType": "Bundle", "type": "transaction"})).status == 422
    found = {
        (each.line.kind, each.line.channel, each.line.organisation, each.line.software): (
            each.documents, each.structured, each.records, each.received)
        for each in await Ground(platform).figures((By.ORGANISATION, By.SOFTWARE, By.CHANNEL, By.KIND))}
    assert found == {
        ("ITI-65", "fhir", LABORATORY.struct_id, LABORATORY.software): (2, 0, 1, 0),
        ("ITI-105", "fhir", DOCTOR.organisation, ""): (1, 1, 1, 0)}

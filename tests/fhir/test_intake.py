"""What is refused for safety, as the FHIR doors answer it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from carnet.record.antivirus.clamd.client import Clamd
from carnet.record.intake import Intake
from tests.fhir.client import Client
from tests.fhir.messages import PDF, bundle
from tests.record.scanners import EICAR, Talk, clamd, speaking
from tests.running import Platform


async def _no_answer(reader: object, writer: object) -> None:
    """Hangs up at once."""


@pytest.fixture(params=[clamd])
async def platform(platform: Platform, request: pytest.FixtureRequest) -> AsyncIterator[Platform]:
    """A platform with an antivirus, that answers or does not."""
    talk: Talk = request.param
    async with speaking(talk) as port:
        platform.stores = replace(platform.stores, intake=Intake(Clamd("127.0.0.1", port)))
        yield platform


async def test_malware_is_an_issue_at_the_attachment_that_carries_it(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    answer = await doctor.post("", bundle(PDF, PDF + b"\n" + EICAR))
    assert answer.status == 422
    [issue] = answer.json["issue"]
    assert (issue["code"], issue["expression"]) == (
        "security", ["Bundle.entry[3].resource.content[0].attachment"])
    assert "Eicar-Test-Signature" in issue["details"]["text"]
    assert (await doctor.post("", bundle(PDF))).status == 200


@pytest.mark.parametrize("platform", [_no_answer], indirect=True)
async def test_without_an_answer_of_the_antivirus_software_is_told_when_to_send_again(
    platform: Platform, doctor: Client,
) -> None:
    await platform.opened()
    answer = await doctor.post("", bundle(PDF))
    assert (answer.status, answer.headers["retry-after"]) == (503, "30")
    assert answer.json["issue"][0]["code"] == "transient"

"""The sendings of an organisation in a real browser, judged by axe, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carnet.record.inbox.message import Channel
from carnet.record.inbox.take import Arrived, take
from carnet.roles.demo_people import PASSWORD
from tests.flows.browsing import touring
from tests.record.inbox.ground import PARTNER, Ground
from tests.running import another_patient, letter
from tests.web.people import MARCEL, MOREAU
from tests.web.serving import Portal

pytestmark = pytest.mark.browser


async def test_a_professional_finds_the_sendings_and_narrows_them(portal: Portal) -> None:
    ground = Ground(portal.platform)
    await portal.platform.opened(MARCEL, by=MOREAU)
    ours = replace(PARTNER, organisation=MOREAU.organisation or "")
    waiting, deposited = letter(of=another_patient(5)).content, letter(of=MARCEL).content
    for raw in (waiting, deposited, b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>"):
        await take(Arrived(raw, Channel.FOLDER, ours), ground.inbox)
    async with touring(portal.url, "envois") as tourist:
        page = tourist.page
        await tourist.logs_in("Entrer avec Pro Santé Connect", "moreau", PASSWORD)
        await page.get_by_role("link", name="Envois", exact=True).click()
        await tourist.sees("tous", "Envois de mon organisation", picture=True)
        assert await page.locator(".entry").count() == 3
        await page.get_by_role("link", name="Refusé", exact=True).click()
        await page.wait_for_url("**/pro/envois?etat=refused")
        assert await page.locator(".entry").count() == 1
        await page.get_by_role("link", name="English").click()
        await tourist.sees("english", "Sendings of my organisation")

"""Curves in a real browser: two laboratories on one curve, each point a link, and nothing of a masked document."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from carnet.record.retrieve import describe
from carnet.record.visibility import change_visibility
from carnet.rights.access import Act
from carnet.roles.demo_people import PASSWORD, identity
from tests.flows.browsing import NARROW, Tourist, touring
from tests.record.reports import STAR, VALLEY, kept, measured
from tests.running import patient
from tests.web.people import MARCEL, MOREAU
from tests.web.serving import Portal

pytestmark = pytest.mark.browser


async def fed(portal: Portal) -> str:
    """Marcel's record, opened by Dr Moreau, with reports of two laboratories; the logicalId of the second."""
    platform = portal.platform
    await platform.opened(MARCEL, by=MOREAU)
    ferritin = measured("8", "ug/L", "2276-4", "Ferritine")
    await kept(platform, measured("10.4"), ferritin, day="20251205", of=MARCEL, laboratory=STAR)
    second = await kept(platform, measured("11.2"), day="20260115", of=MARCEL, laboratory=VALLEY)
    await kept(platform, measured("12.9"), day="20260312", of=MARCEL, laboratory=STAR)
    await kept(platform, measured("<1.0", "mg/L", "1988-5", "CRP"), day="20260320", of=MARCEL, laboratory=VALLEY)
    return str(second.logical_id)


async def test_a_curve_has_points_of_two_laboratories_that_open_their_reports(portal: Portal) -> None:
    second = await fed(portal)
    async with touring(portal.url, "resultats") as tourist:
        page = tourist.page
        await tourist.logs_in("Ouvrir mon carnet", "marcel", PASSWORD)
        await page.get_by_role("link", name="Ma santé", exact=True).click()
        await tourist.sees("liste", "Mes résultats", picture=True)
        await expect(page.get_by_role("row", name="Hémoglobine")).to_contain_text("12,9 g/dL")
        await page.get_by_role("link", name="Hémoglobine").click()
        await tourist.sees("courbe", "Hémoglobine", picture=True)
        await expect(page.locator("svg .point")).to_have_count(3)
        assert [await page.locator(f".point {shape}:not(.hit)").count() for shape in ("circle", "rect")] == [2, 1]
        key = [STAR.name, VALLEY.name, "Valeurs de référence du laboratoire"]
        await expect(page.locator(".keys li")).to_have_text(key)
        await page.get_by_role("link", name=re.compile(f"^11,2 g.dL, 15 janvier 2026.*{VALLEY.name}")).click()
        await tourist.sees("document", "Bilan du 20260115")
        assert page.url.endswith(f"/moi/documents/{second}")
        await _english_too(tourist)


async def _english_too(tourist: Tourist) -> None:
    await tourist.goes("/moi/resultats")
    await tourist.page.get_by_role("link", name="English").click()
    await tourist.sees("english", "My results")
    await tourist.page.get_by_role("link", name="CRP").click()
    await expect(tourist.page.get_by_text("they have no curve")).to_be_visible()
    await tourist.sees("no-curve", "CRP")


async def test_a_masked_report_gives_the_professional_no_point(portal: Portal) -> None:
    second = await fed(portal)
    async with touring(portal.url, "resultats-pro") as tourist:
        page, marcel = tourist.page, identity("marcel")
        assert marcel is not None
        await tourist.logs_in("Entrer avec Pro Santé Connect", "moreau", PASSWORD)
        await page.get_by_label("Matricule INS").fill(marcel.claims["ins"])
        await page.keyboard.press("Enter")
        await page.get_by_role("link", name="Résultats et santé").click()
        await tourist.sees("liste", "Résultats", picture=True)
        await page.get_by_role("link", name="Hémoglobine").click()
        await tourist.sees("courbe", "Hémoglobine", picture=True)
        await expect(page.locator("svg .point")).to_have_count(3)
        await change_visibility(patient(MARCEL), second, Act.MASK, portal.platform.stores)
        await page.reload()
        await expect(page.locator("svg .point")).to_have_count(2)
        await expect(page.get_by_text("11,2")).to_have_count(0)
        await expect(page.get_by_text(VALLEY.name)).to_have_count(0)
        assert (await describe(patient(MARCEL), second, portal.platform.stores)).is_masked_from_professionals


@pytest.mark.slow
async def test_curves_and_lists_fit_a_telephone_at_night(portal: Portal) -> None:
    await fed(portal)
    async with touring(portal.url, "resultats-nuit", viewport=NARROW, scheme="dark") as tourist:
        await tourist.logs_in("Ouvrir mon carnet", "marcel", PASSWORD)
        for path, name, heading in (
            ("resultats", "liste", "Mes résultats"), ("vaccinations", "vaccinations", "Vaccinations"),
            ("traitements", "traitements", "Traitements"), ("allergies", "allergies", "Allergies et problèmes"),
        ):
            await tourist.goes(f"/moi/{path}")
            await tourist.sees(name, heading, picture=True)
            width = await tourist.page.evaluate("document.documentElement.scrollWidth")
            assert width <= NARROW["width"], f"{path} is wider than the screen"
        await tourist.goes("/moi/resultats")
        await tourist.page.get_by_role("link", name="Hémoglobine").click()
        await tourist.sees("courbe", "Hémoglobine", picture=True)
        assert await tourist.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]

"""Care as it was reimbursed: by year, month, day and kind, for the patient and for who may read the document."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from carnet.feeds.reimbursements.batch import bring_file
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.visibility import change_visibility
from carnet.rights.access import Act
from carnet.roles.demo_people import PASSWORD
from tests.feeds.reimbursements.batches import INSURER, as_csv, every_kind, line
from tests.flows.browsing import NARROW, touring
from tests.running import patient
from tests.web.people import MARCEL, MOREAU, logged_in
from tests.web.serving import Portal
from tests.web.visitor import visiting


async def with_care(portal: Portal, folder: Path) -> str:
    """Marcel's record, opened by Dr Moreau, with a history of two years; the logicalId of its document."""
    await portal.platform.opened(MARCEL, by=MOREAU)
    lines = [*every_kind(MARCEL), line(MARCEL, label="CRESTOR 5MG", code="3400939169002", atc="C10", date="2026-07-11")]
    await bring_file(as_csv(folder / "batch.csv", lines), INSURER, portal.platform.stores)
    found = await find(patient(MARCEL), MARCEL.ins, Criteria(), portal.platform.stores)
    [entry] = [each for each in found.entries if each.type_code.code == "REMB"]
    return str(entry.logical_id)


async def test_care_is_shown_by_year_month_and_kind_with_its_document(portal: Portal, tmp_path: Path) -> None:
    document = await with_care(portal, tmp_path)
    async with logged_in(portal) as marcel:
        page = await marcel.get("/moi/soins")
        assert page.tree.xpath("//h2/text()") == ["Juillet 2026", "Mai 2026"]
        assert page.tree.xpath("//main//time/@datetime") == ["2026-07-11", "2026-05-26"]
        assert "Interventions sur l'intestin" not in page.text
        assert f"/moi/documents/{document}" in page.tree.xpath("//main//a/@href")
        kinds = [text.strip() for text in page.tree.xpath("//nav[@aria-label='Nature des soins']//a/text()")]
        assert kinds == [
            "Tous (8)", "Médicaments (2)", "Vaccins (1)", "Dispositifs médicaux (1)", "Soins médicaux et dentaires (2)",
            "Radiologie (1)", "Biologie (1)"]
        page = await marcel.get("/moi/soins?annee=2025&nature=HOSPITALIZATION")
        assert page.tree.xpath("//h2/text()") == ["Mai 2025"]
        assert "jusqu’au 30 mai 2025" in page.text
        odd = await marcel.get("/moi/soins?annee=1789&nature=<script>")
        assert odd.tree.xpath("//h2/text()") == ["Juillet 2026", "Mai 2026"]
        none = await marcel.get("/moi/soins?annee=2025&nature=BIOLOGY")
        assert "Aucun soin de cette nature" in none.text
        assert "pas pu être lu" not in page.text


async def test_a_masked_history_shows_professionals_nothing(portal: Portal, tmp_path: Path) -> None:
    document = await with_care(portal, tmp_path)
    async with visiting(portal.url) as moreau:
        await moreau.log_in("moreau", "professionnel")
        base = (await moreau.send("/pro/chercher", ins=MARCEL.ins.value, oid=str(MARCEL.ins.oid))).path
        assert "CRESTOR 5MG" in (await moreau.get(f"{base}/soins")).text
        await change_visibility(patient(MARCEL), document, Act.MASK, portal.platform.stores)
        page = await moreau.get(f"{base}/soins")
        assert ("CRESTOR 5MG" in page.text, "Aucun historique" in page.text) == (False, True)


@pytest.mark.browser
async def test_episodes_of_care_in_a_browser_in_two_languages(portal: Portal, tmp_path: Path) -> None:
    await with_care(portal, tmp_path)
    async with touring(portal.url, "soins", viewport=NARROW, scheme="dark") as tourist:
        await tourist.logs_in("Ouvrir mon carnet", "marcel", PASSWORD)
        await tourist.goes("/moi/resultats")
        await tourist.page.get_by_role("link", name="Soins remboursés").click()
        await tourist.sees("soins", "Soins remboursés", picture=True)
        assert await tourist.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        await tourist.page.get_by_role("link", name="Médicaments (2)").click()
        await expect(tourist.page.get_by_role("heading", level=3)).to_have_text(["CRESTOR 5MG", "LUDEAL CPR3/21"])
        await tourist.page.get_by_role("link", name="2025").click()
        await tourist.sees("aucun", "Soins remboursés")
        await expect(tourist.page.get_by_text("Aucun soin de cette nature cette année.")).to_be_visible()
        await tourist.goes("/moi/soins")
        await tourist.page.get_by_role("link", name="English").click()
        await tourist.sees("english", "Care reimbursed")
    async with touring(portal.url, "soins-large") as tourist:
        await tourist.logs_in("Ouvrir mon carnet", "marcel", PASSWORD)
        await tourist.goes("/moi/soins")
        await tourist.sees("soins", "Soins remboursés", picture=True)

"""What feeds records, as officers read it: lines, silent partners, how full records are, and no cell of one patient."""

from __future__ import annotations

import csv
import io

import pytest

from carnet.roles.demo_people import OFFICER, PASSWORD
from carnet.steering.counting import count_what_came
from carnet.steering.figure import By
from tests.flows.browsing import NARROW, touring
from tests.running import another_patient, letter
from tests.steering.ground import OTHER_PARTNER, Ground
from tests.web.people import MARCEL, MOREAU, logged_in
from tests.web.serving import Portal
from tests.web.test_professional_pages import DESCRIBED, PDF
from tests.web.visitor import Page, visiting

PATH = "/agent/alimentation"
BROKEN = b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>"


async def _fed(portal: Portal) -> Ground:
    """Six records that a laboratory fed, one of which another one fed too, and something refused."""
    ground = Ground(portal.platform)
    for number in range(6):
        await portal.platform.opened(another_patient(number), by=MOREAU)
        await ground.send(letter(of=another_patient(number)).content)
    await ground.send(letter(of=another_patient(1)).content, OTHER_PARTNER)
    await ground.send(BROKEN, OTHER_PARTNER)
    await ground.send(BROKEN)
    await count_what_came(ground.store)
    await ground.store.sum_up_fill(12)
    return ground


def _rows(page: Page) -> dict[str, list[str]]:
    rows = page.tree.xpath("//table[1]/tbody/tr")
    return {row.xpath("string(th)").split(" ")[0]: [cell.text_content() for cell in row.xpath("td")] for row in rows}


async def test_officers_read_the_scoreboard_and_cells_of_few_records_are_not_shown(portal: Portal) -> None:
    await _fed(portal)
    async with visiting(portal.url) as visitor:
        page = await visitor.log_in(OFFICER, "agent")
        assert PATH in page.tree.xpath("//nav//a/@href")
        page = await visitor.get(PATH)
        assert page.status == 200
        rows = _rows(page)
        assert rows["Laboratoire"][:8] == ["7", "1", "0", "6", "0", "6", "100\u00a0%", "6"]
        few = "moins de 5"
        assert rows["Autre"] == [few, "1", "0", few, few, few, few, few, few, few]
        said = page.text.replace("\u00a0", " ")
        assert "Total de ce qui est affiché : 6 documents, 2 envois refusés, 0 en attente." in said
        fill = page.tree.xpath("//table")[1].text_content()
        assert "Avec au moins 1 document" in fill
        assert "trop peu" not in page.tree.xpath("string(//table[1])")
        english = await visitor.get(f"/langue/en?retour={PATH}")
        assert ("fewer than 5" in english.text, "What feeds records" in english.text) == (True, True)


async def test_the_file_hides_what_the_page_hides(portal: Portal) -> None:
    await _fed(portal)
    async with visiting(portal.url) as visitor:
        await visitor.log_in(OFFICER, "agent")
        page = await visitor.get(f"{PATH}?par=detail")
        [link] = page.tree.xpath("//a[contains(@href, '.csv')]/@href")
        file = await visitor.get(link)
        rows = list(csv.DictReader(io.StringIO(file.content.decode())))
        assert {row["organisation"]: row["documents"] for row in rows if row["kind"]} == {
            "1750712184": "6", OTHER_PARTNER.organisation: "<5"}


@pytest.mark.parametrize("days", ["depuis=hier", "depuis=2026-02-30", "depuis=2026-11-02&jusqua=2026-11-01",
                                  "jusqua=9999-12-31"])
async def test_days_that_are_none_are_said(portal: Portal, days: str) -> None:
    async with visiting(portal.url) as visitor:
        await visitor.log_in(OFFICER, "agent")
        page = await visitor.get(f"{PATH}?{days}")
        assert (page.status, "Écrivez deux jours" in page.text) == (422, True)
        assert (await visitor.get(f"{PATH}.csv?{days}")).status in (400, 422)


async def test_only_the_days_asked_for_are_counted(portal: Portal) -> None:
    ground = await _fed(portal)
    today = (await ground.store.today()).isoformat()
    async with visiting(portal.url) as visitor:
        await visitor.log_in(OFFICER, "agent")
        assert _rows(await visitor.get(f"{PATH}?depuis={today}&jusqua={today}"))
        old = await visitor.get(f"{PATH}?depuis=2020-01-01&jusqua=2020-12-31")
        assert "Rien n’a été reçu ni déposé" in old.text
        assert "value=\"2020-12-31\"" in old.content.decode()


async def test_what_a_page_deposits_is_counted_once(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with visiting(portal.url) as visitor:
        await visitor.log_in("moreau", "professionnel")
        at = (await visitor.send("/pro/chercher", ins=MARCEL.ins.value, oid=str(MARCEL.ins.oid))).path
        for status in (201, 200):
            page = await visitor.send(f"{at}/deposer", file=PDF, **DESCRIBED)
            assert page.status == status
    figure = await Ground(portal.platform).figure(*By)
    assert (figure.line.channel, figure.line.kind, figure.line.organisation) == ("web", "page", MOREAU.organisation)
    assert (figure.documents, figure.structured, figure.records) == (1, 0, 1)


async def test_a_patient_has_no_such_page(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with logged_in(portal) as visitor:
        assert (await visitor.get(PATH)).status == 403
        assert (await visitor.get(f"{PATH}.csv")).status == 403


@pytest.mark.browser
async def test_the_page_of_feeding_is_accessible(portal: Portal) -> None:
    await _fed(portal)
    async with touring(portal.url, "agent", scheme="dark", viewport=NARROW) as tourist:
        await tourist.goes("/")
        await tourist.logs_in("Agents de l’autorité : entrer", OFFICER, PASSWORD)
        await tourist.goes(PATH)
        await tourist.sees("alimentation", "Alimentation des carnets", picture=True)



"""A journalist, whom nobody let in: reads what a record cost, opens it down to its sources, and computes it again.

`PICTURES=docs/pictures` keeps the pictures of the pages that the documentation shows.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.demonstration import Demonstration
from tests.flows.browsing import NARROW, Tourist, touring

pytestmark = pytest.mark.browser
EACH = re.compile(r"1.196,14.€")
CEILING = "Le plafond\u00a0: 15,00 € par patient et par an"


async def test_a_journalist_opens_a_figure_and_recomputes_it(demonstration: Demonstration, tmp_path: Path) -> None:
    async with touring(demonstration.told["portal"], "journaliste") as tourist:
        await tourist.goes("/")
        await tourist.page.get_by_role("link", name="Transparence").click()
        await tourist.page.get_by_role("link", name="Voir les coûts").click()
        await tourist.sees("couts", "Ce que coûte le carnet", picture=True)
        await expect(tourist.page.get_by_text(EACH).first).to_be_visible()
        await _opens_it_into_its_lines(tourist)
        await _compares_with_what_was_published(tourist)
        await _recomputes(tourist, tmp_path)
        await _simulates_a_contract(tourist)


async def test_costs_fit_a_telephone(demonstration: Demonstration) -> None:
    async with touring(demonstration.told["portal"], "couts-telephone", viewport=NARROW, scheme="dark") as tourist:
        for path, heading in (
            ("/transparence/couts", "Ce que coûte le carnet"),
            ("/transparence/couts/programme?axe=host", "Le programme"), ("/transparence/plafond", CEILING),
            ("/transparence/donnees", "Les données ouvertes des coûts"),
        ):
            await tourist.goes(path)
            await tourist.sees(path, heading)
            width = await tourist.page.evaluate("document.documentElement.scrollWidth")
            assert width <= NARROW["width"], f"{path} is wider than the screen"


async def _opens_it_into_its_lines(tourist: Tourist) -> None:
    page = tourist.page
    await page.get_by_role("link", name="Tous ces chiffres, leurs lignes et leurs sources").click()
    await tourist.sees("couts-par-ligne", "Ce qui a été publié, 2004–2024", picture=True)
    await expect(page.get_by_role("cell", name=EACH)).to_be_visible()
    await page.get_by_role("link", name=re.compile(r"500.000.000,00.€")).click()
    await tourist.sees("lignes", "Les lignes\u00a0: dépensé", picture=True)
    await expect(page.locator(".figures dd").first).to_have_text(re.compile(r"^500.000.000,00.€$"))
    await page.get_by_role("link", name="n° 4").click()
    await tourist.sees("ecriture", "Écriture HI 4")
    await expect(page.get_by_text("Cour des comptes, juillet 2012")).to_be_visible()
    await expect(page.get_by_role("heading", name="Son empreinte")).to_be_visible()


async def _compares_with_what_was_published(tourist: Tourist) -> None:
    page = tourist.page
    await tourist.goes("/transparence/histoire")
    await tourist.sees("publie", "Ce qui a été publié, 2004–2024")
    await expect(page.get_by_role("rowheader", name=re.compile("Estimation haute d.un député"))).to_be_visible()


async def _recomputes(tourist: Tourist, folder: Path) -> None:
    """Download the data and the script, run it, and find the served figures again."""
    await tourist.goes("/transparence/couts")
    await tourist.page.get_by_role("link", name="Les données ouvertes").click()
    await tourist.sees("donnees", "Les données ouvertes des coûts")
    await _downloads(tourist, "/transparence/donnees/recompute.py", folder)
    for books in ("history", "programme"):
        await _has_one_day(tourist, books, folder)
        done = subprocess.run(
            [sys.executable, str(folder / "recompute.py"), str(folder / books)], capture_output=True, text=True,
            check=True)
        served = (folder / books / "unit-costs.csv").read_text().splitlines()[1:]
        assert sorted(done.stdout.splitlines()) == sorted(served)
        assert books != "history" or (
            "history,..2014,,,spent,50000000000,0,50000000000,records_opened,418011,119614,32246" in served)


async def _has_one_day(tourist: Tourist, books: str, folder: Path) -> None:
    """The three files as they are at one moment: the platform counts its records meanwhile."""
    counts, before = folder / books / "counts.csv", None
    while before is None or before != counts.read_bytes():
        before = counts.read_bytes() if counts.exists() else b""
        for name in ("lines", "unit-costs", "counts"):
            await _downloads(tourist, f"/transparence/donnees/{books}/{name}.csv", folder / books)


async def _downloads(tourist: Tourist, path: str, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    async with tourist.page.expect_download() as waiting:
        await tourist.page.locator(f"a[href='{path}']").click()
    await (await waiting.value).save_as(folder / path.rsplit("/", 1)[-1])


async def _simulates_a_contract(tourist: Tourist) -> None:
    page = tourist.page
    await tourist.goes("/transparence/plafond?records=418011")
    await page.get_by_label("Montant, taxes comprises").fill("7 000 000")
    await page.get_by_label("Durée en mois").fill("12")
    await page.get_by_label("Premier jour").fill("2026-12-15")
    await page.get_by_role("button", name="Simuler").click()
    await expect(page.get_by_text("À lui seul, ce contrat atteint le plafond.")).to_be_visible()
    await expect(page.get_by_text(re.compile(r"^16,75.€ \(16,74"))).to_be_visible()
    await tourist.sees("plafond", CEILING, picture=True)

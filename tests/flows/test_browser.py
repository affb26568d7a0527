"""Two tours in a real browser, on the whole platform: a patient's, and a professional's.

`PICTURES=docs/pictures` keeps the pictures of the pages that the documentation shows.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from carnet.documents.pdf import text_pdf
from carnet.roles.demo_people import PASSWORD, identity
from tests.demonstration import Demonstration
from tests.flows.browsing import NARROW, Tourist, touring

pytestmark = pytest.mark.browser


async def test_a_patient_reads_checks_and_blocks(demonstration: Demonstration) -> None:
    async with touring(demonstration.told["portal"], "patient") as tourist:
        await tourist.goes("/")
        await tourist.sees("accueil", "Votre santé, dans un seul carnet.", picture=True)
        await _skips_to_the_content(tourist)
        await tourist.logs_in("Ouvrir mon carnet", "camille", PASSWORD)
        await tourist.sees("carnet", "Bonjour Camille", picture=True)
        await _reads_documents(tourist)
        await _checks_who_came(tourist)
        await _blocks_and_authorises(tourist)
        await _changes_language(tourist)
        await tourist.goes("/accessibilite")
        await tourist.sees("accessibilite", "Accessibilité")
        await tourist.goes("/nulle-part")
        await tourist.sees("erreur", "Rien ici")
        await tourist.page.get_by_role("button", name="Se déconnecter").click()
        await tourist.sees("au-revoir", "Vous êtes déconnecté")
        assert len(tourist.judged) >= 12


async def test_a_professional_opens_reads_and_deposits(demonstration: Demonstration, tmp_path: Path) -> None:
    async with touring(demonstration.told["portal"], "professionnel") as tourist:
        await tourist.logs_in("Entrer avec Pro Santé Connect", "moreau", PASSWORD)
        await tourist.sees("recherche", "Trouver un patient")
        await tourist.page.get_by_label("Matricule INS").fill("2 84 05 69")
        await tourist.page.get_by_role("button", name="Trouver").click()
        await expect(tourist.page.get_by_text("15 caractères, celui-ci en a 7")).to_be_visible()
        await tourist.sees("recherche-corrigee", "Trouver un patient")
        await _reads_a_record(tourist)
        await _deposits(tourist, tmp_path)
        await _opens_a_record(tourist)


async def test_the_pages_fit_a_telephone_at_night(demonstration: Demonstration) -> None:
    async with touring(demonstration.told["portal"], "telephone", viewport=NARROW, scheme="dark") as tourist:
        await tourist.logs_in("Ouvrir mon carnet", "marcel", PASSWORD)
        for path, name, heading in (
            ("/moi", "carnet", "Bonjour Marcel"), ("/moi/documents", "documents", "Mes documents"),
            ("/moi/acces", "acces", "Qui est venu dans mon carnet"),
            ("/moi/professionnels", "professionnels", "Mes professionnels"),
        ):
            await tourist.goes(path)
            await tourist.sees(name, heading, picture=name in ("carnet", "documents"))
            width = await tourist.page.evaluate("document.documentElement.scrollWidth")
            assert width <= NARROW["width"], f"{path} is wider than the screen"


async def _skips_to_the_content(tourist: Tourist) -> None:
    """The first thing that the keyboard reaches is a way past the header."""
    await tourist.page.keyboard.press("Tab")
    await expect(tourist.page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    await tourist.page.keyboard.press("Enter")
    await expect(tourist.page.locator("#main")).to_be_focused()


async def _reads_documents(tourist: Tourist) -> None:
    page = tourist.page
    await page.get_by_role("link", name="Mes documents", exact=True).click()
    await tourist.sees("documents", "Mes documents", picture=True)
    await page.get_by_role("link", name="Par catégorie").click()
    await expect(page.get_by_role("heading", name="Ordonnances et soins")).to_be_visible()
    await tourist.sees("documents-par-categorie", "Mes documents")
    await page.get_by_text("Filtrer", exact=True).click()
    await page.get_by_label("Mots").fill("bilan")
    await page.get_by_role("button", name="Appliquer les filtres").click()
    await expect(page.get_by_role("status")).to_contain_text("documents trouvés")
    await tourist.sees("documents-filtres", "Mes documents")
    await page.get_by_role("link", name="Bilan sanguin du 5 décembre 2025").click()
    await expect(page.get_by_role("cell", name="10,4 g/dL")).to_be_visible()
    await tourist.sees("document", "Bilan sanguin du 5 décembre 2025", picture=True)
    await page.get_by_role("link", name="Tous mes documents").click()
    await page.get_by_role("link", name=re.compile("Échographie")).click()
    await tourist.sees("document-pdf", "Échographie pelvienne du 14 janvier 2026")
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name=re.compile("Télécharger")).click()
    assert (await waiting.value).suggested_filename == "Échographie pelvienne du 14 janvier 2026.xml"


async def _checks_who_came(tourist: Tourist) -> None:
    page = tourist.page
    await page.get_by_role("link", name="Qui est venu").click()
    await tourist.sees("acces", "Qui est venu dans mon carnet", picture=True)
    await expect(page.get_by_text("Vous avez ouvert 2 documents.").first).to_be_visible()
    await page.get_by_label("Genre de visite").select_option("writing")
    await page.get_by_role("button", name="Filtrer").click()
    await expect(page.get_by_text("a dit que vous l’autorisiez").first).to_be_visible()
    await expect(page.get_by_text("Vous avez ouvert")).to_have_count(0)


async def _blocks_and_authorises(tourist: Tourist) -> None:
    page = tourist.page
    roux = identity("roux")
    assert roux is not None
    await page.get_by_role("link", name="Mes professionnels").click()
    await page.get_by_label("Numéro RPPS").fill("12345")
    await page.get_by_role("button", name="Autoriser", exact=True).last.click()
    await expect(page.get_by_text("onze chiffres, et celui-ci")).to_be_visible()
    await tourist.sees("professionnels-corriges", "Mes professionnels")
    await page.get_by_label("Numéro RPPS").fill(roux.claims["SubjectNameID"][1:])
    await page.get_by_role("button", name="Bloquer", exact=True).last.click()
    await expect(page.get_by_text("ne peut plus ni lire ni alimenter")).to_be_visible()
    await tourist.sees("professionnels", "Mes professionnels", picture=True)


async def _changes_language(tourist: Tourist) -> None:
    await tourist.page.get_by_role("link", name="English").click()
    await tourist.sees("professionals", "My professionals")
    await tourist.page.get_by_role("link", name="Français").click()
    await tourist.sees("professionnels", "Mes professionnels")


async def _finds(tourist: Tourist, login: str) -> None:
    found = identity(login)
    assert found is not None
    await tourist.goes("/pro")
    await tourist.page.get_by_label("Matricule INS").fill(found.claims["ins"])
    await tourist.page.keyboard.press("Enter")


async def _reads_a_record(tourist: Tourist) -> None:
    await _finds(tourist, "marcel")
    await tourist.sees("carnet", "Le carnet de ce patient", picture=True)
    await tourist.page.get_by_role("link", name="Lire les documents").click()
    await tourist.sees("documents", "Documents", picture=True)
    await tourist.page.get_by_role("link", name=re.compile("Lettre de sortie")).click()
    await expect(tourist.page.get_by_text("un stent actif posé")).to_be_visible()
    await tourist.sees("document", "Lettre de sortie de cardiologie, 5 février 2026")


async def _deposits(tourist: Tourist, folder: Path) -> None:
    page = tourist.page
    file = folder / "certificat.pdf"
    file.write_bytes(text_pdf("Certificat", ("Aptitude au sport, certificat inventé.",)))
    await page.get_by_role("navigation", name="Pages de ce patient").get_by_role("link", name="Déposer").click()
    await page.get_by_role("button", name="Déposer").click()
    await expect(page.get_by_text("Choisissez un fichier.")).to_be_visible()
    await tourist.sees("depot", "Déposer un document", picture=True)
    await page.get_by_label("Fichier").set_input_files(file)
    await page.get_by_label("Titre").fill("Certificat de sport")
    await page.get_by_label("Type de document").select_option("89601-9")
    await page.get_by_role("button", name="Déposer").click()
    await tourist.sees("depose", "Document déposé")
    await page.get_by_role("link", name="Lire le document").click()
    await tourist.sees("document-pdf", "Certificat de sport")
    await expect(page.frame_locator("iframe").locator("embed, body").first).to_be_attached()


async def _opens_a_record(tourist: Tourist) -> None:
    page = tourist.page
    await _finds(tourist, "noe")
    await tourist.sees("ouverture", "Ouvrir un carnet", picture=True)
    await page.get_by_role("button", name="Ouvrir le carnet de ce patient").click()
    await tourist.sees("ouverture-corrigee", "Ouvrir un carnet")
    await page.get_by_label("Nom de naissance", exact=True).fill("EXEMPLE")
    await page.get_by_label("Premier prénom").fill("Noé")
    await page.get_by_label("Date de naissance").fill("19/07/2012")
    await page.get_by_label("Sexe").select_option("M")
    await page.get_by_label("Oralement").check()
    await page.get_by_label("Le patient a pris connaissance").check()
    await page.get_by_role("button", name="Ouvrir le carnet de ce patient").click()
    await expect(page.get_by_text("Le carnet est ouvert.")).to_be_visible()
    await tourist.sees("ouvert", "Le carnet de ce patient")

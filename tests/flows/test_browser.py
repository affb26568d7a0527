"""Tours in a real browser, on the whole platform: a patient's, and a professional's.

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
        await _follows_results(tourist)
        await _blocks_and_authorises(tourist)
        await _changes_language(tourist)
        await tourist.goes("/accessibilite")
        await tourist.sees("accessibilite", "Accessibilité")
        await tourist.goes("/nulle-part")
        await tourist.sees("erreur", "Rien ici")
        await tourist.page.get_by_role("button", name="Se déconnecter").click()
        await tourist.sees("au-revoir", "Vous êtes déconnecté")
        assert len(tourist.judged) >= 12


async def test_a_patient_decides_on_documents_choices_family_and_record(
    demonstration: Demonstration, tmp_path: Path,
) -> None:
    async with touring(demonstration.told["portal"], "patient") as tourist:
        await tourist.logs_in("Ouvrir mon carnet", "lucia", PASSWORD)
        await tourist.sees("accueil-lucia", "Bonjour Lucia")
        await _sees_a_choice_before_saving_it(tourist)
        await _hides_and_adds_a_document(tourist, tmp_path)
        await _invites_somebody(tourist)
        await _closes_and_reopens(tourist)
        await tourist.goes("/moi/messages")
        await tourist.sees("messages", "Ce qui s’est passé")
        assert len(tourist.judged) >= 16


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
        await _keeps_a_secret(tourist)


async def test_a_professional_collects_choices_shares_and_breaks_the_glass(demonstration: Demonstration) -> None:
    async with touring(demonstration.told["portal"], "professionnel") as tourist:
        await tourist.logs_in("Entrer avec Pro Santé Connect", "moreau", PASSWORD)
        await _finds(tourist, "marcel")
        await _collects_choices(tourist)
        await _shares_an_access(tourist)
        await tourist.goes("/pro/messages")
        await tourist.sees("messages", "Mes messages")
    async with touring(demonstration.told["portal"], "urgence") as tourist:
        await tourist.logs_in("Entrer avec Pro Santé Connect", "garnier", PASSWORD)
        await _breaks_the_glass(tourist)
        await _confirms_an_emergency(tourist)


async def test_the_pages_fit_a_telephone_at_night(demonstration: Demonstration) -> None:
    async with touring(demonstration.told["portal"], "telephone", viewport=NARROW, scheme="dark") as tourist:
        await tourist.logs_in("Ouvrir mon carnet", "marcel", PASSWORD)
        for path, name, heading in (
            ("/moi", "carnet", "Bonjour Marcel"), ("/moi/documents", "documents", "Mes documents"),
            ("/moi/acces", "acces", "Qui est venu dans mon carnet"),
            ("/moi/professionnels", "professionnels", "Mes professionnels"), ("/moi/choix", "choix", "Mes choix"),
            ("/moi/proches", "proches", "Mes proches"), ("/moi/carnet", "vie", "La vie de mon carnet"),
            ("/moi/messages", "messages", "Ce qui s’est passé"),
            ("/moi/documents/ajouter", "ajouter", "Ajouter un document"),
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


async def _follows_results(tourist: Tourist) -> None:
    """Haemoglobin over two years, from two laboratories."""
    page = tourist.page
    await page.get_by_role("link", name="Ma santé", exact=True).click()
    await tourist.sees("resultats", "Mes résultats", picture=True)
    await page.get_by_role("link", name="Hémoglobine").click()
    await tourist.sees("courbe", "Hémoglobine", picture=True)
    await expect(page.locator("svg .point")).to_have_count(6)
    assert [await page.locator(f".point {shape}:not(.hit)").count() for shape in ("circle", "rect")] == [3, 3]


async def _blocks_and_authorises(tourist: Tourist) -> None:
    page = tourist.page
    roux = identity("roux")
    assert roux is not None
    await page.get_by_role("link", name="Mes professionnels").click()
    await page.get_by_label("Numéro RPPS").fill("12345")
    await page.get_by_role("button", name="Autoriser", exact=True).click()
    await expect(page.get_by_text("onze chiffres, et celui-ci")).to_be_visible()
    await tourist.sees("professionnels-corriges", "Mes professionnels")
    number = roux.claims["SubjectNameID"]
    await page.get_by_label("Numéro RPPS").fill(number[1:])
    await page.get_by_role("button", name="Bloquer…").click()
    await tourist.sees("bloquer", f"Bloquer Professionnel {number}\u202f?")
    await page.get_by_role("button", name="Oui, bloquer").click()
    await expect(page.get_by_text("ne peut plus ni lire ni alimenter")).to_be_visible()
    await tourist.sees("professionnels", "Mes professionnels", picture=True)
    await page.get_by_role("link", name="Claire MOREAU").click()
    await tourist.sees("professionnel", "Claire MOREAU")
    await page.get_by_role("link", name="Que voit ce professionnel").click()
    await expect(page.get_by_text("Pour Claire MOREAU")).to_be_visible()
    await tourist.sees("regard", "Que voit ce professionnel\u202f?")


async def _sees_a_choice_before_saving_it(tourist: Tourist) -> None:
    page = tourist.page
    await page.get_by_role("link", name="Mes choix").first.click()
    await tourist.sees("choix", "Mes choix")
    await page.get_by_role("radio", name=re.compile("Aucun professionnel ne lit")).check()
    await page.get_by_role("button", name="Voir ce que cela changerait").click()
    await page.get_by_label("Voir avec les yeux de").select_option(label="Médecin")
    await page.get_by_role("button", name="Regarder").click()
    await expect(page.get_by_text("aucun document visible ensuite")).to_be_visible()
    await tourist.sees("choix-avant", "Avant d’enregistrer", picture=True)
    await page.get_by_role("link", name="Revenir sans rien changer").click()
    await page.get_by_label("Nombre d’ouvertures").fill("beaucoup")
    await page.get_by_role("button", name="Enregistrer cette limite").click()
    await expect(page.get_by_text("Écrivez un nombre de 1 à 99")).to_be_visible()
    await tourist.sees("choix-corriges", "Mes choix")
    await page.get_by_role("link", name="Masquer tous mes documents").click()
    await tourist.sees("tout-masquer", "Masquer tous mes documents\u202f?")


async def _hides_and_adds_a_document(tourist: Tourist, folder: Path) -> None:
    page = tourist.page
    file = folder / "souhaits.pdf"
    file.write_bytes(text_pdf("Mes souhaits", ("Souhaits inventés.",)))
    await tourist.goes("/moi/documents/ajouter")
    await page.get_by_role("button", name="Ajouter ce document").click()
    await expect(page.get_by_text("Choisissez un fichier.")).to_be_visible()
    await tourist.sees("ajouter", "Ajouter un document")
    await page.get_by_label("Fichier").set_input_files(file)
    await page.get_by_label("Titre").fill("Mes souhaits")
    await page.get_by_label("Qu’est-ce que c’est").select_option("EXPPAT_1")
    await page.get_by_role("button", name="Ajouter ce document").click()
    await tourist.sees("ajoute", "Mes souhaits")
    await page.get_by_role("button", name="Masquer ce document").click()
    await expect(page.get_by_text("Ce document est masqué.")).to_be_visible()
    await page.get_by_role("link", name="Voir qui, exactement").click()
    await tourist.sees("qui-lit", "Qui peut lire ce document\u202f?", picture=True)
    await page.get_by_role("link", name="Mes souhaits").click()
    await page.get_by_role("link", name="Supprimer…").click()
    await tourist.sees("supprimer", "Supprimer ce document\u202f?")
    await page.get_by_role("button", name="Oui, supprimer").click()
    await expect(page.get_by_text("Le document est supprimé.")).to_be_visible()


async def _invites_somebody(tourist: Tourist) -> None:
    page = tourist.page
    ines = identity("ines")
    assert ines is not None
    await tourist.goes("/moi/proches")
    await page.get_by_label("Son matricule INS").fill("2 96")
    await page.get_by_role("button", name="Envoyer l’invitation").click()
    await tourist.sees("proches-corriges", "Mes proches")
    await page.get_by_label("Prénom et nom").fill("Inès PRÉTEXTE")
    await page.get_by_label("Son matricule INS").fill(ines.claims["ins"])
    await page.get_by_role("button", name="Envoyer l’invitation").click()
    await expect(page.get_by_text("L’invitation est faite.")).to_be_visible()
    await tourist.sees("proches", "Mes proches", picture=True)
    await _acts_for_somebody(tourist)


async def _acts_for_somebody(tourist: Tourist) -> None:
    """The invited person accepts, with a browser of their own, and acts for a while."""
    async with touring(tourist.portal, "proche") as ines:
        await ines.logs_in("Ouvrir mon carnet", "ines", PASSWORD)
        await ines.goes("/moi/proches")
        await ines.sees("invitation", "Mes proches")
        await ines.page.get_by_role("button", name="Accepter d’agir pour").click()
        await ines.page.get_by_role("button", name=re.compile("^Agir pour")).click()
        await ines.sees("carnet", "Carnet de Lucia")
        await ines.goes("/moi/choix")
        await ines.sees("refus", "Ce n’est pas possible")
        await ines.page.get_by_role("button", name="Revenir à mes pages").click()
        await ines.sees("retour", "Mes proches")
        await ines.page.get_by_role("button", name="Ne plus agir pour").click()
        await ines.page.get_by_role("button", name="Oui, ne plus agir").click()
        await expect(ines.page.get_by_text("Vous n’agissez plus")).to_be_visible()


async def _closes_and_reopens(tourist: Tourist) -> None:
    page = tourist.page
    await tourist.goes("/moi/carnet")
    await tourist.sees("vie", "La vie de mon carnet")
    await page.get_by_role("link", name="Fermer mon carnet…").click()
    await tourist.sees("fermer", "Fermer mon carnet\u202f?")
    await page.get_by_role("button", name="Oui, fermer mon carnet").click()
    await tourist.sees("ferme", "La vie de mon carnet")
    await page.get_by_role("link", name="Demander l’effacement…").click()
    await tourist.sees("effacer", "Faire effacer mon carnet\u202f?")
    await page.get_by_role("link", name="Non, revenir en arrière").click()
    await page.get_by_role("link", name="Rouvrir mon carnet…").click()
    await page.get_by_label("J’ai lu ce texte").check()
    await page.get_by_role("button", name="Rouvrir mon carnet").click()
    await expect(page.get_by_text("Votre carnet est de nouveau ouvert.")).to_be_visible()


async def _changes_language(tourist: Tourist) -> None:
    await tourist.goes("/moi/professionnels")
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


async def _keeps_a_secret(tourist: Tourist) -> None:
    page = tourist.page
    await page.get_by_role("link", name="Inviter un représentant légal").click()
    await tourist.sees("representant", "Inviter un représentant légal")
    await page.get_by_role("link", name="Revenir au carnet").click()
    await page.get_by_role("button", name="Passer en connexion secrète").click()
    await tourist.sees("secret", "Le carnet de ce patient")
    await page.get_by_role("link", name="Déposer", exact=True).click()
    await tourist.sees("depot-secret", "Déposer un document")
    await page.get_by_role("button", name="Quitter la connexion secrète").click()
    await expect(page.get_by_text("Vous avez quitté la connexion secrète.")).to_be_visible()


async def _collects_choices(tourist: Tourist) -> None:
    page = tourist.page
    await page.get_by_role("link", name="Choix du patient").click()
    await tourist.sees("choix", "Recueillir les choix du patient", picture=True)
    await page.get_by_label("Si quelqu’un appelle le 15 pour vous, le médecin qui répond ne peut pas").check()
    await page.get_by_role("button", name="Enregistrer ses choix").click()
    await expect(page.get_by_text("Dites comment le patient a fait ces choix.").first).to_be_visible()
    await tourist.sees("choix-corriges", "Recueillir les choix du patient")
    await page.get_by_label("De vive voix").check()
    await page.get_by_role("button", name="Enregistrer ses choix").click()
    await expect(page.get_by_text("Les choix du patient sont enregistrés.")).to_be_visible()


async def _shares_an_access(tourist: Tourist) -> None:
    page = tourist.page
    await page.get_by_role("link", name="Mon accès").click()
    await tourist.sees("acces", "Mon accès", picture=True)
    await page.get_by_role("button", name="Partager", exact=True).click()
    await tourist.sees("acces-corrige", "Mon accès")
    await page.get_by_label("Une équipe de soins").check()
    await page.get_by_label("Numéro RPPS, numéro FINESS").fill("Équipe du lundi")
    await page.get_by_label("Membres de l’équipe").fill("99700300405")
    await page.get_by_role("button", name="Partager", exact=True).click()
    await tourist.sees("partage", "Mon accès")
    await page.get_by_role("button", name="Ne plus partager").click()
    await page.get_by_role("link", name="Rendre mon accès").click()
    await tourist.sees("rendre", "Rendre votre accès\u202f?")
    await page.get_by_role("link", name="Non, revenir en arrière").click()
    await page.get_by_role("link", name="Mes actions").click()
    await tourist.sees("actions", "Mes actions dans ce carnet")


async def _breaks_the_glass(tourist: Tourist) -> None:
    page = tourist.page
    await _finds(tourist, "camille")
    await tourist.sees("non-autorise", "Le carnet de ce patient")
    await page.get_by_role("link", name="Ouvrir en urgence").click()
    await tourist.sees("urgence", "Ouvrir ce carnet en urgence", picture=True)
    await page.get_by_role("button", name="Briser la glace").click()
    await tourist.sees("urgence-corrigee", "Ouvrir ce carnet en urgence")
    await page.get_by_label("Pourquoi faut-il ouvrir").fill("Douleur thoracique, patiente inconsciente.")
    await page.get_by_role("button", name="Briser la glace").click()
    await expect(page.get_by_role("complementary", name="Accès en urgence ouvert")).to_be_visible()
    await tourist.sees("urgence-ouverte", "Documents", picture=True)
    await page.get_by_role("link", name="Bilan sanguin du 5 décembre 2025").click()
    await expect(page.get_by_role("complementary", name="Accès en urgence ouvert")).to_be_visible()
    await tourist.sees("urgence-document", "Bilan sanguin du 5 décembre 2025")


async def _confirms_an_emergency(tourist: Tourist) -> None:
    await tourist.page.get_by_role("link", name="Confirmer une urgence").click()
    await tourist.sees("confirmer", "Confirmer l’urgence d’un collègue")
    await tourist.page.get_by_label("Code de votre collègue").fill("12")
    await tourist.page.get_by_role("button", name="Donner mon accord").click()
    await expect(tourist.page.get_by_text("Ce code n’existe pas")).to_be_visible()
    await tourist.sees("confirmer-corrige", "Confirmer l’urgence d’un collègue")

"""The story of an accountant, in a real browser: a contract, its invoice, the bank, the end of the month."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.async_api import Page, expect

from carnet.journal.database import Database
from carnet.ledger.keep import PROGRAMME
from carnet.ledger.store import LedgerStore
from carnet.roles.demo_people import ACCOUNTANT, PASSWORD
from carnet.roles.periods import sign_closed
from tests.flows.browsing import NARROW, Tourist, touring
from tests.ledger.statements import Camt, Told
from tests.web.serving import Portal

pytestmark = pytest.mark.browser
KEY = Ed25519PrivateKey.generate()
STATEMENT = Camt((Told(-600_000, "HEBERGEUR ALPHA", reference="Facture F-2026-017"), Told(-250, "BANQUE")))


async def test_an_accountant_keeps_a_month(portal: Portal, tmp_path: Path) -> None:
    ledger = LedgerStore(Database(portal.platform.portal))
    await ledger.open_books(PROGRAMME, "Le programme")
    async with touring(portal.url, "comptable") as tourist:
        await tourist.logs_in("Comptables du programme : entrer", ACCOUNTANT, PASSWORD)
        await tourist.sees("accueil", "Bonjour Hugo", picture=True)
        await _commits(tourist)
        await _is_invoiced(tourist, tmp_path)
        await _pays_what_the_bank_says(tourist, tmp_path)
        await _closes(tourist, ledger)


async def test_the_pages_read_in_english_on_a_small_dark_screen(portal: Portal) -> None:
    await LedgerStore(Database(portal.platform.portal)).open_books(PROGRAMME, "Le programme")
    async with touring(portal.url, "comptable-etroit", viewport=NARROW, scheme="dark") as tourist:
        await tourist.logs_in("Comptables du programme : entrer", ACCOUNTANT, PASSWORD)
        await tourist.page.get_by_role("link", name="English").click()
        for path, heading in (
            ("/comptes", "Hello Hugo"), ("/comptes/ecritures", "Entries"), ("/comptes/banque", "Bank"),
            ("/comptes/nature", "Enter a contribution in kind"), ("/comptes/clotures", "Closings"),
            ("/transparence/clotures", "Closed accounts"),
        ):
            await tourist.goes(path)
            await tourist.sees(heading.lower().replace(" ", "-"), heading, picture=True)


async def _commits(tourist: Tourist) -> None:
    page = tourist.page
    await page.get_by_role("link", name="Saisir un engagement").click()
    await tourist.sees("engagement", "Saisir un engagement", picture=True)
    await _fills(page, {"Libellé": "Hébergement 2026", "Numéro de la pièce": "2026-H1", "Date": "2026-03-02",
                        "SIREN de qui reçoit": "552100555", "Marché ou convention": "2026-H1"})
    await page.get_by_role("button", name="Enregistrer l’engagement").click()
    await tourist.sees("engagement-a-corriger", "Saisir un engagement", picture=True)
    await expect(page.locator("#beneficiary-error")).to_contain_text("Ce n’est pas un SIREN")
    await expect(page.locator("#net-error")).to_have_text("Ce champ est nécessaire.")
    await _fills(page, {"SIREN de qui reçoit": "552100554", "Montant hors taxe, en euros": "10 000",
                        "TVA, en euros": "2 000"})
    await page.get_by_label("Catégorie de coût").select_option("hosting")
    await page.get_by_label("Hébergeur").select_option("alpha")
    await page.get_by_role("button", name="Enregistrer l’engagement").click()
    await tourist.sees("engagement-fait", "Engagement EN 1", picture=True)


async def _is_invoiced(tourist: Tourist, folder: Path) -> None:
    page, scan = tourist.page, folder / "facture.pdf"
    scan.write_bytes(b"%PDF-1.4\nfacture")
    await page.get_by_role("link", name="Saisir une facture").click()
    await _fills(page, {"Libellé": "Facture de mars", "Numéro de la pièce": "F-2026-017", "Date": "2026-03-15"})
    await page.locator("#net-0").fill("50 000")
    await page.locator("#vat-0").fill("1000")
    await page.get_by_label("Pièce jointe").set_input_files(scan)
    await page.get_by_role("button", name="Enregistrer la facture").click()
    await tourist.sees("facture-a-corriger", "Saisir une facture", picture=True)
    await expect(page.locator("#net-0-error")).to_contain_text("L’engagement n’a plus assez")
    await expect(page.locator("main")).to_contain_text("inutile de la joindre à nouveau")
    await page.locator("#net-0").fill("5000")
    await page.get_by_role("button", name="Enregistrer la facture").click()
    await tourist.sees("facture", "Facture HA 1", picture=True)
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Télécharger la pièce jointe").click()
    assert (await (await download.value).path()).read_bytes() == scan.read_bytes()


async def _pays_what_the_bank_says(tourist: Tourist, folder: Path) -> None:
    page, file = tourist.page, folder / "releve.xml"
    await page.get_by_role("link", name="Banque", exact=True).click()
    wrong = Camt(STATEMENT.movements, closing_cents=1)
    file.write_bytes(wrong.content)
    await page.get_by_label("Relevé de banque").set_input_files(file)
    await page.get_by_role("button", name="Charger le relevé").click()
    await expect(page.get_by_role("alert")).to_contain_text("ne donnent pas le solde final 0,01")
    await tourist.sees("releve-refuse", "Banque", picture=True)
    file.write_bytes(STATEMENT.content)
    await page.get_by_label("Relevé de banque").set_input_files(file)
    await page.get_by_role("button", name="Charger le relevé").click()
    await expect(page.get_by_role("status")).to_have_text("Le relevé est chargé.")
    await tourist.sees("releve", "Banque", picture=True)
    await page.get_by_role("button", name="Confirmer le paiement").click()
    await tourist.sees("paiement", "Paiement BQ 1", picture=True)


async def _closes(tourist: Tourist, ledger: LedgerStore) -> None:
    page = tourist.page
    await page.get_by_role("link", name="Clôtures", exact=True).click()
    await page.get_by_label("Le programme : clore jusqu’à").select_option("2026-03")
    await page.get_by_role("button", name="Clore").click()
    await expect(page.get_by_role("status")).to_contain_text("Le mois est clos")
    await sign_closed(ledger, KEY)
    await page.reload()
    await tourist.sees("cloture", "Clôtures", picture=True)
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Télécharger l’état signé").click()
    text, _, signature = (await (await download.value).path()).read_text().partition("\n\n")
    KEY.public_key().verify(b64decode(signature), f"{text}\n".encode())
    assert re.match(r"carnet/ledger\nprogramme\n2026-03\nentries 3\n", text)
    await tourist.goes("/comptes/ecritures")
    await tourist.sees("ecritures", "Écritures", picture=True)
    await tourist.goes("/transparence/clotures")
    await tourist.sees("comptes-clos", "Comptes clos", picture=True)


async def _fills(page: Page, fields: dict[str, str]) -> None:
    for label, value in fields.items():
        await page.get_by_label(label, exact=True).fill(value)

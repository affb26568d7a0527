"""A statutory file in a real browser: sent, found wrong, sent again, mapped, imported, exported."""

from __future__ import annotations

from pathlib import Path

import pytest

from carnet.journal.database import Database
from carnet.ledger.store import LedgerStore
from carnet.roles.demo_people import ACCOUNTANT, PASSWORD
from tests.flows.browsing import touring
from tests.ledger.fec.files import SIREN, Row, invoice, written
from tests.web.serving import Portal

pytestmark = pytest.mark.browser


async def test_a_file_is_corrected_mapped_and_imported(portal: Portal, tmp_path: Path) -> None:
    await LedgerStore(Database(portal.platform.portal)).open_books("alpha", "Hébergeur Alpha", SIREN)
    async with touring(portal.url, "fec") as tourist:
        page = tourist.page
        await tourist.logs_in("Comptables du programme : entrer", ACCOUNTANT, PASSWORD)
        await page.get_by_role("link", name="Fichiers des écritures").click()
        await tourist.sees("fichiers", "Fichiers des écritures", picture=True)
        for rows in ([*invoice(1), Row(number="2", debit="1.5")], invoice(1)):
            await tourist.goes("/comptes/fec")
            await page.get_by_label("Le fichier").set_input_files(written(tmp_path, rows))
            await page.get_by_role("button", name="Regarder ce fichier").click()
            await tourist.sees(f"fichier-de-{len(rows)}-lignes", "123456782FEC20261231.txt", picture=True)
        await page.get_by_role("button", name="Importer ces écritures").click()
        await tourist.sees("fichier-importe", "123456782FEC20261231.txt", picture=True)
        await tourist.goes("/comptes/exporter")
        await tourist.sees("exporter", "Exporter des livres", picture=True)
        async with page.expect_download() as waiting:
            await page.get_by_role("button", name="Télécharger").click()
        assert (await waiting.value).suggested_filename == "123456782FEC20261231.txt"

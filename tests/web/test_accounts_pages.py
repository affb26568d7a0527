"""The accountant's pages, on a real platform."""

from __future__ import annotations

import pytest

from carnet.journal.database import Database
from carnet.ledger.keep import PROGRAMME
from carnet.ledger.store import LedgerStore
from carnet.roles.demo_people import ACCOUNTANT, OFFICER
from tests.web.serving import Portal
from tests.web.visitor import visiting


async def test_an_accountant_comes_to_the_books_and_to_nothing_else(portal: Portal) -> None:
    await LedgerStore(Database(portal.platform.portal)).open_books(PROGRAMME, "Le programme")
    async with visiting(portal.url) as visitor:
        assert "/connexion/comptable" in (await visitor.get("/")).tree.xpath("//a/@href")
        page = await visitor.log_in(ACCOUNTANT, "comptable")
        assert (page.status, page.path, "Le programme" in page.text) == (200, "/comptes", True)
        for path in ("/agent", "/controle", "/moi", "/pro", "/agent/hebergeurs"):
            assert (await visitor.get(path)).status == 403, path


@pytest.mark.parametrize(("login", "door"), [("marcel", "patient"), ("moreau", "professionnel"), (OFFICER, "agent")])
async def test_the_books_are_closed_to_all_others(portal: Portal, login: str, door: str) -> None:
    async with visiting(portal.url) as visitor:
        await visitor.log_in(login, door)
        page = await visitor.get("/comptes")
        assert (page.status, "comptable" in page.text) == (403, True)


async def test_an_officer_does_not_enter_as_an_accountant_nor_the_other_way(portal: Portal) -> None:
    for login, door in ((OFFICER, "comptable"), (ACCOUNTANT, "agent")):
        async with visiting(portal.url) as visitor:
            assert (await visitor.log_in(login, door)).status == 401

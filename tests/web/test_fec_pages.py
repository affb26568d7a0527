"""An accountant sends a statutory file, sees what is wrong, maps its accounts, imports it."""

from __future__ import annotations

import pytest

from carnet.journal.database import Database
from carnet.ledger.fec.faults import FAULTS, WARNINGS
from carnet.ledger.store import LedgerStore
from carnet.ledger.tables.forms import FORMS
from carnet.roles.demo_people import ACCOUNTANT, OFFICER
from carnet.web.words import Language, words
from tests.ledger.fec.files import NAME, SIREN, Row, as_text, invoice
from tests.web.serving import Portal
from tests.web.visitor import visiting

BOOKS = "alpha"
_MAPPING = "[[rule]]\naccount = '611'\ncategory = 'hosting'\nhost = 'alpha'\nshare_percent = '50'\nshare_reason = 'x'\n"


async def opened(portal: Portal) -> LedgerStore:
    ledger = LedgerStore(Database(portal.platform.portal))
    await ledger.open_books(BOOKS, "Hébergeur Alpha", SIREN)
    return ledger


def sent(text: str, name: str = NAME) -> tuple[str, bytes]:
    return name, text.encode()


async def test_a_file_is_sent_mapped_and_imported(portal: Portal) -> None:
    ledger = await opened(portal)
    async with visiting(portal.url) as visitor:
        await visitor.log_in(ACCOUNTANT, "comptable")
        await visitor.get("/comptes/fec")
        page = await visitor.send("/comptes/fec", books=BOOKS, file=sent(as_text(invoice(1))))
        path = page.path
        assert (page.status, NAME in page.text, "Aucune règle" in page.text) == (200, True, True)
        refused = await visitor.send(path, act="mapping", mapping="[[rule]]\nx = 1")
        assert (refused.status, "rule 1: names an account" in refused.text) == (422, True)
        page = await visitor.send(path, act="mapping", mapping=_MAPPING)
        assert ("hosting · alpha · 50 %" in page.text, "version 1" in page.text) == (True, True)
        page = await visitor.send(path, act="import")
        assert "Les écritures sont dans les livres." in page.text
        assert "1 écriture" in (await visitor.get("/comptes/fec")).text
        again = await visitor.send(path, act="import")
        assert (again.status, "Déjà importé le" in again.text) == (422, True)
    [kept] = await ledger.entries(BOOKS)
    assert kept.entry.lines[0].dimensions.host == "alpha"
    assert "comptable" in kept.entered_by


async def test_every_fault_is_told_in_words_and_nothing_is_imported(portal: Portal) -> None:
    ledger = await opened(portal)
    async with visiting(portal.url) as visitor:
        await visitor.log_in(ACCOUNTANT, "comptable")
        await visitor.get("/comptes/fec")
        text = as_text([*invoice(1), Row(number="2", debit="1.5", label="<script>")])
        page = await visitor.send("/comptes/fec", books=BOOKS, file=sent(text, "a/b FEC.txt"))
        path = page.path
        assert "Ligne 5, Debit : 1.5 n" in page.text
        assert "Importer ces écritures" not in page.text
        assert (await visitor.send(path, act="import")).status == 422
        assert (await visitor.send("/comptes/fec", books=BOOKS)).status == 422
        for other in (f"/comptes/fec/{BOOKS}/00/x", f"/comptes/fec/{BOOKS}/zz/x", "/comptes/fec/programme/00/x"):
            assert (await visitor.get(other)).status == 404, other
    assert await ledger.entries(BOOKS) == []


async def test_a_year_of_books_is_downloaded_in_every_form(portal: Portal) -> None:
    ledger = await opened(portal)
    path = f"/comptes/exporter?books={BOOKS}&year=2026&format="
    async with visiting(portal.url) as visitor:
        await visitor.log_in(ACCOUNTANT, "comptable")
        text = as_text(invoice(1))
        page = await visitor.send("/comptes/fec", books=BOOKS, file=sent(text))
        await visitor.send(page.path, act="import")
        for form in FORMS:
            answer = await visitor.get(path + form)
            assert (answer.status, "attachment" in answer.headers["content-disposition"]) == (200, True)
        fec = await visitor.get(f"{path}fec")
        assert (fec.content.decode(), NAME in fec.headers["content-disposition"]) == (text, True)
        assert (await visitor.get(f"{path}doc")).status == 404
        assert (await visitor.get(f"/comptes/exporter?books={BOOKS}&year=26&format=csv")).status == 422
    assert len(await ledger.entries(BOOKS)) == 1


async def test_others_send_no_files(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        await visitor.log_in(OFFICER, "agent")
        assert (await visitor.get("/comptes/fec")).status == 403


@pytest.mark.parametrize("language", list(Language))
def test_every_fault_has_words_in_both_languages(language: Language) -> None:
    said = words(language)
    assert not [rule for rule in (*FAULTS, *WARNINGS) if not said.has(f"fec.fault.{rule}")]

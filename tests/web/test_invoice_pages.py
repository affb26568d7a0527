"""Accountants check what hosts ask for, officers read meters: their pages, on a real platform."""

from __future__ import annotations

from datetime import date

import pytest

from carnet.journal.database import Database
from carnet.ledger.category import Category
from carnet.ledger.dimensions import Dimensions
from carnet.ledger.keep import PROGRAMME, Keeper
from carnet.ledger.postings import Amount, Piece
from carnet.ledger.store import LedgerStore
from carnet.roles.demo_people import ACCOUNTANT, OFFICER, PASSWORD
from tests.flows.browsing import NARROW, touring
from tests.hosting.accreditations import file_of
from tests.steering.metering.test_invoices import RIGHT
from tests.web.serving import Portal
from tests.web.visitor import Page, Visitor, visiting

PATH = "/comptes/factures"
DEAR = RIGHT.replace(b"1,00", b"9,00")


async def _with_a_contract(portal: Portal) -> None:
    pool = portal.platform.portal
    ledger = LedgerStore(Database(pool))
    await ledger.open_books(PROGRAMME, "Le programme")
    await pool.execute(
        "insert into host_application (host_id, number, content, sha256) values ('alpha', 1, $1, sha256($1))",
        file_of())
    await pool.execute(
        "insert into meter_day (host_id, day, records, bodies, body_bytes, journal_bytes, deposits) values"
        " ('alpha', '2026-03-20', 1000, 5, 24000000000, 1000000000, 5), ('alpha', '2026-04-16', 10, 0, 0, 0, 7)")
    await Keeper(ledger, "C").promise(
        Piece(on=date(2026, 1, 5), label="Marché d'hébergement"), Amount(net_cents=10**6, dimensions=Dimensions(
            category=Category.HOSTING, beneficiary="732829320", contract="2026-H1", host="alpha")))


async def _taken(visitor: Visitor, content: bytes = DEAR) -> Page:
    await visitor.log_in(ACCOUNTANT, "comptable")
    return await visitor.send(PATH, host="alpha", file=content)


async def test_an_invoice_is_checked_explained_and_entered_with_its_entry_in_the_books(portal: Portal) -> None:
    await _with_a_contract(portal)
    async with visiting(portal.url) as visitor:
        page = await _taken(visitor)
        assert (page.status, page.path.startswith(f"{PATH}/")) == (200, True)
        assert "À expliquer" in page.text
        assert "+8,00" in page.text.replace("\xa0", " ")
        assert "Enregistrer dans les livres" not in page.text
        bad = await visitor.send(f"{page.path}/expliquer", line="1", words="")
        assert (bad.status, "dites pourquoi" in bad.text) == (422, True)
        shown = await visitor.send(f"{page.path}/expliquer", line="1", words="Reprise de <b>mars</b>")
        assert (shown.status, "Reprise de <b>mars</b>" in shown.text, "BARRÊME (comptable-0001)" in shown.text) == (
            200, True, True)
        [of] = shown.tree.xpath("//select[@name='of']/option/@value")[1:]
        none = await visitor.send(f"{page.path}/enregistrer", of="", on="2026-05-10")
        assert (none.status, "Choisissez l’engagement" in none.text) == (422, True)
        entered = await visitor.send(f"{page.path}/enregistrer", of=of, on="2026-05-10")
        assert (entered.status, entered.path.startswith("/comptes/ecritures/")) == (200, True)
        after = await visitor.get(page.path)
        [proof] = after.tree.xpath("//a[starts-with(@href, '/comptes/preuves/')]/@href")
        assert (await visitor.get(proof)).content == DEAR
        assert "Enregistrée" in after.text
        assert after.tree.xpath("//textarea") == []
        again = await visitor.send(f"{page.path}/refuser", reason="trop tard")
        assert (again.status, "déjà décidée" in again.text) == (409, True)
    traced = await portal.platform.portal.fetch(
        "select act, outcome from audit_event where act like 'invoice_%' order by logged")
    assert [tuple(each) for each in traced] == [
        ("invoice_taken", "done"), ("invoice_explained", "refused"), ("invoice_explained", "done"),
        ("invoice_entered", "refused"), ("invoice_entered", "done"), ("invoice_refused", "refused")]


async def test_a_refused_invoice_keeps_its_reason_and_its_number_is_not_taken_again(portal: Portal) -> None:
    await _with_a_contract(portal)
    async with visiting(portal.url) as visitor:
        page = await _taken(visitor)
        refused = await visitor.send(f"{page.path}/refuser", reason="Le marché ne prévoit pas ce prix.")
        assert (refused.status, "Le marché ne prévoit pas ce prix." in refused.text) == (200, True)
        twice = await visitor.send(PATH, host="alpha", file=RIGHT)
        assert (twice.status, "a déjà envoyé une facture F1" in twice.text) == (409, True)
        await visitor.get("/langue/en")
        assert "Refused" in (await visitor.get(PATH)).text


async def test_an_invoice_that_cannot_be_read_says_where_and_why(portal: Portal) -> None:
    await _with_a_contract(portal)
    async with visiting(portal.url) as visitor:
        page = await _taken(visitor, DEAR.replace(b"9,00", b"neuf"))
        assert (page.status, "Ligne 3, Montant" in page.text, "n’est pas un montant" in page.text) == (422, True, True)
        for content in (b"%PDF-1.7", b"\xff\xfe", b"<a/>", b""):
            page = await visitor.send(PATH, host="alpha", file=content)
            assert page.status == 422, content
        assert (await visitor.send(PATH, host="gamma", file=RIGHT)).status == 422
        assert (await visitor.send(PATH, host="alpha")).status == 422
        assert (await visitor.send(PATH, host="alpha", file=b"<" + b" " * 2**23)).status == 413
        assert (await visitor.get(f"{PATH}/x")).status == 404
        assert "Aucune facture" in (await visitor.get(PATH)).text


async def test_an_invoice_on_paper_is_typed_and_what_was_typed_is_shown_again(portal: Portal) -> None:
    await _with_a_contract(portal)
    async with visiting(portal.url) as visitor:
        await visitor.log_in(ACCOUNTANT, "comptable")
        form = f"{PATH}/saisie"
        assert (await visitor.get(form)).status == 200
        typed = {
            "host": "alpha", "number": "F9", "issued_on": "2026-05-04", "month": "avril", "kind_1": "records",
            "quantity_1": "82,602740", "unit_price_1": "0,90", "amount_1": "74,34", "kind_3": "storage",
            "quantity_3": "25", "unit_price_3": "0,04", "amount_3": "1"}
        page = await visitor.send(form, **typed)
        assert (page.status, "« avril » n’est pas un mois" in page.text.replace("\xa0", " ")) == (422, True)
        assert page.field("quantity_3") == "25"
        page = await visitor.send(form, **{**typed, "month": "2026-04", "amount_3": "trois"})
        assert "Ligne 4, Montant" in page.text
        page = await visitor.send(form, **{**typed, "month": "2026-04"})
        assert (page.status, "Prête" in page.text) == (200, True)


async def test_only_accountants_see_invoices_and_only_officers_meters(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        await visitor.log_in(OFFICER, "agent")
        assert (await visitor.get(PATH)).status == 403
        await visitor.send("/deconnexion")
        await visitor.log_in(ACCOUNTANT, "comptable")
        assert (await visitor.get("/agent/compteurs")).status == 403


async def test_an_officer_reads_a_month_and_enters_help_that_was_given(portal: Portal) -> None:
    await _with_a_contract(portal)
    async with visiting(portal.url) as visitor:
        await _taken(visitor)
        await visitor.send("/deconnexion")
        await visitor.log_in(OFFICER, "agent")
        page = await visitor.get("/agent/compteurs?mois=2026-04")
        row = [" ".join(cell.text_content().split()) for cell in page.tree.xpath("//table[1]//tr[th='alpha']/td")]
        assert row[:2] + row[4:7] == ["30", "1010", "30150", "750", "7 / 0"]
        assert "F1" in page.text
        sent = {"day": "2026-04-02", "channel": "telephone", "contacts": "12", "minutes": "90", "host": ""}
        assert "C’est inscrit." in (await visitor.send("/agent/compteurs", **sent)).text
        page = await visitor.get("/agent/compteurs?mois=2026-04")
        assert "12 par téléphone (la plateforme), 90 minutes" in page.text
        for bad in ({"contacts": "0"}, {"contacts": "-13", "minutes": "0"}, {"day": "hier"}, {"day": "2999-01-01"},
                    {"channel": "pigeon"}, {"host": "gamma"}, {"contacts": "douze"}):
            shown = await visitor.send("/agent/compteurs", **{**sent, **bad})
            assert (shown.status, "Rien n’a été inscrit" in shown.text) == (422, True), bad
        assert (await visitor.get("/agent/compteurs?mois=avril")).status == 422


@pytest.mark.slow
async def test_nothing_serious_is_wrong_with_these_pages_for_who_cannot_see(portal: Portal) -> None:
    await _with_a_contract(portal)
    async with visiting(portal.url) as visitor:
        path = (await _taken(visitor)).path
    async with touring(portal.url, "invoices", viewport=NARROW) as tourist:
        await tourist.logs_in("Comptables du programme : entrer", ACCOUNTANT, PASSWORD)
        await tourist.goes(PATH)
        await tourist.sees("list", "Factures des hébergeurs")
        await tourist.goes(f"{PATH}/saisie")
        await tourist.sees("typed", "Saisir une facture")
        await tourist.goes(path)
        await tourist.sees("one", "Facture F1, alpha")
    async with touring(portal.url, "meters", viewport=NARROW) as tourist:
        await tourist.logs_in("Agents de l’autorité : entrer", OFFICER, PASSWORD)
        await tourist.goes("/agent/compteurs")
        await tourist.sees("meters", "Compteurs")

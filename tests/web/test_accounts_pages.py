"""The accountant's pages, on a real platform: what is entered, what is refused and in which words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from carnet.journal.database import Database
from carnet.ledger.keep import PROGRAMME, Keeper
from carnet.ledger.store import LedgerStore
from carnet.roles.demo_people import ACCOUNTANT, OFFICER
from tests.ledger.statements import Camt, Told
from tests.ledger.test_keep import amount, piece
from tests.web.serving import Portal
from tests.web.visitor import Page, Visitor, visiting

MARKET = {
    "label": "Marché d'hébergement", "piece": "2026-H1", "on": "2026-03-02", "net": "10 000,00", "vat": "2000",
    "category": "hosting", "host": "alpha", "payer": "180035024", "beneficiary": "552 100 554", "contract": "2026-H1",
    "share": "100"}
SCAN = b"%PDF-1.4\nfacture"


def ledger_of(portal: Portal) -> LedgerStore:
    """The books behind the pages."""
    return LedgerStore(Database(portal.platform.portal))


@asynccontextmanager
async def accounting(portal: Portal) -> AsyncIterator[Visitor]:
    """An accountant who is logged in, with the programme's books open."""
    await ledger_of(portal).open_books(PROGRAMME, "Le programme")
    async with visiting(portal.url) as visitor:
        await visitor.log_in(ACCOUNTANT, "comptable")
        yield visitor


async def filled(visitor: Visitor, path: str, **fields: Any) -> Page:
    """Send the form of a page, with the hidden fields that the page gave it."""
    page = await visitor.get(path)
    hidden = {each.get("name"): each.get("value") for each in page.tree.xpath("//main//input[@type='hidden']")}
    return await visitor.send(path, **{name: value for name, value in hidden.items() if name != "csrf"}, **fields)


def faults(page: Page) -> dict[str, str]:
    """What is wrong, by field; under '' what is wrong with the whole."""
    beside = page.tree.xpath("//p[@class='error']")
    said = {each.get("id").removesuffix("-error"): each.text_content() for each in beside}
    whole = " ".join(each.text_content().strip() for each in page.tree.xpath("//div[contains(@class, 'bad')]//li"))
    return {**said, **({"": whole} if whole else {})}


async def test_an_accountant_comes_to_the_books_and_to_nothing_else(portal: Portal) -> None:
    async with accounting(portal) as visitor:
        assert "/connexion/comptable" in (await visitor.get("/")).tree.xpath("//a/@href")
        page = await visitor.get("/comptes")
        assert (page.status, "Le programme" in page.text) == (200, True)
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


async def test_a_euro_is_promised_invoiced_paid_and_taken_back_through_the_pages(portal: Portal) -> None:
    async with accounting(portal) as visitor:
        promise = await filled(visitor, "/comptes/engagement", **MARKET)
        assert (promise.status, "Reste à facturer : 12 000,00 €" in plain(promise)) == (200, True), faults(promise)
        path = promise.path.removesuffix("?fait=1")
        invoice = await filled(
            visitor, f"{path}/facture", label="Facture de mars", piece="F-17", on="2026-03-31", proof=SCAN,
            **{"net-0": "5000", "vat-0": "1000"})
        assert "Reste à payer : 6 000,00 €" in plain(invoice), faults(invoice)
        assert "Hugo BARRÊME (comptable-0001)" in invoice.text
        proof = await visitor.get(f"/comptes/preuves/{hashlib.sha256(SCAN).hexdigest()}")
        assert (proof.content, proof.headers["content-type"]) == (SCAN, "application/octet-stream")
        invoiced = invoice.path.removesuffix("?fait=1")
        paid = await filled(visitor, f"{invoiced}/paiement", label="Virement", piece="V", on="2026-04-02", cents="1000")
        assert "Repose sur : Facture HA 1" in paid.text, faults(paid)
        assert "Reste à payer : 5 000,00 €" in plain(await visitor.get(invoiced))
        refused = await filled(visitor, f"{invoiced}/reprise", label="Erreur", on="2026-04-03")
        assert faults(refused) == {"": "D’autres écritures reposent sur celle-ci (BQ 1)\u00a0: reprenez-les d’abord."}
        back = await filled(
            visitor, f"{paid.path.removesuffix('?fait=1')}/reprise", label="Mauvaise facture", on="2026-04-03")
        assert "Reprend une autre écriture" in back.text, faults(back)
        home = await visitor.get("/comptes")
        assert [plain_text(each) for each in home.tree.xpath("//dl[@class='figures']//dd/text()")] == [
            "6 000,00 €", "6 000,00 €", "0"]
    acts = await portal.platform.portal.fetch("select act, outcome from audit_event where act like 'ledger_%'")
    assert {tuple(each) for each in acts} == {
        ("ledger_promise", "done"), ("ledger_invoice", "done"), ("ledger_pay", "done"), ("ledger_take_back", "done"),
        ("ledger_take_back", "refused")}


async def test_every_fault_of_a_form_stands_at_its_field_and_nothing_is_entered(portal: Portal) -> None:
    async with accounting(portal) as visitor:
        wrong = {
            "label": "", "piece": "x" * 201, "on": "2026-02-30", "net": "12,345", "vat": "-1", "category": "soupe",
            "host": "gamma", "payer": "180035025", "share": "33,3333", "share_reason": "", "proof": b"MZ\x90\x00"}
        page = await filled(visitor, "/comptes/engagement", **{**MARKET, **wrong})
        assert (page.status, set(faults(page))) == (422, {
            "label", "piece", "on", "net", "vat", "category", "host", "payer", "share_reason", "proof"})
        assert faults(page)["net"] == "Ce n’est pas un montant\u00a0: écrivez 1234,56."
        assert page.field("net") == "12,345"
        zero = await filled(visitor, "/comptes/engagement", **{**MARKET, "net": "0", "vat": "0"})
        assert faults(zero) == {"net": "Le montant est plus grand que zéro."}
        future = await filled(visitor, "/comptes/engagement", **{**MARKET, "on": "2999-01-01"})
        assert set(faults(future)) == {"on"}
        assert await ledger_of(portal).entries(PROGRAMME) == []


async def test_a_form_sent_twice_is_entered_once_and_its_proof_is_not_asked_for_again(portal: Portal) -> None:
    async with accounting(portal) as visitor:
        page = await visitor.get("/comptes/engagement")
        sent = {**MARKET, "entry_id": page.field("entry_id")}
        wrong = await visitor.send("/comptes/engagement", **{**sent, "net": ""}, proof=SCAN)
        assert (wrong.status, "Déjà conservée" in wrong.text) == (422, True)
        assert wrong.field("entry_id") == sent["entry_id"]
        kept = wrong.field("proof_kept")
        first, second = [await visitor.send("/comptes/engagement", **sent, proof_kept=kept) for _ in range(2)]
        assert (first.path, first.status) == (second.path, 200)
        other = await visitor.send("/comptes/engagement", **{**sent, "net": "1"}, proof_kept=kept)
        assert (other.status, "enregistré sous EN 1" in faults(other)[""]) == (409, True)
        [entry] = await ledger_of(portal).entries(PROGRAMME)
        assert entry.entry.proof == hashlib.sha256(SCAN).digest()


async def test_what_may_not_rest_on_an_entry_is_refused_in_plain_words(portal: Portal) -> None:
    keeper = Keeper(ledger_of(portal), "C")
    async with accounting(portal) as visitor:
        promise = await keeper.promise(piece(), amount())
        path = f"/comptes/ecritures/{promise.entry_id}"
        paid = await filled(visitor, f"{path}/paiement", label="V", piece="V", on="2026-03-03", cents="1")
        assert "pas de paiement sans engagement ni facture" in faults(paid)[""]
        much = await filled(
            visitor, f"{path}/facture", label="F", piece="F", on="2026-03-03", **{"net-0": "100,01", "vat-0": "20"})
        assert plain_text(faults(much)["net-0"]) == "L’engagement n’a plus assez : 0,01 € de trop."
        back = await keeper.take_back(piece("erreur"), promise.entry_id)
        again = await filled(visitor, f"{path}/reprise", label="Encore", on="2026-03-03")
        assert (again.status, "a déjà été reprise" in faults(again)[""]) == (409, True)
        of_it = await filled(visitor, f"/comptes/ecritures/{back.entry_id}/reprise", label="Encore", on="2026-03-03")
        assert "elle ne se reprend pas" in faults(of_it)[""]
        for there_is_none in (
            f"{path}/soupe", "/comptes/ecritures/rien", f"/comptes/ecritures/{'0' * 32}",
            f"/comptes/preuves/{'0' * 64}", "/comptes/preuves/x", "/comptes/clotures/programme/2026-03",
        ):
            assert (await visitor.get(there_is_none)).status == 404, there_is_none


async def test_what_is_given_in_kind_is_quantity_by_value_with_its_source(portal: Portal) -> None:
    async with accounting(portal) as visitor:
        sent = {
            "given": "time", "quantity": "12,5", "unit": "0,33", "source": "Cour, ch. III", "on": "2026-03-02",
            "category": "induced", "share": "100"}
        page = await filled(visitor, "/comptes/nature", **sent)
        assert "Temps de professionnels : 12,5 minutes × 0,33 € (Cour, ch. III)" in plain(page), faults(page)
        [kept] = await ledger_of(portal).entries(PROGRAMME)
        assert [each.debit_cents for each in kept.entry.lines] == [413, 0]
        wrong = await filled(visitor, "/comptes/nature", **{**sent, "quantity": "0", "source": "", "given": "or"})
        assert set(faults(wrong)) == {"quantity", "source", "given"}


async def test_entries_are_found_and_paged(portal: Portal) -> None:
    keeper = Keeper(ledger_of(portal), "C")
    async with accounting(portal) as visitor:
        for number in range(52):
            await keeper.lend(piece(f"apport {number}"), 100 + number, amount().dimensions)
        page = await visitor.get("/comptes/ecritures")
        assert len(page.tree.xpath("//tbody/tr")) == 50
        [older] = page.tree.xpath("//a[contains(@href, 'avant=')]/@href")
        assert len((await visitor.get(older)).tree.xpath("//tbody/tr")) == 2
        one = await visitor.get("/comptes/ecritures?montant=1,51&categorie=hosting&beneficiaire=552+100+554")
        assert ["apport 51" in one.text, len(one.tree.xpath("//tbody/tr"))] == [True, 1]
        assert "Aucune écriture" in (await visitor.get("/comptes/ecritures?texte=introuvable")).text
        wrong = await visitor.get("/comptes/ecritures?montant=x&depuis=hier&avant=99999999999999999999&livres=%00")
        assert (wrong.status, set(faults(wrong))) == (422, {"montant", "depuis"})


async def test_a_month_is_closed_once_signed_and_everybody_may_keep_its_note(portal: Portal) -> None:
    ledger = ledger_of(portal)
    async with accounting(portal) as visitor:
        await Keeper(ledger, "C").promise(piece(on=date(2026, 3, 2)), amount())
        page = await visitor.send("/comptes/clotures", books=PROGRAMME, month="2026-03")
        assert (page.path, "Signature en cours" in page.text) == ("/comptes/clotures?fait=1", True)
        await ledger.sign_periods(lambda content: b"s" * 64 if content.startswith(b"carnet/ledger") else b"")
        note = await visitor.get("/comptes/clotures/programme/2026-03")
        assert note.content.startswith(b"carnet/ledger\nprogramme\n2026-03\nentries 1\nhead ")
        again = await visitor.send("/comptes/clotures", books=PROGRAMME, month="2026-03")
        assert (again.status, "quelqu’un l’a fait avant vous" in again.text) == (409, True)
        for month, said in (("2999-01", "pas terminé"), ("mars", "pas un mois")):
            page = await visitor.send("/comptes/clotures", books=PROGRAMME, month=month)
            assert (page.status, said in page.text) == (422, True)
        late = await filled(visitor, "/comptes/engagement", **MARKET)
        assert "Le livre est clos jusqu’au 31 mars 2026" in plain_text(faults(late)["on"])
        assert (await visitor.send("/comptes/clotures", books="soupe", month="2026-03")).status == 404
    async with visiting(portal.url, accept_language="en") as stranger:
        page = await stranger.get("/transparence/clotures")
        assert (page.status, "March 2026" in page.text) == (200, True)
        assert (await stranger.get("/transparence/clotures/programme/2026-03")).content == note.content


async def test_a_statement_is_loaded_and_a_payment_confirmed(portal: Portal) -> None:
    keeper = Keeper(ledger_of(portal), "C")
    async with accounting(portal) as visitor:
        promise = await keeper.promise(piece(), amount(20_000, 4_000))
        for number in ("F-2026-017", "F-2026-018"):
            await keeper.invoice(replace(piece("facture"), piece=number), amount(), of=promise.entry_id)
        content = Camt((Told(-12_000, "ALPHA", reference="F-2026-017"), Told(-12_000, "ALPHA"), Told(-1, "X"))).content
        page = await visitor.send("/comptes/banque", file=content)
        assert page.path == "/comptes/banque?fait=1", faults(page)
        titles = [each.text_content() for each in page.tree.xpath("//section/h3")]
        assert [plain_text(each) for each in titles] == ["120,00 € à ALPHA", "120,00 € à ALPHA", "0,01 € à X"]
        assert len(page.tree.xpath("//input[@type='radio' and @checked]")) == 1     # the second fits two invoices
        movement, of = page.field("movement"), page.tree.xpath("//input[@type='radio' and @checked]/@value")[0]
        assert (await visitor.send("/comptes/banque/confirmer", movement=movement)).status == 422
        paid = await visitor.send("/comptes/banque/confirmer", movement=movement, of=of)
        assert "Repose sur : Facture HA 1" in paid.text
        again = await visitor.send("/comptes/banque", file=content)
        assert (again.status, "déjà été chargé" in faults(again)["file"]) == (409, True)
        bad = await visitor.send("/comptes/banque", file=content.replace(b"CLBD", b"ITBD"))
        assert (bad.status, faults(bad)[""]) == (422, "Ligne 4\u00a0: il manque un solde (CLBD).")
        assert "pas un XML" in faults(await visitor.send("/comptes/banque", file=b"%PDF-1.4"))[""]
        assert (await visitor.send("/comptes/banque")).status == 422
        statement = await visitor.get((await visitor.get("/comptes/banque")).tree.xpath("//tbody//a/@href")[0])
        assert (statement.status, "Paiement enregistré" in statement.text) == (200, True)
        assert (await visitor.get("/comptes/banque/releve?compte=x&numero=y")).status == 404


def plain(page: Page) -> str:
    """What one reads, spaces of typography as plain ones."""
    return plain_text(page.text)


def plain_text(text: str) -> str:
    """The same with plain spaces."""
    return re.sub(r"[\u00a0\u202f]", " ", text)

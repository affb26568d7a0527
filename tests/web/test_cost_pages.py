"""What the programme costs, open to all: figures open into lines that sum to them, down to the entry and its hash."""

from __future__ import annotations

import hashlib
import re
from datetime import date

import pytest

from carnet.journal.database import Database
from carnet.ledger.category import Category
from carnet.ledger.counts.count import Count, Measure
from carnet.ledger.counts.store import CountStore
from carnet.ledger.dimensions import Dimensions
from carnet.ledger.history.load import load
from carnet.ledger.keep import PROGRAMME, Keeper
from carnet.ledger.money import cents_of
from carnet.ledger.postings import Amount, Piece
from carnet.ledger.store import LedgerStore
from carnet.roles.demo_people import ACCOUNTANT, OFFICER
from tests.web.serving import Portal
from tests.web.visitor import Page, Visitor, visiting

COSTS = "/transparence/couts"
FIRST = f"{COSTS}/history?axe=funding_line&jusque=2014"


@pytest.fixture
async def published(portal: Portal) -> Portal:
    """The programme's books with an invoice of a host and a shared one, and the history."""
    database = Database(portal.platform.portal)
    ledger, counts = LedgerStore(database), CountStore(database)
    await ledger.open_books(PROGRAMME, "Le programme")
    await load(ledger, counts)
    today = await ledger.today()
    await counts.put([
        Count(measure=measure, on=day, count=count, host=host)
        for day in (date(today.year, 1, 1), today)
        for measure, counted in (
            (Measure.RECORDS_OPEN, (2, 1)), (Measure.RECORDS_OPENED, (3, 1)), (Measure.CONSULTATIONS, (0, 0)))
        for host, count in zip(("alpha", "beta"), counted, strict=True)])
    keeper = Keeper(ledger, "C. Comptable")
    for host, cents in (("alpha", 1000), ("", 2000)):
        piece = Piece(on=date(today.year, 1, 2), label="Facture de Mme Nommée")
        amount = Amount(net_cents=cents, vat_cents=cents // 5, dimensions=Dimensions(
            category=Category.HOSTING, host=host, beneficiary="552100554"))
        promise = await keeper.promise(piece, amount)
        await keeper.invoice(piece, amount, of=promise.entry_id)
    await keeper.lend(Piece(on=date(today.year, 1, 2), label="prêt"), 700, Dimensions(category=Category.GOVERNANCE))
    return portal


def _plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def _cents(text: str) -> int:
    return cents_of(_plain(text).replace("€", ""))


def _cells(page: Page, caption: str) -> dict[str, list[str]]:
    """The rows of the table with this caption: name -> cells."""
    [table] = [each for each in page.tree.xpath("//table") if caption in _plain(each.xpath("string(caption)"))]
    return {
        _plain(" ".join(row.xpath("string(th)").split())): [
            _plain(cell.text_content().strip()) for cell in row.xpath("td")]
        for row in table.xpath("tbody/tr")}


async def test_the_first_page_says_what_it_costs_and_what_the_first_attempt_was(published: Portal) -> None:
    async with visiting(published.url) as visitor:
        page = await visitor.get(COSTS)
        text = _plain(page.text)
        assert page.status == 200
        for said in ("36,00 €", "500 000 000,00 €", "418 011", "1 196,14 €", "58 %", "16,75 €", "15,00 €",
                     "un centime de plus pour 32 246 d’entre eux", "Personne n’a pu le dire"):
            assert said in text, said
        hosts = _cells(page, "Coûts par hébergeur")
        assert hosts == {
            "alpha": ["12,00 €", "16,00 €", "28,00 €"], "beta": ["0,00 €", "8,00 €", "8,00 €"],
            "Somme": ["", "", "36,00 €"]}
        parts = _cells(page, "Ce qui est dépensé")
        assert [parts[name][0] for name in ("Dépensé", "En nature, à part")] == ["36,00 €", "7,00 €"]
        within = [parts[f"– dont {name}"][0] for name in ("payé", "encore dû", "taxes")]
        assert within == ["0,00 €", "36,00 €", "6,00 €"]
        assert parts["Dépensé"] == ["36,00 €", "9,00 €"]
        assert "Personne n’a compté : carnets activés, carnets d’un document ou plus" in text
        assert "Il n’y en a encore aucun : consultations utiles." in text
        english = await visitor.get(f"/langue/en?retour={COSTS}")
        assert "€1,196.14" in english.text


async def test_every_figure_opens_into_lines_that_sum_to_it(published: Portal) -> None:
    async with visiting(published.url) as visitor:
        seen = 0
        for start in (COSTS, FIRST, f"{COSTS}/programme?axe=host&part=committed", f"{COSTS}/programme?axe=phase"):
            page = await visitor.get(start)
            for link in page.tree.xpath("//table[contains(@class, 'costs')]//td/a"):
                figure = _cents(link.text_content())
                lines = await visitor.get(link.get("href"))
                total = _cents(lines.tree.xpath("//dl[@class='figures']/div/dd")[0].text_content())
                each = [_cents(cell.text) for cell in lines.tree.xpath("//td[@class='cents']")]
                shares = [_cents(row.xpath("td")[1].text_content()) for row in lines.tree.xpath(
                    "//table[@class='costs']//tbody/tr[not(@class)]")]
                assert sum(each) == total
                divided = [_cents(each.text) for each in lines.tree.xpath("//dl[@class='figures']/div/dd")[2:]]
                assert figure in (divided or [total, *shares]), link.get("href")
                assert not shares or sum(shares) == total
                seen += 1
        assert seen > 40


async def test_a_unit_cost_opens_into_its_division_and_who_counted(published: Portal) -> None:
    async with visiting(published.url) as visitor:
        page = await visitor.get(FIRST)
        [link] = [each.get("href") for each in page.tree.xpath("//td/a") if _plain(each.text) == "1 196,14 €"]
        text = _plain((await visitor.get(link)).text)
        for said in ("500 000 000,00 €", "1 196,14 € chacun, et un centime de plus pour 32 246 d’entre eux.",
                     "Carnets ouverts : 418 011, le 2 janvier 2014. Presse, janvier 2014"):
            assert said in text, said


async def test_a_line_opens_into_its_entry_and_its_hash(published: Portal) -> None:
    async with visiting(published.url) as visitor:
        page = await visitor.get(f"{COSTS}/programme/lignes?part=spent")
        assert "Nommée" not in page.content.decode()
        entry = await visitor.get(page.tree.xpath("//td/a/@href")[-1])
        assert "Nommée" not in entry.content.decode()
        before, head = entry.tree.xpath("//dd[@class='hash']/text()")
        public = entry.tree.xpath("//pre[@class='hash']/text()")[0]
        assert hashlib.sha256(bytes.fromhex(before) + public.encode()).hexdigest() == head
        lines = await visitor.get(f"{COSTS}/history/lignes?part=spent&funding_line=INCa")
        source = await visitor.get(lines.tree.xpath("//td/a/@href")[0])
        assert "Cour des comptes, juillet 2012" in source.text


async def test_lines_come_a_hundred_at_a_time_and_all_of_them(published: Portal) -> None:
    ledger = LedgerStore(Database(published.platform.portal))
    keeper, piece = Keeper(ledger, "C"), Piece(on=date(2025, 5, 5), label="x")
    amount = Amount(net_cents=1, dimensions=Dimensions(category=Category.SUPPORT))
    for _ in range(3):
        await keeper.promise(piece, *[amount] * 45)
    async with visiting(published.url) as visitor:
        page = await visitor.get(f"{COSTS}/programme/lignes?part=committed&category=support")
        amounts: list[int] = []
        for _ in range(2):
            amounts += [_cents(each.text) for each in page.tree.xpath("//td[@class='cents']")]
            page = await visitor.get((page.tree.xpath("//p[@class='actions']/a/@href") or [page.path])[0])
        assert amounts == [1] * 135


@pytest.mark.parametrize("path", [
    "/nulle", "/programme?axe=entered_by", "/programme?annee=20x6", "/programme/lignes?part=all", "/operator",
    "/programme/lignes?apres=x", "/programme/ecritures/1", "/programme/ecritures/place/99",
    "/programme/ecritures/00000000-0000-0000-0000-000000000000"])
async def test_an_address_that_asks_for_what_is_not_is_no_page(published: Portal, path: str) -> None:
    database = Database(published.platform.portal)
    await LedgerStore(database).open_books("operator", "Un hébergeur, dont les livres sont à lui")
    async with visiting(published.url) as visitor:
        assert (await visitor.get(f"{COSTS}{path}")).status == 404


async def test_files_are_sent_and_those_of_an_operator_are_not(published: Portal) -> None:
    await LedgerStore(Database(published.platform.portal)).open_books("operator", "Un hébergeur")
    async with visiting(published.url) as visitor:
        page = await visitor.get("/transparence/donnees")
        links = [link for link in page.tree.xpath("//main//a/@href") if "/donnees/" in link]
        assert len(links) == 17
        for link in links:
            answer = await visitor.get(link)
            assert (answer.status, len(answer.content) > 40) == (200, True), link
        for path in ("operator/lines.csv", "programme/lines.exe", "programme/x.csv", "none/lines.csv"):
            assert (await visitor.get(f"/transparence/donnees/{path}")).status == 404, path


async def test_a_contract_is_simulated_and_nothing_is_saved(published: Portal) -> None:
    async with visiting(published.url) as visitor:
        page = await visitor.get("/transparence/plafond")
        assert (page.status, "80 % atteints" in _plain(page.text)) == (200, True)      # 36 € for 3 records
        assert "16,75 €" in _plain(page.text)
        what = await visitor.get(
            "/transparence/plafond?records=418011&amount=7%20000%20000,00&months=12&begins=2026-12-15")
        assert "À lui seul, ce contrat atteint le plafond." in what.text
        assert "16,75 € (16,74 € chacun, et un centime de plus pour 249 586 d’entre eux)" in _plain(what.text)
        wrong = await visitor.get("/transparence/plafond?records=beaucoup&amount=x&months=0&begins=hier")
        assert (wrong.status, len(wrong.tree.xpath("//p[@class='error']"))) == (422, 4)
        assert (await visitor.send("/transparence/plafond", records="1", csrf="")).status == 404
    assert await published.platform.portal.fetchval("select count(*) from cost_assumptions") == 0


@pytest.mark.parametrize(("login", "path"), [(OFFICER, "/agent/plafond"), (ACCOUNTANT, "/comptes/plafond")])
async def test_assumptions_are_written_down_in_versions(published: Portal, login: str, path: str) -> None:
    async with visiting(published.url) as visitor:
        await visitor.log_in(login, path.split("/")[1], path=path)
        home = await visitor.get(path.rpartition("/")[0])
        assert "atteint 80 % du plafond" in _plain(home.text)
        assert path in home.tree.xpath("//main//a/@href")
        page = await visitor.get(path)
        assert "atteint 80 % du plafond" in _plain(page.text)
        done = await _written(visitor, path, page, records="1000", note="Ouverture générale")
        assert "Version 1, par" in done.text
        assert re.search(r"0,04 € par patient", _plain(done.text))
        late = await _written(visitor, path, page, records="5", note="")
        assert late.status == 409
        bad = await _written(visitor, path, done, records="peu", note="")
        assert bad.status == 422
    assert await published.platform.portal.fetchval("select count(*) from cost_assumptions") == 1


async def _written(visitor: Visitor, path: str, page: Page, **fields: str) -> Page:
    after = page.field("after")
    return await visitor.send(path, documents="0", tariffs="100", after=after, **fields)

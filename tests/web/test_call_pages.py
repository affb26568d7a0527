"""Calls for projects on pages: handing in an application, scoring, deciding, measuring, releasing; and who may."""

from __future__ import annotations

import csv
import io
from uuid import uuid4

import pytest

from carnet.roles.demo_people import OFFICER, PASSWORD
from carnet.steering.calls.faults import Rule
from carnet.steering.calls.reading import MOST_BYTES
from carnet.web.words import Language, words
from tests.flows.browsing import NARROW, touring
from tests.steering.calls.board import BY, GIVEN, Board, marked
from tests.steering.calls.files import CALL, SECOND, call_file, day
from tests.web.people import MARCEL, MOREAU, logged_in
from tests.web.serving import Portal
from tests.web.visitor import Page, Visitor, visiting

PUBLIC, PATH = f"/appels/{CALL}", f"/agent/appels/{CALL}"
ADVANCE = {"act": "measure", "milestone": "avance"}


@pytest.fixture
async def board(portal: Portal) -> Board:
    """An authority that opens calls, with this portal's pages."""
    board = Board(portal.platform.portal)
    await board.prepare()
    return board


async def _open(board: Board) -> None:
    today = board.today
    await board.calls.open(call_file(today, day(today, 5), day(today, 200)), BY, uuid4())


def _step(page: Page, act: str = "") -> str:
    form = f"//form[input[@name='act'][@value='{act}']]" if act else "//form"
    return str(page.tree.xpath(f"{form}//input[@name='step_id']/@value")[0])


async def test_anybody_hands_an_application_in_and_gets_a_receipt(portal: Portal, board: Board) -> None:
    await _open(board)
    async with visiting(portal.url) as visitor:
        page = await visitor.get("/appels")
        assert PUBLIC in page.tree.xpath("//a/@href")
        page = await visitor.get(PUBLIC)
        assert ("ouvert" in page.text, "70 %" in page.text.replace("\u00a0", " ")) == (True, True)
        content = board.application()
        broken = content.replace(b"asked_cents = 60001", b"asked_cents = -1").replace(b'region = "84"', b"")
        page = await visitor.send(PUBLIC, csrf="", file=("c.toml", broken), step_id=_step(page))
        assert page.status == 422
        assert all(field in page.text for field in ("asked_cents", "region"))
        page = await visitor.send(PUBLIC, csrf="", file=("c.toml", content), step_id=_step(page))
        [submitted] = (await board.store.life(CALL)).applications.values()
        receipt = f"A001-{submitted.sha256[:8]}"
        assert (page.status, receipt in page.text) == (200, True)
        page = await visitor.send(PUBLIC, csrf="", file=("again.toml", content), step_id=str(uuid4()))
        assert (receipt in page.text, len((await board.store.life(CALL)).applications)) == (True, 1)
        assert "A009" not in (await visitor.get(f"{PUBLIC}?recu=A009-00000000")).text
        big = await visitor.send(PUBLIC, csrf="", file=("c.toml", b"#" * (MOST_BYTES + 1)))
        nothing = await visitor.send(PUBLIC, csrf="")
        assert (big.status, nothing.status, (await visitor.get("/appels/autre")).status) == (413, 422, 404)
        english = await visitor.get(f"/langue/en?retour={PUBLIC}")
        assert "Hand in an application" in english.text


async def test_once_it_is_closed_an_officer_scores_and_sees_no_marks_of_others(portal: Portal, board: Board) -> None:
    await board.opened()
    await board.calls.score(CALL, "A001", scorer=SECOND, marks=marked(7), step_id=uuid4())
    async with visiting(portal.url) as visitor:
        page = await visitor.get(PUBLIC)                # it is closed
        assert (page.tree.xpath("//input[@type='file']"), "clos" in page.text) == ([], True)
        page = await visitor.send(PUBLIC, csrf="", file=("c.toml", board.application(name="Trop tard")))
        assert (page.status, "plus rien n’est pris" in page.text) == (422, True)
        await visitor.log_in(OFFICER, "agent")
        page = await visitor.get(f"{PATH}/A001")
        assert (page.status, "voilà pourquoi" in page.text) == (200, False)
        typed = {"act": "score", "step_id": _step(page, "score"), "mark-volume": "9", "why-volume": "beaucoup promis",
                 "mark-method": "11", "why-method": ""}
        page = await visitor.send(f"{PATH}/A001", **typed)
        assert (page.status, "un nombre entier de 0 à 10" in page.text) == (422, True)
        assert "beaucoup promis" in page.content.decode()       # what was typed is there still
        typed |= {"mark-method": "8", "why-method": "comme il faut"}
        for _ in range(2):
            page = await visitor.send(f"{PATH}/A001", **typed)
            assert (page.status, "Vos notes sont enregistrées" in page.text) == (200, True)
        assert ("voilà pourquoi" in page.text, "comme il faut" in page.text) == (True, True)
        page = await visitor.get(f"{PATH}/A002")
        page = await visitor.send(
            f"{PATH}/A002", act="recuse", step_id=_step(page, "recuse"), reason="j'y ai travaillé")
        assert page.tree.xpath("//input[@name='mark-volume']") == []


async def test_an_officer_decides_and_is_told_all_that_stands_against_it(portal: Portal, board: Board) -> None:
    await board.opened()
    await board.scored(("A001", 9, 8), ("A002", 7, 7), ("A003", 2, 3))
    async with visiting(portal.url) as visitor:
        page = await _logged_in(visitor)
        assert [page.field(f"cents-{name}") for name in ("A001", "A002", "A003")] == ["600,01", "400,00", "0"]
        said = {"step_id": _step(page), "legal_act": "", "cents-A001": "600,02", "cents-A002": "400",
                "cents-A003": "x"}
        page = await visitor.send(PATH, **said)
        assert (page.status, "n’est pas un montant" in page.text) == (422, True)
        page = await visitor.send(PATH, **{**said, "cents-A003": "0"})
        assert all(words in page.text for words in (
            "nommez l’acte juridique", "a demandé", "dites pourquoi", "à moins d’un mois entier"))
        assert page.field("cents-A001") == "600,02"
        assert await board.costs() == {}


async def test_an_officer_measures_and_releases_once_however_often_it_is_sent(portal: Portal, board: Board) -> None:
    await board.decided()
    one = f"{PATH}/A001"
    async with visiting(portal.url) as visitor:
        page = await _logged_in(visitor)
        assert (page.tree.xpath("//input[@name='legal_act']"), "600,01" in page.text) == ([], True)
        page = await visitor.get(one)
        sent = {"act": "measure", "milestone": "alimentation", "step_id": _step(page, "measure")}
        page = await visitor.send(one, **sent)
        assert (page.status, "se mesure à partir du" in page.text) == (422, True)
        page = await visitor.get(one)
        page = await visitor.send(one, **ADVANCE, step_id=_step(page, "measure"))
        assert "La mesure est figée" in page.text
        form = {"act": "release", "milestone": "avance", "step_id": _step(page, "release")}
        for _ in range(2):
            assert "à payer" in (await visitor.send(one, **form)).text
        assert await board.portal.execute(
            "update ledger_books set closed_through = current_date + 1 where books = 'programme'")
        page = await visitor.get(f"{PATH}/A002")
        page = await visitor.send(f"{PATH}/A002", **ADVANCE, step_id=_step(page, "measure"))
        page = await visitor.send(
            f"{PATH}/A002", act="release", milestone="avance", step_id=_step(page, "release"))
        assert (page.status, "these books" in page.text, "clos" in page.text) == (422, False, True)
        again = await visitor.send(one, **{**form, "step_id": str(uuid4())})
        assert (again.status, "déjà été libérée" in again.text) == (409, True)
        assert (await board.costs())[()].owed == 18_000
        rows = list(csv.DictReader(io.StringIO((await visitor.get(f"{PATH}.csv")).content.decode())))
        assert [row["released_cents"] for row in rows] == ["18000", "0", "0"]
        assert (await visitor.send(one, act="pay")).status == 404
        assert (await visitor.get(f"{PATH}/A009")).status == 404
    async with visiting(portal.url) as everybody:
        page = await everybody.get("/transparence/appels")
        assert ("180,00" in page.text, "Groupe des Lilas" in page.text) == (True, True)
        public = (await everybody.get("/transparence/appels.csv")).content.decode() + page.text
        assert "Personne Inventée" not in public
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with logged_in(portal) as patient:
        for path in ("/agent/appels", PATH, f"{PATH}.csv", one):
            assert (await patient.get(path)).status == 403
        assert (await patient.send(one, **ADVANCE)).status == 403


def test_every_rule_has_its_words() -> None:
    catalogue = words(Language.FR)
    assert {rule for rule in Rule if not catalogue.has(f"calls.rule.{rule}")} == set()


async def _logged_in(visitor: Visitor) -> Page:
    await visitor.log_in(OFFICER, "agent")
    return await visitor.get(PATH)


@pytest.mark.browser
async def test_the_pages_of_calls_are_accessible(portal: Portal, board: Board) -> None:
    await board.opened()
    await board.scored(("A001", 9, 8), ("A003", 2, 3))
    async with touring(portal.url, "appels", scheme="dark", viewport=NARROW) as tourist:
        await tourist.goes("/appels")
        await tourist.sees("liste", "Les appels à projets")
        await tourist.goes(PUBLIC)
        await tourist.sees("appel", f"Appel à projets {CALL}")
        await tourist.logs_in("Agents de l’autorité : entrer", OFFICER, PASSWORD)
        await tourist.goes(f"{PATH}/A002")
        await tourist.sees("noter", "A002 Groupe des Acacias", picture=True)
        await board.scored(("A002", 7, 7))
        await tourist.goes(PATH)
        await tourist.sees("decider", f"Appel à projets {CALL}", picture=True)
        with board.days(-40):
            await board.calls.decide(CALL, "Décision 12", GIVEN, by=BY, step_id=uuid4())
        await tourist.goes(f"{PATH}/A001")
        await tourist.page.get_by_role("button", name="Mesurer ce jalon").first.click()
        await tourist.sees("mesure", "A001 Groupe des Lilas", picture=True)
        await tourist.goes("/transparence/appels")
        await tourist.sees("argent", "Les appels à projets", picture=True)
        width = await tourist.page.evaluate("document.documentElement.scrollWidth")
        assert width <= NARROW["width"]

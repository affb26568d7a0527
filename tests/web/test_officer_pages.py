"""The officer's pages and the public figures, on a real platform."""

from __future__ import annotations

from datetime import timedelta

import pytest

from carnet.record.emergency import open_emergency
from carnet.rights.access import AccessMode, Asker
from carnet.roles.demo_people import OFFICER, PASSWORD
from tests.flows.browsing import NARROW, touring
from tests.record.emergencies import opened_before
from tests.web.serving import Portal, patient_of, professional_of
from tests.web.visitor import Page, Visitor, visiting

MARCEL, MOREAU, BENALI = patient_of("marcel"), professional_of("moreau"), professional_of("benali")
REASON = "Douleur thoracique, patient <b>confus</b>"


async def _with_an_emergency(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    login = portal.platform.stores.clock.now() - timedelta(seconds=5)
    asker = Asker(BENALI, AccessMode.BREAK_THE_GLASS, "test", authenticated_at=login)
    await open_emergency(asker, MARCEL.ins, REASON, portal.platform.stores)


async def _looked_at(visitor: Visitor) -> Page:
    """The page of the only access that waits, from the officer's first page on."""
    page = await visitor.log_in(OFFICER, "agent")
    assert (page.status, page.path) == (200, "/agent")
    listed = await visitor.get("/controle")
    [path] = listed.tree.xpath("//td/a/@href")
    return await visitor.get(path)


async def test_an_officer_reviews_an_emergency_access_without_learning_whose_record_it_is(portal: Portal) -> None:
    await _with_an_emergency(portal)
    async with visiting(portal.url) as visitor:
        page = await _looked_at(visitor)
        assert REASON in page.text                  # as text: nothing of it is markup
        assert "Karim BENALI" in page.text
        assert (MARCEL.ins.value in page.content.decode(), "INVENTÉ" in page.text) == (False, False)
        after = await visitor.send(page.path, justified="oui", note="Vu avec le service")
        assert (after.path, "Le contrôle est clos" in after.text) == ("/controle?fait=1", True)
        assert "Aucun accès en urgence n’attend." in after.text
        closed = await visitor.get("/controle?voir=clos")
        assert "Justifié" in closed.text
        again = await visitor.get(page.path)
        assert ("Vu avec le service" in again.text, again.tree.xpath("//textarea")) == (True, [])
        assert (await visitor.send(page.path, justified="non", note="Autre avis")).status == 409


async def test_a_review_without_an_answer_or_a_note_is_shown_again_with_what_lacks(portal: Portal) -> None:
    await _with_an_emergency(portal)
    async with visiting(portal.url) as visitor:
        page = await _looked_at(visitor)
        for sent, said in (
            ({"note": "Vu avec le service"}, "Dites si cet accès était justifié."),
            ({"justified": "peut-être", "note": "Vu avec le service"}, "Dites si cet accès était justifié."),
            ({"justified": "oui", "note": "ok"}, "en 3 à 1000 caractères"),
        ):
            shown = await visitor.send(page.path, **sent)
            assert (shown.status, said in shown.text) == (422, True), sent
            assert shown.tree.xpath("//textarea/text()")[0].strip() == sent["note"]
    refusals = await portal.platform.portal.fetchval(
        "select count(*) from audit_event where outcome = 'refused' and act = 'emergency_reviewed'")
    assert refusals == 3


async def test_late_reviews_are_marked_and_counted_for_everybody(portal: Portal) -> None:
    await opened_before(portal.platform, 1, hours_ago=71)
    await opened_before(portal.platform, 2, hours_ago=73)
    async with visiting(portal.url) as visitor:
        page = await visitor.get("/transparence")
        figures = [text.strip() for text in page.tree.xpath("//dd/text()")]
        assert (page.status, figures) == (200, ["3", "2", "0", "0"])
        assert page.tree.xpath("//footer//a[@href='/transparence']")
        await visitor.log_in(OFFICER, "agent")
        listed = await visitor.get("/controle")
        assert [tag.strip() for tag in listed.tree.xpath("//td/span/text()")] == ["En retard", "En retard"]


@pytest.mark.parametrize(("login", "door"), [("marcel", "patient"), ("moreau", "professionnel")])
async def test_officers_pages_are_closed_to_all_others(portal: Portal, login: str, door: str) -> None:
    async with visiting(portal.url) as visitor:
        async with visitor.http.get(f"{portal.url}/controle", allow_redirects=False) as answer:
            assert answer.headers["location"].startswith("/connexion/agent?")
        await visitor.log_in(login, door)
        for path in ("/agent", "/controle"):
            page = await visitor.get(path)
            assert (page.status, "agent de l’autorité" in page.text) == (403, True)


async def test_an_officer_gets_no_page_of_patients_or_professionals(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        await visitor.log_in(OFFICER, "agent")
        for path in ("/moi", "/pro", "/moi/acces"):
            assert (await visitor.get(path)).status == 403


@pytest.mark.parametrize("path", ["/controle/rien/rien", f"/controle/{'0' * 32}/{'0' * 32}"])
async def test_an_address_that_names_no_access_is_not_found_and_traced(portal: Portal, path: str) -> None:
    async with visiting(portal.url) as visitor:
        await visitor.log_in(OFFICER, "agent")
        assert (await visitor.get(path)).status == 404
        assert (await visitor.send(path, justified="oui", note="Vu")).status == 404
    refusals = await portal.platform.portal.fetchval("select count(*) from audit_event where outcome = 'refused'")
    assert refusals == 2


async def test_the_history_tells_the_holder_that_an_officer_looked(portal: Portal) -> None:
    await _with_an_emergency(portal)
    async with visiting(portal.url) as officer, visiting(portal.url) as patient:
        page = await _looked_at(officer)
        await officer.send(page.path, justified="non", note="Sans lien avec une urgence")
        await patient.log_in("marcel", "patient")
        history = (await patient.get("/moi/acces")).text
        assert "Sophie LAMBERT, pour l’autorité, a examiné un accès en urgence" in history
        assert "Sophie LAMBERT, pour l’autorité, a contrôlé un accès en urgence" in history


@pytest.mark.browser
async def test_the_officer_s_pages_are_accessible(portal: Portal) -> None:
    await _with_an_emergency(portal)
    await opened_before(portal.platform, 1, hours_ago=80)
    for scheme, options in (("light", {}), ("dark", {"viewport": NARROW})):
        async with touring(portal.url, "agent", scheme=scheme, **options) as tourist:
            await tourist.goes("/transparence")
            await tourist.sees("transparence", "Transparence")
            await tourist.logs_in("Agents de l’autorité : entrer", OFFICER, PASSWORD)
            await tourist.sees("accueil", "Bonjour Sophie")
            await tourist.goes("/controle")
            await tourist.sees("controle", "Accès en urgence à contrôler")
            await tourist.page.get_by_role("link", name="Examiner l’accès de Karim BENALI").click()
            await tourist.sees("acces", "Accès en urgence de Karim BENALI")
            await tourist.page.get_by_role("button", name="Clore").click()
            await tourist.sees("acces-a-corriger", "Accès en urgence de Karim BENALI")

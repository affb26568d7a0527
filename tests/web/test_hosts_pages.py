"""Who keeps records: the patient's page, the officers', the public one, and the fields of an opening."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from carnet.hosting.moving.campaign import Plan
from carnet.roles.demo_people import OFFICER, PASSWORD
from tests.flows.browsing import NARROW, touring
from tests.hosting.ground import Ground
from tests.hosting.moves import Moves
from tests.web.people import CAMILLE, MARCEL, MOREAU, helped, logged_in, represented
from tests.web.serving import Portal
from tests.web.visitor import Page, visiting

TRAITS = {
    "birth_family": "Inventé", "birth_given": "Marcel", "birth_date": "28/03/1941", "sex": "male",
    "birthplace": "75112", "agreement": "yes"}


async def _record(portal: Portal) -> dict[str, str]:
    record = await portal.platform.stores.record_of(MARCEL.ins)
    return dict(await portal.platform.portal.fetchrow(
        "select home, placed_by, departement from record where record_id = $1", record))


def _facts(page: Page) -> list[str]:
    return ["".join(each.itertext()).strip() for each in page.tree.xpath("//dl[@class='facts']/dd")]


async def test_a_patient_sees_who_keeps_the_record_and_why(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    home = (await _record(portal))["home"]
    async with logged_in(portal) as visitor:
        page = await visitor.get("/moi")
        assert "/moi/hebergeur" in page.tree.xpath("//a/@href")
        page = await visitor.get("/moi/hebergeur")
        assert _facts(page)[:2] == [f"{home} ({home})", "reference (reference)"]
        assert _facts(page)[2].startswith("Les nouveaux carnets sont répartis")
        english = await visitor.get("/langue/en?retour=/moi/hebergeur")
        assert "New records are spread over the accredited hosts" in english.text


async def test_a_patient_asks_for_another_host_and_takes_it_back(portal: Portal) -> None:
    record = await portal.platform.opened(MARCEL, by=MOREAU)
    home = (await _record(portal))["home"]
    other = "beta" if home == "alpha" else "alpha"
    async with logged_in(portal) as visitor:
        page = await visitor.get("/moi/hebergeur")
        assert page.tree.xpath("//option/@value") == [other]
        page = await visitor.send("/moi/hebergeur/changer", host=other)
        assert (page.path, "Votre demande attend." in page.text) == ("/moi/hebergeur?fait=demande", True)
        row = await portal.platform.portal.fetchrow(
            "select host_id, state from move_request where record_id = $1", record)
        assert tuple(row) == (other, "asked")
        page = await visitor.send("/moi/hebergeur/rester")
        assert ("Votre demande est annulée." in page.text, "Votre demande attend." in page.text) == (True, False)
        for wrong in (home, "reference", "nobody", ""):
            page = await visitor.send("/moi/hebergeur/changer", host=wrong)
            assert (page.status, "Choisissez un hébergeur de la liste." in page.text) == (422, True), wrong
        history = await visitor.get("/moi/acces")
        assert "Vous avez demandé un autre hébergeur" in history.text
    assert await portal.platform.portal.fetchval("select state from move_request") == "withdrawn"
    traces = await portal.platform.portal.fetch(
        "select outcome from audit_event where record_id = $1 and act = 'move_record'", record)
    assert sorted(row["outcome"] for row in traces) == ["done", "done", *["refused"] * 4]


async def test_a_patient_reads_that_the_wish_cannot_be_followed_and_why(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    home = (await _record(portal))["home"]
    other = "beta" if home == "alpha" else "alpha"
    async with logged_in(portal) as visitor:
        await visitor.send("/moi/hebergeur/changer", host=other)
        moves = Moves(Ground(portal.platform, {}, AsyncExitStack()))
        campaign = await moves.begun(Plan("requests", ""))
        await portal.platform.portal.execute("update host_standing set state = 'suspended' where host_id = $1", other)
        assert not (await moves.run(campaign)).to_do
        page = await visitor.get("/moi/hebergeur")
        assert "n’a pas pu être suivie. Cet hébergeur n’est pas agréé en ce moment." in page.text
        for where in ("/moi/messages", "/moi/acces"):
            assert "n’a pas pu être déplacé chez l’hébergeur" in (await visitor.get(where)).text, where


async def test_a_host_that_is_suspended_is_not_offered(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    home = (await _record(portal))["home"]
    await portal.platform.portal.execute("update host_standing set state = 'suspended' where host_id <> $1", home)
    portal.platform.stores.placing.look_again()
    async with logged_in(portal) as visitor:
        page = await visitor.get("/moi/hebergeur")
        assert "Aucun autre hébergeur ne peut prendre de carnet" in page.text


async def test_a_caregiver_sees_who_keeps_the_record_and_changes_nothing(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    await helped(portal)
    async with logged_in(portal, "camille") as visitor:
        page = await visitor.get("/moi/proches")
        [handle] = page.tree.xpath("//form[@action='/moi/proches/agir']//input[@name='person']/@value")[:1] or [""]
        page = await visitor.send("/moi/proches/agir", person=handle)
        assert "Vous agissez pour Marcel" in page.content.decode()
        page = await visitor.get("/moi/hebergeur")
        assert (page.status, page.tree.xpath("//main//form")) == (200, [])
        refused = await visitor.send("/moi/hebergeur/changer", host="beta")
        assert refused.status in (403, 422)
    assert await portal.platform.portal.fetchval("select count(*) from move_request") == 0


async def test_a_professional_says_which_host_and_where_the_patient_lives(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        await visitor.log_in("moreau", "professionnel")
        page = await visitor.send("/pro/chercher", ins=MARCEL.ins.value, oid=str(MARCEL.ins.oid))
        asked = {**TRAITS, "channel": "oral", "host": "beta", "departement": "2a"}
        for wrong, said in (
            ({"host": "reference"}, "Choisissez un hébergeur de la liste, ou aucun."),
            ({"departement": "20"}, "Écrivez un numéro de département"),
        ):
            shown = await visitor.send(f"{page.path}/ouvrir", **{**asked, **wrong})
            assert (shown.status, said in shown.text) == (422, True), wrong
        done = await visitor.send(f"{page.path}/ouvrir", **asked)
        assert done.status == 200
    assert await _record(portal) == {"home": "beta", "placed_by": "patient", "departement": "2A"}


async def test_a_patient_chooses_a_host_at_the_opening(portal: Portal) -> None:
    async with logged_in(portal) as visitor:
        page = await visitor.send("/moi/ouvrir", **TRAITS, host="alpha")
        assert page.path == "/moi?ouvert=1"
        page = await visitor.get("/moi/hebergeur")
        assert _facts(page)[2] == "Vous l’avez choisi."


async def test_everybody_sees_the_hosts_and_their_state(portal: Portal) -> None:
    await portal.platform.portal.execute("update host_standing set state = 'suspended' where host_id = 'alpha'")
    await portal.platform.portal.execute("update host_standing set active_until = now() where host_id = 'beta'")
    async with visiting(portal.url) as visitor:
        page = await visitor.get("/transparence")
        assert "/transparence/hebergeurs" in page.tree.xpath("//a/@href")
        page = await visitor.get("/transparence/hebergeurs")
        states = dict(zip(
            page.tree.xpath("//tbody//th/text()"), page.tree.xpath("//tbody//span/text()"), strict=True))
        assert states == {"alpha": "Suspendu", "beta": "Agrément expiré", "reference": "Actif"}


async def test_officers_see_load_lag_and_cohorts_and_nobody_else_does(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    await portal.platform.portal.execute(
        "insert into cohort (cohort_id, consortium, hosts, departements, records, starts_on, ends_on)"
        " values ('north', 'Consortium du Nord', '{alpha}', '{59,62}', 500000, current_date, current_date + 30)")
    await portal.platform.stores.placing.store.count()
    async with visiting(portal.url) as visitor:
        await visitor.log_in(OFFICER, "agent")
        page = await visitor.get("/agent/hebergeurs")
        assert "1 sur 1 000 000" in page.text
        assert "Répond à tous les processus du portail" in page.text
        assert ("north, Consortium du Nord" in page.text, "59, 62" in page.text) == (True, True)
        assert "Aucune décision et aucun certificat ne se termine" in page.text
    async with logged_in(portal) as visitor:
        assert (await visitor.get("/agent/hebergeurs")).status == 403


async def test_officers_see_which_host_a_process_takes_for_down(portal: Portal) -> None:
    await portal.platform.stores.hosting.circuits.tell("worker", [("alpha", ("puts", "reads")), ("beta", ())])
    async with visiting(portal.url) as visitor:
        await visitor.log_in(OFFICER, "agent")
        page = await visitor.get("/agent/hebergeurs")
        assert "Tenu pour en panne par 1 processus sur 2 (dépôts de documents, lectures)" in page.text


@pytest.mark.parametrize("path", ["/moi/hebergeur/changer", "/moi/hebergeur/rester"])
async def test_the_address_of_a_form_leads_back_to_its_page(portal: Portal, path: str) -> None:
    await represented(portal)
    await portal.platform.opened(CAMILLE, by=MOREAU)
    async with logged_in(portal, "camille") as visitor:
        assert (await visitor.get(path)).path == "/moi/hebergeur"


@pytest.mark.browser
async def test_the_pages_of_hosts_are_accessible(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with touring(portal.url, "hebergeurs", scheme="dark", viewport=NARROW) as tourist:
        await tourist.goes("/transparence/hebergeurs")
        await tourist.sees("publique", "Les hébergeurs des carnets")
        await tourist.logs_in("Ouvrir mon carnet", "marcel", PASSWORD)
        await tourist.goes("/moi/hebergeur")
        await tourist.sees("garde", "Qui garde mon carnet")
    async with touring(portal.url, "agents", viewport=NARROW) as tourist:
        await tourist.goes("/")
        await tourist.logs_in("Agents de l’autorité : entrer", OFFICER, PASSWORD)
        await tourist.goes("/agent/hebergeurs")
        await tourist.sees("hebergeurs", "Hébergeurs")

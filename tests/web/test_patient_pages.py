"""The patient's pages, on a real platform."""

from __future__ import annotations

import contextlib

from carnet.errors import NotPermitted
from carnet.record.authorise import authorise
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.submit import submit
from tests.running import letter, lot, professional
from tests.web.serving import Portal, patient_of, professional_of
from tests.web.visitor import visiting

MARCEL, MOREAU, BENALI = patient_of("marcel"), professional_of("moreau"), professional_of("benali")


async def _with_a_letter(portal: Portal, text: str = "Toux.") -> str:
    await portal.platform.opened(MARCEL, by=MOREAU)
    outcome = await submit(professional(MOREAU), lot(letter(text, of=MARCEL)), portal.platform.stores)
    return str(outcome.documents[0].logical_id)


async def test_a_patient_opens_their_own_record_having_read_the_text(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        page = await visitor.log_in("marcel", "patient")
        assert page.path == "/moi/ouvrir"
        assert "ouverture-2026-2" in page.text
        told = {"birth_family": "INVENTÉ", "birth_given": "Marcel", "birth_date": "3/11/1951", "sex": "M"}
        refused = await visitor.send("/moi/ouvrir", **told)
        assert refused.status == 422
        told["birth_date"] = "03/11/1951"
        page = await visitor.send("/moi/ouvrir", **told, agreement="yes")
        assert page.status == 200
        assert "Le carnet est ouvert." in page.text


async def test_whoever_has_no_record_is_invited_to_open_one(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        await visitor.log_in("marcel", "patient")
        for path in ("/moi", "/moi/documents", "/moi/acces", "/moi/professionnels"):
            assert (await visitor.get(path)).path == "/moi/ouvrir"


async def test_a_document_is_read_in_the_page_and_kept_as_it_was_deposited(portal: Portal) -> None:
    document = letter("Une toux <b>inventée</b>.", of=MARCEL)
    await portal.platform.opened(MARCEL, by=MOREAU)
    outcome = await submit(professional(MOREAU), lot(document), portal.platform.stores)
    path = f"/moi/documents/{outcome.documents[0].logical_id}"
    async with visiting(portal.url) as visitor:
        await visitor.log_in("marcel", "patient")
        assert "Consultation d'essai" in (await visitor.get("/moi/documents")).text
        assert "Une toux <b>inventée</b>." in (await visitor.get(path)).text
        original = await visitor.get(f"{path}/original")
        assert original.content == document.content
        assert original.headers["content-type"] == "application/octet-stream"
        assert original.headers["content-disposition"].startswith("attachment; filename*=UTF-8''Consultation")
        assert "sandbox" in original.headers["content-security-policy"]


async def test_another_s_document_is_as_unknown_as_none(portal: Portal) -> None:
    document = await _with_a_letter(portal)
    await portal.platform.opened(patient_of("camille"), by=MOREAU)
    async with visiting(portal.url) as visitor:
        await visitor.log_in("camille", "patient")
        hidden = await visitor.get(f"/moi/documents/{document}")
        unknown = await visitor.get("/moi/documents/00000000-0000-4000-8000-000000000000")
        assert hidden.status == unknown.status == 404
        assert hidden.text[:200] == unknown.text[:200]


async def test_the_patient_sees_who_came_and_who_was_refused(portal: Portal) -> None:
    await _with_a_letter(portal)
    with contextlib.suppress(NotPermitted):
        await find(professional(BENALI), MARCEL.ins, Criteria(), portal.platform.stores)
    async with visiting(portal.url) as visitor:
        await visitor.log_in("marcel", "patient")
        text = (await visitor.get("/moi/acces")).text
        assert "Claire MOREAU, Maison de santé des Tilleuls (fictive) a déposé un document." in text
        assert "Karim BENALI" in text
        assert "Refusé Vous n’avez pas autorisé cette personne." in text
        only = (await visitor.get("/moi/acces?what=refused")).text
        assert "a déposé" not in only


async def test_a_blocked_professional_is_shut_out_at_once(portal: Portal) -> None:
    await _with_a_letter(portal)
    async with visiting(portal.url) as visitor, visiting(portal.url) as other:
        await visitor.log_in("marcel", "patient")
        await other.log_in("moreau", "professionnel")
        found = await other.send("/pro/chercher", ins=MARCEL.ins.value, oid=str(MARCEL.ins.oid))
        assert (await other.get(f"{found.path}/documents")).status == 200
        page = await visitor.send("/moi/professionnels/bloquer", professional=MOREAU.ps_id, confirmed="yes")
        assert "Bloqué" in page.text
        assert "Claire MOREAU" in page.text
        shut = await other.get(f"{found.path}/documents")
        assert shut.status == 403
        assert "Le patient a bloqué" in shut.text


async def test_a_mistyped_rpps_is_explained_and_changes_nothing(portal: Portal) -> None:
    await _with_a_letter(portal)
    async with visiting(portal.url) as visitor:
        await visitor.log_in("marcel", "patient")
        page = await visitor.send("/moi/professionnels/autoriser", professional="99700")
        assert page.status == 422
        assert "onze chiffres" in page.text
        assert page.tree.get_element_by_id("professional").value == "99700"


async def test_an_authorised_professional_is_listed_with_the_end_of_it(portal: Portal) -> None:
    await _with_a_letter(portal)
    await authorise(professional(BENALI), MARCEL.ins, BENALI.ps_id, portal.platform.stores, days=30)
    async with visiting(portal.url, accept_language="en") as visitor:
        await visitor.log_in("marcel", "patient")
        text = (await visitor.get("/moi/professionnels")).text
        assert "Karim BENALI" in text
        assert "Authorised" in text
        assert "until " in text


async def test_older_visits_are_a_link_away(portal: Portal) -> None:
    await _with_a_letter(portal)
    async with visiting(portal.url) as visitor:
        await visitor.log_in("marcel", "patient")
        assert (await visitor.get("/moi/acces?lignes=many")).status == 200
        await portal.platform.portal.execute(
            "insert into audit_event (record_id, event_id, act, outcome, door, request_id, actor, detail) "
            "select record_id, gen_random_uuid(), act, outcome, door, request_id, actor, detail "
            "from audit_event, generate_series(1, 210) where act = 'feed'")
        page = await visitor.get("/moi/acces?what=writing")
        older = page.tree.xpath("//a[contains(@href, 'lignes=400')]/@href")[0]
        assert (await visitor.get(older)).status == 200

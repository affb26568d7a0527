"""The life of a record, on its pages; and what people are told of it."""

from __future__ import annotations

from carnet.people.caller import OfficerCaller
from carnet.record.announce_record import announce_record
from carnet.record.status import record_status
from carnet.record.suspend_record import suspend_record
from carnet.rights.access import Asker
from carnet.rights.held import RecordState
from tests.running import patient
from tests.web.people import MARCEL, MOREAU, logged_in, represented, with_a_letter
from tests.web.serving import Portal
from tests.web.visitor import Visitor

LIFE = "/moi/carnet"
OFFICER = Asker(OfficerCaller("agent-1", "Agent", "Ana"), door="test")
CLOSING = {"confirmed": "yes", "motive": "patient-demande"}


async def _state(portal: Portal) -> RecordState:
    return (await record_status(patient(MARCEL), MARCEL.ins, portal.platform.stores)).state


async def _closed(visitor: Visitor) -> None:
    assert "Votre carnet est fermé." in (await visitor.send(f"{LIFE}/fermer", **CLOSING)).text


async def test_the_first_visit_activates_the_record(portal: Portal) -> None:
    await with_a_letter(portal)
    assert not (await record_status(patient(MARCEL), MARCEL.ins, portal.platform.stores)).is_activated
    async with logged_in(portal) as visitor:
        assert (await visitor.get("/moi")).status == 200
        assert (await visitor.get("/moi")).status == 200
    assert (await record_status(patient(MARCEL), MARCEL.ins, portal.platform.stores)).is_activated


async def test_closing_says_what_happens_before_it_happens(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        page = await visitor.get(f"{LIFE}/fermer")
        assert "Il est conservé dix ans" in page.text
        assert "vous pouvez le rouvrir" in page.text
        assert await _state(portal) is RecordState.ACTIVE
        await _closed(visitor)
    assert await _state(portal) is RecordState.CLOSED


async def test_a_motive_that_is_none_closes_nothing(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        for motive in ("", "deces", "rien"):
            assert (await visitor.send(f"{LIFE}/fermer", confirmed="yes", motive=motive)).status == 422
    assert await _state(portal) is RecordState.ACTIVE


async def test_a_closed_record_leaves_its_own_pages_reachable(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        await _closed(visitor)
        for path in ("/moi", LIFE, f"{LIFE}/rouvrir", f"{LIFE}/effacer", "/moi/acces", "/moi/messages", "/moi/proches"):
            assert (await visitor.get(path)).status == 200, path
        for path in ("/moi/documents", "/moi/choix", "/moi/professionnels"):
            page = await visitor.get(path)
            assert page.status == 403
            assert "fermé" in page.text
            assert page.tree.xpath(f"//main//a[@href='{LIFE}']")


async def test_reopening_wants_the_consent_and_gives_no_authorisation_back(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        await _closed(visitor)
        page = await visitor.send(f"{LIFE}/rouvrir", confirmed="yes")
        assert page.status == 422
        assert "cochez la case" in page.text
        assert await _state(portal) is RecordState.CLOSED
        page = await visitor.send(f"{LIFE}/rouvrir", confirmed="yes", agreement="yes")
        assert "de nouveau ouvert" in page.text
        assert "Consultation d'essai" in (await visitor.get("/moi/documents")).text
        assert "n’avez autorisé ni bloqué personne" in (await visitor.get("/moi/professionnels")).text


async def test_erasure_is_asked_for_with_its_date_and_cancelled(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        assert (await visitor.send(f"{LIFE}/effacer", confirmed="yes")).status == 403     # only once it is closed
        await _closed(visitor)
        assert "jusqu’au 22 novembre" in (await visitor.get(LIFE)).text or "conservé" in (await visitor.get(LIFE)).text
        page = await visitor.get(f"{LIFE}/effacer")
        assert "ne se reprend pas" in page.text
        page = await visitor.send(f"{LIFE}/effacer", confirmed="yes")
        due = (await record_status(patient(MARCEL), MARCEL.ins, portal.platform.stores)).erasure_due_at
        assert due is not None
        assert "il sera effacé pour toujours le" in page.text
        assert str(due.year) in page.text
        page = await visitor.send(f"{LIFE}/garder", confirmed="yes")
        assert "effacé pour toujours" not in page.text
    assert (await record_status(patient(MARCEL), MARCEL.ins, portal.platform.stores)).erasure_due_at is None


async def test_an_announced_record_is_refused_then_opened_after_all(portal: Portal) -> None:
    await announce_record(OFFICER, MARCEL, portal.platform.stores)
    async with logged_in(portal) as visitor:
        page = await visitor.get("/moi")
        assert page.path == LIFE
        assert "a annoncé l’ouverture d’un carnet" in page.text
        assert "Sans réponse de votre part, il sera ouvert le" in page.text
        assert (await visitor.get("/moi/documents")).path == LIFE
        page = await visitor.send(f"{LIFE}/refuser", confirmed="yes")
        assert "Vous avez refusé" in page.text
        assert await _state(portal) is RecordState.REFUSED
        assert (await visitor.send(f"{LIFE}/ouvrir", confirmed="yes")).status == 422
        page = await visitor.send(f"{LIFE}/ouvrir", confirmed="yes", agreement="yes")
        assert "Le carnet est ouvert." in page.text
    assert await _state(portal) is RecordState.ACTIVE


async def test_a_suspended_record_says_so_and_may_still_be_closed(portal: Portal) -> None:
    await with_a_letter(portal)
    await suspend_record(OFFICER, MARCEL.ins, portal.platform.stores, motive="fraude")
    async with logged_in(portal) as visitor:
        assert "suspendu" in (await visitor.get("/moi")).text
        assert "L’autorité a suspendu ce carnet" in (await visitor.get(LIFE)).text
        assert (await visitor.get("/moi/choix")).status == 200
        await _closed(visitor)


async def test_a_child_is_told_that_others_decide(portal: Portal) -> None:
    await represented(portal)
    async with logged_in(portal, "noe") as visitor:
        page = await visitor.get(LIFE)
        assert "Vos représentants décident" in page.text
        assert f"{LIFE}/fermer" not in page.content.decode()
        refused = await visitor.send(f"{LIFE}/fermer", **CLOSING)
        assert refused.status == 403
        assert "représentants" in refused.text


async def test_a_step_that_is_none_and_a_form_of_another_site_do_nothing(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        assert (await visitor.get(f"{LIFE}/detruire")).status == 404
        assert (await visitor.send(f"{LIFE}/detruire")).status == 404
        assert (await visitor.send(f"{LIFE}/fermer", csrf="", **CLOSING)).status == 400
        assert (await visitor.send(f"{LIFE}/rouvrir", agreement="yes")).status == 403      # it is open
    assert await _state(portal) is RecordState.ACTIVE


async def test_people_are_told_what_happened_once_new_then_read(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        page = await visitor.get("/moi")
        assert "nouveaux messages" in page.content.decode() or "1 nouveau message" in page.content.decode()
        page = await visitor.get("/moi/messages")
        assert f"{MOREAU.given} {MOREAU.family}" in page.text
        assert "a ouvert le carnet" in page.text
        assert "Nouveau" in page.text
        page = await visitor.get("/moi/messages")
        assert "Nouveau" not in page.text
        assert "nouveau" not in page.tree.xpath("//header")[0].text_content()

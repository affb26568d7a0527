"""My choices, on their pages: what each means, what a change would do, and only then the change."""

from __future__ import annotations

from datetime import timedelta

import pytest

from carnet.people.patient import Patient
from carnet.record.choices import choose, my_choices
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.inbox.message import Opposition
from carnet.record.organisations import said_to_organisation
from carnet.rights.held import Choice
from tests.running import LABORATORY, patient, professional
from tests.web.people import BENALI, MARCEL, MOREAU, NOE, logged_in, represented, with_a_letter
from tests.web.serving import Portal
from tests.web.visitor import Visitor

CONSULTATION, FEEDING = Choice.CONSULTATION, Choice.FEEDING


async def _holds(portal: Portal, choice: Choice) -> bool:
    choices = await my_choices(patient(MARCEL), MARCEL.ins, portal.platform.stores)
    return choices.consents_to[choice]


async def _tag(visitor: Visitor) -> str:
    return (await visitor.get("/moi/choix")).field("tag")


async def test_each_choice_says_what_it_means_today_and_since_when(portal: Portal) -> None:
    await with_a_letter(portal)
    stores = portal.platform.stores
    await choose(patient(MARCEL), MARCEL.ins, {Choice.REGULATION_CENTRE: False}, stores, text_version="essai")
    async with logged_in(portal) as visitor:
        page = await visitor.get("/moi/choix")
        assert "vous n’avez rien dit, et la loi présume votre accord" in page.text
        assert "Aujourd’hui : non, vous l’avez dit le" in page.text
        checked = page.tree.xpath("//input[@type='radio'][@checked]/@id")
        assert "consultation-yes" in checked
        assert "regulation_centre-no" in checked
        assert "mask_what_comes-no" in checked


async def test_the_consequence_is_shown_before_anything_is_saved(portal: Portal) -> None:
    document = await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        page = await visitor.send(
            "/moi/choix/revoir", tag=await _tag(visitor), consultation="no", whom="g15|10", feeding="yes")
        assert page.status == 200
        assert "1 document visible aujourd’hui, aucun document visible ensuite" in page.text
        assert "Vous vous opposez à la consultation" in page.text
        assert "Ne serait plus visible" in page.text
        assert page.tree.xpath(f"//a[contains(@href, '{document}')]")
        assert "Laisser alimenter" not in page.text     # what would not change is not told
        assert await _holds(portal, CONSULTATION)


async def test_her_own_letter_stays_visible_to_its_author(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        page = await visitor.send("/moi/choix/revoir", tag=await _tag(visitor), consultation="no", whom="nobody|1")
        assert "Pour Claire MOREAU, rien ne change" in page.text    # somebody usual, for who chose nobody we know
        assert "Chacun relit toujours ce qu’il a lui-même déposé" in page.text


async def test_several_choices_are_saved_at_once_and_hold_at_once(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        page = await visitor.send(
            "/moi/choix/enregistrer", tag=await _tag(visitor), consultation="no", break_the_glass="no")
        assert "Vos choix sont enregistrés" in page.text
        assert page.path == "/moi/choix?fait=choix"
    assert not await _holds(portal, CONSULTATION)
    assert not await _holds(portal, Choice.BREAK_THE_GLASS)
    with pytest.raises(Exception, match="not permitted"):
        await find(professional(MOREAU), MARCEL.ins, Criteria(), portal.platform.stores)


@pytest.mark.parametrize("form", ["revoir", "enregistrer"])
async def test_choices_that_moved_meanwhile_are_shown_as_they_are_and_nothing_is_saved(
    portal: Portal, form: str,
) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        seen = await _tag(visitor)
        stores = portal.platform.stores
        await choose(patient(MARCEL), MARCEL.ins, {Choice.REGULATION_CENTRE: False}, stores, text_version="essai")
        page = await visitor.send(f"/moi/choix/{form}", tag=seen, consultation="no")
        assert page.status == 409
        assert "ont changé pendant que vous lisiez" in page.text
        assert "regulation_centre-no" in page.tree.xpath("//input[@type='radio'][@checked]/@id")
    assert await _holds(portal, CONSULTATION)


async def test_opposing_the_feeding_asks_why_and_keeps_the_answers(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        tag = await _tag(visitor)
        page = await visitor.send("/moi/choix/enregistrer", tag=tag, feeding="no")
        assert page.status == 422
        assert "la loi le demande pour ce choix" in page.text
        assert page.field("feeding") == "no"
        assert await _holds(portal, FEEDING)
        page = await visitor.send("/moi/choix/enregistrer", tag=tag, feeding="no", reason="Des erreurs répétées.")
        assert page.status == 200
    assert not await _holds(portal, FEEDING)


async def test_answers_that_are_none_change_nothing(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        tag = await _tag(visitor)
        for form in ("revoir", "enregistrer"):
            page = await visitor.send(f"/moi/choix/{form}", tag=tag, consultation="maybe", opening="no")
            assert page.status == 200
            assert page.path.startswith("/moi/choix")
        assert "Vous n’avez rien changé" in (await visitor.send("/moi/choix/revoir", tag=tag)).text
    assert await _holds(portal, CONSULTATION)
    assert await _holds(portal, Choice.OPENING)


async def test_a_limit_that_is_none_is_refused_beside_its_field(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        tag = await _tag(visitor)
        for typed in ("beaucoup", "0", "-1", "1000", "1,5", "²"):
            page = await visitor.send("/moi/choix/plafond", tag=tag, limit=typed)
            assert page.status == 422
            assert page.tree.get_element_by_id("limit").value == typed
            assert "Écrivez un nombre de 1 à 99" in page.text


async def test_a_limit_is_set_then_lifted(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        page = await visitor.send("/moi/choix/plafond", tag=await _tag(visitor), limit="2")
        assert "2 ouvertures au plus" in page.text
        page = await visitor.send("/moi/choix/plafond", tag=await _tag(visitor), limit="")
        assert "vous n’avez pas fixé de limite" in page.text


async def test_masking_everything_asks_first_and_says_how_much(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        page = await visitor.get("/moi/choix/tout-masquer")
        assert "Ce qui arrivera ensuite ne sera pas masqué" in page.text
        assert "Masqué aux professionnels" not in (await visitor.get("/moi/documents")).text
        page = await visitor.send("/moi/choix/tout-masquer", confirmed="yes")
        assert "1 document vient d’être masqué" in page.text
        assert "Masqué aux professionnels" in (await visitor.get("/moi/documents")).text
        assert "Aucun document à masquer" in (await visitor.send("/moi/choix/tout-masquer", confirmed="yes")).text


async def test_a_form_without_the_session_s_token_changes_nothing(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        tag = await _tag(visitor)
        for path in ("/moi/choix/enregistrer", "/moi/choix/tout-masquer", "/moi/choix/plafond"):
            assert (await visitor.send(path, csrf="", tag=tag, consultation="no", limit="1")).status == 400
    choices = await my_choices(patient(MARCEL), MARCEL.ins, portal.platform.stores)
    assert choices.tag == tag


async def test_a_child_reads_the_choices_and_is_told_who_makes_them(portal: Portal) -> None:
    await represented(portal)
    async with logged_in(portal, "noe") as visitor:
        page = await visitor.get("/moi/choix")
        assert "Vos représentants font ces choix pour vous" in page.text
        assert page.tree.xpath("//input[@type='radio']") == []
        refused = await visitor.send("/moi/choix/enregistrer", tag="", consultation="no")
        assert refused.status == 403
        assert "revient à vos représentants légaux" in refused.text


async def test_one_looks_with_a_professional_s_eyes_without_changing_anything(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal, accept_language="en") as visitor:
        page = await visitor.get("/moi/professionnels/regard")
        assert "For Claire MOREAU: 1 document visible" in page.text
        page = await visitor.get("/moi/professionnels/regard?qui=g15|36")
        assert "no document visible" in page.text or "1 document visible" in page.text
        # somebody of whom nothing was said is not in the list: nothing is told of them
        other = await visitor.get(f"/moi/professionnels/regard?qui=ps|{BENALI.ps_id}")
        assert "BENALI" not in other.text


async def _said_at_the_laboratory(portal: Portal, of: Patient = MARCEL, *, consultation: bool = False) -> None:
    stores = portal.platform.stores
    at = stores.clock.now() - timedelta(days=1)
    said = Opposition(of.ins, feeding=True, consultation=consultation, said_at=at)
    assert await said_to_organisation(professional(LABORATORY), said, stores)


async def test_what_was_said_at_an_organisation_is_listed_and_lifted(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        assert "à des établissements" not in (await visitor.get("/moi/choix")).text
        await _said_at_the_laboratory(portal)
        page = await visitor.get("/moi/choix")
        assert "Laboratoire inventé" in page.text
        assert "Ne doit pas alimenter le carnet (dit là-bas le" in page.text
        assert "Le carnet peut y être consulté" in page.text
        assert "Lever l’opposition dite à Laboratoire inventé" in page.text
        assert "Laboratoire inventé a noté ce que le titulaire y a dit" in (await visitor.get("/moi/messages")).text
        assert "Laboratoire inventé a noté ce que vous y avez dit" in (await visitor.get("/moi/acces")).text
        seen = page.field("tag")
        page = await visitor.send("/moi/choix/etablissement", tag=seen, organisation=LABORATORY.struct_id)
        assert "L’opposition dite à cet établissement est levée" in page.text
        assert "Peut alimenter le carnet (dit ici le" in page.text
        assert "Lever l’opposition" not in page.text
        page = await visitor.send("/moi/choix/etablissement", tag=seen, organisation=LABORATORY.struct_id)
        assert page.status == 409
    async with logged_in(portal, accept_language="en") as visitor:
        assert "May feed the record (said here on" in (await visitor.get("/moi/choix")).text


async def test_a_child_reads_what_was_said_at_an_organisation_and_does_not_lift_it(portal: Portal) -> None:
    await represented(portal)
    await _said_at_the_laboratory(portal, of=NOE)
    async with logged_in(portal, "noe") as visitor:
        page = await visitor.get("/moi/choix")
        assert "Ne doit pas alimenter le carnet" in page.text
        assert "Lever l’opposition" not in page.text
        refused = await visitor.send("/moi/choix/etablissement", tag="", organisation=LABORATORY.struct_id)
        assert refused.status == 403


async def test_who_looks_with_a_professional_s_eyes_is_told_where_they_see_nothing(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        assert "Sauf là où" not in (await visitor.get("/moi/professionnels/regard")).text
        await _said_at_the_laboratory(portal, consultation=True)
        page = await visitor.get("/moi/professionnels/regard")
        assert "soit consulté : Laboratoire inventé." in page.text

"""My professionals and my family, on their pages."""

from __future__ import annotations

from carnet.errors import NotPermitted
from carnet.record.authorise import authorise, block, list_authorisations
from carnet.record.criteria import Criteria
from carnet.record.delegate import delegate
from carnet.record.find import find
from carnet.record.proxies import invite, list_proxies, revoke_proxy
from carnet.rights.held import Authorisation, DelegateKind, ProxyKind
from tests.running import patient, professional
from tests.web.people import (
    BENALI,
    CAMILLE,
    MARCEL,
    MONTH,
    MOREAU,
    NOE,
    ROUX,
    helped,
    logged_in,
    represented,
    with_a_letter,
)
from tests.web.serving import Portal
from tests.web.visitor import Page, Visitor

PROS, FAMILY = "/moi/professionnels", "/moi/proches"


async def _said(portal: Portal, ps_id: str) -> Authorisation:
    given = await list_authorisations(patient(MARCEL), MARCEL.ins, portal.platform.stores)
    return next(each for each in given if each.professional == ps_id)


async def _reads(portal: Portal) -> bool:
    try:
        await find(professional(MOREAU), MARCEL.ins, Criteria(), portal.platform.stores)
    except NotPermitted:
        return False
    return True


def _handle(page: Page, name: str) -> str:
    """The handle that stands for this person in the forms of the page."""
    return str(page.tree.xpath(f"//button[contains(@aria-label, '{name}')]/../input[@name='person']/@value")[0])


async def test_a_professional_is_authorised_for_the_time_chosen(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        page = await visitor.send(f"{PROS}/autoriser", professional=ROUX.ps_id[1:], days="30")
        assert "peut lire votre carnet" in page.text
        until = (await _said(portal, ROUX.ps_id)).valid_until
        assert until is not None
        assert abs(until - portal.platform.stores.clock.now() - MONTH) < MONTH / 30
        wrong = await visitor.send(f"{PROS}/autoriser", professional=ROUX.ps_id[1:], days="36500")
        assert wrong.status == 422


async def test_an_authorisation_is_withdrawn_and_holds_no_more(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        assert await _reads(portal)
        page = await visitor.get(f"{PROS}/qui/{MOREAU.ps_id}")
        assert "Retirer l’autorisation" in page.text
        page = await visitor.send(f"{PROS}/retirer", professional=MOREAU.ps_id)
        assert "ne peut plus lire votre carnet" in page.text
    assert not await _reads(portal)


async def test_blocking_says_what_it_shuts_before_it_shuts(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        page = await visitor.send(f"{PROS}/bloquer", professional=MOREAU.ps_id)
        assert "Bloquer Claire MOREAU ?" in page.text
        assert "le bris de glace lui est fermé aussi" in page.text
        assert "ne peut plus rien y déposer en personne" in page.text
        assert await _reads(portal)
        await visitor.send(f"{PROS}/bloquer", professional=MOREAU.ps_id, confirmed=page.field("confirmed"))
    assert not await _reads(portal)


async def test_unblocking_gives_nothing_back_and_says_so(portal: Portal) -> None:
    await with_a_letter(portal)
    await block(patient(MARCEL), MARCEL.ins, MOREAU.ps_id, portal.platform.stores)
    async with logged_in(portal) as visitor:
        page = await visitor.send(f"{PROS}/debloquer", professional=MOREAU.ps_id)
        assert "Aucune autorisation d’avant ne revient" in page.text
        assert (await _said(portal, MOREAU.ps_id)).is_forbidden
        page = await visitor.send(f"{PROS}/debloquer", professional=MOREAU.ps_id, confirmed="yes")
        assert "n’est plus bloqué" in page.text
        assert "Non autorisé" in page.text
    assert not await _reads(portal)


async def test_roles_are_given_and_taken_back(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        page = await visitor.send(f"{PROS}/role", professional=MOREAU.ps_id, role="traitant", named="yes")
        assert "Médecin traitant" in page.text
        await visitor.send(f"{PROS}/role", professional=MOREAU.ps_id, role="gestion", named="yes")
        said = await _said(portal, MOREAU.ps_id)
        assert (said.is_medecin_traitant, said.is_administrator) == (True, True)
        page = await visitor.get(f"{PROS}/qui/{MOREAU.ps_id}")
        assert "Ce n’est plus mon médecin traitant" in page.text
        for role in ("traitant", "gestion"):
            await visitor.send(f"{PROS}/role", professional=MOREAU.ps_id, role=role, named="no")
        said = await _said(portal, MOREAU.ps_id)
        assert (said.is_medecin_traitant, said.is_administrator) == (False, False)
        assert (await visitor.send(f"{PROS}/role", professional=MOREAU.ps_id, role="roi", named="yes")).status == 422


async def test_a_role_for_somebody_blocked_is_refused_in_words(portal: Portal) -> None:
    await with_a_letter(portal)
    await block(patient(MARCEL), MARCEL.ins, BENALI.ps_id, portal.platform.stores)
    async with logged_in(portal) as visitor:
        page = await visitor.send(f"{PROS}/role", professional=BENALI.ps_id, role="traitant", named="yes")
        assert page.status == 403
        assert "bloqué" in page.text
    assert not (await _said(portal, BENALI.ps_id)).is_medecin_traitant


async def test_shared_authorisations_are_shown_with_who_shares_them(portal: Portal) -> None:
    await with_a_letter(portal)
    await delegate(
        professional(MOREAU), MARCEL.ins, DelegateKind.PROFESSIONAL, ROUX.ps_id, portal.platform.stores,
        name="Julie ROUX", days=7)
    async with logged_in(portal) as visitor:
        text = (await visitor.get(PROS)).text
        assert "Autorisations partagées" in text
        assert "Julie ROUX" in text
        assert "par Claire MOREAU" in text


async def test_what_one_professional_did_is_a_link_away(portal: Portal) -> None:
    await with_a_letter(portal)
    await authorise(professional(BENALI), MARCEL.ins, BENALI.ps_id, portal.platform.stores)
    async with logged_in(portal) as visitor:
        page = await visitor.get(f"{PROS}/qui/{BENALI.ps_id}")
        did = page.tree.xpath("//a[contains(@href, '/moi/acces?who=')]/@href")[0]
        lines = (await visitor.get(did)).tree.xpath("//li[@class='entry']")
        assert lines
        assert all("Karim BENALI" in line.text_content() for line in lines)


async def test_a_professional_of_whom_nothing_was_said_has_no_page(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        for name in (BENALI.ps_id, "12", "..%2F.."):
            assert (await visitor.get(f"{PROS}/qui/{name}")).status == 404


async def test_a_number_that_is_none_is_explained_on_every_form(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        for form in ("autoriser", "retirer", "bloquer", "debloquer", "role"):
            page = await visitor.send(f"{PROS}/{form}", professional="99700", days="30", confirmed="yes")
            assert page.status == 422
            assert "onze chiffres" in page.text


async def _invite(visitor: Visitor, **other: str) -> Page:
    form = {"name": "Camille EXEMPLE", "person": CAMILLE.ins.spaced, "oid": str(CAMILLE.ins.oid), "relationship": ""}
    return await visitor.send(f"{FAMILY}/inviter", **{**form, **other})


async def test_an_invited_person_finds_it_accepts_and_acts_until_they_leave(portal: Portal) -> None:
    document = await with_a_letter(portal)
    async with logged_in(portal) as marcel, logged_in(portal, "camille") as camille:
        page = await _invite(marcel)
        assert "Invité" in page.text
        assert (await camille.get("/moi")).path == "/moi/ouvrir"        # she has no record herself
        page = await camille.get(FAMILY)
        assert "Marcel INVENTÉ vous demande d’agir" in page.text
        page = await camille.send(f"{FAMILY}/repondre", person=_handle(page, "Marcel"), answer="yes")
        assert "Vous pouvez maintenant agir" in page.text
        page = await camille.send(f"{FAMILY}/agir", person=_handle(page, "Marcel"))
        assert page.path == "/moi"
        assert "Vous agissez pour Marcel INVENTÉ." in page.content.decode()
        assert "Consultation d'essai" in (await camille.get("/moi/documents")).text
        assert (await camille.get(f"/moi/documents/{document}")).status == 200
        page = await camille.send(f"{FAMILY}/rendre")
        assert "Vous agissez" not in page.content.decode()
        for part in ("", "/supprimer", "/original"):
            assert (await camille.get(f"/moi/documents/{document}{part}")).status == 404
        assert "Peut agir" in (await marcel.get(FAMILY)).text


async def test_a_caregiver_is_told_in_words_what_they_may_not_do(portal: Portal) -> None:
    document = await with_a_letter(portal)
    await helped(portal)
    async with logged_in(portal, "camille") as visitor:
        page = await visitor.send(f"{FAMILY}/agir", person=_handle(await visitor.get(FAMILY), "Agir pour Marcel"))
        assert page.tree.xpath("//nav//a/@href") == ["/moi", "/moi/documents", "/moi/resultats", "/moi/proches"]
        for path in ("/moi/choix", "/moi/acces", PROS):
            page = await visitor.get(path)
            assert page.status == 403
            assert "pour cette personne" in page.text or "Vous seul" in page.text or "ne pouvez pas" in page.text
        assert "Masquer" not in (await visitor.get(f"/moi/documents/{document}")).text
        for path in (f"/moi/documents/{document}/masquer", "/moi/carnet/fermer", "/moi/choix/tout-masquer"):
            assert (await visitor.send(path, confirmed="yes", motive="patient-demande")).status == 403
        assert (await visitor.get(f"/moi/documents/{document}/qui")).status in (403, 404)


async def test_a_representative_decides_in_the_record_of_a_child(portal: Portal) -> None:
    await represented(portal)
    async with logged_in(portal, "camille") as visitor:
        page = await visitor.send(f"{FAMILY}/agir", person=_handle(await visitor.get(FAMILY), "Agir pour Noé"))
        assert "Carnet de Noé" in page.text
        page = await visitor.send(f"{PROS}/autoriser", professional=ROUX.ps_id, days="7")
        assert "peut lire votre carnet" in page.text
        tag = (await visitor.get("/moi/choix")).field("tag")
        assert "enregistrés" in (await visitor.send("/moi/choix/enregistrer", tag=tag, regulation_centre="no")).text
        assert "Camille EXEMPLE" in (await visitor.get(FAMILY)).text
    async with logged_in(portal, "noe") as child:
        page = await child.get("/moi/acces?who=family")
        assert "Camille EXEMPLE a changé vos choix." in page.text
        assert "Claire MOREAU a" not in page.text
        assert CAMILLE.ins.value not in page.content.decode()


async def test_who_is_revoked_while_acting_is_back_in_their_own_pages(portal: Portal) -> None:
    await with_a_letter(portal)
    await helped(portal)
    async with logged_in(portal, "camille") as visitor:
        await visitor.send(f"{FAMILY}/agir", person=_handle(await visitor.get(FAMILY), "Agir pour Marcel"))
        stores = portal.platform.stores
        proxy = (await list_proxies(patient(MARCEL), MARCEL.ins, stores))[0]
        await revoke_proxy(patient(MARCEL), MARCEL.ins, proxy.proxy_id, stores)
        page = await visitor.get("/moi/documents")
        assert page.path == f"{FAMILY}?fait=fini"
        assert "Vous agissez" not in page.content.decode()
        assert "Vous ne pouvez pas, ou plus, agir" in page.text


async def test_a_form_open_for_oneself_is_not_taken_for_another(portal: Portal) -> None:
    await portal.platform.opened(CAMILLE, by=MOREAU)
    await represented(portal)
    async with logged_in(portal, "camille") as visitor:
        mine = (await visitor.get("/moi/carnet/fermer")).field("csrf")
        await visitor.send(f"{FAMILY}/agir", person=_handle(await visitor.get(FAMILY), "Agir pour Noé"))
        page = await visitor.send("/moi/carnet/fermer", csrf=mine, confirmed="yes", motive="patient-demande")
        assert page.status == 400
        assert "Ce carnet est ouvert" in (await visitor.get("/moi/carnet")).text


async def test_nobody_acts_for_somebody_who_did_not_ask(portal: Portal) -> None:
    await with_a_letter(portal)
    await helped(portal)
    async with logged_in(portal, "camille") as camille, logged_in(portal, "lucia") as lucia:
        handle = _handle(await camille.get(FAMILY), "Agir pour Marcel")
        for path in ("agir", "repondre", "arreter"):
            for person in (handle, "", MARCEL.ins.value, "x" * 500):
                assert (await lucia.send(f"{FAMILY}/{path}", person=person, answer="yes")).status == 404
        assert (await lucia.get("/moi/documents")).path == "/moi/ouvrir"


async def test_a_pending_invitation_opens_nothing(portal: Portal) -> None:
    await with_a_letter(portal)
    await invite(
        patient(MARCEL), MARCEL.ins, CAMILLE.ins, ProxyKind.CAREGIVER, portal.platform.stores, name="Camille EXEMPLE")
    async with logged_in(portal, "camille") as visitor:
        handle = _handle(await visitor.get(FAMILY), "Marcel")
        assert (await visitor.send(f"{FAMILY}/agir", person=handle)).status == 404
        page = await visitor.send(f"{FAMILY}/repondre", person=handle, answer="no")
        assert "Vous avez refusé cette invitation" in page.text
        assert (await visitor.send(f"{FAMILY}/repondre", person=handle, answer="yes")).status == 404


async def test_an_invitation_that_cannot_be_is_explained_beside_its_field(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        page = await _invite(visitor, person="1 23")
        assert (page.status, page.tree.get_element_by_id("person").value) == (422, "1 23")
        assert "quinze caractères" in page.text
        assert "c’est le titulaire" in (await _invite(visitor, person=MARCEL.ins.value)).text
        assert "Écrivez le nom" in (await _invite(visitor, name=" ")).text
        assert "cette qualité ne convient pas" in (await _invite(visitor, kind="legal_representative")).text
        await _invite(visitor)
        again = await _invite(visitor)
        assert again.status == 422
        assert "déjà invitée" in again.text


async def test_a_power_is_withdrawn_after_a_page_that_says_so(portal: Portal) -> None:
    await with_a_letter(portal)
    await helped(portal)
    async with logged_in(portal) as visitor:
        proxy = (await visitor.get(FAMILY)).field("proxy")
        page = await visitor.send(f"{FAMILY}/revoquer", proxy=proxy)
        assert "Retirer ce pouvoir à Camille EXEMPLE ?" in page.text
        assert "Peut agir" in (await visitor.get(FAMILY)).text
        page = await visitor.send(f"{FAMILY}/revoquer", proxy=proxy, confirmed="yes")
        assert "Personne." in page.text
        for other in ("", "none", "00000000-0000-4000-8000-000000000000"):
            assert (await visitor.send(f"{FAMILY}/revoquer", proxy=other, confirmed="yes")).status == 404


async def test_a_caregiver_stops_by_themself(portal: Portal) -> None:
    await with_a_letter(portal)
    await helped(portal)
    async with logged_in(portal, "camille") as visitor:
        page = await visitor.send(f"{FAMILY}/agir", person=_handle(await visitor.get(FAMILY), "Agir pour Marcel"))
        handle = _handle(await visitor.get(FAMILY), "Ne plus agir")
        page = await visitor.send(f"{FAMILY}/arreter", person=handle)
        assert "Ne plus agir pour Marcel INVENTÉ ?" in page.text
        page = await visitor.send(f"{FAMILY}/arreter", person=handle, confirmed="yes")
        assert "Vous n’agissez plus" in page.text
        assert "Vous agissez pour" not in page.content.decode()
    assert await list_proxies(patient(MARCEL), MARCEL.ins, portal.platform.stores) == []


async def test_no_address_says_a_number_of_a_person(portal: Portal) -> None:
    await represented(portal)
    async with logged_in(portal, "camille") as visitor:
        page = await visitor.get(FAMILY)
        assert NOE.ins.value not in page.content.decode()
        page = await visitor.send(f"{FAMILY}/agir", person=_handle(page, "Agir pour Noé"))
        assert NOE.ins.value not in page.content.decode()
        cookies = {cookie.key: cookie.value for cookie in visitor.http.cookie_jar}
        assert NOE.ins.value not in str(cookies)

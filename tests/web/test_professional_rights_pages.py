"""What professionals do with rights on their pages: choices, access, emergencies, visibility, secrecy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from carnet.people.patient import Patient
from carnet.record.authorise import authorise, block, name_medecin_traitant
from carnet.record.choices import choose, my_choices
from carnet.record.close_record import close_record
from carnet.record.status import record_status
from carnet.record.submit import submit
from carnet.record.visibility import change_visibility
from carnet.rights.access import Act
from carnet.rights.facts import RightsPolicy
from carnet.rights.held import Choice
from tests.running import Platform, letter, lot, patient, professional
from tests.web.people import BENALI, CAMILLE, MARCEL, MOREAU, NOE, logged_in, with_a_letter
from tests.web.serving import Portal, serving
from tests.web.test_professional_pages import DESCRIBED, PDF
from tests.web.visitor import Visitor, visiting

WHY = "Patient inconscient, suspicion d'allergie."
TRAITS = {"birth_family": "Inventé", "birth_given": "Marcel", "birth_date": "03/11/1951", "sex": "M"}


@asynccontextmanager
async def at(portal: Portal, login: str = "moreau", of: Patient = MARCEL) -> AsyncIterator[tuple[Visitor, str]]:
    """This professional, logged in, and where the pages of this patient are for them."""
    async with visiting(portal.url) as visitor:
        await visitor.log_in(login, "professionnel")
        yield visitor, (await visitor.send("/pro/chercher", ins=of.ins.value, oid=str(of.ins.oid))).path


async def later(portal: Portal, minutes: int = 6) -> None:
    """Everybody who is logged in has been so for that long."""
    await portal.platform.portal.execute(
        "update web_session set began_at = began_at - make_interval(mins => $1)", minutes)


async def test_choices_are_collected_with_how_the_patient_said_them(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with at(portal) as (visitor, path):
        page = await visitor.get(f"{path}/choix")
        assert "Le patient n’a rien dit, et la loi présume son accord" in page.text
        seen = {"tag": page.field("tag"), "consultation": "yes", "regulation_centre": "yes"}
        assert "Aucune réponse n’a changé" in (await visitor.send(f"{path}/choix", **seen, channel="oral")).text
        no_glass = {**seen, "break_the_glass": "no"}
        unsaid = await visitor.send(f"{path}/choix", **no_glass)
        assert (unsaid.status, "comment le patient a fait ces choix" in unsaid.text) == (422, True)
        no_feeding = await visitor.send(f"{path}/choix", **seen, feeding="no", channel="oral")
        assert (no_feeding.status, "la loi le demande pour ce refus" in no_feeding.text) == (422, True)
        done = await visitor.send(f"{path}/choix", **no_glass, feeding="no", channel="written", reason="Mes motifs")
        assert "Les choix du patient sont enregistrés" in done.text
        assert "Mes motifs" not in done.text
        moved = await visitor.send(f"{path}/choix", **seen, break_the_glass="yes", channel="oral")
        assert (moved.status, "ont changé pendant que vous lisiez" in moved.text) == (409, True)
    said = (await my_choices(patient(MARCEL), MARCEL.ins, portal.platform.stores)).consents
    glass, feeding = said[Choice.BREAK_THE_GLASS], said[Choice.FEEDING]
    assert glass is not None
    assert feeding is not None
    assert (glass.given, glass.channel, feeding.reason) == (False, "written", "Mes motifs")


async def test_who_is_not_authorised_collects_and_shares_nothing(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with at(portal, "benali") as (visitor, path):
        assert "Choix du patient" not in (await visitor.get(path)).text
        for name in ("choix", "historique/rien"):
            assert (await visitor.get(f"{path}/{name}")).status in (403, 404)
        sent = {"kind": "professional", "subject": "99700300405", "days": "30"}
        assert (await visitor.send(f"{path}/acces/partager", **sent)).status == 403
        access = await visitor.get(f"{path}/acces")
        assert (access.status, "Partager mon accès" in access.text) == (200, False)


async def test_my_access_is_renewed_with_the_patient_s_agreement_and_given_up(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with at(portal) as (visitor, path):
        assert "vous autorise à lire son carnet jusqu’au" in (await visitor.get(f"{path}/acces")).text
        unsaid = await visitor.send(f"{path}/acces/renouveler", agreed="yes")
        assert (unsaid.status, "comment le patient a donné son accord" in unsaid.text) == (422, True)
        renewed = await visitor.send(f"{path}/acces/renouveler", agreed="yes", channel="oral")
        assert "L’accord du patient est inscrit" in renewed.text
        asked = await visitor.get(f"{path}/acces/rendre")
        assert "Rendre votre accès" in asked.text
        assert (await visitor.get(f"{path}/documents")).status == 200
        assert "Rendre votre accès" in (await visitor.send(f"{path}/acces/rendre")).text
        given_up = await visitor.send(f"{path}/acces/rendre", confirmed="yes")
        assert "Vous avez rendu votre accès" in given_up.text
        assert (await visitor.get(f"{path}/documents")).status == 403


async def test_my_access_is_shared_for_a_time_and_no_more(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    wrong = (
        ({"kind": "professional", "subject": "123", "days": "30"}, "RPPS a 11 chiffres"),
        ({"kind": "professional", "subject": MOREAU.ps_id[1:], "days": "30"}, "ce ne peut pas être le vôtre"),
        ({"kind": "organisation", "subject": "12", "days": "30"}, "FINESS a 9 chiffres"),
        ({"kind": "care_team", "subject": "", "members": BENALI.ps_id[1:], "days": "30"}, "Donnez un nom"),
        ({"kind": "care_team", "subject": "Équipe", "members": "99700300207\n12", "days": "30"}, "RPPS de 11 chiffres"),
        ({"kind": "professional", "subject": BENALI.ps_id[1:], "days": "4000"}, "une durée de la liste"),
        ({"kind": "everybody", "subject": BENALI.ps_id[1:], "days": "30"}, "avec qui partager"),
    )
    async with at(portal) as (visitor, path), at(portal, "benali") as (colleague, theirs):
        for sent, said in wrong:
            page = await visitor.send(f"{path}/acces/partager", **sent)
            assert (page.status, said in page.text) == (422, True), said
        assert (await colleague.get(f"{theirs}/documents")).status == 403
        members = "99700300207\n\n99700300405"
        team = {"kind": "care_team", "subject": "Équipe du Vallon", "members": members, "days": "7"}
        shared = await visitor.send(f"{path}/acces/partager", **team)
        assert "Votre accès est partagé" in shared.text
        assert "2 membres" in shared.text
        assert (await colleague.get(f"{theirs}/documents")).status == 200
        assert "a partagé son accès" in (await colleague.get(f"{theirs}/acces")).text
        ended = await visitor.send(f"{path}/acces/arreter", delegation=shared.field("delegation"))
        assert "Ce partage a pris fin" in ended.text
        assert (await colleague.get(f"{theirs}/documents")).status == 403
        for delegation in ("", "11111111-1111-4111-8111-111111111111"):
            assert (await visitor.send(f"{path}/acces/arreter", delegation=delegation)).status == 404


async def test_breaking_the_glass_asks_why_and_says_so_on_every_page(portal: Portal) -> None:
    document = await with_a_letter(portal)
    async with at(portal, "benali") as (visitor, path):
        page = await visitor.get(f"{path}/urgence")
        assert "Un agent de l’autorité vérifie ensuite cet accès" in page.text
        short = await visitor.send(f"{path}/urgence", mode="bris", reason="urgent")
        assert (short.status, "10 à 500 caractères" in short.text) == (422, True)
        assert (await visitor.send(f"{path}/urgence", mode="other", reason=WHY)).status == 422
        opened = await visitor.send(f"{path}/urgence", mode="bris", reason=WHY)
        assert "1 document" in opened.text
        pages = ("", "/documents", f"/documents/{document}", "/deposer", "/acces", "/historique")
        for name in pages:
            read = await visitor.get(f"{path}{name}")
            assert (read.status, "Votre motif sera vérifié" in read.text) == (200, True), name
        assert (await visitor.get(f"{path}/documents/{document}/original")).status == 200
        assert (await visitor.send(f"{path}/documents/{document}/masquer")).status == 404   # it opens reading only
        await portal.platform.portal.execute("update record set rights = jsonb_set(rights, '{emergencies}', '[]')")
        portal.platform.stores.last_known.clear()
        assert (await visitor.get(f"{path}/documents")).status == 403
    async with logged_in(portal, "marcel") as holder:
        assert "Karim BENALI" in (await holder.get("/moi/messages")).text


async def test_an_old_login_is_made_anew_and_comes_back(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with at(portal, "benali") as (visitor, path):
        await later(portal)
        assert (await visitor.send(f"{path}/urgence", mode="bris", reason=WHY)).status == 403
        page = await visitor.get(f"{path}/urgence")
        again = page.tree.xpath("//a[contains(@href, '/connexion/')]/@href")[0]
        assert page.tree.xpath("//textarea") == []
        back = await visitor.log_in("benali", "professionnel", path=again)
        assert back.path == f"{path}/urgence"
        assert "Accès en urgence ouvert" in (
            await visitor.send(f"{path}/urgence", mode="bris", reason=WHY)).content.decode()


async def test_a_login_is_as_old_as_its_provider_says(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with at(portal, "benali") as (visitor, path):
        await portal.platform.portal.execute("update web_session set authenticated_at = now() - interval '6 minutes'")
        assert "Me connecter de nouveau" in (await visitor.get(f"{path}/urgence")).text
        assert (await visitor.send(f"{path}/urgence", mode="bris", reason=WHY)).status == 403


async def test_a_new_login_takes_over_no_handle_of_somebody_else(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with at(portal, "benali") as (visitor, path):
        await visitor.log_in("roux", "professionnel")
        assert (await visitor.get(path)).status == 404


async def test_who_is_blocked_or_opposed_is_told_and_opens_nothing(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    stores = portal.platform.stores
    await block(patient(MARCEL), MARCEL.ins, BENALI.ps_id, stores)
    async with at(portal, "benali") as (visitor, path):
        assert "Urgence" not in (await visitor.get(path)).tree.xpath("string(//nav[contains(@aria-label, 'patient')])")
        assert "a bloqué l’accès" in (await visitor.get(f"{path}/urgence")).text.replace("'", "’")
        assert (await visitor.send(f"{path}/urgence", mode="bris", reason=WHY)).status == 403
        assert (await visitor.send(f"{path}/deposer", file=PDF, **DESCRIBED)).status == 403
    await choose(patient(MARCEL), MARCEL.ins, {Choice.BREAK_THE_GLASS: False}, stores, text_version="t")
    async with at(portal, "roux") as (visitor, path):
        page = await visitor.get(f"{path}/urgence")
        assert ("opposé au bris de glace" in page.text, page.tree.xpath("//textarea")) == (True, [])
        assert (await visitor.send(f"{path}/urgence", mode="bris", reason=WHY)).status == 403


async def test_beyond_the_ceiling_a_second_person_types_a_code(platform: Platform) -> None:
    rules = replace(platform.stores.rules, rights=RightsPolicy(emergencies_a_day=0))
    platform = replace(platform, stores=replace(platform.stores, rules=rules))
    await platform.opened(MARCEL, by=MOREAU)
    async with (
        serving(platform) as portal, at(portal, "benali") as (visitor, path), visiting(portal.url) as colleague,
    ):
        refused = await visitor.send(f"{path}/urgence", mode="bris", reason=WHY)
        assert (refused.status, "Un second professionnel doit donner son accord" in refused.text) == (403, True)
        told = await visitor.send(f"{path}/urgence/second", reason=WHY)
        code = told.tree.xpath("string(//p[@class='code'])")
        assert (told.status, len(code), WHY in told.text) == (200, 9, True)
        own = await visitor.send("/pro/confirmer", number=code)
        assert (own.status, "votre propre code" in own.text) == (422, True)
        await colleague.log_in("legoff", "professionnel")
        wrong = await colleague.send("/pro/confirmer", number="00000000")
        assert (wrong.status, "Ce code n’existe pas" in wrong.text) == (422, True)
        await later(portal)
        assert "Me connecter de nouveau" in (await colleague.send("/pro/confirmer", number=code)).text
        await later(portal, -6)
        agreed = await colleague.send("/pro/confirmer", number=code)
        assert "Votre accord est inscrit" in agreed.text
        assert MARCEL.traits.family not in agreed.text
        opened = await visitor.send(f"{path}/urgence", mode="bris", reason=WHY)
        assert "Aucun document" in opened.text


async def test_a_regulation_centre_opens_without_a_reason_and_nobody_else_does(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with at(portal, "garnier") as (visitor, path), at(portal, "benali") as (other, theirs):
        assert "Centre de régulation" in (await visitor.get(f"{path}/urgence")).text
        await later(portal, 60)
        opened = await visitor.send(f"{path}/urgence", mode="centre")
        assert (opened.status, "Accès du centre de régulation" in opened.text) == (200, True)
        assert "Centre de régulation" not in (await other.get(f"{theirs}/urgence")).text
        assert (await other.send(f"{theirs}/urgence", mode="centre")).status == 403


async def test_a_document_is_masked_announced_archived_and_deleted_from_its_page(portal: Portal) -> None:
    document = await with_a_letter(portal)
    async with at(portal) as (visitor, path):
        at_it = f"{path}/documents/{document}"
        version = (await visitor.get(at_it)).field("version")
        assert "Le document est masqué" in (await visitor.send(f"{at_it}/masquer", version=version)).text
        assert (await visitor.send(f"{at_it}/demasquer", version=version)).status == 409
        assert "n’est plus masqué" in (await visitor.send(f"{at_it}/demasquer")).text
        assert "Le document est archivé" in (await visitor.send(f"{at_it}/archiver")).text
        assert "Archivé" in (await visitor.get(f"{path}/documents")).text
        assert "Supprimer ce document" in (await visitor.send(f"{at_it}/supprimer")).text
        assert (await visitor.get(at_it)).status == 200
        asked = await visitor.get(f"{at_it}/supprimer")
        gone = await visitor.send(f"{at_it}/supprimer", confirmed="yes", version=asked.field("version"))
        assert "Le document est supprimé" in gone.text
        assert (await visitor.get(at_it)).status == 404
        for name in ("masquer", "effacer"):
            assert (await visitor.send(f"{at_it}/{name}")).status == 404


async def test_only_its_author_archives_and_one_patient_s_page_changes_no_other_s_document(portal: Portal) -> None:
    document = await with_a_letter(portal)
    await portal.platform.opened(CAMILLE, by=MOREAU)
    await authorise(patient(MARCEL), MARCEL.ins, BENALI.ps_id, portal.platform.stores)
    async with at(portal, "benali") as (visitor, path), at(portal, of=CAMILLE) as (author, elsewhere):
        page = await visitor.get(f"{path}/documents/{document}")
        assert ("Masquer" in page.text, "Archiver" in page.text) == (True, False)
        assert (await visitor.send(f"{path}/documents/{document}/archiver")).status == 403
        for name in ("masquer", "annoncer", "supprimer"):
            sent = await author.send(f"{elsewhere}/documents/{document}/{name}", confirmed="yes")
            assert sent.status == 404, name


async def test_a_document_that_waits_to_be_announced_warns_and_is_announced_once(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with at(portal) as (visitor, path):
        both = await visitor.send(f"{path}/deposer", file=PDF, **DESCRIBED, masked="yes", unannounced="yes")
        assert (both.status, "choisissez l’un des deux" in both.text) == (422, True)
        secret = await visitor.send(f"{path}/deposer", file=PDF, **DESCRIBED, hidden="yes")
        assert secret.status == 403         # of an adult nothing is hidden from representatives
        await visitor.send(f"{path}/deposer", file=PDF, **DESCRIBED, unannounced="yes")
        listed = await visitor.get(f"{path}/documents")
        assert "Le patient ne le connaît pas encore" in listed.text
        document = listed.tree.xpath("//h3/a/@href")[0]
        page = await visitor.get(document)
        assert "ne connaît pas encore ce document" in page.text
        assert "Masquer" not in page.text
        async with logged_in(portal, "marcel") as holder:
            assert "Courrier" not in (await holder.get("/moi/documents")).text
            assert "Cela ne se reprend pas" in (await visitor.get(f"{document}/annoncer")).text
            announced = await visitor.send(f"{document}/annoncer", confirmed="yes", version=page.field("version"))
            assert "Le patient peut maintenant lire ce document" in announced.text
            assert "Courrier" in (await holder.get("/moi/documents")).text


async def test_in_a_secret_connection_only_hidden_documents_come_in(portal: Portal) -> None:
    await portal.platform.opened(NOE, by=MOREAU)
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with at(portal, of=NOE) as (visitor, path):
        begun = await visitor.send(f"{path}/secret", secret="yes")
        assert "pour ce patient seulement" in begun.text
        for name in ("", "/documents", "/deposer"):
            read = await visitor.get(f"{path}{name}")
            assert (read.status, "Quitter la connexion secrète" in read.text) == (200, True), name
        for name in ("/choix", "/historique"):
            refused = await visitor.get(f"{path}{name}")
            assert (refused.status, "rien d'autre" in refused.text) == (403, True), name
            assert refused.tree.xpath(f"//a[@href='{path}']"), name     # where the secret connection is left
        assert (await visitor.send(f"{path}/deposer", file=PDF, **DESCRIBED)).status == 201
        assert "Caché aux représentants légaux" in (await visitor.get(f"{path}/documents")).text
        marcel = await visitor.send("/pro/chercher", ins=MARCEL.ins.value, oid=str(MARCEL.ins.oid))
        assert "Quitter" not in marcel.text
        assert (await visitor.send(f"{marcel.path}/secret", secret="yes")).status == 404
        left = await visitor.send(f"{path}/secret", secret="no")
        assert "Vous avez quitté" in left.text
        assert (await visitor.get(f"{path}/historique")).status == 200
        document = (await visitor.get(f"{path}/documents")).tree.xpath("//h3/a/@href")[0]
        shown = await visitor.send(f"{document}/montrer", confirmed="yes")
        assert "Les représentants légaux peuvent maintenant lire" in shown.text


async def test_a_legal_representative_is_invited_for_who_is_represented(portal: Portal) -> None:
    await portal.platform.opened(NOE, by=MOREAU)
    await portal.platform.opened(MARCEL, by=MOREAU)
    sent = {"person": CAMILLE.ins.value, "oid": str(CAMILLE.ins.oid), "name": "Camille EXEMPLE", "relationship": "MTH"}
    async with at(portal, of=NOE) as (visitor, path):
        assert "Inviter un représentant légal" in (await visitor.get(path)).text
        for field, said in (("person", "quinze caractères"), ("name", "Écrivez le nom"), ("relationship", "son lien")):
            page = await visitor.send(f"{path}/representant", **{**sent, field: ""})
            assert (page.status, said in page.text) == (422, True), field
        assert "L’invitation est faite" in (await visitor.send(f"{path}/representant", **sent)).text
        assert "déjà invitée" in (await visitor.send(f"{path}/representant", **sent)).text
    async with at(portal) as (visitor, path):
        refused = await visitor.send(f"{path}/representant", **sent)
        assert (refused.status, "il décide lui-même" in refused.text) == (422, True)


async def test_a_closed_record_is_reopened_with_consent_given_anew(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    await close_record(patient(MARCEL), MARCEL.ins, motive="patient-demande", stores=portal.platform.stores)
    async with at(portal, "benali") as (visitor, path):
        assert "Ce carnet est fermé" in (await visitor.get(path)).text
        assert (await visitor.get(f"{path}/rouvrir")).status == 200
        unsaid = await visitor.send(f"{path}/rouvrir", channel="oral")
        assert (unsaid.status, "cochez la case" in unsaid.text) == (422, True)
        opposed = {"opposed_break_the_glass": "yes"}
        opened = await visitor.send(f"{path}/rouvrir", channel="written", agreement="yes", **opposed)
        assert "Le carnet est de nouveau ouvert" in opened.text
        assert (await visitor.get(f"{path}/documents")).status == 200
    status = await record_status(patient(MARCEL), MARCEL.ins, portal.platform.stores)
    assert status.emergency == {Choice.REGULATION_CENTRE}


async def test_emergency_uses_may_be_opposed_at_the_opening(portal: Portal) -> None:
    async with at(portal) as (visitor, path):
        opposed = {"opposed_break_the_glass": "yes", "opposed_regulation_centre": "yes"}
        opened = await visitor.send(f"{path}/ouvrir", **TRAITS, channel="oral", agreement="yes", **opposed)
        assert "Le carnet est ouvert." in opened.text
    status = await record_status(patient(MARCEL), MARCEL.ins, portal.platform.stores)
    assert status.emergency == frozenset()


async def test_the_medecin_traitant_is_told_and_others_read_their_own_acts_only(portal: Portal) -> None:
    document = await with_a_letter(portal)
    stores = portal.platform.stores
    await name_medecin_traitant(patient(MARCEL), MARCEL.ins, MOREAU.ps_id, stores)
    async with at(portal, "benali") as (visitor, path), at(portal) as (doctor, theirs):
        await visitor.get(f"{path}/documents")
        await visitor.send(f"{path}/urgence", mode="bris", reason=WHY)
        await visitor.get(f"{path}/documents/{document}")
        mine = await visitor.get(f"{path}/historique")
        for said in ("Ouverture en urgence", "Lecture d’un document", "Refusé", "pas autorisé ce professionnel"):
            assert said in mine.text, said
        assert ("MOREAU" in mine.text, WHY in mine.text) == (False, False)
        front = await doctor.get("/pro")
        assert "1 nouveau message" in front.content.decode()
        told = await doctor.get("/pro/messages")
        assert ("Karim BENALI" in told.text, "Marcel" in told.text) == (True, True)
        assert "1 nouveau message" not in (await doctor.get("/pro")).content.decode()
        assert "Karim BENALI" in (await doctor.get(f"{theirs}/historique")).text
        assert "Rien pour l’instant" in (await visitor.get("/pro/messages")).text


async def test_nothing_tells_a_professional_that_something_is_hidden_from_them(portal: Portal) -> None:
    document = await with_a_letter(portal)
    stores = portal.platform.stores
    await authorise(patient(MARCEL), MARCEL.ins, BENALI.ps_id, stores)
    names = ("", "/documents", "/documents?par=categorie", f"/documents/{document}", "/choix", "/acces", "/urgence")
    async with at(portal, "benali") as (visitor, path):
        before = [(await visitor.get(f"{path}{name}")).content for name in names]
        hidden = await submit(professional(MOREAU), lot(letter("Secret.", of=MARCEL)), stores)
        identifier = str(hidden.documents[0].logical_id)
        await change_visibility(patient(MARCEL), identifier, Act.MASK, stores)
        assert [(await visitor.get(f"{path}{name}")).content for name in names] == before
        never = "11111111-1111-4111-8111-111111111111"
        for end in ("", "/contenu", "/original", "/supprimer"):
            answers = [await visitor.get(f"{path}/documents/{each}{end}") for each in (identifier, never)]
            assert [(each.status, _without_reference(each.text)) for each in answers] == (
                [(404, _without_reference(answers[0].text))] * 2), end
        for name in ("masquer", "archiver", "supprimer", "annoncer"):
            sent = [
                await visitor.send(f"{path}/documents/{each}/{name}", confirmed="yes") for each in (identifier, never)]
            assert [each.status for each in sent] == [404, 404], name
        assert "Masqué" not in (await visitor.get(f"{path}/historique")).text


def _without_reference(text: str) -> str:
    """A page of error, less the reference that is drawn for each."""
    return text.partition("Référence")[0]

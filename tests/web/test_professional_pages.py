"""The professional's pages, on a real platform."""

from __future__ import annotations

from carnet.people.ins import InsOid, InsPolicy
from tests.running import Platform, letter
from tests.web.serving import Portal, patient_of, professional_of, serving
from tests.web.visitor import Page, Visitor, visiting

MARCEL, MOREAU = patient_of("marcel"), professional_of("moreau")
OID = str(MARCEL.ins.oid)
PDF = b"%PDF-1.4\n1 0 obj << >> endobj\n%%EOF\n"
DESCRIBED = {"title": "Courrier", "type": "11488-4", "day": "2026-01-02", "facility": "SA08", "setting": "AMBULATOIRE"}


async def _at_the_patient(visitor: Visitor, login: str = "moreau") -> Page:
    await visitor.log_in(login, "professionnel")
    return await visitor.send("/pro/chercher", ins=MARCEL.ins.spaced, oid=OID)


async def test_a_mistyped_ins_is_explained_and_traced(portal: Portal) -> None:
    mistyped = (
        ("", OID, "Tapez le matricule"), ("1 51 11", OID, "a 15 caractères, celui-ci en a 5"),
        ("1511159350002XX", OID, "13 chiffres"), ("1511159350002829", OID, "celui-ci en a 16"),
        ("151115935000282", "1.2.3", "13 chiffres"),
    )
    async with visiting(portal.url) as visitor:
        await visitor.log_in("moreau", "professionnel")
        for typed, oid, said in mistyped:
            page = await visitor.send("/pro/chercher", ins=typed, oid=oid)
            assert (page.status, said in page.text) == (422, True), typed
    refusals = await portal.platform.portal.fetchval("select count(*) from audit_event where outcome = 'refused'")
    assert refusals == len(mistyped)


async def test_a_wrong_key_is_told_from_a_wrong_form(platform: Platform) -> None:
    async with serving(platform, ins_policy=InsPolicy(demonstration=True)) as portal, visiting(portal.url) as visitor:
        await visitor.log_in("moreau", "professionnel")
        page = await visitor.send("/pro/chercher", ins="2 79 03 51 215 189 88", oid=str(InsOid.NIR))
        assert page.status == 422
        assert "La clé 88 ne va pas avec ce numéro" in page.text


async def test_no_address_carries_an_ins_and_a_handle_is_of_one_session(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with visiting(portal.url) as visitor, visiting(portal.url) as other:
        page = await _at_the_patient(visitor)
        assert page.path.startswith("/pro/patients/")
        assert MARCEL.ins.value not in page.path
        await other.log_in("benali", "professionnel")
        assert (await other.get(page.path)).status == 404


async def test_a_record_is_opened_with_consent_and_not_without(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        page = await _at_the_patient(visitor)
        assert "Aucun carnet n’existe" in page.text
        traits = {"birth_family": "Inventé", "birth_given": "Marcel", "birth_date": "03/11/1951", "sex": "M"}
        refused = await visitor.send(f"{page.path}/ouvrir", **traits, channel="oral")
        assert refused.status == 422
        assert "cochez la case" in refused.text
        opened = await visitor.send(f"{page.path}/ouvrir", **traits, channel="oral", agreement="yes")
        assert "Le carnet est ouvert." in opened.text
        again = await visitor.send(f"{page.path}/ouvrir", **traits, channel="oral", agreement="yes")
        assert again.status == 409


async def test_reading_needs_the_patient_s_agreement_which_the_patient_then_sees(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with visiting(portal.url) as visitor:
        page = await _at_the_patient(visitor, "benali")
        refused = await visitor.get(f"{page.path}/documents")
        assert refused.status == 403
        assert "n'a pas autorisé" in refused.text
        assert (await visitor.send(f"{page.path}/accord")).status == 422
        assert (await visitor.send(f"{page.path}/accord", agreed="yes")).status == 422
        assert "vous pouvez lire" in (await visitor.send(f"{page.path}/accord", agreed="yes", channel="oral")).text
        assert (await visitor.get(f"{page.path}/documents")).status == 200
    async with visiting(portal.url) as patient:
        await patient.log_in("marcel", "patient")
        assert "Karim BENALI, Centre hospitalier du Vallon (fictif) a dit" in (await patient.get("/moi/acces")).text


async def test_a_pdf_is_deposited_once_with_what_the_form_says_of_it(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with visiting(portal.url) as visitor:
        at = (await _at_the_patient(visitor)).path
        page = await visitor.send(f"{at}/deposer", file=PDF, **DESCRIBED)
        assert page.status == 201
        assert "CR ou fiche de consultation" in page.text
        assert "déjà dans le carnet" in (await visitor.send(f"{at}/deposer", file=PDF, **DESCRIBED)).text
        listed = await visitor.get(f"{at}/documents")
        assert "1 document" in listed.text
        document = listed.tree.xpath("//h3/a/@href")[0]
        shown = await visitor.get(f"{document}/contenu")
        assert (shown.content, shown.headers["content-type"]) == (PDF, "application/pdf")
        assert "frame-ancestors 'self'" in shown.headers["content-security-policy"]


async def test_a_cda_describes_itself(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with visiting(portal.url) as visitor:
        at = (await _at_the_patient(visitor)).path
        page = await visitor.send(f"{at}/deposer", file=letter(of=MARCEL).content)
        assert page.status == 201
        assert "Consultation d'essai" in page.text


async def test_a_cda_of_another_patient_is_refused_in_words(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with visiting(portal.url) as visitor:
        at = (await _at_the_patient(visitor)).path
        page = await visitor.send(f"{at}/deposer", file=letter(of=patient_of("camille")).content)
        assert page.status == 422
        assert "est celui d’un autre patient" in page.text
        assert "Aucun document" in (await visitor.get(f"{at}/documents")).text


BAD_DEPOSITS = (
    ({"title": "Sans fichier"}, 422, "Choisissez un fichier"),
    ({"file": b"PK\x03\x04 archive"}, 422, "ni un PDF ni un CDA"),
    ({"file": PDF, **DESCRIBED, "title": ""}, 422, "Donnez un titre"),
    ({"file": PDF, **DESCRIBED, "day": "2999-01-01"}, 422, "aujourd’hui au plus tard"),
    ({"file": PDF, **DESCRIBED, "type": "nothing"}, 422, "Choisissez un type"),
    ({"file": b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>"}, 422, "n’a pas été déposé"),
    ({"file": b"%PDF-1.4" + b"0" * 2_000_001, **DESCRIBED}, 413, "trop gros"),
)


async def test_a_bad_deposit_says_why_and_changes_nothing(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with visiting(portal.url) as visitor:
        at = (await _at_the_patient(visitor)).path
        for sent, status, said in BAD_DEPOSITS:
            page = await visitor.send(f"{at}/deposer", **sent)
            assert (page.status, said in page.text) == (status, True), said
        assert "Aucun document" in (await visitor.get(f"{at}/documents")).text
    refusals = await portal.platform.portal.fetchval("select count(*) from audit_event where outcome = 'refused'")
    assert refusals == len(BAD_DEPOSITS)


async def test_without_two_hosts_a_deposit_asks_to_come_back(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    async with visiting(portal.url) as visitor:
        at = (await _at_the_patient(visitor)).path
        for name in ("alpha", "beta"):
            await portal.platform.hosts[name].stop()
        page = await visitor.send(f"{at}/deposer", file=PDF, **DESCRIBED)
        assert page.status == 503
        assert int(page.headers["retry-after"]) > 0

"""Pages of results and of what documents say, without a browser: whose, what they lack, and where each line leads."""

from __future__ import annotations

from uuid import uuid4

import msgspec
import pytest

from carnet.documents.cda import entry_from_cda
from carnet.documents.compose import compose
from carnet.documents.submission import SubmittedDocument
from carnet.documents.validation import DEMONSTRATION
from carnet.record.results import results
from carnet.record.submit import submit
from tests.documents.content.written import SECTIONS
from tests.documents.lots import LETTERHEAD
from tests.record.reports import kept, measured
from tests.running import lot, patient, professional
from tests.web.people import CAMILLE, MARCEL, MOREAU, helped, logged_in
from tests.web.serving import Portal
from tests.web.visitor import visiting


async def with_a_summary(portal: Portal) -> str:
    """Marcel's record with a summary that has an entry of each kind; its logicalId."""
    await portal.platform.opened(MARCEL, by=MOREAU)
    head = msgspec.structs.replace(
        LETTERHEAD, patient=MARCEL, type_code="60591-5", title="Synthèse inventée", unique_id=f"2.25.{uuid4().int}")
    content = compose(head, SECTIONS)
    document = SubmittedDocument(entry_from_cda(content, entry_uuid=uuid4(), policy=DEMONSTRATION.ins), content)
    outcome = await submit(professional(MOREAU), lot(document), portal.platform.stores)
    return str(outcome.documents[0].logical_id)


@pytest.mark.parametrize(("page", "shown"), [
    ("vaccinations", ("Vaccins reçus", "Vaccin inventé", "Dose 2", "Lot A12", "Vaccins non faits")),
    ("traitements", ("Médicaments prescrits", "Médicament inventé 5 mg", "1 par jour", "Médicaments délivrés",
                     "Quantité : 2 boîte", "Traitements")),
    ("allergies", ("Allergies et intolérances", "Pénicilline", "Actif", "Problèmes de santé", "Anémie",
                   "Fatigue, en toutes lettres", "Notés comme absents", "Pollens")),
])
async def test_a_list_shows_what_documents_say_and_leads_to_them(
    portal: Portal, page: str, shown: tuple[str, ...],
) -> None:
    summary = await with_a_summary(portal)
    async with logged_in(portal) as marcel:
        found = await marcel.get(f"/moi/{page}")
        assert [words for words in shown if words not in found.text.replace("\xa0", " ")] == []
        assert set(found.tree.xpath("//li[contains(@class, 'entry')]//a/@href")) == {f"/moi/documents/{summary}"}
        assert (await marcel.get(f"/moi/documents/{summary}")).status == 200


async def test_the_professional_reads_the_same_lists_and_results(portal: Portal) -> None:
    await with_a_summary(portal)
    await kept(portal.platform, measured("10.4"), of=MARCEL)
    (test,) = (await results(patient(MARCEL), MARCEL.ins, portal.platform.stores)).tests
    async with visiting(portal.url) as moreau:
        await moreau.log_in("moreau", "professionnel")
        base = (await moreau.send("/pro/chercher", ins=MARCEL.ins.value, oid=str(MARCEL.ins.oid))).path
        assert "Pénicilline" in (await moreau.get(f"{base}/allergies")).text
        assert "10,4 g/dL" in (await moreau.get(f"{base}/resultats")).text
        page = await moreau.get(f"{base}/resultats/{test.name}")
        assert [path for path in page.tree.xpath("//svg//a/@href") if not path.startswith(f"{base}/documents/")] == []
        assert len(page.tree.xpath("//*[@class='point']")) == 1


async def test_a_test_that_the_record_has_not_is_nowhere(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    await portal.platform.opened(CAMILLE, by=MOREAU)
    await kept(portal.platform, measured("10.4"), of=CAMILLE)
    (test,) = (await results(patient(CAMILLE), CAMILLE.ins, portal.platform.stores)).tests
    async with logged_in(portal) as marcel:
        for name in (test.name, "rien"):
            assert (await marcel.get(f"/moi/resultats/{name}")).status == 404


async def test_pages_without_anything_say_so_and_who_has_no_record_is_invited(portal: Portal) -> None:
    async with logged_in(portal) as marcel:
        assert (await marcel.get("/moi/resultats")).path == "/moi/ouvrir"
        await portal.platform.opened(MARCEL, by=MOREAU)
        for page in ("resultats", "vaccinations", "traitements", "allergies"):
            assert "que cette page sait lire" in (await marcel.get(f"/moi/{page}")).text


async def test_a_caregiver_s_reading_is_decided_as_any_other_and_traced(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    entry = await kept(portal.platform, measured("10.4"), of=MARCEL)
    await helped(portal)
    async with logged_in(portal, "camille") as camille:
        family = await camille.get("/moi/proches")
        (handle,) = family.tree.xpath("//form[@action='/moi/proches/agir']//input[@name='person']/@value")
        await camille.send("/moi/proches/agir", person=str(handle))
        assert "10,4 g/dL" in (await camille.get("/moi/resultats")).text
    record = await portal.platform.stores.record_of(MARCEL.ins)
    event = (await portal.platform.stores.audit.events_of(record))[-1]
    assert (event.act, event.actor.identifier, event.documents) == ("read", str(CAMILLE.ins), (entry.entry_uuid,))

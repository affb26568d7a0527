"""What an organisation sent, as its professionals read it: states and reasons, and no patient."""

from __future__ import annotations

from dataclasses import replace

from carnet.record.inbox.message import Channel
from carnet.record.inbox.take import Arrived, take
from carnet.web.professional import sendings
from tests.record.inbox.ground import PARTNER, Ground
from tests.running import PATIENT, another_patient, letter
from tests.web.serving import Portal, professional_of
from tests.web.visitor import visiting

MOREAU = professional_of("moreau")


async def test_a_professional_reads_what_became_of_the_sendings_of_their_organisation_alone(portal: Portal) -> None:
    ground = Ground(portal.platform)
    ours = replace(PARTNER, partner_id="notre-logiciel", organisation=MOREAU.organisation or "", software="Logiciel 1")
    await portal.platform.opened()
    documents = [letter(), letter(of=another_patient(5)), letter()]
    for document in documents[:2]:
        await take(Arrived(document.content, Channel.FOLDER, ours), ground.inbox)
    refused = await take(Arrived(b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>", Channel.FOLDER, ours), ground.inbox)
    await ground.send(documents[2].content)     # another organisation's
    async with visiting(portal.url) as visitor:
        await visitor.log_in("moreau", "professionnel")
        page = await visitor.get("/pro/envois")
        assert page.status == 200
        told = page.text
        assert all(said in told for said in (
            "Envois de mon organisation", "Cette personne n'a pas de carnet.", "Déposé", refused.issues[0].message,
            "Fichier, Logiciel 1", documents[0].entry.unique_id, documents[1].entry.unique_id))
        assert documents[2].entry.unique_id not in told
        hidden = (PATIENT.ins.value, PATIENT.ins.spaced, "INVENTEE", documents[0].entry.title)
        assert [each for each in hidden if each in page.content.decode()] == []
        waiting = await visitor.get("/pro/envois?etat=waiting")
        assert documents[1].entry.unique_id in waiting.text
        assert documents[0].entry.unique_id not in waiting.text
        for odd in ("etat=mangled", "apres=x", "apres=99999999999999999999_1", "apres=1_2"):
            assert (await visitor.get(f"/pro/envois?{odd}")).status == 200
    traces = await portal.platform.portal.fetchval("select count(*) from audit_event where act = 'see_messages'")
    assert traces >= 2


async def test_older_sendings_are_on_the_next_page(portal: Portal) -> None:
    ground = Ground(portal.platform)
    ours = replace(PARTNER, organisation=MOREAU.organisation or "")
    for number in range(3):
        await take(Arrived(letter(of=another_patient(number)).content, Channel.FOLDER, ours), ground.inbox)
    shown, sendings._SHOWN = sendings._SHOWN, 2
    try:
        async with visiting(portal.url) as visitor:
            await visitor.log_in("moreau", "professionnel")
            first = await visitor.get("/pro/envois?etat=waiting")
            [older] = first.tree.xpath("//a[contains(@href, 'apres=')]/@href")
            second = await visitor.get(older)
    finally:
        sendings._SHOWN = shown
    names = [page.tree.xpath("//p[@class='entry-title']/text()") for page in (first, second)]
    assert [len([name for name in each if name.strip()]) for each in names] == [2, 1]
    assert not {*names[0]} & {*names[1]} - {"\n", " "}

"""What pages say of a document's conformity: a sentence to its patient, the rules to professionals and its sender."""

from __future__ import annotations

from dataclasses import replace

from carnet.record.inbox.message import Channel
from carnet.record.inbox.take import Arrived, take
from carnet.record.intake import Intake
from carnet.record.open_record import open_record
from tests.record.inbox.ground import PARTNER, Ground
from tests.record.verdicts import PLACE, RULES, TEXT, settle_all
from tests.running import CONSENT, letter, professional
from tests.web.serving import Portal, patient_of, professional_of
from tests.web.visitor import visiting

MOREAU, CAMILLE = professional_of("moreau"), patient_of("camille")
SENTENCE = "Ce document ne respecte pas toutes les règles nationales (1). Il est gardé et reste lisible."


async def test_each_reads_what_is_theirs_to_know(portal: Portal) -> None:
    stores = replace(portal.platform.stores, intake=Intake(checks=True))
    ground = Ground(portal.platform)
    ground.inbox = replace(ground.inbox, stores=stores)
    await open_record(professional(MOREAU), CAMILLE, CONSENT, stores)
    ours = replace(PARTNER, organisation=MOREAU.organisation or "")
    document = letter(of=CAMILLE)
    taken = await take(Arrived(document.content, Channel.FOLDER, ours), ground.inbox)
    assert taken.state == "deposited", taken
    async with visiting(portal.url) as visitor:
        await visitor.log_in("camille", "patient")
        path = f"/moi/documents/{document.entry.unique_id}"
        assert "Ce document sera vérifié" in (await visitor.get(path)).text
        await settle_all(stores)
        page = await visitor.get(path)
        assert SENTENCE in page.text
        assert TEXT not in page.text
    async with visiting(portal.url) as visitor:
        await visitor.log_in("moreau", "professionnel")
        listed = await visitor.get("/pro/envois")
        [path] = listed.tree.xpath("//a[starts-with(@href, '/pro/envois/')]/@href")
        page = await visitor.get(path)
        assert all(said in page.text for said in (SENTENCE, TEXT, RULES, PLACE, document.entry.unique_id))
        assert CAMILLE.ins.value not in page.text
        found = await visitor.send("/pro/chercher", ins=CAMILLE.ins.spaced, oid=str(CAMILLE.ins.oid))
        page = await visitor.get(f"{found.path}/documents/{document.entry.unique_id}")
        assert all(said in page.text for said in (SENTENCE, TEXT, RULES, PLACE, "IHE : le temps"))
        for odd in ("x", "00000000-0000-0000-0000-000000000000"):
            assert (await visitor.get(f"/pro/envois/{odd}")).status == 404

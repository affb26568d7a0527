"""Every official sample, opened in a real browser on a narrow screen: nothing serious for axe, nothing too wide."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from carnet.documents.cda import entry_from_cda
from carnet.documents.submission import SubmittedDocument
from carnet.people.ins import DEMONSTRATION
from carnet.record.submit import submit
from carnet.roles.demo_people import PASSWORD
from tests.flows.browsing import NARROW, touring
from tests.running import LABORATORY, lot, professional
from tests.web.serving import Portal, patient_of, professional_of

CAMILLE, MOREAU = patient_of("camille"), professional_of("moreau")


@pytest.mark.browser
@pytest.mark.slow
async def test_every_official_sample_is_read_in_a_page(portal: Portal, shared_data: Path) -> None:
    await portal.platform.opened(CAMILLE, by=MOREAU)
    titles = {}
    for file in sorted((shared_data / "cda-fr").glob("*.xml")):
        document = _of_camille(file.read_bytes())
        by = LABORATORY if document.entry.type_code.code == "REMB" else MOREAU      # no professional writes those
        outcome = await submit(professional(by), lot(document), portal.platform.stores)
        titles[outcome.documents[0].logical_id] = document.entry.title
    async with touring(portal.url, "samples", viewport=NARROW) as tourist:
        await tourist.logs_in("Ouvrir mon carnet", "camille", PASSWORD)
        for document_id, title in titles.items():
            await tourist.goes(f"/moi/documents/{document_id}")
            await tourist.sees(title, " ".join(title.split()))
            width = await tourist.page.evaluate("document.documentElement.scrollWidth")
            assert width <= NARROW["width"], f"{title} is wider than the screen"
    assert len(titles) > 40


def _of_camille(content: bytes) -> SubmittedDocument:
    """The sample, as if it were hers: one record is enough to look at all of them."""
    theirs = entry_from_cda(content, entry_uuid=uuid4(), policy=DEMONSTRATION).patient_id
    content = content.replace(theirs.value.encode(), CAMILLE.ins.value.encode())
    content = content.replace(str(theirs.oid).encode(), str(CAMILLE.ins.oid).encode())
    return SubmittedDocument(entry_from_cda(content, entry_uuid=uuid4(), policy=DEMONSTRATION), content)

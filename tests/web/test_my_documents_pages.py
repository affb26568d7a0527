"""My documents, on their pages: hide them, see who reads them, add one, put it away, delete it."""

from __future__ import annotations

from typing import Any

from carnet.documents.own import LIMIT_BYTES
from carnet.documents.pdf import text_pdf
from carnet.errors import NotFound
from carnet.record.retrieve import retrieve
from tests.running import professional
from tests.web.people import BENALI, CAMILLE, MOREAU, NOE, logged_in, with_a_letter
from tests.web.serving import Portal
from tests.web.visitor import Page, Visitor

ADD = "/moi/documents/ajouter"
PDF = text_pdf("Mes souhaits", ("Être soigné chez moi.",))
NOBODY = "00000000-0000-4000-8000-000000000000"


async def _added(visitor: Visitor) -> str:
    page = await visitor.send(ADD, file=PDF, title="Mes souhaits", type="EXPPAT_1")
    assert "Votre document est dans votre carnet" in page.text
    return page.path.partition("?")[0]


async def _reads(portal: Portal, document: str) -> bool:
    try:
        await retrieve(professional(BENALI), document, portal.platform.stores)
    except NotFound:
        return False
    return True


async def test_a_document_is_hidden_then_shown_again(portal: Portal) -> None:
    document = await with_a_letter(portal)
    path = f"/moi/documents/{document}"
    async with logged_in(portal) as visitor:
        page = await visitor.get(path)
        assert "Visible" in page.text
        page = await visitor.send(f"{path}/masquer", version=page.field("version"))
        assert "Ce document est masqué." in page.text
        assert "Masqué aux professionnels" in (await visitor.get("/moi/documents")).text
        page = await visitor.send(f"{path}/demasquer", version=page.field("version"))
        assert "Ce document est de nouveau visible." in page.text
        assert "Masqué aux professionnels" not in (await visitor.get("/moi/documents")).text


async def test_who_can_read_it_is_said_by_name_and_by_profession_with_reasons(portal: Portal) -> None:
    path = f"/moi/documents/{await with_a_letter(portal)}"
    async with logged_in(portal) as visitor:
        await visitor.send("/moi/professionnels/bloquer", professional=BENALI.ps_id, confirmed="yes")
        page = await visitor.get(f"{path}/qui")
        rows = {row.xpath("th")[0].text_content(): row.xpath("td")[0].text_content() for row in page.tree.xpath(
            "//tbody/tr")}
        assert "Peut le lire" in rows["Claire MOREAU"]
        blocked = rows[f"Professionnel {BENALI.ps_id}"]
        assert "Ne peut pas le lire" in blocked
        assert "Vous avez bloqué ce professionnel." in blocked
        assert "Médecin" in page.text
        await visitor.send(f"{path}/masquer")
        assert "Vous avez masqué ce document" in (await visitor.get(f"{path}/qui")).text


async def test_a_page_that_shows_an_old_version_changes_nothing(portal: Portal) -> None:
    path = f"/moi/documents/{await with_a_letter(portal)}"
    async with logged_in(portal) as visitor:
        old = (await visitor.get(path)).field("version")
        await visitor.send(f"{path}/masquer", version=old)
        page = await visitor.send(f"{path}/demasquer", version=old)
        assert page.status == 409
        assert "Masqué" in (await visitor.get(path)).text


async def test_one_adds_a_document_of_one_s_own_and_the_same_form_twice_is_one(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        path = await _added(visitor)
        assert await _added(visitor) == path
        page = await visitor.get(path)
        assert "Mes souhaits" in page.text
        assert "Volontés et droits du patient" in page.text
        assert (await visitor.get(f"{path}/contenu")).content == PDF
        assert "2 documents" in (await visitor.get("/moi/documents")).text


async def _sent(visitor: Visitor, **form: Any) -> Page:
    return await visitor.send(ADD, **{"file": PDF, "title": "Essai", "type": "EXPPAT_2", **form})


async def test_what_is_wrong_with_an_added_document_is_said_beside_its_field(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        cases: tuple[tuple[dict[str, Any], str], ...] = (
            ({"file": b""}, "Choisissez un fichier."), ({"file": "texte"}, "Choisissez un fichier."),
            ({"file": b"PK\3\4" + b"\0" * 50}, "Ce genre de fichier n’est pas accepté"),
            ({"title": " "}, "Donnez un titre"), ({"title": "x" * 256}, "Donnez un titre"),
            ({"type": "11488-4"}, "Choisissez dans la liste."), ({"type": ""}, "Choisissez dans la liste."),
        )
        for form, said in cases:
            page = await _sent(visitor, **form)
            assert page.status == 422, form
            assert said in page.text
        assert (await _sent(visitor, file=b"x" * (LIMIT_BYTES + 1))).status in (413, 422)
        assert "1 document" in (await visitor.get("/moi/documents")).text


async def test_one_s_own_document_is_put_away_and_taken_out_again(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        path = await _added(visitor)
        assert "archivé" in (await visitor.send(f"{path}/archiver")).text
        assert "Archivé" in (await visitor.get("/moi/documents")).text
        assert "n’est plus archivé" in (await visitor.send(f"{path}/desarchiver")).text
        assert "Archivé" not in (await visitor.get("/moi/documents")).text


async def test_deleting_asks_first_and_is_for_ever(portal: Portal) -> None:
    await with_a_letter(portal)
    async with logged_in(portal) as visitor:
        path = await _added(visitor)
        page = await visitor.get(f"{path}/supprimer")
        assert "Cela ne se reprend pas" in page.text
        page = await visitor.send(f"{path}/supprimer", version=page.field("version"))
        assert "Le document est supprimé" in page.text
        assert (await visitor.get(path)).status == 404
        assert "1 document" in (await visitor.get("/moi/documents")).text


async def test_what_a_professional_wrote_is_neither_put_away_nor_deleted(portal: Portal) -> None:
    path = f"/moi/documents/{await with_a_letter(portal)}"
    async with logged_in(portal) as visitor:
        assert "Supprimer" not in (await visitor.get(path)).text
        for act in ("archiver", "supprimer"):
            page = await visitor.send(f"{path}/{act}")
            assert page.status == 403
            assert "auteur" in page.text
        assert (await visitor.get(path)).status == 200


async def test_a_child_reads_and_is_not_offered_what_others_decide(portal: Portal) -> None:
    path = f"/moi/documents/{await with_a_letter(portal, NOE)}"
    async with logged_in(portal, "noe") as visitor:
        page = await visitor.get(path)
        assert "Toux." in page.text
        assert "Masquer" not in page.text
        refused = await visitor.send(f"{path}/masquer")
        assert refused.status == 403
        assert "représentants légaux" in refused.text


async def test_another_s_document_is_as_unknown_as_none_on_every_page(portal: Portal) -> None:
    document = await with_a_letter(portal)
    await portal.platform.opened(CAMILLE, by=MOREAU)
    async with logged_in(portal, "camille") as visitor:
        for page in ("", "/qui", "/supprimer", "/contenu", "/original"):
            theirs = await visitor.get(f"/moi/documents/{document}{page}")
            none = await visitor.get(f"/moi/documents/{NOBODY}{page}")
            assert theirs.status == none.status == 404
            assert theirs.text.rpartition(" ")[0] == none.text.rpartition(" ")[0]     # but for the request's reference
        for act in ("masquer", "demasquer", "archiver", "desarchiver", "supprimer", "voler"):
            assert (await visitor.send(f"/moi/documents/{document}/{act}")).status == 404
    async with logged_in(portal) as visitor:
        assert "Visible" in (await visitor.get(f"/moi/documents/{document}")).text

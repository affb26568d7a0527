"""On the pages, a record reads the same whether a document is hidden in it or not there."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from tests.record.hiding import HIDDEN, Hide, World, begun, withheld
from tests.web.serving import Portal, patient_of, professional_of
from tests.web.visitor import Page, Visitor, visiting

NOE, CAMILLE = patient_of("noe"), patient_of("camille")
LOGINS = {"holder": "noe", "mother": "camille", "doctor": "benali", "pharmacist": "petit"}
OF_PATIENTS = (
    "/moi", "/moi/documents", "/moi/documents?tri=categorie", "/moi/documents?masques=1", "/moi/choix",
    "/moi/choix/tout-masquer", "/moi/professionnels", "/moi/professionnels/regard", "/moi/messages", "/moi/proches")
# What is new at each request: its number, tokens of forms, handles of people, and the time of the last visit.
_RANDOM = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|2\.25\.\d+|\b[0-9a-f]{32}\b"
    r'|value="[\w-]{32,}"|/(?:pro/patients|personne)/[\w-]{16,}|\d\d?(?: h |:)\d\d(?::\d\d[.\d]*)?')


@pytest.mark.parametrize(("hide", "reader"), HIDDEN, ids=lambda value: getattr(value, "__name__", value))
async def test_a_hidden_document_changes_no_page(portal: Portal, hide: Hide, reader: str) -> None:
    record = await begun(World(
        portal.platform, NOE, parent=CAMILLE, doctor=professional_of("benali"), pharmacist=professional_of("petit")))
    unknown = [f"2.25.{10**37 + 10**9}", str(uuid4())]
    async with visiting(portal.url) as visitor:
        base = await _at_the_record(visitor, reader)
        await _pages(visitor, base, unknown)        # what was new to this reader is so no more
        before = await _pages(visitor, base, unknown)
        assert [page.status for page in before].count(200) >= 2
        await hide(record)
        names = [record.names[0], next(name for name in record.names if "-" in name)]
        after = await _pages(visitor, base, names)
    for bare, full in zip(before, after, strict=True):
        assert (bare.path, bare.status) == (full.path, full.status)
        assert said(bare) == said(full)


async def _at_the_record(visitor: Visitor, reader: str) -> str:
    """Log in, and go to the record: where its documents are listed."""
    if reader in ("holder", "mother"):
        await visitor.log_in(LOGINS[reader], "patient")
        if reader == "mother":
            people = await visitor.get("/moi/proches")
            handle = people.tree.xpath("//form[contains(@action, '/agir')]//input[@name='person']/@value")[0]
            await visitor.send("/moi/proches/agir", person=handle)
        return "/moi"
    await visitor.log_in(LOGINS[reader], "professionnel")
    found = await visitor.send("/pro/chercher", ins=NOE.ins.value, oid=str(NOE.ins.oid))
    return found.path.partition("?")[0]


async def _pages(visitor: Visitor, base: str, names: list[str]) -> list[Page]:
    """Every page of the record, and those of documents of these names, as <0> and <1>."""
    paths = OF_PATIENTS if base == "/moi" else (base, f"{base}/documents", f"{base}/documents?tri=categorie")
    pages = [await visitor.get(path) for path in paths]
    for name in names:
        pages += [
            await visitor.get(f"{base}/documents/{name}{end}") for end in ("", "/contenu", "/original", "/qui")]
        if base == "/moi":
            pages += [
                await visitor.send(f"{base}/documents/{name}/{act}")
                for act in ("masquer", "demasquer", "archiver", "supprimer")]
    return [Page(page.status, _named(page.path, names), page.headers, _named(page.content.decode(), names).encode())
            for page in pages]


def _named(text: str, names: list[str]) -> str:
    for number, name in enumerate(names):
        text = text.replace(name, f"<{number}>")
    return text


def said(page: Page) -> str:
    """A page, without what is new at each request."""
    return _RANDOM.sub("<random>", page.content.decode())


async def test_the_visits_of_others_read_the_same_to_the_holder(portal: Portal) -> None:
    record = await begun(World(
        portal.platform, NOE, parent=CAMILLE, doctor=professional_of("benali"), pharmacist=professional_of("petit")))
    async with visiting(portal.url) as visitor:
        await visitor.log_in("noe", "patient")
        before = await visitor.get("/moi/acces")
        await withheld(record)
        after = await visitor.get("/moi/acces")
    assert said(before) == said(after)

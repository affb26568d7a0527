"""What holds for every page: headers, languages, errors, files."""

from __future__ import annotations

from tests.web.serving import Portal
from tests.web.visitor import visiting

PUBLIC = ("/", "/accessibilite", "/vie-privee", "/au-revoir", "/nulle-part", "/connexion/nobody")


async def test_every_page_forbids_scripts_frames_and_keeping(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        for path in PUBLIC:
            page = await visitor.get(path)
            policy = page.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "script-src" not in policy
            assert "frame-ancestors 'none'" in policy
            assert page.headers["cache-control"] == "no-store"
            assert page.headers["referrer-policy"] == "same-origin"
            assert page.headers["x-content-type-options"] == "nosniff"
            assert page.tree.xpath("//script | //@style | //@onclick") == []


async def test_nothing_is_fetched_from_elsewhere(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        pages = [await visitor.get(path) for path in PUBLIC]
        fetched = {name for page in pages for name in page.tree.xpath("//link/@href | //img/@src | //iframe/@src")}
        assert len(fetched) == 2
        for address in fetched:
            assert address.startswith("/static/")
            file = await visitor.get(address)
            assert file.status == 200
            assert "immutable" in file.headers["cache-control"]
            assert b"http://" not in file.content.replace(b"http://www.w3.org/2000/svg", b"")


async def test_an_address_that_is_no_page_says_so_usefully(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        page = await visitor.get("/nulle-part")
        assert page.status == 404
        assert "Vérifiez l’adresse" in page.text
        assert (await visitor.get("/static/absent.css")).status == 404


async def test_the_chosen_language_stays_and_leads_back(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        assert (await visitor.get("/vie-privee")).tree.get("lang") == "fr"
        page = await visitor.get("/langue/en?retour=/vie-privee")
        assert page.path == "/vie-privee"
        assert page.tree.get("lang") == "en"
        assert "Privacy" in page.text
        assert (await visitor.get("/")).tree.get("lang") == "en"
        assert (await visitor.get("/langue/en?retour=//evil.example", allow_redirects=False)).headers["location"] == "/"


async def test_a_database_that_is_away_logs_nobody_out(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        await visitor.log_in("marcel", "patient")
        pool = portal.platform.portal
        await pool.execute("alter table web_session rename to web_session_away")
        broken = await visitor.get("/moi")
        assert broken.status == 500
        assert "Une erreur de notre part" in broken.text
        await pool.execute("alter table web_session_away rename to web_session")
        assert (await visitor.get("/moi")).status == 200

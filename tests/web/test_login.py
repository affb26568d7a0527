"""Logging in and out, and what a session is worth."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import msgspec
import pytest

from carnet.errors import Unauthenticated
from carnet.web.client import Tokens
from carnet.web.config import LoginIssuer
from carnet.web.login import Attempt, check_identity_token, own_path
from carnet.web.session import Space
from tests.web.serving import Portal
from tests.web.visitor import visiting

PROVIDER = LoginIssuer("https://id.example", "portal")


async def test_a_patient_logs_in_and_comes_back_where_they_were_going(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        page = await visitor.log_in("marcel", "patient", path="/moi/ouvrir")
        assert (page.status, page.path) == (200, "/moi/ouvrir")
        assert "Marcel INVENTÉ" in page.content.decode()


async def test_the_session_s_cookie_is_out_of_reach_of_scripts_and_of_other_sites(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        await visitor.log_in("marcel", "patient")
        cookie = next(each for each in visitor.http.cookie_jar if each.key == "carnet_session")
        assert cookie["httponly"]
        assert cookie["samesite"] == "lax"
        assert not cookie["max-age"]


async def test_the_database_keeps_no_cookie_that_opens_a_session(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        await visitor.log_in("marcel", "patient")
        cookie = next(each for each in visitor.http.cookie_jar if each.key == "carnet_session")
        row = await portal.platform.portal.fetchrow("select * from web_session")
        assert cookie.value not in str(dict(row))
        assert row["id_hash"] != cookie.value.encode()


async def test_an_idle_session_ends(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        await visitor.log_in("marcel", "patient")
        await portal.platform.portal.execute("update web_session set seen_at = now() - interval '31 minutes'")
        page = await visitor.get("/moi", allow_redirects=False)
        assert page.headers["location"] == "/connexion/patient?retour=/moi"


async def test_a_session_ends_after_its_hours_however_busy(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        await visitor.log_in("marcel", "patient")
        await portal.platform.portal.execute("update web_session set ends_at = now()")
        assert (await visitor.get("/moi", allow_redirects=False)).status == 303


async def test_after_logging_out_the_cookie_opens_nothing(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        await visitor.log_in("marcel", "patient")
        stolen = next(each.value for each in visitor.http.cookie_jar if each.key == "carnet_session")
        assert (await visitor.send("/deconnexion")).path == "/au-revoir"
        async with visiting(portal.url, cookie=f"carnet_session={stolen}") as thief:
            assert (await thief.get("/moi", allow_redirects=False)).status == 303


async def test_a_login_that_another_browser_began_is_refused(portal: Portal) -> None:
    async with visiting(portal.url) as victim, visiting(portal.url) as attacker:
        begun = await attacker.get("/connexion/patient", allow_redirects=False)
        state = begun.headers["location"].partition("state=")[2].partition("&")[0]
        page = await victim.get(f"/connexion/retour?code=abc&state={state}")
        assert page.status == 401
        assert "n’a pas été commencée par ce navigateur" in page.text


async def test_a_code_that_the_provider_does_not_know_logs_nobody_in(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        begun = await visitor.get("/connexion/patient", allow_redirects=False)
        state = begun.headers["location"].partition("state=")[2].partition("&")[0]
        page = await visitor.get(f"/connexion/retour?code=abc&state={state}")
        assert page.status == 401
        assert await portal.platform.portal.fetchval("select count(*) from web_session") == 0


async def test_giving_up_at_the_provider_is_explained(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        begun = await visitor.get("/connexion/patient", allow_redirects=False)
        state = begun.headers["location"].partition("state=")[2].partition("&")[0]
        page = await visitor.get(f"/connexion/retour?error=access_denied&state={state}")
        assert page.status == 401
        assert "vous avez renoncé" in page.text


async def test_a_professional_has_no_patient_s_pages_and_a_patient_no_professional_s(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        await visitor.log_in("moreau", "professionnel")
        assert (await visitor.get("/moi")).status == 403
    async with visiting(portal.url) as visitor:
        await visitor.log_in("marcel", "patient")
        assert (await visitor.get("/pro")).status == 403


async def test_a_form_without_the_token_of_its_session_changes_nothing(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        await visitor.log_in("marcel", "patient")
        for token in ("", "x" * 43):
            assert (await visitor.send("/deconnexion", csrf=token)).status == 400
        assert (await visitor.get("/moi")).status == 200


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "moi", "/a\nb"])
def test_no_login_ends_on_another_site(path: str) -> None:
    assert own_path(path) == ""


def test_an_attempt_survives_its_cookie() -> None:
    attempt = Attempt(Space.PATIENT, "s" * 43, "/moi/documents?par=date")
    assert Attempt.read(attempt.cookie) == attempt
    assert Attempt.read("patient.short./moi") is None
    assert Attempt.read("nobody." + "s" * 43) is None


def _tokens(**claims: object) -> Tokens:
    payload = urlsafe_b64encode(msgspec.json.encode(claims)).rstrip(b"=").decode()
    return Tokens("access", f"e30.{payload}.c2ln")


@pytest.mark.parametrize("claims", [
    {"iss": "https://other.example", "aud": "portal", "nonce": "n"},
    {"iss": "https://id.example", "aud": "another", "nonce": "n"},
    {"iss": "https://id.example", "aud": "portal", "nonce": "of another login"},
    {"iss": "https://id.example", "aud": "portal"},
    {"aud": "portal", "nonce": "n"},
])
def test_an_identity_token_for_another_login_is_refused(claims: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated):
        check_identity_token(_tokens(**claims), PROVIDER, nonce="n")


def test_an_identity_token_for_this_login_is_taken() -> None:
    check_identity_token(_tokens(iss="https://id.example", aud=["portal", "x"], nonce="n"), PROVIDER, nonce="n")


async def test_logins_leave_traces_refused_ones_too(portal: Portal) -> None:
    async with visiting(portal.url) as visitor:
        await visitor.get("/connexion/retour?code=abc&state=nobody")
        await visitor.log_in("marcel", "patient")
        await visitor.send("/deconnexion", csrf="wrong")
        await visitor.send("/deconnexion")
    rows = await portal.platform.portal.fetch("select act, outcome from audit_event where door = 'web' order by at")
    assert [(row["act"], row["outcome"]) for row in rows if row["act"] in ("login", "logout", "form")] == [
        ("login", "refused"), ("login", "done"), ("form", "refused"), ("logout", "done")]

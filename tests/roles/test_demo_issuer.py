"""The demonstration's identity provider: its tokens are those the platform verifies, and nobody else gets one."""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from starlette.testclient import TestClient

from carnet.people.caller import AccountantCaller, OfficerCaller, OrganisationCaller, PatientCaller, ProfessionalCaller
from carnet.people.claims import caller_of
from carnet.people.identifiers import PsId, StructId
from carnet.people.identity import identity_of
from carnet.people.ins import Ins, InsPolicy
from carnet.roles.demo_issuer import Registration, build
from carnet.roles.demo_people import AUDIENCE, COMMAND_CLIENT, IDENTITIES, PASSWORD, WEB_CLIENT, Identity, identity

URL = "http://127.0.0.1:8070"
BACK = "http://127.0.0.1:8080/connexion/retour"
DEMONSTRATION = InsPolicy(demonstration=True)
VERIFIER = secrets.token_urlsafe(48)
ASKED = {
    "response_type": "code",
    "client_id": WEB_CLIENT,
    "redirect_uri": BACK,
    "scope": "openid",
    "state": "the-state",
    "nonce": "the-nonce",
    "code_challenge": urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode(),
    "code_challenge_method": "S256",
}


@pytest.fixture
def provider(tmp_path: Path) -> TestClient:
    registration = Registration(url=URL, key_file=str(tmp_path / "key.json"), redirect_uris=(BACK,))
    return TestClient(build(registration), base_url=URL, follow_redirects=False)


def claims_of(provider: TestClient, token: str, realm: str) -> dict[str, object]:
    keys = KeySet.import_key_set(provider.get(f"/{realm}/.well-known/jwks.json").json())
    return dict(jwt.decode(token, keys, algorithms=["ES256"]).claims)


def realm_of(person: Identity) -> str:
    return {"patient": "patients", "officer": "officers", "accountant": "officers"}.get(person.kind, "professionals")


def token_form(person: Identity) -> dict[str, str]:
    if person.kind == "organisation":
        return {"grant_type": "client_credentials", "client_id": person.login, "client_secret": person.password}
    return {
        "grant_type": "password",
        "client_id": COMMAND_CLIENT,
        "username": person.login,
        "password": person.password,
    }


@pytest.mark.parametrize("person", IDENTITIES, ids=lambda person: person.login)
def test_every_invented_person_gets_a_token_that_the_platform_reads(provider: TestClient, person: Identity) -> None:
    realm = realm_of(person)
    answer = provider.post(f"/{realm}/token", data=token_form(person)).json()
    claims = claims_of(provider, answer["access_token"], realm)
    assert (claims["iss"], claims["aud"]) == (f"{URL}/{realm}", AUDIENCE)
    caller = caller_of(claims, ins_policy=DEMONSTRATION)
    kinds = {
        "patient": PatientCaller, "professional": ProfessionalCaller, "organisation": OrganisationCaller,
        "officer": OfficerCaller, "accountant": AccountantCaller,
    }
    assert isinstance(caller, kinds[person.kind])


def test_a_script_may_ask_for_every_kind_of_access(provider: TestClient) -> None:
    wished = {"purpose": "centre_15", "is_secret": "true", "is_regulator": "true"}
    rows = [("moreau", {}), ("moreau", wished), ("camille", {}), ("camille", {"application": "my-pills"})]
    said = []
    for login, more in rows:
        person = identity(login)
        assert person is not None
        form = token_form(person) | more
        answer = provider.post(f"/{realm_of(person)}/token", data=form).json()
        claims = claims_of(provider, answer["access_token"], realm_of(person))
        said.append(identity_of(claims, ins_policy=DEMONSTRATION, own_clients=frozenset({COMMAND_CLIENT})))
    assert [(each.purpose_of_use, each.is_secret) for each in said[:2]] == [("normal", False), ("centre_15", True)]
    assert [getattr(each.caller, "is_regulator", None) for each in said] == [False, True, None, None]
    assert [getattr(each.caller, "application", None) for each in said] == [None, None, "", "my-pills"]
    assert all(each.authenticated_at is not None for each in said)


def test_numbers_of_invented_people_have_keys_that_fit() -> None:
    for person in IDENTITIES:
        if "ins" in person.claims:
            assert Ins.parse(person.claims["ins"], person.claims["ins_oid"], DEMONSTRATION).has_valid_key
        if "SubjectNameID" in person.claims:
            PsId.parse(person.claims["SubjectNameID"])
        if "SubjectOrganizationID" in person.claims:
            StructId.parse(person.claims["SubjectOrganizationID"])


def test_a_page_gets_its_tokens_by_a_code_and_its_verifier_once(provider: TestClient) -> None:
    assert "Mot de passe" in provider.get("/patients/authorize", params=ASKED).text
    back = provider.post("/patients/authorize", data={**ASKED, "login": "camille", "password": PASSWORD})
    query = parse_qs(urlsplit(back.headers["location"]).query)
    assert query["state"] == ["the-state"]
    form = {
        "grant_type": "authorization_code",
        "client_id": WEB_CLIENT,
        "redirect_uri": BACK,
        "code": query["code"][0],
        "code_verifier": VERIFIER,
    }
    answer = provider.post("/patients/token", data=form).json()
    told = claims_of(provider, answer["id_token"], "patients")
    assert (told["aud"], told["nonce"], told["family_name"]) == (WEB_CLIENT, "the-nonce", "EXEMPLE")
    assert provider.post("/patients/token", data=form).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [{"code_verifier": "another"}, {"redirect_uri": "http://elsewhere.example"}, {"client_id": "another"}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_stolen_code_is_worth_nothing(provider: TestClient, wrong: dict[str, str]) -> None:
    back = provider.post("/patients/authorize", data={**ASKED, "login": "camille", "password": PASSWORD})
    code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
    right = {"client_id": WEB_CLIENT, "redirect_uri": BACK, "code": code, "code_verifier": VERIFIER}
    answer = provider.post("/patients/token", data={"grant_type": "authorization_code", **right, **wrong})
    assert answer.json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": "http://elsewhere.example"},
        {"client_id": "another"},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
        {"response_type": "token"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_request_that_is_not_ours_is_never_sent_back(provider: TestClient, wrong: dict[str, str]) -> None:
    assert provider.get("/patients/authorize", params={**ASKED, **wrong}).status_code == 400


@pytest.mark.parametrize(
    ("realm", "login", "password"),
    [("patients", "camille", "wrong"), ("patients", "moreau", PASSWORD), ("professionals", "laboratoire", PASSWORD)],
)
def test_a_wrong_login_gets_the_page_again(provider: TestClient, realm: str, login: str, password: str) -> None:
    answer = provider.post(f"/{realm}/authorize", data={**ASKED, "login": login, "password": password})
    assert answer.status_code == 401
    assert "incorrect" in answer.text


def test_a_patients_token_is_not_one_of_the_professionals_issuer(provider: TestClient) -> None:
    wrong = {"grant_type": "password", "client_id": COMMAND_CLIENT, "username": "camille", "password": PASSWORD}
    assert provider.post("/professionals/token", data=wrong).status_code == 400


def test_what_was_typed_is_shown_as_text_only(provider: TestClient) -> None:
    page = provider.get("/patients/authorize", params={**ASKED, "state": '"><script>alert(1)</script>'}).text
    assert "<script>" not in page


def test_userinfo_tells_the_bearer_of_a_token_who_they_are(provider: TestClient) -> None:
    moreau = next(person for person in IDENTITIES if person.login == "moreau")
    token = provider.post("/professionals/token", data=token_form(moreau)).json()["access_token"]
    told = provider.get("/professionals/userinfo", headers={"Authorization": f"Bearer {token}"}).json()
    assert told["SubjectNameID"] == "899700300108"
    assert provider.get("/professionals/userinfo").status_code == 401

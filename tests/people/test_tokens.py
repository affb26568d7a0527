"""Bearer tokens: who is believed, and who is not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from carnet.errors import Unauthenticated, Unavailable
from carnet.people.caller import PROFESSION, OrganisationCaller, PatientCaller, ProfessionalCaller
from carnet.people.claims import SPECIALTY, CallerKind
from carnet.people.code import Code
from carnet.people.identifiers import DEMONSTRATION as DEMONSTRATION_IDENTIFIERS
from carnet.people.identity import Identity
from carnet.people.ins import DEMONSTRATION as DEMONSTRATION_INS
from carnet.people.ins import Ins, InsOid
from carnet.people.tokens import Issuer, KeyRing, TokenVerifier, keys_of

ISSUER = "https://identity.example"
AUDIENCE = "https://carnet.example/fhir"
PORTAL = "carnet-portal"
NOW = 1_800_000_000.0

RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})

DOCTOR = {
    "SubjectNameID": "899700218896", "given_name": "Camille", "family_name": "ESSAI",
    "SubjectRole": ["10^1.2.250.1.213.1.1.5.5"],
    "SubjectOrganizationID": "1750712184", "SubjectOrganization": "Cabinet d'essai",
    "SubjectRefPro": {"exercices": [{"codeProfession": "10", "codeSavoirFaire": "SM54", "activities": []}]},
}


class Clock:
    """A clock that tests move by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Provider:
    """A small identity provider on the loopback: its keys, and how often they were asked for."""

    def __init__(self, *keys: Key) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.status = 200
        self.url = ""

    async def serve(self, request: web.Request) -> web.Response:
        """The JWKS."""
        self.asked += 1
        return web.json_response({"keys": [key.as_dict(private=False) for key in self.keys]}, status=self.status)


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    provider = Provider(RSA, EC, ED)
    app = web.Application()
    app.router.add_get("/jwks", provider.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    provider.url = f"http://127.0.0.1:{runner.addresses[0][1]}/jwks"
    yield provider
    await runner.cleanup()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def verifier(provider: Provider, clock: Clock) -> AsyncIterator[TokenVerifier]:
    async with TokenVerifier(
        (Issuer(ISSUER, AUDIENCE, provider.url, own_clients=frozenset({PORTAL})),),
        ins_policy=DEMONSTRATION_INS, identifier_policy=DEMONSTRATION_IDENTIFIERS, now=clock,
    ) as verifier:
        yield verifier


def token(claims: dict[str, Any] | None = None, *, key: Key = EC, alg: str = "ES256", **header: Any) -> str:
    said = {"iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 300, **(DOCTOR if claims is None else claims)}
    registry = JWSRegistry(algorithms=[alg], strict_check_header=False)
    return jwt.encode({"alg": alg, "kid": key.kid, **header}, said, key, registry=registry)


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (EC, "ES256"), (ED, "Ed25519")])
async def test_a_professional_is_known_by_the_claims_of_pro_sante_connect(
    verifier: TokenVerifier, key: Key, alg: str
) -> None:
    assert (await verifier.verify(token(key=key, alg=alg))).caller == ProfessionalCaller(
        ps_id="899700218896", family="ESSAI", given="Camille", profession=Code("10", PROFESSION),
        specialties=(Code("G15_10/SM54", SPECIALTY),), organisation="1750712184", organisation_name="Cabinet d'essai",
    )


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")   # by the one that signs here
async def test_the_old_name_of_the_edwards_signature_is_taken(verifier: TokenVerifier) -> None:
    assert isinstance((await verifier.verify(token(key=ED, alg="EdDSA"))).caller, ProfessionalCaller)


async def test_a_patient_is_known_by_the_ins(verifier: TokenVerifier) -> None:
    claims = {"ins": "279035121518989", "ins_oid": "1.2.250.1.213.1.4.10", "family_name": "PAT-TROIS",
              "given_name": "Dominique", "client_id": PORTAL}
    assert (await verifier.verify(token(claims))).caller == PatientCaller(
        Ins("279035121518989", InsOid.TEST), "PAT-TROIS", "Dominique")


async def test_software_is_known_by_its_organisation(verifier: TokenVerifier) -> None:
    claims = {"SubjectOrganizationID": "1750712184", "SubjectOrganization": "Hôpital d'essai", "client_id": "lps-1"}
    identity = await verifier.verify(token(claims))
    assert identity == Identity(caller=OrganisationCaller("1750712184", "Hôpital d'essai", "lps-1"))


@pytest.mark.parametrize(("change", "reason"), [
    ({"aud": "https://elsewhere.example"}, "another audience"),
    ({"aud": None}, "registered claim"),
    ({"exp": NOW - 31}, "expired"),
    ({"exp": "tomorrow"}, "registered claim"),
    ({"nbf": NOW + 31}, "not valid yet"),
    ({"iss": "https://stranger.example"}, "does not know the issuer"),
    ({"SubjectNameID": "", "SubjectOrganizationID": ""}, "names nobody"),
    ({"SubjectNameID": "abc"}, "identifier in the token"),
    ({"SubjectRole": [], "SubjectRefPro": {}}, "no profession"),
    ({"SubjectRole": {"a": 1}}, "another form"),
    ({"ins": "279035121518989", "ins_oid": "1.2.250.1.213.1.4.10"}, "at once: ins, SubjectNameID"),
    ({"SubjectOfficerID": "agent-1"}, "at once: SubjectNameID, SubjectOfficerID"),
    ({"auth_time": NOW + 31}, "yet to come"),
])
async def test_a_token_whose_claims_do_not_fit_is_refused_with_the_reason(
    verifier: TokenVerifier, change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Unauthenticated, match=reason):
        await verifier.verify(token(DOCTOR | change))


async def test_thirty_seconds_of_difference_between_clocks_are_forgiven(verifier: TokenVerifier) -> None:
    await verifier.verify(token(DOCTOR | {"exp": NOW - 29, "nbf": NOW + 29}))


async def test_a_test_ins_is_refused_in_production(provider: Provider, clock: Clock) -> None:
    claims = {"ins": "279035121518989", "ins_oid": "1.2.250.1.213.1.4.10"}
    async with TokenVerifier((Issuer(ISSUER, AUDIENCE, provider.url),), now=clock) as verifier:
        with pytest.raises(Unauthenticated, match="test and demonstration"):
            await verifier.verify(token(claims))


async def test_an_issuer_of_patients_cannot_speak_for_a_professional(provider: Provider, clock: Clock) -> None:
    patients_only = Issuer(ISSUER, AUDIENCE, provider.url, frozenset({CallerKind.PATIENT}))
    async with TokenVerifier((patients_only,), identifier_policy=DEMONSTRATION_IDENTIFIERS, now=clock) as verifier:
        with pytest.raises(Unauthenticated, match="does not speak for"):
            await verifier.verify(token())


async def test_only_an_issuer_of_officers_speaks_for_an_officer(provider: Provider, clock: Clock) -> None:
    kinds = frozenset({CallerKind.PROFESSIONAL, CallerKind.ORGANISATION})
    officer = {"SubjectOfficerID": "agent-0001", "SubjectOrganizationID": "1750712184"}
    async with TokenVerifier((Issuer(ISSUER, AUDIENCE, provider.url, kinds),), now=clock) as verifier:
        with pytest.raises(Unauthenticated, match="does not speak for a caller of the kind officer"):
            await verifier.verify(token(officer))


async def test_what_a_remembered_token_said_of_its_visit_is_remembered_too(verifier: TokenVerifier) -> None:
    said = token(DOCTOR | {"auth_time": NOW, "Mode_Acces_Raison": "bris_de_glace"})
    first = await verifier.verify(said)
    assert (first.purpose_of_use, first.authenticated_at) == ("bris_de_glace", datetime.fromtimestamp(NOW, UTC))
    assert await verifier.verify(said) == first


@pytest.mark.filterwarnings("ignore:JWS algorithm:joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("alg", ["HS256", "none", "RS512", "PS256"])
async def test_only_three_signature_algorithms_are_taken(verifier: TokenVerifier, alg: str) -> None:
    key: Key = OctKey.generate_key(256, {"kid": "ec"}) if alg in ("HS256", "none") else RSA
    with pytest.raises(Unauthenticated, match="algorithms"):
        await verifier.verify(token(key=key, alg=alg))


async def test_a_secret_made_of_the_public_key_signs_nothing(verifier: TokenVerifier) -> None:
    forged = token(key=OctKey.import_key(json.dumps(RSA.as_dict(private=False)), {"kid": "rsa"}), alg="HS256")
    head = token(key=RSA, alg="RS256").split(".")[0]
    with pytest.raises(Unauthenticated, match="signature"):
        await verifier.verify(".".join([head, *forged.split(".")[1:]]))


async def test_an_algorithm_of_another_kind_of_key_is_refused(verifier: TokenVerifier) -> None:
    with pytest.raises(Unauthenticated, match="signature"):
        await verifier.verify(token(key=RSA, alg="RS256", kid="ec"))


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "....", "é.é.é", "e30.e30.", "x" * 20_000])
async def test_what_is_no_token_is_refused(verifier: TokenVerifier, text: str) -> None:
    with pytest.raises(Unauthenticated):
        await verifier.verify(text)


async def test_a_changed_token_is_refused_even_after_the_true_one_was_seen(verifier: TokenVerifier) -> None:
    true = token()
    await verifier.verify(true)
    head, body, _ = true.split(".")
    with pytest.raises(Unauthenticated):
        await verifier.verify(f"{head}.{body}.{'A' * 86}")


async def test_keys_are_fetched_once_for_many_tokens(verifier: TokenVerifier, provider: Provider) -> None:
    for number in range(5):
        await verifier.verify(token(DOCTOR | {"jti": str(number)}))
    assert provider.asked == 1


async def test_a_remembered_token_ends_with_its_time(verifier: TokenVerifier, clock: Clock) -> None:
    soon_over = token(DOCTOR | {"exp": NOW + 10})
    await verifier.verify(soon_over)
    clock.now += 41
    with pytest.raises(Unauthenticated, match="expired"):
        await verifier.verify(soon_over)


async def test_a_new_key_of_the_issuer_is_learnt_but_a_flood_of_unknown_ones_asks_once(provider: Provider) -> None:
    import aiohttp

    clock = Clock()
    async with aiohttp.ClientSession() as session:
        ring = KeyRing(provider.url, session=lambda: session, now=clock)
        await ring.key("ec")
        provider.keys.append(ECKey.generate_key("P-256", {"kid": "new"}))
        clock.now += 31
        assert (await ring.key("new")).kid == "new"
        for number in range(10):
            with pytest.raises(Unauthenticated):
                await ring.key(f"unknown-{number}")
    assert provider.asked == 2


async def test_known_keys_go_on_serving_when_the_issuer_is_away(provider: Provider) -> None:
    import aiohttp

    clock = Clock()
    async with aiohttp.ClientSession() as session:
        ring = KeyRing(provider.url, session=lambda: session, now=clock)
        await ring.key("ec")
        provider.status = 500
        clock.now += 7200
        assert (await ring.key("ec")).kid == "ec"


async def test_without_any_key_the_asker_is_told_to_come_back(provider: Provider, verifier: TokenVerifier) -> None:
    provider.status = 500
    with pytest.raises(Unavailable):
        await verifier.verify(token())


@pytest.mark.filterwarnings("ignore:Key size should be:joserfc.errors.SecurityWarning")
def test_short_secret_and_encryption_keys_of_a_key_set_are_left_out() -> None:
    weak = RSAKey.generate_key(1024, {"kid": "weak"})
    secret = OctKey.generate_key(256, {"kid": "secret"})
    keys: list[Key] = [weak, secret, RSAKey.generate_key(2048, {"kid": "e", "use": "enc"}), RSA]
    jwks = json.dumps({"keys": [key.as_dict() for key in keys] + [{"kty": "new"}, {"kty": "RSA", "n": "A" * 400}]})
    assert list(keys_of(jwks.encode())) == ["rsa"]



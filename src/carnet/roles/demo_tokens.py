"""What the demonstration's identity provider signs: access tokens (RFC 9068) and identity tokens (OpenID Connect Core).

May import: people, `demo_people` of this room.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.jwk import ECKey

from carnet.people.identity import CONFIDENTIALITY, PURPOSE_OF_USE, SECRET
from carnet.roles.demo_people import AUDIENCE, Identity

LIFE_SECONDS = 8 * 3600
CODE_SECONDS = 120


def signing_key(file: Path) -> ECKey:
    """The key of the provider, made the first time."""
    if not file.exists():
        fresh = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=True, auto_kid=True)
        file.touch(mode=0o600)
        file.write_bytes(msgspec.json.encode(fresh.as_dict(private=True)))
    return ECKey.import_key(msgspec.json.decode(file.read_bytes()))


class Wished(msgspec.Struct, frozen=True):
    """What a script may ask its token to say besides who: the demonstration believes it, to try every access."""

    purpose: str = ""
    is_secret: bool = False
    application: str = ""
    is_regulator: bool = False

    @property
    def claims(self) -> dict[str, Any]:
        """The claims that say so (docs/vendors/tokens.md)."""
        extensions: dict[str, Any] = {}
        if self.purpose:
            extensions["ihe_iua"] = {"purpose_of_use": [{"system": f"urn:oid:{PURPOSE_OF_USE}", "code": self.purpose}]}
        if self.is_secret:
            extensions["carnet"] = {
                "confidentiality_code": [{"system": f"urn:oid:{CONFIDENTIALITY}", "code": SECRET}]}
        return {
            **({"extensions": extensions} if extensions else {}),
            **({"client_id": self.application} if self.application else {}),
            **({"Acces_Regulation_Medicale": "VRAI"} if self.is_regulator else {}),
        }


AS_USUAL = Wished()


class Asked(msgspec.Struct, frozen=True):
    """What a client asked for when it sent somebody to log in."""

    client_id: str
    redirect_uri: str
    code_challenge: str
    nonce: str = ""
    state: str = ""
    scope: str = "openid"


class Codes:
    """Authorization codes: one use, two minutes."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[Asked, Identity, float]] = {}

    def make(self, asked: Asked, identity: Identity) -> str:
        """A code for somebody who just logged in."""
        code = secrets.token_urlsafe(32)
        self._waiting[code] = (asked, identity, time.time() + CODE_SECONDS)
        return code

    def spend(self, code: str, *, client_id: str, redirect_uri: str, verifier: str) -> tuple[Asked, Identity] | None:
        """What the code stood for, once, for the client that got it and holds the verifier (RFC 7636)."""
        asked, identity, until = self._waiting.pop(code, (None, None, 0.0))
        if asked is None or identity is None or time.time() > until:
            return None
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        fits = (asked.client_id, asked.redirect_uri, asked.code_challenge) == (client_id, redirect_uri, challenge)
        return (asked, identity) if fits else None


class Signer:
    """Signs for one realm, which is an issuer of its own."""

    def __init__(self, issuer: str, key: ECKey) -> None:
        self.issuer = issuer
        self._key = key

    @property
    def jwks(self) -> dict[str, Any]:
        """The public keys (RFC 7517)."""
        return {"keys": [self._key.as_dict(private=False)]}

    def access_token(self, identity: Identity, client_id: str, wished: Wished = AS_USUAL) -> str:
        """Who bears it, for the platform. A person just logged in; software never does."""
        claims = {
            **identity.claims,
            "aud": AUDIENCE,
            "client_id": client_id,
            "scope": "openid",
            "jti": secrets.token_hex(8),
            **({} if identity.kind == "organisation" else {"auth_time": int(time.time())}),
            **wished.claims,
        }
        return self._sign("at+jwt", identity, claims)

    def identity_token(self, identity: Identity, asked: Asked) -> str:
        """Who logged in, for the client."""
        claims = {**identity.claims, "aud": asked.client_id, "auth_time": int(time.time())}
        if asked.nonce:
            claims["nonce"] = asked.nonce
        return self._sign("JWT", identity, claims)

    def read(self, token: str) -> dict[str, Any]:
        """The claims of one of its own tokens. Raises joserfc's errors for any other."""
        return dict(jwt.decode(token, self._key, algorithms=["ES256"]).claims)

    def _sign(self, kind: str, identity: Identity, claims: dict[str, Any]) -> str:
        now = int(time.time())
        subject = claims.get("SubjectNameID") or claims.get("SubjectOrganizationID") or self._pseudonym(identity)
        registered = {"iss": self.issuer, "sub": subject, "iat": now, "exp": now + LIFE_SECONDS}
        return jwt.encode({"alg": "ES256", "typ": kind, "kid": self._key.kid}, {**claims, **registered}, self._key)

    def _pseudonym(self, identity: Identity) -> str:
        return hashlib.sha256(f"{self.issuer} {identity.login}".encode()).hexdigest()[:32]

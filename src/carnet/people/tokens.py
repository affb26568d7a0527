"""Bearer tokens: an OIDC access token (JWT, RFC 9068) checked against the keys of its issuer, as an `Identity`.

The keys are fetched from the issuer's JWKS (RFC 7517) and kept; a token that verified is remembered for a minute
at most, so that signature arithmetic stays off the hot path. What a token allows is decided elsewhere.
May import: the types of this room, errors. Touches the world: the network, and a clock that is given.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from carnet.errors import Unauthenticated, Unavailable
from carnet.people.claims import CallerKind, kind_of
from carnet.people.identifiers import PRODUCTION as PRODUCTION_IDENTIFIERS
from carnet.people.identifiers import IdentifierPolicy
from carnet.people.identity import Identity, identity_of
from carnet.people.ins import PRODUCTION as PRODUCTION_INS
from carnet.people.ins import InsPolicy

ALGORITHMS = ("RS256", "ES256", "EdDSA", "Ed25519")   # no secret shared with an issuer, no `none`
LEEWAY_SECONDS = 30
REMEMBERED_SECONDS = 60
REMEMBERED_TOKENS = 10_000
LONGEST_TOKEN = 16_384
LARGEST_KEY_SET = 256 * 1024
SHORTEST_RSA_MODULUS = 342   # base64url characters of 2048 bits


@dataclass(frozen=True, slots=True)
class Issuer:
    """An identity provider that this platform believes, for these kinds of caller only.

    `own_clients` are its clients through which a patient asks in person; any other is an application.
    """

    issuer: str
    audience: str
    jwks_url: str
    speaks_for: frozenset[CallerKind] = frozenset(CallerKind)
    own_clients: frozenset[str] = frozenset()


class _Registry(JWSRegistry):
    """The algorithms taken here. `EdDSA` without its warning: RFC 9864 renames it, issuers do not yet."""

    algorithms = {name: copy.copy(JWSRegistry.algorithms[name]) for name in ALGORITHMS}  # noqa: RUF012  their class's form
    max_header_length = 4096
    max_payload_length = LONGEST_TOKEN


_Registry.algorithms["EdDSA"].security_warning = None
_registry = _Registry(algorithms=ALGORITHMS, strict_check_header=False)


class KeyRing:
    """The public keys of one issuer, fetched when needed and never more often than `refetch_seconds`."""

    def __init__(self, url: str, *, session: Callable[[], aiohttp.ClientSession], refetch_seconds: float = 30,
                 kept_seconds: float = 3600, now: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._session = session
        self._refetch_seconds = refetch_seconds
        self._kept_seconds = kept_seconds
        self._now = now
        self._keys: dict[str, Key] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._one_at_a_time = asyncio.Lock()

    async def key(self, kid: str | None) -> Key:
        """The key of this id; without one, the only one. Raises Unauthenticated, or Unavailable if none came."""
        found = self._find(kid)
        if found is None or self._now() - self._fetched_at > self._kept_seconds:
            await self._refetch()
            found = self._find(kid)
        if found is not None:
            return found
        if not self._keys:
            raise Unavailable("the keys of the identity provider cannot be read", retry_after_seconds=10)
        raise Unauthenticated("the token is signed with a key that its issuer does not publish")

    def _find(self, kid: str | None) -> Key | None:
        if kid is not None:
            return self._keys.get(kid)
        return next(iter(self._keys.values())) if len(self._keys) == 1 else None

    async def _refetch(self) -> None:
        async with self._one_at_a_time:
            if self._now() - self._tried_at < self._refetch_seconds:
                return   # someone else asked just now, or a flood of unknown key ids comes in
            self._tried_at = self._now()
            try:
                # Keys that are there go on serving when the issuer is away.
                self._keys = await self._fetch() or self._keys
                self._fetched_at = self._now()
            except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError):
                return

    async def _fetch(self) -> dict[str, Key]:
        timeout = aiohttp.ClientTimeout(total=5)
        async with self._session().get(self._url, timeout=timeout, allow_redirects=False) as answer:
            answer.raise_for_status()
            body = b""
            async for chunk in answer.content.iter_any():
                body += chunk
                if len(body) > LARGEST_KEY_SET:
                    return {}   # no key set: what was there stays
        return keys_of(body)


class _KeySet(msgspec.Struct):
    keys: list[dict[str, Any]]


def keys_of(jwks: bytes) -> dict[str, Key]:
    """The signature keys of a JWKS by their ids; keys of other kinds, and RSA keys under 2048 bits, are left out."""
    usable = {}
    for number, parameters in enumerate(msgspec.json.decode(jwks, type=_KeySet).keys):
        too_short = parameters.get("kty") == "RSA" and len(str(parameters.get("n", ""))) < SHORTEST_RSA_MODULUS
        if parameters.get("use", "sig") != "sig" or parameters.get("kty") not in ("RSA", "EC", "OKP") or too_short:
            continue
        try:
            usable[str(parameters.get("kid", f"#{number}"))] = JWKRegistry.import_key(parameters)
        except (JoseError, ValueError, TypeError):
            continue   # an issuer may publish kinds of keys that we do not know
    return usable


class _Header(msgspec.Struct):
    alg: str
    kid: str | None = None


class _Unverified(msgspec.Struct):
    iss: str = ""


class _Claims(msgspec.Struct):
    exp: float
    aud: list[str] | str
    nbf: float = 0


class TokenVerifier:
    """Says who bears a token. One per process: it holds the issuers' keys and the tokens seen lately."""

    def __init__(
        self, issuers: tuple[Issuer, ...], *, ins_policy: InsPolicy = PRODUCTION_INS,
        identifier_policy: IdentifierPolicy = PRODUCTION_IDENTIFIERS, now: Callable[[], float] = time.time,
    ) -> None:
        self._issuers = {known.issuer: known for known in issuers}
        self._rings = {known.issuer: KeyRing(known.jwks_url, session=self._open_session) for known in issuers}
        self._ins_policy = ins_policy
        self._identifier_policy = identifier_policy
        self._now = now
        self._session: aiohttp.ClientSession | None = None
        self._remembered: OrderedDict[bytes, tuple[Identity, float]] = OrderedDict()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections to the issuers."""
        if self._session is not None:
            await self._session.close()

    async def verify(self, token: str) -> Identity:
        """Who bears this token, and what for.

        Raises Unauthenticated, or Unavailable while an issuer's keys cannot be had.
        """
        fingerprint = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        remembered = self._remembered.get(fingerprint)
        if remembered is not None and self._now() < remembered[1]:
            return remembered[0]
        identity, expires_at = await self._check(token)
        self._remember(fingerprint, identity, expires_at)
        return identity

    async def _check(self, token: str) -> tuple[Identity, float]:
        header, issuer = self._read_unverified(token)
        key = await self._rings[issuer.issuer].key(header.kid)
        try:
            claims = jwt.decode(token, key, registry=_registry).claims
        except (JoseError, ValueError, TypeError) as error:
            raise Unauthenticated("the signature of the token does not hold") from error
        expires_at = self._check_use(claims, issuer)
        identity = identity_of(
            claims, own_clients=issuer.own_clients, ins_policy=self._ins_policy,
            identifier_policy=self._identifier_policy)
        kind = kind_of(identity.caller)
        if kind not in issuer.speaks_for:
            raise Unauthenticated(f"this issuer does not speak for a caller of the kind {kind}")
        login = identity.authenticated_at
        if login is not None and login.timestamp() > self._now() + LEEWAY_SECONDS:
            raise Unauthenticated("the login that the claim auth_time tells of is yet to come")
        return identity, expires_at

    def _read_unverified(self, token: str) -> tuple[_Header, Issuer]:
        """Only what is needed to find the key: nothing of it is believed before the signature is verified."""
        parts = token.split(".")
        if len(parts) != 3 or len(token) > LONGEST_TOKEN:
            raise Unauthenticated("a bearer token is a signed JWT of three parts and at most 16 kB")
        try:
            header = msgspec.json.decode(urlsafe_b64decode(parts[0].encode()), type=_Header)
            said = msgspec.json.decode(urlsafe_b64decode(parts[1].encode()), type=_Unverified)
        except (ValueError, RecursionError) as error:
            raise Unauthenticated("the token is not a JWT") from error
        if header.alg not in ALGORITHMS:
            raise Unauthenticated(f"signature algorithms taken here are {', '.join(ALGORITHMS)}")
        issuer = self._issuers.get(said.iss)
        if issuer is None:
            raise Unauthenticated("this platform does not know the issuer of the token")
        return header, issuer

    def _check_use(self, claims: Mapping[str, Any], issuer: Issuer) -> float:
        """Refuse a token for someone else, too old or too young; give the time of its end."""
        try:
            said = msgspec.convert(claims, _Claims)
        except msgspec.ValidationError as error:
            raise Unauthenticated(f"a registered claim of the token is missing or wrong: {error}") from error
        audiences = [said.aud] if isinstance(said.aud, str) else said.aud
        if claims.get("iss") != issuer.issuer or issuer.audience not in audiences:
            raise Unauthenticated("the token was issued for another audience")
        if not self._now() < said.exp + LEEWAY_SECONDS:   # also refuses what is not a number
            raise Unauthenticated("the token has expired")
        if self._now() < said.nbf - LEEWAY_SECONDS:
            raise Unauthenticated("the token is not valid yet")
        return said.exp + LEEWAY_SECONDS

    def _remember(self, fingerprint: bytes, identity: Identity, expires_at: float) -> None:
        self._remembered[fingerprint] = (identity, min(expires_at, self._now() + REMEMBERED_SECONDS))
        self._remembered.move_to_end(fingerprint)
        if len(self._remembered) > REMEMBERED_TOKENS:
            self._remembered.popitem(last=False)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:   # on first use, inside the loop that will use it
            self._session = aiohttp.ClientSession()
        return self._session


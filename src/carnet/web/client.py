"""What the pages ask of an identity provider: where its doors are, and tokens for a code.

OpenID Connect Discovery 1.0 and Core 1.0, 3.1.3. Logins are rare next to pages: a connection lives as long as its call.
May import: errors, the settings of this room. Touches the world: the network.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TypeVar

import aiohttp
import msgspec

from carnet.errors import Unauthenticated, Unavailable
from carnet.web.config import LoginIssuer

_KEPT_SECONDS = 600
_TIMEOUT = aiohttp.ClientTimeout(total=8)
_LARGEST_ANSWER = 256 * 1024

T = TypeVar("T")


class Metadata(msgspec.Struct, frozen=True):
    """Where a provider's doors are, as it publishes it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str


class Tokens(msgspec.Struct, frozen=True):
    """What a code was worth."""

    access_token: str
    id_token: str


@dataclass(slots=True)
class ProviderClient:
    """Talks to the providers of the settings. Keeps what they publish for ten minutes."""

    _known: dict[str, tuple[Metadata, float]] = field(default_factory=dict)

    async def metadata(self, provider: LoginIssuer) -> Metadata:
        """Where its doors are. Raises Unavailable when it does not say, or speaks for another."""
        kept = self._known.get(provider.issuer)
        if kept is not None and time.monotonic() < kept[1]:
            return kept[0]
        address = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as http:
            status, body = await _call(http.get(address, allow_redirects=False))
        if status != 200:
            raise Unavailable("the identity provider does not answer", retry_after_seconds=10)
        found = _decode(body, Metadata)
        if found.issuer.rstrip("/") != provider.issuer.rstrip("/"):
            raise Unavailable("the identity provider publishes the name of another", retry_after_seconds=60)
        self._known[provider.issuer] = (found, time.monotonic() + _KEPT_SECONDS)
        return found

    async def exchange(self, provider: LoginIssuer, code: str, *, verifier: str, redirect_uri: str) -> Tokens:
        """Tokens for a code and the secret behind its challenge (PKCE, RFC 7636). Raises Unauthenticated."""
        metadata = await self.metadata(provider)
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri,
            "code_verifier": verifier, "client_id": provider.client_id,
        }
        headers = {}
        if provider.client_secret:
            headers["authorization"] = aiohttp.encode_basic_auth(provider.client_id, provider.client_secret)
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as http:
            status, body = await _call(
                http.post(metadata.token_endpoint, data=form, headers=headers, allow_redirects=False)
            )
        if status >= 500:
            raise Unavailable("the identity provider does not answer", retry_after_seconds=10)
        if status != 200:
            raise Unauthenticated("the identity provider did not take the code")
        return _decode(body, Tokens)


async def _call(request: aiohttp.client._RequestContextManager) -> tuple[int, bytes]:
    try:
        async with request as answer:
            return answer.status, await answer.content.read(_LARGEST_ANSWER)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unavailable("the identity provider does not answer", retry_after_seconds=10) from error


def _decode(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise Unavailable("the identity provider answers in another form than OpenID Connect's") from error

"""Logging in and out: OpenID Connect authorization code with PKCE (RFC 6749, RFC 7636, OpenID Connect Core 1.0).

One random secret goes to the browser in a cookie; state, nonce and code verifier are derived from it, so that only this
browser can end the login it began, and the server keeps nothing before someone is known.
May import: people, errors, the client, session and site of this room.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode

import msgspec
from starlette.responses import RedirectResponse, Response

from carnet.errors import NotFound, Unauthenticated
from carnet.people.caller import AccountantCaller, OfficerCaller, PatientCaller, ProfessionalCaller
from carnet.people.identity import Identity
from carnet.web import traces
from carnet.web.client import ProviderClient, Tokens
from carnet.web.config import LoginIssuer, WebConfig
from carnet.web.gate import SESSION, sorry
from carnet.web.session import Space, cookie_name, derived, new_identifier, same
from carnet.web.site import Visit, see_other

LOGIN = "carnet_login"
_LOGIN_SECONDS = 600
_DOORS = {
    "patient": Space.PATIENT, "professionnel": Space.PROFESSIONAL, "agent": Space.OFFICER,
    "comptable": Space.ACCOUNTANT}
_HOMES = {Space.PATIENT: "/moi", Space.PROFESSIONAL: "/pro", Space.OFFICER: "/agent", Space.ACCOUNTANT: "/comptes"}
_CALLERS: dict[Space, type[PatientCaller | ProfessionalCaller | OfficerCaller | AccountantCaller]] = {
    Space.PATIENT: PatientCaller, Space.PROFESSIONAL: ProfessionalCaller, Space.OFFICER: OfficerCaller,
    Space.ACCOUNTANT: AccountantCaller}
_REFUSALS = frozenset({"access_denied", "login_required", "interaction_required"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login that was begun: on which side, with which secret, to come back where."""

    space: Space
    secret: str
    back_to: str

    @classmethod
    def read(cls, cookie: str) -> Attempt | None:
        """From the cookie, or None if it is not one of ours."""
        space, _, rest = cookie.partition(".")
        secret, _, path = rest.partition(".")
        if space not in set(Space) or len(secret) < 40:
            return None
        return cls(Space(space), secret, own_path(unquote(path)))

    @property
    def cookie(self) -> str:
        """What the browser keeps."""
        return f"{self.space}.{self.secret}.{quote(self.back_to, safe='')}"

    def address(self, endpoint: str, provider: LoginIssuer, config: WebConfig, *, anew: bool = False) -> str:
        """Where to send the browser; `anew` asks the provider not to be content with an earlier login."""
        challenge = hashlib.sha256(derived(self.secret, "verifier").encode()).digest()
        query = urlencode({
            "response_type": "code", "client_id": provider.client_id, "redirect_uri": config.callback_url,
            "scope": provider.scope, "state": derived(self.secret, "state"), "nonce": derived(self.secret, "nonce"),
            "code_challenge": urlsafe_b64encode(challenge).rstrip(b"=").decode(), "code_challenge_method": "S256",
            **({"prompt": "login"} if anew else {}),
        })
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"


def own_path(path: str) -> str:
    """A path of this site, or nothing: no login ends on someone else's page."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else ""


@dataclass(frozen=True, slots=True)
class Login:
    """The pages of logging in and out."""

    client: ProviderClient

    async def begin(self, visit: Visit) -> Response:
        """Send the browser to the provider of this side."""
        space = _DOORS.get(visit.request.path_params["who"])
        if space is None:
            return sorry(visit, 404)
        config = visit.site.config
        attempt = Attempt(space, new_identifier(), own_path(visit.request.query_params.get("retour", "")))
        provider = _provider(config, space)
        metadata = await self.client.metadata(provider)
        anew = "de-nouveau" in visit.request.query_params
        address = attempt.address(metadata.authorization_endpoint, provider, config, anew=anew)
        response = RedirectResponse(address, status_code=303)
        set_cookie(response, LOGIN, attempt.cookie, config, seconds=_LOGIN_SECONDS)
        return response

    async def end(self, visit: Visit) -> Response:
        """The browser comes back from the provider, with a code or with an error."""
        query, config = visit.request.query_params, visit.site.config
        attempt = Attempt.read(visit.request.cookies.get(cookie_name(LOGIN, is_secure=config.is_secure), ""))
        if attempt is None or not same(query.get("state", ""), derived(attempt.secret, "state")):
            return await _refused(visit, "lost")
        if "error" in query or "code" not in query:
            return await _refused(visit, "refused" if query.get("error", "") in _REFUSALS else "failed")
        try:
            identity = await self._identity(visit, attempt, query["code"])
        except Unauthenticated as error:
            return await _refused(visit, "not_believed", str(error))
        return await self._welcome(visit, attempt, identity)

    async def log_out(self, visit: Visit) -> Response:
        """Close the session here; the provider's own session is its affair, and the page says so."""
        if visit.session is not None:
            await traces.done(visit, "logout", visit.session.caller)
            await visit.site.sessions.end(visit.session.identifier)
        response = see_other("/au-revoir")
        drop_cookie(response, SESSION, visit.site.config)
        return response

    async def _identity(self, visit: Visit, attempt: Attempt, code: str) -> Identity:
        provider = _provider(visit.site.config, attempt.space)
        tokens = await self.client.exchange(
            provider, code, verifier=derived(attempt.secret, "verifier"), redirect_uri=visit.site.config.callback_url
        )
        check_identity_token(tokens, provider, nonce=derived(attempt.secret, "nonce"))
        identity = await visit.site.verifier.verify(tokens.access_token)
        if not isinstance(identity.caller, _CALLERS[attempt.space]):
            raise Unauthenticated("this identity is not one of this side of the portal")
        return identity

    async def _welcome(self, visit: Visit, attempt: Attempt, identity: Identity) -> Response:
        config, sessions = visit.site.config, visit.site.sessions
        await traces.done(visit, "login", identity.caller)
        await sessions.sweep()
        session = await sessions.begin(identity.caller, identity.authenticated_at)
        if visit.session is not None:   # a browser has one session: the former one must not stay open unseen
            await sessions.follow(session, visit.session)
        response = see_other(attempt.back_to or _HOMES[attempt.space])
        set_cookie(response, SESSION, session.identifier, config, seconds=None)
        drop_cookie(response, LOGIN, config)
        return response


class _Identity(msgspec.Struct):
    iss: str
    aud: str | list[str]
    nonce: str = ""
    sub: str = ""


def check_identity_token(tokens: Tokens, provider: LoginIssuer, *, nonce: str) -> None:
    """The ID token answers this very login. Raises Unauthenticated.

    It came straight from the provider's token endpoint, which stands for its signature (Core, 3.1.3.7, 6); who the
    person is, is read from the access token, whose signature is verified.
    """
    try:
        _, payload, _ = tokens.id_token.split(".")
        said = msgspec.json.decode(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=_Identity)
    except ValueError as error:   # wrong number of parts, base64 or JSON
        raise Unauthenticated("the ID token is not one") from error
    audiences = [said.aud] if isinstance(said.aud, str) else said.aud
    if said.iss.rstrip("/") != provider.issuer.rstrip("/") or provider.client_id not in audiences:
        raise Unauthenticated("the ID token is for someone else")
    if not same(said.nonce, nonce):
        raise Unauthenticated("the ID token answers another login")


async def _refused(visit: Visit, reason: str, *more: str) -> Response:
    """A login that did not end well leaves a trace, and says why."""
    await traces.refused(visit, "login", reason)
    return sorry(visit, 401, (visit.words(f"login.{reason}"), *more))


def set_cookie(response: Response, name: str, value: str, config: WebConfig, *, seconds: int | None) -> None:
    """A cookie that scripts cannot read and that other sites cannot send with a form."""
    response.set_cookie(
        cookie_name(name, is_secure=config.is_secure), value, max_age=seconds, path="/", secure=config.is_secure,
        httponly=True, samesite="lax",
    )


def drop_cookie(response: Response, name: str, config: WebConfig) -> None:
    """Forget a cookie."""
    response.delete_cookie(
        cookie_name(name, is_secure=config.is_secure), path="/", secure=config.is_secure, httponly=True, samesite="lax"
    )


def _provider(config: WebConfig, space: Space) -> LoginIssuer:
    """Who logs people in on this side. Raises NotFound when nobody does."""
    providers = {
        Space.PATIENT: config.patients, Space.PROFESSIONAL: config.professionals, Space.OFFICER: config.officers,
        Space.ACCOUNTANT: config.officers}
    provider = providers[space]
    if provider is None:
        raise NotFound("nobody logs in on this side of this portal")
    return provider

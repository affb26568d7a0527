"""The identity provider of the demonstration: OpenID Connect for invented people, on the loopback address.

Three issuers in one process: `/professionals` (people and their organisations' software), `/patients`, `/officers`.
Authorization code with PKCE for pages, password and client credentials for scripts. Why not a package:
docs/decisions/0003.
May import: `demo_people` and `demo_tokens` of this room.
"""

from __future__ import annotations

import hmac
from base64 import b64decode
from binascii import Error
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import msgspec
from jinja2 import Environment, PackageLoader, select_autoescape
from joserfc.errors import JoseError
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from carnet.roles.demo_people import COMMAND_CLIENT, IDENTITIES, WEB_CLIENT, Identity
from carnet.roles.demo_tokens import AS_USUAL, LIFE_SECONDS, Asked, Codes, Signer, Wished, signing_key

REALMS = {
    "professionals": ("professional", "organisation"), "patients": ("patient",),
    "officers": ("officer", "accountant")}
_PAGES = Environment(loader=PackageLoader("carnet.roles"), autoescape=select_autoescape())
_HEADERS = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


class Registration(msgspec.Struct, frozen=True):
    """What the demonstration tells its provider: where it is, where its key is, where pages may be returned to."""

    url: str
    key_file: str
    redirect_uris: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Realm:
    """One issuer: its people, its signature, the codes that wait."""

    name: str
    people: tuple[Identity, ...]
    signer: Signer
    codes: Codes
    redirect_uris: tuple[str, ...]

    async def metadata(self, _: Request) -> Response:
        """Discovery (OpenID Connect Discovery 1.0)."""
        issuer = self.signer.issuer
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "userinfo_endpoint": f"{issuer}/userinfo",
                "jwks_uri": f"{issuer}/.well-known/jwks.json",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "password", "client_credentials"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": ["openid", "profile", "scope_all"],
            }
        )

    async def keys(self, _: Request) -> Response:
        """Its public keys."""
        return JSONResponse(self.signer.jwks)

    async def authorize(self, request: Request) -> Response:
        """Show the login page, then send back with a code. A wrong client or address is never redirected to."""
        given = await request.form() if request.method == "POST" else request.query_params
        asked = self._asked({name: str(value) for name, value in given.items()})
        if asked is None:
            return HTMLResponse("<p>Demande de connexion incorrecte.</p>", 400, headers=_HEADERS)
        if request.method == "GET":
            return self._page(asked, refused=False)
        identity = self._with_password(str(given.get("login", "")), str(given.get("password", "")))
        if identity is None:
            return self._page(asked, refused=True)
        answer = urlencode({"code": self.codes.make(asked, identity), "state": asked.state, "iss": self.signer.issuer})
        return RedirectResponse(f"{asked.redirect_uri}?{answer}", 303, headers={"Cache-Control": "no-store"})

    async def token(self, request: Request) -> Response:
        """Give tokens for a code, a password, or the secret of an organisation's software."""
        form = await request.form()
        client_id, secret = _client(request, form)
        match form.get("grant_type"):
            case "authorization_code":
                return self._for_code(form, client_id)
            case "password" if client_id == COMMAND_CLIENT:
                identity = self._with_password(str(form.get("username", "")), str(form.get("password", "")))
            case "client_credentials":
                identity = self._with_password(client_id, secret, software=True)
            case _:
                return _refusal("unsupported_grant_type")
        return self._tokens(identity, client_id, wished=_wished(form)) if identity else _refusal("invalid_grant")

    async def userinfo(self, request: Request) -> Response:
        """The claims of an access token (OpenID Connect Core 1.0, 5.3)."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            claims = self.signer.read(token) if scheme.lower() == "bearer" else {}
        except (JoseError, ValueError):
            claims = {}
        if not claims:
            return JSONResponse({"error": "invalid_token"}, 401, headers={"WWW-Authenticate": "Bearer"})
        return JSONResponse({name: value for name, value in claims.items() if name not in ("aud", "exp", "iat", "jti")})

    def _for_code(self, form: FormData, client_id: str) -> Response:
        names = ("code", "redirect_uri", "code_verifier")
        code, redirect_uri, verifier = (str(form.get(name, "")) for name in names)
        spent = self.codes.spend(code, client_id=client_id, redirect_uri=redirect_uri, verifier=verifier)
        return self._tokens(spent[1], client_id, asked=spent[0]) if spent else _refusal("invalid_grant")

    def _tokens(
        self, identity: Identity, client_id: str, *, asked: Asked | None = None, wished: Wished = AS_USUAL,
    ) -> Response:
        answer = {
            "access_token": self.signer.access_token(identity, client_id, wished),
            "token_type": "Bearer",
            "expires_in": LIFE_SECONDS,
            "scope": "openid",
        }
        if asked is not None:
            answer["id_token"] = self.signer.identity_token(identity, asked)
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def _asked(self, given: dict[str, str]) -> Asked | None:
        known = given.get("client_id") == WEB_CLIENT and given.get("redirect_uri") in self.redirect_uris
        proves = given.get("code_challenge_method") == "S256" and given.get("code_challenge")
        if not known or not proves or given.get("response_type") != "code":
            return None
        return msgspec.convert({name: given[name] for name in Asked.__struct_fields__ if name in given}, Asked)

    def _with_password(self, login: str, password: str, *, software: bool = False) -> Identity | None:
        for identity in self.people:
            if identity.login == login and (identity.kind == "organisation") is software:
                return identity if hmac.compare_digest(identity.password.encode(), password.encode()) else None
        return None

    def _page(self, asked: Asked, *, refused: bool) -> Response:
        hidden = {**msgspec.structs.asdict(asked), "response_type": "code", "code_challenge_method": "S256"}
        people = [person for person in self.people if person.kind != "organisation"]
        text = _PAGES.get_template("login.html").render(realm=self.name, asked=hidden, people=people, refused=refused)
        return HTMLResponse(text, 401 if refused else 200, headers=_HEADERS)


def build(registration: Registration) -> Starlette:
    """The whole provider."""
    key = signing_key(Path(registration.key_file))
    return Starlette(routes=[_mount(name, registration, Signer(f"{registration.url}/{name}", key)) for name in REALMS])


def _mount(name: str, registration: Registration, signer: Signer) -> Mount:
    people = tuple(identity for identity in IDENTITIES if identity.kind in REALMS[name])
    realm = Realm(name, people, signer, Codes(), registration.redirect_uris)
    return Mount(
        f"/{name}",
        routes=[
            Route("/.well-known/openid-configuration", realm.metadata),
            Route("/.well-known/jwks.json", realm.keys),
            Route("/authorize", realm.authorize, methods=["GET", "POST"]),
            Route("/token", realm.token, methods=["POST"]),
            Route("/userinfo", realm.userinfo),
        ],
    )


def _wished(form: FormData) -> Wished:
    return Wished(
        str(form.get("purpose", "")), form.get("is_secret") == "true", str(form.get("application", "")),
        form.get("is_regulator") == "true")


def _client(request: Request, form: FormData) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = b64decode(encoded, validate=True).decode().partition(":")
        except (Error, UnicodeDecodeError):
            return "", ""
        return client_id, secret
    return str(form.get("client_id", "")), str(form.get("client_secret", ""))


def _refusal(error: str) -> Response:
    return JSONResponse({"error": error}, 400, headers={"Cache-Control": "no-store"})

"""Bearer tokens for invented people, from the demonstration's identity provider, for `carnet token` and `furnish`.

May import: errors, and `demo_people` and `demo_tokens` of this room. Touches the world: the network.
"""

from __future__ import annotations

import aiohttp
import msgspec

from carnet.errors import InvalidInput, InvalidSetting, Issue, Unauthenticated, Unavailable
from carnet.roles.demo_people import COMMAND_CLIENT, IDENTITIES, Identity, identity
from carnet.roles.demo_tokens import AS_USUAL, Wished
from carnet.roles.settings import Settings


def known(login: str) -> Identity:
    """The identity of a login. Raises InvalidInput, with those there are."""
    found = identity(login)
    if found is None:
        logins = ", ".join(person.login for person in IDENTITIES)
        raise InvalidInput(Issue("not-found", f"nobody has the login {login!r}; accepted: {logins}", "who"))
    return found


def issuer_of(who: Identity, settings: Settings) -> str:
    """The demonstration issuer that speaks for them, by the settings. Raises InvalidSetting when there is none."""
    kind = {"organisation": "professional", "accountant": "officer"}.get(who.kind, who.kind)
    for issuer in settings.issuers:
        if issuer.demonstration and issuer.kind == kind:
            return issuer.url
    raise InvalidSetting(
        Issue("not-found", "none is a demonstration's: tokens are given by `carnet demo` only", "issuers")
    )


async def token_for(who: Identity, issuer: str, wished: Wished = AS_USUAL) -> str:
    """An access token, by password for a person, by client credentials for software, that says what is wished."""
    if who.kind == "organisation":
        form = {"grant_type": "client_credentials", "client_id": who.login, "client_secret": who.password}
    else:
        form = {"grant_type": "password", "client_id": COMMAND_CLIENT, "username": who.login, "password": who.password}
    form |= {name: str(value).lower() if value is True else value
             for name, value in msgspec.structs.asdict(wished).items() if value}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http,
            http.post(f"{issuer}/token", data=form) as answer,
        ):
            content = await answer.json()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unavailable(f"the identity provider {issuer} does not answer: is `carnet demo` running?") from error
    if "access_token" not in content:
        raise Unauthenticated(f"the identity provider {issuer} gives {who.login} no token: {content.get('error')}")
    return str(content["access_token"])

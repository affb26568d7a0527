"""Hosts that believe tokens which do not hold: each does not look at one thing in them, and at all the rest."""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode
from dataclasses import replace
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature

from carnet.hosting.conformance.tokens import LIFE_SECONDS, jws
from tests.hosting.conformance.conftest import Checked
from tests.hosting.conformance.telling import RIGHT_HEADER, Install
from tests.hosting.faults import Call, as_it_is

_OF_SIGNATURE = {
    "stranger-key", "wrong-key", "own-key-in-header", "altered-signature", "rewritten", "unsigned",
    "public-key-as-secret"}
_METHODS = {"bodies": "put", "entries": "append"}


def believes(kind: str) -> Install:
    """A host that does not look at one thing in tokens: it makes the order right before it looks at the rest."""
    async def install(checked: Checked) -> None:
        async def fault(call: Call) -> None:
            await as_it_is(_repaired(checked, call, kind))

        for each in ("put", "append", "read", "head", "journal", "collect", "inventory", "unnamed", "challenge"):
            checked.faults.always(each, fault)

    return install


def _repaired(checked: Checked, call: Call, kind: str) -> Call:
    is_get = call.scope["method"] == "GET"
    headers = dict(call.scope["headers"])
    asked = {} if is_get else msgspec.msgpack.decode(call.content)
    token = headers.get(b"authorization", b"")[7:].decode() if is_get else asked.get("token", "")
    claims = _claims(token)
    if kind not in _OF_SIGNATURE and token and not _is_signed(checked, token):
        return call
    claims |= _made_right(call, asked, kind)
    right = jws(RIGHT_HEADER, claims, checked.keys.portal.sign)
    if is_get:
        headers[b"authorization"] = b"Bearer " + right.encode()
        return replace(call, scope={**call.scope, "headers": list(headers.items())})
    return replace(call, content=msgspec.msgpack.encode({**asked, "token": right}))


def _made_right(call: Call, asked: dict[str, Any], kind: str) -> dict[str, Any]:
    """What the order should have said, as far as this host does not look at it."""
    right: dict[str, Any] = {}
    if kind in ("expired", "too-long-lived", "no-token"):
        right["exp"] = int(time.time()) + LIFE_SECONDS
    if kind in ("other-host", "no-token"):
        right["aud"] = "alpha"
    if kind in ("other-issuer", "no-token"):
        right["iss"] = "portal"
    if kind in ("older-epoch", "no-token"):
        right["epoch"] = 1
    if kind in ("other-method", "no-token"):
        last = call.scope["path"].rsplit("/", 1)[-1]
        right["method"] = "journal" if (last, call.scope["method"]) == ("entries", "GET") else _METHODS.get(last, last)
    if kind in ("other-record", "other-thing", "fewer-things", "no-token") and call.scope["path"].endswith("/read"):
        right["items"] = [[each["record"], 1, each["id"].hex()] for each in asked["bodies"]]
    return right


def _claims(token: str) -> dict[str, Any]:
    if not token:
        return {"items": []}
    part = token.split(".")[1]
    said: dict[str, Any] = msgspec.json.decode(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    said.pop("admin", None)     # a claim that is of no form
    return said


def _is_signed(checked: Checked, token: str) -> bool:
    content, _, signature = token.rpartition(".")
    try:
        checked.keys.portal.public_key().verify(
            urlsafe_b64decode(signature + "=" * (-len(signature) % 4)), content.encode())
    except InvalidSignature:
        return False
    return True

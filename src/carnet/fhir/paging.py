"""Pages of a search: the link to the next one is sealed, and says nothing to anyone but this platform.

It holds the search as it was understood and the last entry that was shown; pages therefore stay in place when
documents come in, and neither an INS nor a number stands in the address. The rights are decided again for each page.
May import: this room, errors.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from carnet.errors import InvalidInput, Issue

_PURPOSE = [b"carnet fhir page 1"]


class Page(msgspec.Struct, frozen=True, array_like=True):
    """The search of a page, and the order key of the last entry before it."""

    parameters: tuple[tuple[str, str], ...]
    after: tuple[float, str]


def seal_page(page: Page, key: bytes) -> str:
    """The page as a token for an address: the same page gives the same token (AES-SIV, RFC 5297)."""
    return urlsafe_b64encode(AESSIV(key).encrypt(msgspec.msgpack.encode(page), _PURPOSE)).rstrip(b"=").decode()


def open_page(token: str, key: bytes) -> Page:
    """The page of a token. Raises InvalidInput when this platform did not make it."""
    try:
        sealed = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        return msgspec.msgpack.decode(AESSIV(key).decrypt(sealed, _PURPOSE), type=Page)
    except (ValueError, InvalidTag):
        raise InvalidInput(Issue("value", "this link to a page was not made here", "_page")) from None

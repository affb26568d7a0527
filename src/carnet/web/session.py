"""A session: who logged in with this browser, until when, and the token that its forms carry.

The cookie holds a random identifier, the database only its hash: a stolen table opens no session.
May import: people, rights.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from carnet.people.caller import AccountantCaller, Caller, OfficerCaller, PatientCaller
from carnet.people.ins import Ins
from carnet.rights.held import ProxyKind

CSRF_FIELD = "csrf"


class Space(StrEnum):
    """The sides of the portal."""

    PATIENT = "patient"
    PROFESSIONAL = "professional"
    OFFICER = "officer"
    ACCOUNTANT = "accountant"


class ActingFor(msgspec.Struct, frozen=True):
    """Another patient, for whom the person of a session acts. It opens nothing: every access is decided on anew."""

    ins: Ins
    name: str
    kind: ProxyKind


@dataclass(frozen=True, slots=True)
class Session:
    """A live session. `identifier` is the cookie's secret, never stored as it is.

    `authenticated_at` is when the person last proved who they are, as far as is known.
    """

    identifier: str
    caller: Caller
    acting_for: ActingFor | None = None
    authenticated_at: datetime | None = None

    @property
    def space(self) -> Space:
        """Which side of the portal this person came to."""
        match self.caller:
            case PatientCaller():
                return Space.PATIENT
            case OfficerCaller():
                return Space.OFFICER
            case AccountantCaller():
                return Space.ACCOUNTANT
            case _:
                return Space.PROFESSIONAL

    @property
    def csrf(self) -> str:
        """What every form of this session carries; another site can neither read nor guess it.

        It changes with the person acted for: a form that was open for one person is never taken for another.
        """
        whose = f" for {self.acting_for.ins}" if self.acting_for else ""
        return derived(self.identifier, f"csrf{whose}")


def new_identifier() -> str:
    """256 random bits, for a cookie."""
    return secrets.token_urlsafe(32)


def digest(identifier: str) -> bytes:
    """What the database keeps of an identifier."""
    return hashlib.sha256(identifier.encode()).digest()


def derived(secret: str, purpose: str) -> str:
    """A value for one purpose that only the holder of the secret can compute (HMAC-SHA-256)."""
    mac = hmac.new(secret.encode(), f"carnet web {purpose}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(mac).rstrip(b"=").decode()


def same(one: str, other: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def cookie_name(name: str, *, is_secure: bool) -> str:
    """Over TLS the prefix makes browsers refuse a cookie that another host or a clear page tries to set."""
    return f"__Host-{name}" if is_secure else name

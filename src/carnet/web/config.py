"""What the pages need to know of the platform they run in. Filled from the settings by `roles`.

May import: people, steering.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from carnet.people import identifiers, ins
from carnet.steering.silence import Watched


@dataclass(frozen=True, slots=True)
class LoginIssuer:
    """One OpenID provider: where it is, and who we are for it. A public client has no secret: PKCE stands for it."""

    issuer: str
    client_id: str
    client_secret: str = ""
    scope: str = "openid"


@dataclass(frozen=True, slots=True)
class WebConfig:
    """Where the pages are, who logs people in, and how long a session lasts.

    Without `officers`, nobody logs in as an officer of the authority. `watched` are the partners that feed records.
    """

    public_url: str
    patients: LoginIssuer
    professionals: LoginIssuer
    officers: LoginIssuer | None = None
    idle_minutes: int = 30
    session_hours: int = 8
    time_zone: str = "Europe/Paris"
    demonstration: bool = False
    max_upload_bytes: int = 10 * 1024 * 1024
    ins_policy: ins.InsPolicy = ins.PRODUCTION
    identifier_policy: identifiers.IdentifierPolicy = identifiers.PRODUCTION
    watched: tuple[Watched, ...] = ()
    fill_months: int = 12

    @property
    def is_secure(self) -> bool:
        """True when the pages are served over TLS: cookies are then marked Secure and bound to this very host."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def callback_url(self) -> str:
        """Where both providers send people back; it must be registered there."""
        return f"{self.public_url.rstrip('/')}/connexion/retour"

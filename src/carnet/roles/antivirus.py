"""The antivirus that the settings name. May import: every room."""

from __future__ import annotations

from urllib.parse import urlsplit

from carnet.errors import InvalidSetting, Issue
from carnet.record.antivirus.asked import Antivirus
from carnet.record.antivirus.clamd.client import Clamd
from carnet.record.antivirus.icap.client import Icap

_CLAMD_PORT, _ICAP_PORT = 3310, 1344


def antivirus_at(address: str) -> Antivirus | None:
    """The antivirus at this address (`clamd://host:port`, `icap://host:port/service`); None for an empty one.

    Raises InvalidSetting.
    """
    if not address:
        return None
    try:
        parts = urlsplit(address)
        host, port, service = parts.hostname, parts.port, parts.path.strip("/")
    except ValueError:
        host, port, service = None, None, ""
    if host and address.startswith("clamd://") and not service:
        return Clamd(host, port or _CLAMD_PORT)
    if host and address.startswith("icap://") and service:
        return Icap(host, port or _ICAP_PORT, service)
    raise InvalidSetting(Issue("value", "clamd://host:port or icap://host:port/service", "antivirus"))

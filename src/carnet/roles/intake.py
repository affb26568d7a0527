"""What documents are looked at with before they are kept, as the settings name it. May import: every room."""

from __future__ import annotations

from urllib.parse import urlsplit

from carnet.documents.safety.schema import Schema
from carnet.errors import InvalidSetting, Issue
from carnet.record.antivirus.asked import Antivirus
from carnet.record.antivirus.clamd.client import Clamd
from carnet.record.antivirus.icap.client import Icap
from carnet.record.intake import Intake
from carnet.roles.settings import Settings

_CLAMD_PORT, _ICAP_PORT = 3310, 1344


def intake_of(settings: Settings) -> Intake:
    """The antivirus and the schema of the settings, if there are any. Raises InvalidSetting."""
    folder = settings.document_rules_folder
    return Intake(antivirus_at(settings.antivirus), Schema(settings.path(folder)) if folder else None)


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

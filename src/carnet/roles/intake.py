"""What documents are looked at with before they are kept, as the settings name it. May import: every room."""

from __future__ import annotations

import signal
import sys
from urllib.parse import urlsplit

from carnet.documents.safety.schema import Schema
from carnet.documents.schematron.folder import SETS
from carnet.errors import InvalidSetting, Issue
from carnet.record.antivirus.asked import Antivirus
from carnet.record.antivirus.clamd.client import Clamd
from carnet.record.antivirus.icap.client import Icap
from carnet.record.conformity.client import Checker
from carnet.record.intake import Intake
from carnet.roles.lifeline import tied_to_this_process
from carnet.roles.settings import Settings

_CLAMD_PORT, _ICAP_PORT = 3310, 1344


def intake_of(settings: Settings) -> Intake:
    """The antivirus and the schema of the settings, if there are any. Raises InvalidSetting."""
    if not settings.document_rules_folder:
        return Intake(antivirus_at(settings.antivirus))
    folder = settings.path(settings.document_rules_folder)
    return Intake(antivirus_at(settings.antivirus), Schema(folder), checks=_has_rules(settings))


def checker_of(settings: Settings) -> Checker | None:
    """The process that holds documents to the national rules; None when there are none."""
    if not _has_rules(settings):
        return None
    folder, megabytes = settings.path(settings.document_rules_folder), settings.document_rules_megabytes
    command = [sys.executable, "-m", "carnet.roles.judging", str(folder), str(megabytes)]
    return Checker(command, tied=tied_to_this_process(signal.SIGKILL))


def _has_rules(settings: Settings) -> bool:
    folder = settings.document_rules_folder
    return bool(folder) and (settings.path(folder) / SETS).is_dir()


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

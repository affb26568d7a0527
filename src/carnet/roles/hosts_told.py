"""What the command line says of hosts: the list, one of them with every signature verified again, what ends soon.

May import: hosting; `hosts` and `settings` of this room.
"""

from __future__ import annotations

import sys
from datetime import timedelta

from carnet.errors import NotFound
from carnet.hosting.accreditation.file import ACTIVITIES, HostFile
from carnet.hosting.accreditation.reminders import Reminder, reminders_of
from carnet.hosting.accreditation.steps import Signed, broken
from carnet.hosting.accreditation.store import Dossier
from carnet.hosting.directory import Standing
from carnet.hosting.placing.store import PlacingStore
from carnet.journal.database import Database
from carnet.roles.hosts import accreditation_of
from carnet.roles.settings import Settings
from carnet.roles.wiring import open_pool

_MOMENT = timedelta(microseconds=1)


async def list_all(settings: Settings) -> int:
    """Every host of the settings, and every one that ever applied; 1 when one of the settings is not active."""
    settings.require("portal_database_url")
    async with accreditation_of(settings) as store, open_pool(settings.portal_database_url, 1) as pool:
        standings = {each.host: each for each in await store.standings()}
        loads = {each.id: each for each in (await PlacingStore(Database(pool)).loads())[0]}
    named = [host.id for host in settings.hosts]
    for host in dict.fromkeys((*named, *standings)):
        standing = standings.get(host)
        words = why_not_active(standing) or f"active until {_last_day(standing)}"
        load = loads.get(host)
        full = f"; {load.counted} of {load.most} records" if load is not None else ""
        print(f"{host}: {words}{full}" + ("" if host in named else "; not in the settings of this platform"))
    return 0 if all(host in standings and standings[host].is_active for host in named) else 1


async def show(settings: Settings, host: str) -> int:
    """All of one host; 1 when its steps do not hold. Raises NotFound when it never applied."""
    async with accreditation_of(settings) as store:
        dossier = await store.dossier(host)
        standings = {each.host: each for each in await store.standings()}
    if dossier is None:
        raise NotFound(f"host {host} never applied")
    print(f"{host}: {why_not_active(standings.get(host)) or f'active until {_last_day(standings[host])}'}")
    for line in _of_file(dossier.file):
        print(f"  {line}")
    for step in dossier.steps:
        print(f"  {_step(step)}")
    for reminder in reminders_of([dossier]):
        print(f"  {reminded(reminder)}")
    if wrong := _wrong(dossier, standings.get(host)):
        print(f"carnet: {wrong}", file=sys.stderr)
        return 1
    print(f"  all {len(dossier.steps)} signatures hold, each step follows the one before")
    return 0


async def remind(settings: Settings) -> int:
    """What ends soon, the most urgent first; 1 when there is something."""
    async with accreditation_of(settings) as store:
        found = reminders_of(await store.dossiers())
    for reminder in found:
        print(reminded(reminder))
    if not found:
        print("nothing ends within 180 days")
    return 1 if found else 0


def why_not_active(standing: Standing | None) -> str:
    """In words, why a host is given no record; empty when it is active."""
    if standing is None:
        return "not accredited: it never applied (`carnet hosts apply`)"
    if standing.is_active:
        return ""
    if standing.state == "active":
        return f"not active: its decision or its HDS certificate ended, last moment {_last_day(standing)}"
    if standing.state in ("suspended", "withdrawn", "refused"):
        return f"not active: {standing.state}"
    return f"not active: its last step is {standing.state} (`carnet hosts step`)"


def reminded(reminder: Reminder) -> str:
    """One reminder, in words."""
    what = "the minister's decision" if reminder.what == "decision" else "the HDS certificate"
    when = f"ended on {reminder.last_day}: the host is not active" if reminder.is_over else (
        f"ends on {reminder.last_day}, in {reminder.days_left} days")
    renewed = " (a renewal is under way)" if reminder.is_renewed_soon else ""
    return f"{reminder.host}, {reminder.company}: {what} {when}{renewed}"


def _wrong(dossier: Dossier, standing: Standing | None) -> str:
    """What does not hold: a step that was altered, or a standing that is not what the steps come to."""
    if wrong := broken(dossier.steps):
        return wrong
    if standing is None or standing.state != dossier.life.state:
        return f"the steps come to {dossier.life.state}, and the platform holds it for {standing and standing.state}"
    return ""


def _step(step: Signed) -> str:
    said = step.statement
    view = "" if said.is_favourable else ", unfavourable"
    until = f", until {said.until}" if said.until is not None else ""
    return (
        f"{said.number}. {said.signed_on} {said.step}{view}{until}: {said.name} ({said.role}),"
        f" document {said.document_sha256[:16]}…")


def _of_file(file: HostFile) -> list[str]:
    certificate = file.certificate
    return [
        f"{file.company.name}, SIREN {file.company.siren}, as {file.role}; {file.capacity_records} records at most",
        *(f"site {site.name}: {site.address}, {site.country}" for site in file.sites),
        (
            f"HDS certificate {certificate.number} of {certificate.body}, {certificate.issued_on} to"
            f" {certificate.expires_on}, {len(certificate.activities)} of {len(ACTIVITIES)} activities"),
        *(
            f"prices {price.version} from {price.from_}: {price.record_year_cents} cents a record and year,"
            f" {price.gigabyte_month_cents} a gigabyte and month" for price in file.prices),
        f"contact {file.contact.name}, {file.contact.email}, {file.contact.telephone}",
    ]


def _last_day(standing: Standing | None) -> str:
    """The last day: a host is active until the midnight after it."""
    until = standing.active_until if standing is not None else None
    return str((until - _MOMENT).astimezone().date()) if until is not None else "never"

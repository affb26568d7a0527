"""Hosts on the pages of others: who they are by name, and the fields of a form that opens a record.

May import: people, record, the forms and presenters of this room.
"""

from __future__ import annotations

from dataclasses import dataclass

from carnet.errors import InvalidIdentifier
from carnet.people.departement import Departement
from carnet.record.place_record import Preference
from carnet.web import forms
from carnet.web.presenters.keeper import KeeperPresenter
from carnet.web.site import Visit

FIELDS = ("host", "departement")


@dataclass(frozen=True, slots=True)
class PlaceFields:
    """What may be said of the place of a record when it is opened: a host of those that take records, a département."""

    host: forms.Field
    departement: forms.Field


def presenter(visit: Visit) -> KeeperPresenter:
    """Puts hosts into words, by the names of those who run them."""
    directory = visit.stores.copies.directory
    companies = {host.id: host.company for host in directory.hosts.values()}
    companies |= {host: each.company for host, each in directory.standings.items() if each.company}
    return KeeperPresenter(visit.words, visit.calendar, companies)


def fields(visit: Visit, answers: forms.Answers) -> PlaceFields:
    """The two fields; the hosts that are offered are the active ones."""
    homes = [host.id for host in visit.stores.copies.directory.homes]
    return PlaceFields(
        presenter(visit).choice(homes, "opening", answers, is_optional=True),
        forms.field(visit.words, "opening", "departement", answers))


def read(visit: Visit) -> tuple[Preference, dict[str, str]]:
    """What the form says, and what is wrong with it by field."""
    host, text = visit.text("host"), visit.text("departement")
    errors: dict[str, str] = {}
    residence = None
    if host and host not in [home.id for home in visit.stores.copies.directory.homes]:
        errors["host"] = visit.words("opening.host_wrong")
    try:
        residence = Departement.parse(text) if text else None
    except InvalidIdentifier:
        errors["departement"] = visit.words("opening.departement_wrong")
    return Preference(host, residence), errors

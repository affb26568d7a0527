"""Give a new record its two hosts: what was said at the opening becomes a wish, and the answer a part of its trace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from carnet.audit.events import NO_RECORD, Event, refused
from carnet.errors import HostNotActive, InvalidInput, Issue, NowhereToPlace, Unavailable
from carnet.hosting.directory import Placement
from carnet.hosting.placement import Wish
from carnet.hosting.placing.place import Seat
from carnet.journal.keys import RecordKeys
from carnet.people.caller import OrganisationCaller, ProfessionalCaller
from carnet.people.departement import Departement
from carnet.record.known import Known
from carnet.record.stores import Stores
from carnet.rights.access import Asker

Opened = TypeVar("Opened")
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Preference:
    """What was said at the opening: the host that the patient chose, and the département they live in. Both may be
    empty."""

    host: str = ""
    residence: Departement | None = None


ANYWHERE = Preference()


@dataclass(frozen=True, slots=True)
class Berth:
    """What an opening needs besides what is known: where the record goes, and its keys."""

    seat: Seat
    keys: RecordKeys


def check_preference(preference: Preference, stores: Stores) -> None:
    """Raises InvalidInput when the host that was chosen is none that takes records as their home."""
    directory = stores.copies.directory
    if preference.host and (preference.host not in directory.hosts or preference.host == directory.reference.id):
        raise InvalidInput(Issue("not-found", "there is no such home host", "host"))


async def placed(
    asker: Asker, known: Known, preference: Preference, stores: Stores,
    *, opening: Callable[[Known, Berth], Awaitable[Opened]],
) -> Opened:
    """Open the record where it is placed: again, somewhere else, when that host was suspended meanwhile.

    Raises NowhereToPlace, which leaves a trace: no host may have the record.
    """
    wish = Wish(known.record, preference.host, str(_departement(asker, preference) or ""))
    seat = await _seat(asker, wish, stores)
    keys = await stores.keys.create(known.record)     # before the record: one without a key could never be read
    for _ in range(_TRIES):
        placement = Placement(known.record, 1, seat.placed.home, seat.placed.reference)
        try:
            return await opening(replace(known, placement=placement), Berth(seat, keys))
        except HostNotActive:
            stores.placing.look_again()
            seat = await _seat(asker, wish, stores)
    raise Unavailable("hosts change too fast for a record to be placed", retry_after_seconds=2)


async def _seat(asker: Asker, wish: Wish, stores: Stores) -> Seat:
    try:
        return await stores.placing.seat(wish)
    except NowhereToPlace as error:
        await stores.records.trace((refused(asker, "place_record", NO_RECORD, reasons=[str(error)]), None))
        raise


def explained(event: Event, berth: Berth) -> Event:
    """The event of the opening, with where the record is and why."""
    return replace(event, detail={**event.detail, **berth.seat.placed.detail})


def _departement(asker: Asker, preference: Preference) -> Departement | None:
    """Where the patient lives, else where the organisation of who opens is, else unknown."""
    if preference.residence is not None:
        return preference.residence
    match asker.caller:
        case ProfessionalCaller(organisation=struct_id) | OrganisationCaller(struct_id=struct_id):
            return Departement.of_organisation(struct_id)
    return None

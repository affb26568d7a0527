"""The FHIR doors together: which address and method leads to which transaction.

`routes` gives what `carnet.roles.portal` puts among its own routes. Dispatch is a look-up, so that the hottest doors
pay for nothing else. May import: this room, record, people.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from carnet.errors import NotFound
from carnet.fhir import conformity, consent, task
from carnet.fhir.config import FhirConfig
from carnet.fhir.document_out import Publisher
from carnet.fhir.door import Door, Rooms, Transaction, Visit, serve
from carnet.fhir.iti65_provide import provide
from carnet.fhir.iti67_find import read_one, search
from carnet.fhir.iti68_retrieve import read_binary
from carnet.fhir.iti105_publish import publish
from carnet.fhir.metadata import capabilities
from carnet.fhir.open_patient import open_patient
from carnet.fhir.operations import agree_as_second_person, ask_second_person, emergency_access, reopen
from carnet.fhir.outcome import MethodNotAllowed
from carnet.fhir.patch_document import patch
from carnet.fhir.patient import status
from carnet.fhir.renderings import Renderings
from carnet.people.tokens import TokenVerifier
from carnet.record.stores import Stores

ALL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_ONE = "*"   # stands for an id

DOORS: dict[str, dict[str, Door]] = {
    "": {"POST": Door(provide, "feed")},
    "metadata": {"GET": Door(capabilities, "metadata", is_public=True)},
    "DocumentReference": {
        "GET": Door(search, "list"), "POST": Door(publish, "feed"), "PATCH": Door(patch, "change_document")},
    "DocumentReference/_search": {"POST": Door(search, "list")},
    "DocumentReference/*": {"GET": Door(read_one, "read"), "PATCH": Door(patch, "change_document")},
    "DocumentReference/*/$conformity": {"GET": Door(conformity.read, "see_conformity")},
    "Binary/*": {"GET": Door(read_binary, "read")},
    "Patient": {"GET": Door(status, "see_status"), "POST": Door(open_patient, "open_record")},
    "Patient/_search": {"POST": Door(status, "see_status")},
    "Patient/$emergency-access": {"POST": Door(emergency_access, "open_emergency")},
    "Patient/$ask-second-person": {"POST": Door(ask_second_person, "ask_second_person")},
    "Patient/$agree-as-second-person": {"POST": Door(agree_as_second_person, "agree_second_person")},
    "Patient/$reopen": {"POST": Door(reopen, "reopen_record")},
    "Consent": {"GET": Door(consent.search, "see_choices"), "POST": Door(consent.create, "change_choice")},
    "Consent/_search": {"POST": Door(consent.search, "see_choices")},
    "Task": {"GET": Door(task.search, "see_messages")},
    "Task/_search": {"POST": Door(task.search, "see_messages")},
    "Task/*": {"GET": Door(task.read_one, "see_messages")},
    "Consent/*": {"GET": Door(consent.read_one, "see_choices"), "PUT": Door(consent.update, "change_choice")},
}


class FhirDoors:
    """The ASGI application of all FHIR doors."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        door, identifier = find_door(request.method, scope["path_params"].get("path", ""))
        response = await serve(door, request, self._rooms, identifier)
        if response is not None:
            await response(scope, receive, send)


def find_door(method: str, path: str) -> tuple[Door, str]:
    """The door of an address, and the id that stands in it; a door that refuses where there is none."""
    path = path.strip("/")
    found, identifier = DOORS.get(path), ""
    if found is None:
        parent, _, identifier = path.rpartition("/")
        found = DOORS.get(f"{parent}/{_ONE}")
    if found is None:       # an operation of one resource
        kind, _, of = parent.rpartition("/")
        found, identifier = DOORS.get(f"{kind}/{_ONE}/{identifier}"), of
    if found is None:
        return Door(_nothing_here, "unknown_page"), ""
    door = found.get("GET" if method == "HEAD" else method)
    if door is None:
        return Door(_refuse_method(tuple(found)), "unknown_page"), ""
    return door, identifier


async def _nothing_here(_: Visit) -> Response:
    raise NotFound("no such address")


def _refuse_method(allowed: tuple[str, ...]) -> Transaction:
    async def refuse(_: Visit) -> Response:
        raise MethodNotAllowed(allowed)
    return refuse


def build(stores: Stores, verifier: TokenVerifier, config: FhirConfig) -> FhirDoors:
    """The doors of a platform."""
    publisher = Publisher(config.base, config.custodian)
    return FhirDoors(Rooms(stores, verifier, config, Renderings(publisher, config.rendered_bytes)))


def routes(doors: FhirDoors, prefix: str = "/fhir") -> list[BaseRoute]:
    """The doors under a prefix, with and without a last slash, for every method."""
    return [
        Route(prefix, doors, methods=ALL_METHODS),
        Route(f"{prefix}/{{path:path}}", doors, methods=ALL_METHODS),
    ]

"""What every FHIR door does: know who asks, hand over to one transaction, answer its errors, leave a trace of refusals.

May import: this room, record, rights, people, errors.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from carnet.errors import CarnetError, InvalidInput, Unauthenticated
from carnet.fhir.config import FhirConfig
from carnet.fhir.document_out import Publisher
from carnet.fhir.forms import language_of
from carnet.fhir.outcome import answer_of, failure, response_of
from carnet.fhir.renderings import Renderings
from carnet.people.caller import Caller
from carnet.people.identity import Identity
from carnet.people.tokens import TokenVerifier
from carnet.record.audit_door import refused_at_the_door
from carnet.record.stores import Stores
from carnet.rights.access import AccessMode, Asker

DOOR = "fhir"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the transactions work with."""

    stores: Stores
    verifier: TokenVerifier
    config: FhirConfig
    renderings: Renderings

    @property
    def publisher(self) -> Publisher:
        """The platform as its answers name it."""
        return Publisher(self.config.base, self.config.custodian)


@dataclass(slots=True)
class Visit:
    """One request. `identifier` is the last part of its address, where that names a resource."""

    request: Request
    rooms: Rooms
    request_id: str
    identifier: str = ""
    identity: Identity | None = None
    handed_over: bool = field(default=False)

    @property
    def who(self) -> Caller:
        """Who asks."""
        return self._proved.caller

    @property
    def caller(self) -> Caller | None:
        """Who asks, if that is known."""
        return self.identity.caller if self.identity is not None else None

    @property
    def _proved(self) -> Identity:
        if self.identity is None:   # a public door has no use for a caller
            raise Unauthenticated("a bearer token is needed")
        return self.identity

    def hand_over(self) -> Asker:
        """Who asks, for the use case that takes over now and leaves the traces from here on."""
        said = self._proved
        self.handed_over = True
        return Asker(
            said.caller, AccessMode(said.purpose_of_use), DOOR, self.request_id,
            authenticated_at=said.authenticated_at, is_secret=said.is_secret)

    def take_back(self) -> None:
        """The use case is over: what is refused from here on leaves its trace at the door."""
        self.handed_over = False


Transaction = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Door:
    """One transaction, the name that its refusals have in the trace, and whether anyone may come in without a token."""

    transaction: Transaction
    act: str
    is_public: bool = False


async def serve(door: Door, request: Request, rooms: Rooms, identifier: str = "") -> Response | None:
    """The answer of a door, whatever happens. None when the asker went away."""
    visit = Visit(request, rooms, _request_id(request), identifier)
    try:
        response = await _answer(door, visit)
    except ClientDisconnect:
        return None
    except Exception:   # noqa: BLE001  the one last handler of this role (STYLE 6)
        # Neither the address nor the error's own words are logged: both may name a patient.
        _log.error("request %s failed in the door %s: %s", visit.request_id, door.act, _where_it_failed())
        response = failure()
    response.headers["X-Request-Id"] = visit.request_id
    return response


async def _answer(door: Door, visit: Visit) -> Response:
    try:
        if not door.is_public:
            visit.identity = await visit.rooms.verifier.verify(bearer_token(visit.request))
        return await door.transaction(visit)
    except CarnetError as error:
        return await _refuse(door, visit, error)


async def _refuse(door: Door, visit: Visit, error: CarnetError) -> Response:
    """The answer to an error, once its trace is kept: without a trace, the answer is that there can be none now."""
    try:
        if not visit.handed_over:
            await refused_at_the_door(
                visit.rooms.stores, door=DOOR, act=door.act, reason=reason_of(error), caller=visit.caller,
                request_id=visit.request_id)
    except CarnetError as failed:
        error = failed
    if answer_of(error).status >= 500:
        _log.warning("request %s: %s in the door %s", visit.request_id, type(error).__name__, door.act)
    return response_of(error, language_of(visit.request))


def bearer_token(request: Request) -> str:
    """The token of the Authorization header. Raises Unauthenticated."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("a bearer token is needed: Authorization: Bearer <access token>")
    return token.strip()


def reason_of(error: CarnetError) -> str:
    """A code for the trace: what is wrong, and never what was sent."""
    if isinstance(error, InvalidInput):
        return f"{type(error).__name__} {error.issues[0].code} {error.issues[0].expression}".strip()
    return type(error).__name__


def _where_it_failed() -> str:
    """The class of the error being handled and the lines it went through, without its words."""
    kind, _, trace = sys.exc_info()
    lines = (f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(trace)[-6:])
    return f"{kind.__name__ if kind else ''} at {' > '.join(lines)}"


def _request_id(request: Request) -> str:
    given = request.headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else str(uuid4())

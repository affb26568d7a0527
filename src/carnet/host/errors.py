"""What a host refuses, and the one table that says how each error is answered.

Every answer is `{"error": code, "message": ...}`, with more where the caller needs it to go on.
May import: errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from carnet.errors import (
    CarnetError,
    Conflict,
    Gone,
    InvalidInput,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
)


class Full(Unavailable):
    """There is no room for more bodies here. Put them at another host."""


class BodyStoreAway(Unavailable):
    """The body store does not answer, or is not this host's. What needs none of its bodies goes on."""


class ReadOnly(Unavailable):
    """This host takes no writes for now. Reads go on."""


class Erased(Gone):
    """The records were erased here under this placement version or a later one; nothing of the call was done."""

    def __init__(self, records: list[UUID]) -> None:
        super().__init__("erased here under this placement version or a later one")
        self.details = {"records": [str(record) for record in records]}


class WrongHead(Conflict):
    """The order was given for another head than this host's: `details` has its own place and head."""

    def __init__(self, place: int, head: bytes) -> None:
        super().__init__("the head of this host is another one")
        self.details = {"place": place, "head": head.hex()}


class PlacedSince(Conflict):
    """An order to erase came after the record was placed here again, under a later version."""

    def __init__(self, version: int) -> None:
        super().__init__("the record was placed here again since, under a later version")
        self.details = {"version": version}


class CeilingReached(CarnetError):      # noqa: N818 named as those it stands with
    """More erasures than this host executes in a day, and no approval that covers them. Nothing was done."""


class OtherRoot(Conflict):
    """This host keeps another root of that day, or a root of a later one: `details` has the last it keeps."""

    def __init__(self, why: str, day: str, root: bytes) -> None:
        super().__init__(why)
        self.details = {"day": day, "root": root.hex()}


ANSWERS: Mapping[type[Exception], tuple[int, str]] = {
    InvalidInput: (400, "invalid"),
    Unauthenticated: (401, "unauthenticated"),
    CeilingReached: (403, "ceiling"),
    NotFound: (404, "not_found"),
    Conflict: (409, "conflict"),
    Gone: (410, "erased"),
    TooLarge: (413, "too_large"),
    Full: (503, "full"),
    ReadOnly: (503, "read_only"),
    BodyStoreAway: (503, "storage"),
    Unavailable: (503, "unavailable"),
    ClientDisconnect: (400, "disconnected"),
    asyncpg.DiskFullError: (503, "full"),
    asyncpg.ReadOnlySQLTransactionError: (503, "read_only"),
    asyncpg.InterfaceError: (503, "storage"),
    asyncpg.PostgresConnectionError: (503, "storage"),
    asyncpg.OperatorInterventionError: (503, "storage"),
    asyncpg.InsufficientResourcesError: (503, "storage"),
    asyncpg.TransactionRollbackError: (503, "storage"),
    asyncpg.LockNotAvailableError: (503, "storage"),
    asyncpg.DataCorruptedError: (503, "storage"),
    OSError: (503, "storage"),
}
"""The nearest class of an error, going up from its own, rules. What is not here is our own fault: 500."""

UNEXPECTED = (500, "unexpected")


def answer_to(error: Exception) -> tuple[int, dict[str, Any]]:
    """The status and the JSON content that answer this error. What storage says of itself stays here."""
    if isinstance(error, HTTPException):        # no such path, or no such method there
        code = "not_found" if error.status_code == 404 else "invalid"
        return error.status_code, {"error": code, "message": error.detail}
    status, code = next((ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS), UNEXPECTED)
    message = str(error) if isinstance(error, CarnetError) else "the host could not do it"
    return status, {"error": code, "message": message, **getattr(error, "details", {})}

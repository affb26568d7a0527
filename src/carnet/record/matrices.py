"""The access matrix in force: loaded into the portal's database, kept compiled in each process by its number."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from carnet.audit.events import NO_RECORD, Event
from carnet.errors import Conflict, IntegrityError, InvalidInput
from carnet.journal.content import Actor
from carnet.journal.database import Database
from carnet.rights.matrix import Matrix
from carnet.rights.matrix_file import read, read_again

LOADED = "load_matrix"      # what the trace of a loading says was done
_KEPT = 4                   # requests under way may still ask for the one before
_INSERT = "insert into access_matrix (number, version, loaded_by, sha256, content) values ($1, $2, $3, $4, $5)"
_TRACE = (
    "insert into audit_event (record_id, event_id, act, outcome, door, request_id, actor, detail)"
    " values ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8::text::jsonb)")


@dataclass(frozen=True, slots=True)
class Loading:
    """A file to put in force, by whom, in the place of the matrix of number `after`."""

    content: bytes
    by: Actor
    after: int
    sha256: bytes = field(init=False)
    matrix: Matrix = field(init=False)

    def __post_init__(self) -> None:
        """Read the file. Raises InvalidInput with every issue, and TooLarge."""
        object.__setattr__(self, "matrix", read(self.content))
        object.__setattr__(self, "sha256", hashlib.sha256(self.content).digest())


class MatrixStore:
    """Versions of the matrix. Number 0 is the one that the platform ships, or none."""

    def __init__(self, database: Database, shipped: Matrix) -> None:
        self._database = database
        self._shipped = shipped
        self._kept: dict[int, Matrix] = {}
        self._reading = asyncio.Lock()

    async def number(self) -> int:
        """The number of the matrix in force."""
        number: int = await self._database.fetchval("select matrix_version from platform")
        return number

    async def at(self, number: int) -> Matrix:
        """The matrix of this number. Raises IntegrityError when there is none, or when it is not what was loaded."""
        if number == 0:
            return self._shipped
        matrix = self._kept.get(number)
        if matrix is None:
            async with self._reading:       # one reads, all others wait for it
                matrix = self._kept.get(number) or await self._read(number)
        return matrix

    async def current(self) -> tuple[int, Matrix]:
        """The matrix in force, and its number."""
        number = await self.number()
        return number, await self.at(number)

    async def in_force_from(self, number: int) -> datetime | None:
        """When this matrix was put in force; None for the one that the platform ships."""
        since: datetime | None = await self._database.fetchval(
            "select in_force_from from access_matrix where number = $1", number)
        return since

    async def load(self, loading: Loading) -> int:
        """Put this matrix in force for every decision from this commit on, and return its number.

        The same file again changes nothing. Raises Conflict when another was loaded meanwhile, or when this version was
        said of another content: a version names one content for ever.
        """
        async with self._database.transaction() as connection:
            number: int = await connection.fetchval("select matrix_version from platform for update")
            if number != loading.after:
                raise Conflict("another matrix was loaded meanwhile: compare again")
            versions = await connection.fetch(
                "select number, sha256 from access_matrix where version = $1", loading.matrix.version)
            if not self._is_that_version(loading, {row["sha256"] for row in versions}):
                raise Conflict(f"the version {loading.matrix.version} is another content: give this one a new version")
            if number in {row["number"] for row in versions}:
                return number
            number += 1
            await connection.execute(
                _INSERT, number, loading.matrix.version, loading.by.identifier, loading.sha256, loading.content)
            await connection.execute("update platform set matrix_version = $1", number)
            await connection.execute(_TRACE, *_event(loading, number).columns())
            return number

    def _is_that_version(self, loading: Loading, known: set[bytes]) -> bool:
        if loading.matrix.version == self._shipped.version and loading.matrix.rows != self._shipped.rows:
            return False
        return known <= {loading.sha256}

    async def _read(self, number: int) -> Matrix:
        row: Any = await self._database.fetchrow(
            "select content, sha256 from access_matrix where number = $1", number)
        if row is None or hashlib.sha256(row["content"]).digest() != row["sha256"]:
            raise IntegrityError(f"the access matrix {number} is not in the database as it was loaded")
        try:
            matrix = await asyncio.to_thread(read_again, row["content"])
        except InvalidInput as error:
            raise IntegrityError(f"the access matrix {number} cannot be read by this version") from error
        self._kept[number] = matrix
        if len(self._kept) > _KEPT:
            del self._kept[min(self._kept)]
        return matrix


def _event(loading: Loading, number: int) -> Event:
    detail = {"version": loading.matrix.version, "number": number, "sha256": loading.sha256.hex()}
    return Event(NO_RECORD, LOADED, "done", "command", "", loading.by, detail)

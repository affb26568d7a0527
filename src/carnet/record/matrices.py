"""The access matrix in force: loaded into the portal's database, kept compiled in each process by its number."""

from __future__ import annotations

import asyncio
import hashlib
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

    async def load(self, content: bytes, *, by: Actor, after: int) -> int:
        """Put the matrix of this file in force for every decision from this commit on, and return its number.

        `after` is the number it was compared with. The file that is in force changes nothing. Raises InvalidInput with
        every issue, TooLarge, and Conflict when another was loaded meanwhile or when its version names another content.
        """
        matrix, sha256 = read(content), hashlib.sha256(content).digest()
        async with self._database.transaction() as connection:
            number: int = await connection.fetchval("select matrix_version from platform for update")
            if number != after:
                raise Conflict("another matrix was loaded meanwhile: compare again")
            same = await connection.fetch(
                "select number, sha256 from access_matrix where version = $1", matrix.version)
            if self._is_another(matrix) or any(row["sha256"] != sha256 for row in same):
                raise Conflict(f"the version {matrix.version} names another content: give this file a new version")
            if any(row["number"] == number for row in same):
                return number
            number += 1
            await connection.execute(_INSERT, number, matrix.version, by.identifier, sha256, content)
            await connection.execute("update platform set matrix_version = $1", number)
            detail = {"version": matrix.version, "number": number, "sha256": sha256.hex()}
            event = Event(NO_RECORD, LOADED, "done", "command", "", by, detail)
            await connection.execute(_TRACE, *event.columns())
            return number

    def _is_another(self, matrix: Matrix) -> bool:
        """True when what the platform ships has this version, and says something else."""
        return matrix.version == self._shipped.version and matrix.rows != self._shipped.rows

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


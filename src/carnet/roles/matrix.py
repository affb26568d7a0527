"""The access matrix from the command line: check a file, say who would gain or lose what, put it in force, show it.

May import: rights, record/matrices, and `settings`, `wiring` and `matrix_told` of this room.
"""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from carnet.errors import InvalidInput, Issue, TooLarge
from carnet.journal.content import Actor
from carnet.journal.database import Database
from carnet.record.matrices import MatrixStore
from carnet.rights.matrices import shipped
from carnet.rights.matrix import Matrix
from carnet.rights.matrix_diff import compare
from carnet.rights.matrix_file import MOST_BYTES, read
from carnet.rights.matrix_keys import key_of
from carnet.roles import matrix_told as told
from carnet.roles.settings import Settings
from carnet.roles.wiring import open_pool


@dataclass(frozen=True, slots=True)
class Asked:
    """On which day, and in which language; today and English when nothing was said."""

    day: date
    language: str

    @classmethod
    def of(cls, day: datetime | None, language: str) -> Asked:
        """As the command line says it. Raises InvalidInput."""
        if language not in told.LANGUAGES:
            raise InvalidInput(Issue("value", f"accepted: {', '.join(told.LANGUAGES)}", "--language"))
        return cls((day or datetime.now(UTC)).date(), language)


def check(file: Path, asked: Asked) -> int:
    """Read a file, and say what it holds and leaves out. Raises InvalidInput with every issue, and TooLarge."""
    _say(told.checked(read(_bytes(file)), asked.language))
    return 0


async def diff(settings: Settings, file: Path, against: Path | None, asked: Asked) -> int:
    """Say who would gain or lose what if this file took the place of the one in force, or of another file."""
    after = read(_bytes(file))
    if against is not None:
        before = read(_bytes(against))
    else:
        async with _store_of(settings) as store:
            _, before = await store.current()
    _say(_difference(before, after, asked))
    return 0


async def load(settings: Settings, file: Path, asked: Asked, *, is_meant: bool, by: str) -> int:
    """Say the same, then put the file in force if that is meant; 1 if it is not.

    Raises InvalidInput, also for a matrix that is not official outside of a demonstration; Conflict.
    """
    content = _bytes(file)
    after = read(content)
    if not after.is_official and not settings.demonstration:
        raise InvalidInput(Issue("business-rule", "not the official one: accepted with demonstration = true only", "#"))
    async with _store_of(settings) as store:
        number, before = await store.current()
        _say(_difference(before, after, asked))
        if not is_meant:
            print("Nothing was loaded. To put it in force: the same command with --yes")
            return 1
        loaded = await store.load(content, by=Actor("officer", by or getpass.getuser(), ""), after=number)
        print(f"in force: {after.version}, number {loaded}" + (" (as before)" if loaded == number else ""))
    return 0


async def show(settings: Settings, profession: str, file: Path | None, asked: Asked) -> int:
    """Say what the matrix in force, or a file, opens: to everyone in numbers, or to one profession type by type."""
    if file is not None:
        matrix = read(_bytes(file))
        _say(told.headline(matrix, asked.language))
    else:
        async with _store_of(settings) as store:
            number, matrix = await store.current()
            since = await store.in_force_from(number)
        _say(told.headline(matrix, asked.language))
        print(f"number {number}" + (f", in force from {since.isoformat(timespec='seconds')}" if since else ""))
    if not profession:
        _say(told.counted(matrix, asked.day, asked.language))
        return 0
    key = key_of(profession)
    if key is None:
        raise InvalidInput(Issue("value", "a code such as 60, 60/SI04, G16_10, 93 or AUTOMATE", "--profession"))
    _say(told.listed(matrix, key, asked.day, asked.language))
    return 0


def _difference(before: Matrix, after: Matrix, asked: Asked) -> Iterable[str]:
    changes = compare(before, after, asked.day)
    return told.compared(before, after, changes, day=asked.day, language=asked.language)


def _bytes(file: Path) -> bytes:
    if file.stat().st_size > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    return file.read_bytes()


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


@asynccontextmanager
async def _store_of(settings: Settings) -> AsyncIterator[MatrixStore]:
    settings.require("portal_database_url")
    async with open_pool(settings.portal_database_url, 1) as pool:
        yield MatrixStore(Database(pool), shipped(is_demonstration=settings.demonstration))

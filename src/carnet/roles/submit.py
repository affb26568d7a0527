"""Submit: feed files to a running platform as any vendor's software does, and say what happened to each.

A CDA says itself whom it is about and what it is; of any other file the caller says it. Twice is once: the same bytes
are "already there".
May import: client, people, documents, errors.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from carnet.client import Carnet, Described, Refused, issues_in
from carnet.documents.cda_header import read_header
from carnet.documents.media import CDA, SELF_PRESENTING_CDA, sniff
from carnet.errors import CarnetError, Unavailable
from carnet.people.ins import DEMONSTRATION

_AT_ONCE = 4


class Fate(StrEnum):
    """What happened to a file."""

    KEPT = "kept"
    ALREADY_THERE = "already there"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to one file, with every reason the platform gave."""

    file: Path
    fate: Fate
    reasons: tuple[str, ...] = ()


async def feed(file: Path, content: bytes, described: Described, carnet: Carnet) -> Outcome:
    """Deposit one file and say what happened. Nothing is kept of one that is refused."""
    kind = sniff(content)
    is_cda = kind in (CDA, SELF_PRESENTING_CDA)
    if is_cda:      # what is said of files is said of those that do not say it themselves
        said = replace(described, patient=described.patient or _patient_of(content), title="", date="")
    else:
        said = replace(described, title=described.title or file.name)
    try:
        kept = await carnet.submit(content, replace(said, content_type=kind))
    except (Refused, Unavailable) as error:
        reasons = tuple(map(str, error.issues)) if isinstance(error, Refused) else ()
        return Outcome(file, Fate.REFUSED, reasons or (str(error),))
    return Outcome(file, Fate.KEPT if kept.is_new else Fate.ALREADY_THERE)


async def submit_files(
    files: Sequence[Path], described: Described, *, portal: str, token: str, tell: Callable[[Outcome], None]
) -> list[Outcome]:
    """Feed these files, a few at once, and tell what happened to each as it happens."""
    turns = asyncio.Semaphore(_AT_ONCE)
    async with Carnet(portal, token) as carnet:

        async def one(file: Path) -> Outcome:
            async with turns:
                try:
                    content = await asyncio.to_thread(file.read_bytes)
                except OSError as error:
                    outcome = Outcome(file, Fate.REFUSED, (error.strerror or "cannot be read",))
                else:
                    outcome = await feed(file, content, described, carnet)
            tell(outcome)
            return outcome

        return await asyncio.gather(*map(one, files))


def _patient_of(cda: bytes) -> str:
    """Whom a CDA is about. What its header lacks, or has wrong, is for the platform to say."""
    try:
        ins = read_header(cda, DEMONSTRATION).patient_id
    except CarnetError:
        return ""
    return f"urn:oid:{ins.oid}|{ins.value}" if ins else ""


def reasons_in(said: bytes) -> tuple[str, ...]:
    """What an OperationOutcome says, one sentence an issue."""
    return tuple(map(str, issues_in(said)))
